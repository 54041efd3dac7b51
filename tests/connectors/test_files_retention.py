"""Retention over a connector without a way of its own: files."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from privacykit.connectors.files import FilesConnector
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.records import Hold, RowCondition
from privacykit.govern.retention.any_connector import ConnectorPurger
from privacykit.govern.retention.ledger import Progress
from privacykit.govern.retention.rules import rules
from privacykit.govern.retention.run import Limits, RetentionRun

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MAP = """
[datasets.log]
path = "x"
[collections.log.visits]
key = ["id"]
retention = { duration = "30 days", from = "at" }
fields = { id = { exclude = "a number" }, at = { exclude = "a time" }, who = "user.name" }
"""


class _Clock:
    def now(self):
        return NOW.timestamp()

    def elapsed(self):
        return 0.0

    def sleep(self, _):
        pass


class _Ledger:
    def load(self, fingerprint):
        return Progress(fingerprint, "op-1")

    def save(self, _):
        pass

    def claim(self, *_, **__):
        return True

    def release(self, *_, **__):
        pass


@pytest.fixture
def folder(tmp_path):
    """A line a day, sixty days back."""
    lines = [
        {"id": day, "at": (NOW - timedelta(days=day)).isoformat(), "who": f"p{day % 3}"}
        for day in range(60)
    ]
    (tmp_path / "visits.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return tmp_path


def _run(folder, holds=(), datamap=MAP):
    mapped = parse_datamap(datamap)
    connector = FilesConnector(mapped, "log", folder)
    run = RetentionRun(_Ledger(), lambda: holds, _Clock(), Limits(pause=0), "me")
    return run.rule(rules(mapped, NOW.timestamp(), {})[0], ConnectorPurger(connector))


def _lines(folder):
    text = (folder / "visits.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def test_lines_that_are_over_go_in_one_rewrite(folder):
    """A store that is read as a whole is changed once."""
    ran = _run(folder)

    assert [line["id"] for line in _lines(folder)] == list(range(31))
    assert (ran.outcome, ran.rows, ran.batches, ran.left) == ("done", 29, 1, 0)
    assert _run(folder).rows == 0


def test_held_lines_stay(folder):
    """A hold is asked here, too."""
    hold = Hold("h", "log", "visits", (RowCondition("who", "=", "p1"),), "x", "system", 0.0, 0.0)

    ran = _run(folder, [hold])

    assert (ran.rows, ran.held) == (19, 10)
    assert len(_lines(folder)) == 41


def test_names_are_weakened_in_place(folder):
    """Lines stay, names go."""
    ran = _run(folder, datamap=MAP.replace('from = "at" }', 'from = "at", then = "null" }'))

    assert ran.rows == 29
    assert [line["id"] for line in _lines(folder) if line["who"] is None] == list(range(31, 60))


class _Points(FilesConnector):
    """The same, cost_model by the row, so that it works in batches."""

    cost_model = "point"


@pytest.mark.parametrize("then", ["delete", "null"])
def test_store_priced_by_the_row_is_worked_in_batches(folder, then):
    """Batches of what is asked, until none is left."""
    mapped = parse_datamap(MAP.replace('from = "at" }', f'from = "at", then = "{then}" }}'))
    purger = ConnectorPurger(_Points(mapped, "log", folder))
    rule = rules(mapped, NOW.timestamp(), {})[0]
    done, low = [], None

    for _ in range(4):
        batch = purger.batch(rule, (), NOW.timestamp(), low=low, limit=10)
        done.append((batch.rows, batch.done))
        low = batch.low

    assert done == [(10, False), (10, False), (9, True), (0, True)]
    assert purger.drop(rule, "x", (), NOW.timestamp()) == "gone"
