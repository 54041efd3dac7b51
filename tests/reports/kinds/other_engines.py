"""Reports of every kind that another engine may count, by command: the same to the last figure."""

from __future__ import annotations

import json

from tests.reports.kept.visits import JANUARY, lay_lasting

STAGES = """
[[stages]]
name = "look"
match = "event==page"
[[stages]]
name = "buy"
match = "event==order"
"""
GERMANS = ("--segment", "country==DE")
ASKED = (
    ("overview", *GERMANS),
    ("overview", "--no-channels", "--top", "2"),
    ("funnel", "--steps", "page,cart_add,order", *GERMANS),
    ("funnel", "--steps", "order,cart_add", "--mode", "open", "--money"),
    ("segments", "--conversion", "order", "--by", "country", "--by", "device", *GERMANS),
    ("segments", "--conversion", "order", "--by", "cart", "--by", "visitor"),
    ("journey", "--by", "event", *GERMANS),
    ("journey", "--definition", "stages.toml"),
    ("cart", *GERMANS),
    ("retention", *GERMANS),
    ("attribution", "--conversion", "order", "--lookback", "7"),
    ("attribution", "--conversion", "order", "--lookback", "30", "--by", "campaign"),
    ("loop", "--links", "links.csv", "--crm", "crm.csv"),
)


def differing(folder, monkeypatch, capsys, engine, kinds, url=""):
    """
    Return the reports of *kinds* that *engine* answers otherwise than DuckDB does.

    Args:
        folder: Where the shop is.
        monkeypatch: pytest's.
        capsys: pytest's.
        engine: As ``--engine`` names it.
        kinds: The kinds of reports that it counts.
        url: Where the events are, if not beside the configuration.
    """
    shop = lay_lasting(folder, monkeypatch, capsys, url)
    (folder / "stages.toml").write_text(STAGES)
    asked = [words for words in ASKED if words[0] in kinds]
    assert {words[0] for words in asked} == set(kinds)
    found = []
    for words in asked:
        ours, theirs = (
            json.loads(shop.report(*words, *JANUARY, "--json", *more))
            for more in ((), ("--engine", engine))
        )
        if ours != theirs:
            found.append(words)
    return found
