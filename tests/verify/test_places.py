"""Places that differ from server to server: salts in Redis, a partition that somebody cut off."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import create_engine, text

from privacykit.pseudonym.salts import local_day
from privacykit.settings.load import load
from privacykit.stores.salts.redis import RedisSaltStore
from privacykit.testing.layout import lay_out
from privacykit.verify.claims import ClaimOutcome
from privacykit.verify.places.place import Chance
from privacykit.verify.places.sink_files import SinkFiles
from privacykit.verify.places.sql_tables import table_rows, tables_of
from privacykit.verify.stated import Stated
from privacykit.verify.tested.ids import SaltClaim
from tests.verify.installation import Installation, found

DAY = 86_400


def test_a_partition_that_was_cut_off_is_read(tmp_path, postgres_url):
    """It is no part of the table any more, and still there."""
    shop = Installation(tmp_path, own=postgres_url)
    row = shop.row(page="/192.0.2.77")
    shop.keep(row)
    name = f"events_{datetime.fromtimestamp(row.envelope.expires_at, UTC):%Y_%m}"
    shop.sql(f"alter table event_periods detach partition {name}", own=True)
    shop.close()
    assert found(shop.verify("addresses")) == {("PK300", f"event store: {name}.body.data.page")}


def test_salts_in_redis_are_looked_at(tmp_path, redis_url):
    """By the rows that the server still has."""
    stated = Stated.of(load(str(lay_out(tmp_path))), None, datetime.now(UTC).timestamp())
    store = RedisSaltStore(redis_url)
    day = local_day(stated.now, ZoneInfo("Europe/Berlin"))
    store.get_or_create("shop", day.date, b"s" * 31 + b"1", day.until, stated.now)
    claim = SaltClaim(stated, redis_url)
    claim.settle()
    assert claim.result().outcome is ClaimOutcome.HOLDS
    later = Stated.of(stated.settings, None, stated.now + 2 * DAY)
    late = SaltClaim(later, redis_url)
    late.settle()
    assert [one.id for one in late.result().violations] == ["PK304"]
    store.destroy_all(stated.now)


def test_salts_in_memory_cannot_be_tested(tmp_path):
    """They are another process's."""
    stated = Stated.of(load(str(lay_out(tmp_path))), None, 1.8e9)
    claim = SaltClaim(stated, "memory://")
    claim.settle()
    assert claim.result().outcome is ClaimOutcome.NOT_TESTABLE


def test_a_large_table_costs_no_memory(sql_url):
    """Rows come from a cursor, in pages; a sample is drawn by the database."""
    engine = create_engine(sql_url)
    with engine.begin() as connection:
        connection.execute(text("create table told (id integer primary key, said varchar(2000))"))
        rows = [{"id": number, "said": "x" * 2000} for number in range(5000)]
        connection.execute(text("insert into told values (:id, :said)"), rows)
    del rows
    table = tables_of(engine)["told"]
    tracemalloc.start()
    assert sum(1 for _ in table_rows(engine, table, Chance(None, lambda: 0.0))) == 5000
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    chance = Chance(500, lambda: 0.0)
    taken = sum(1 for _ in table_rows(engine, table, chance))
    engine.dispose()
    assert most < 6_000_000  # of 10 MB
    assert chance.sampled
    assert 350 < taken < 650  # seven standard deviations


def test_a_log_line_is_counted_by_each_kind_in_it(tmp_path):
    """Not all under what was seen first."""
    shop = Installation(tmp_path)
    line = '192.0.2.77 - otto [30/Nov/2026:10:00:00 +0000] "GET /?q=1 HTTP/1.1" 200 5 "-" "curl/8"'
    shop.log("access.log.1", line.encode())
    shop.close()
    told = {one.text: one.count for one in shop.verify("logs")["logs"].violations}
    assert told == {
        "a whole address": 1,
        "the name of a user": 1,
        "a request with a query or a value in its path": 1,
        "the text of a user agent": 1,
    }


def test_sinks_that_share_a_folder_are_told_apart(tmp_path):
    """A file is that sink's whose name it begins with, and of what bears no name everybody's."""
    (tmp_path / "deep").mkdir()
    names = ("a-1.jsonl", "a-b-1.jsonl", "copy", "deep/c-1.jsonl", "deep/copy")
    for name in names:
        (tmp_path / name).write_text("x\n")
    sinks = {"a": (tmp_path, "a-"), "a-b": (tmp_path, "a-b-"), "c": (tmp_path / "deep", "c-")}

    def read(sink):
        others = [one for name, one in sinks.items() if name != sink]
        files = SinkFiles(sink, *sinks[sink], others)
        return {row.table for row in files.rows(Chance(None, lambda: 0.0))}

    assert read("a") == {"a-1.jsonl", "copy", "deep/copy"}
    assert read("a-b") == {"a-b-1.jsonl", "copy", "deep/copy"}
    assert read("c") == {"c-1.jsonl", "copy"}


def test_a_folder_of_all_sorts_is_not_a_sink_s(tmp_path):
    """Where the configuration itself lies only what bears the sink's name is of it."""
    for name in ("a-1.jsonl", "privacykit.toml"):
        (tmp_path / name).write_text("x\n")
    files = SinkFiles("a", tmp_path, "a-", alone=True)
    assert {row.table for row in files.rows(Chance(None, lambda: 0.0))} == {"a-1.jsonl"}
