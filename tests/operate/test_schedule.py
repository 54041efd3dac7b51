"""What the worker does for people's rights on its timer."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from privacykit.collect.ports import ConsentRecord
from privacykit.govern.records import Hold
from privacykit.operate.context import OperatorContext
from privacykit.operate.retention import RetentionService
from privacykit.operate.schedule import EVERY_SECONDS, ScheduledJobs
from privacykit.stores.keys import init_keys

CONFIG = """\
[[site]]
id = "shop"
hosts = ["shop.example"]
[purposes.analytics]
uses = ["analytics_no_storage"]
"""
MAP = """
[datasets.shop]
url = "sqlite:///shop.db"
[collections.shop.visits]
retention = { duration = "30 days", from = "at" }
fields = { id = { exclude = "a number" }, at = { exclude = "a time" } }
"""
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def config(tmp_path):
    """A shop with sixty days of visits."""
    (tmp_path / "privacykit.toml").write_text(CONFIG)
    (tmp_path / "datamap.toml").write_text(MAP)
    init_keys(tmp_path / "privacykit.keys", NOW)
    with closing(sqlite3.connect(tmp_path / "shop.db")) as shop:
        shop.execute("create table visits (id integer primary key, at text)")
        days = [(NOW - timedelta(days=day)).strftime("%Y-%m-%d %H:%M:%S") for day in range(60)]
        shop.executemany("insert into visits (at) values (?)", [(day,) for day in days])
        shop.commit()
    return str(tmp_path / "privacykit.toml")


def _left(folder):
    with closing(sqlite3.connect(folder / "shop.db")) as shop:
        return shop.execute("select count(*) from visits").fetchone()[0]


def _confirm(config):
    context = OperatorContext(config, NOW.timestamp)
    for rule in RetentionService(context).rules():
        context.retention.confirm(rule.fingerprint(), actor="system", at=0, rule=rule.name)
    context.seal()
    context.close()


def _actions(config):
    context = OperatorContext(config, NOW.timestamp)
    found = [logged.entry.action for logged in context.audit.entries()]
    context.close()
    return found


def test_confirmed_rules_run_unattended(config, tmp_path):
    """The same as the command, with its trace."""
    _confirm(config)

    assert ScheduledJobs(config, NOW.timestamp).do(lambda: False) == ""
    assert _left(tmp_path) == 31
    assert _actions(config)[-1] == "retention.ran"


def test_unconfirmed_rules_do_not(config, tmp_path):
    """Nobody has said yes."""
    assert ScheduledJobs(config, NOW.timestamp).do(lambda: False) == ""
    assert _left(tmp_path) == 60


def test_worker_that_is_told_to_end_leaves_the_rest(config, tmp_path):
    """Not one more transaction."""
    _confirm(config)

    ScheduledJobs(config, NOW.timestamp).do(lambda: True)

    assert _left(tmp_path) == 60


def test_chores_come_round(config):
    """Every ten minutes."""
    chores = ScheduledJobs(config, NOW.timestamp)

    assert chores.due(NOW.timestamp())
    chores.do(lambda: False)
    assert not chores.due(NOW.timestamp())
    assert chores.due(NOW.timestamp() + EVERY_SECONDS)
    assert chores.due(NOW.timestamp() - 1), "the clock was set back"


def _consents(config, *consents):
    context = OperatorContext(config, NOW.timestamp)
    for record, given, withdrawn in consents:
        at = (NOW - timedelta(days=given)).timestamp()
        context.consents.add(ConsentRecord(record, "shop", ("analytics",), "1", ("DE@0",), at))
        if withdrawn is not None:
            context.consents.withdraw(record, (NOW - timedelta(days=withdrawn)).timestamp())
    context.close()


def _proofs(config):
    context = OperatorContext(config, NOW.timestamp)
    found = {name for name in ("old", "withdrawn", "late", "new") if context.consents.get(name)}
    context.close()
    return found


YEARS = 3 * 366
OLD_CONSENTS = (
    ("old", YEARS + 396, None),
    ("withdrawn", YEARS + 20, YEARS + 1),
    ("late", YEARS + 20, 100),
    ("new", YEARS + 300, None),
)


def test_proofs_of_consent_end_three_years_after_the_consent(config, tmp_path):
    """By the withdrawal, else by the cookie's end; without a data map too, once a day."""
    (tmp_path / "datamap.toml").unlink()
    _consents(config, *OLD_CONSENTS)
    chores = ScheduledJobs(config, NOW.timestamp)

    assert chores.do(lambda: False) == ""
    assert _proofs(config) == {"late", "new"}
    assert _actions(config) == ["retention.ran", "consent.sealed"]


def test_no_event_outlives_its_proof(config, tmp_path):
    """A purpose that keeps events longer keeps the proofs as well."""
    path = tmp_path / "privacykit.toml"
    path.write_text(CONFIG + 'retention = "10 years"\n[records]\nconsents = "1 day"\n')
    _consents(config, *OLD_CONSENTS)

    ScheduledJobs(config, NOW.timestamp).do(lambda: False)

    assert _proofs(config) == {"old", "withdrawn", "late", "new"}


def test_held_proofs_stay(config):
    """Whatever rows the hold names: too much rather than too little."""
    _consents(config, *OLD_CONSENTS)
    context = OperatorContext(config, NOW.timestamp)
    context.holds.place(Hold("h", "privacykit", "consents", (), "claim", "system", 0.0, 0.0))
    context.seal()
    context.close()

    ScheduledJobs(config, NOW.timestamp).do(lambda: False)

    assert _proofs(config) == {"old", "withdrawn", "late", "new"}


def test_without_a_data_map_there_is_nothing_to_do(config, tmp_path):
    """No key file is needed either."""
    (tmp_path / "datamap.toml").unlink()
    (tmp_path / "privacykit.keys").unlink()

    assert ScheduledJobs(config, NOW.timestamp).do(lambda: False) == ""


def test_failure_is_said_and_not_raised(config, tmp_path):
    """The worker goes on delivering."""
    _confirm(config)
    with closing(sqlite3.connect(tmp_path / "shop.db")) as shop:
        shop.execute("drop table visits")

    assert "PK222" in ScheduledJobs(config, NOW.timestamp).do(lambda: False)


def test_older_records_stop_the_chores(config, tmp_path):
    """What was lost must not be hidden by going on."""
    _confirm(config)
    with closing(sqlite3.connect(tmp_path / "privacykit-records.db")) as records:
        records.execute("delete from audit_entries")
        records.commit()

    assert "PK253" in ScheduledJobs(config, NOW.timestamp).do(lambda: False)
    assert _left(tmp_path) == 60


def test_falling_behind_is_said(config, monkeypatch):
    """An alarm without anybody at the terminal."""
    from privacykit.govern.retention.run import RetentionResult
    from privacykit.operate import schedule as chores

    _confirm(config)
    monkeypatch.setattr(
        chores.RetentionService,
        "run",
        lambda self, *_, **__: [
            (
                self.rules()[0],
                RetentionResult("shop.visits", "ceiling", 1, left=9, falling_behind=True),
            )
        ],
    )

    assert ScheduledJobs(config, NOW.timestamp).do(lambda: False) == (
        "retention falls behind: shop.visits"
    )
