"""Reports of every kind that another engine may count, by command: the same to the last figure."""

from __future__ import annotations

import json

from privacykit.reports.engines.handed_over import COUNTS
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


def differing(folder, monkeypatch, capsys, engine):
    """Return the reports of its kinds that *engine* answers otherwise than DuckDB does."""
    shop = lay_lasting(folder, monkeypatch, capsys)
    (folder / "stages.toml").write_text(STAGES)
    asked = [words for words in ASKED if words[0] in COUNTS[engine]]
    assert {words[0] for words in asked} == set(COUNTS[engine])
    found = []
    for words in asked:
        ours, theirs = (
            json.loads(shop.report(*words, *JANUARY, "--json", *more))
            for more in ((), ("--engine", engine))
        )
        if ours != theirs:
            found.append(words)
    return found
