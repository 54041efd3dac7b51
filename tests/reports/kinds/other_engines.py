"""Reports of every kind that another engine may count, by command: the same to the last figure."""

from __future__ import annotations

import json

from privacykit.reports.engines.handed_over import COUNTS
from tests.reports.kept.visits import JANUARY, lay_shop, made

ASKED = (
    ("overview", "--segment", "country==DE"),
    ("funnel", "--steps", "page,cart_add,order", "--segment", "country==DE"),
    ("funnel", "--steps", "order,cart_add", "--mode", "open", "--money"),
)


def differing(folder, monkeypatch, capsys, engine):
    """Return the reports of its kinds that *engine* answers otherwise than DuckDB does."""
    shop = lay_shop(folder, monkeypatch, capsys, made())
    asked = [words for words in ASKED if words[0] in COUNTS[engine]]
    assert {words[0] for words in asked} == set(COUNTS[engine])
    found = []
    for words in asked:
        told = [
            json.loads(shop.report(*words, *JANUARY, "--json", *more))
            for more in ((), ("--engine", engine))
        ]
        if told[0] != told[1]:
            found.append(words)
    return found
