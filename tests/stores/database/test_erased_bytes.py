"""The bytes of what was deleted from a database of ours."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from privacykit.connectors.bytesearch import count_in_sqlite
from privacykit.stores.database.engine import open_engine, reading, writing
from privacykit.stores.database.erased_bytes import empty_log, erase_bytes

SIZES = st.lists(st.integers(0, 1500), min_size=40, max_size=120)


def _engine(folder):
    engine = open_engine(f"sqlite:///{folder}/records.db", kind="records")
    with writing(engine) as connection:
        connection.execute(text("create table people (name text primary key, rest text)"))
    return engine


def _fill(engine, sizes, order):
    names = [f"person-{number:04d}@shop.example" for number in range(len(sizes))]
    for name, size in sorted(zip(names, sizes, strict=True), key=lambda it: hash((order, it[0]))):
        with writing(engine) as connection:
            row = {"name": name, "rest": "x" * size}
            connection.execute(text("insert into people values (:name, :rest)"), row)
    return names


@settings(max_examples=15, deadline=None)
@given(SIZES, st.integers(0, 9), st.data())
def test_what_was_deleted_is_in_no_byte(sizes, order, data):
    """Also where its page was parted while the row was alive, and a copy stayed behind."""
    with tempfile.TemporaryDirectory() as folder:
        engine = _engine(folder)
        names = _fill(engine, sizes, order)
        gone = data.draw(st.sets(st.sampled_from(names), min_size=1))
        with writing(engine) as connection:
            for name in gone:
                connection.execute(text("delete from people where name = :name"), {"name": name})
        left = erase_bytes(engine, sorted(gone))
        hits = count_in_sqlite(Path(folder, "records.db"), [name.encode() for name in gone])[1]
        with reading(engine) as connection:
            rows = connection.scalar(text("select count(*) from people"))
        engine.dispose()
    assert (left, hits, rows) == ("", 0, len(names) - len(gone))


def test_a_copy_that_a_page_kept_is_rebuilt_away(tmp_path):
    """Without secure_delete every deleted row is such a copy."""
    engine = _engine(tmp_path)
    with engine.connect() as connection:
        connection.exec_driver_sql("insert into people values ('person-0001@shop.example', 'x')")
        connection.commit()
        connection.exec_driver_sql("pragma secure_delete=off")
        connection.exec_driver_sql("delete from people")
        connection.commit()
    empty_log(engine)
    value = "person-0001@shop.example"
    before = count_in_sqlite(tmp_path / "records.db", [value.encode()])[1]
    left = erase_bytes(engine, [value])
    after = count_in_sqlite(tmp_path / "records.db", [value.encode()])[1]
    engine.dispose()
    assert before > 0
    assert (left, after) == ("", 0)


def test_what_stands_in_rows_is_said_to_be_left(tmp_path):
    """Nothing is claimed that was not seen."""
    engine = _engine(tmp_path)
    name = _fill(engine, [3], 0)[0]
    left = erase_bytes(engine, [name])
    engine.dispose()
    assert left.startswith("records.db")
    assert name not in left


def test_the_locks_of_a_file_survive_the_search(tmp_path):
    """To close a file that was only read would drop the locks that SQLite holds on it."""
    import subprocess
    import sys

    engine = _engine(tmp_path)
    file = tmp_path / "records.db"
    code = (
        "import sqlite3, sys\n"
        "c = sqlite3.connect(sys.argv[1], timeout=0)\n"
        "try:\n    c.execute('pragma journal_mode=delete')\n"
        "except sqlite3.OperationalError:\n    print('locked')\n"
    )
    with engine.connect() as connection:
        connection.exec_driver_sql("select count(*) from people").all()
        count_in_sqlite(file, [b"x"])
        ran = subprocess.run(
            [sys.executable, "-c", code, str(file)], capture_output=True, text=True, check=True
        )
    engine.dispose()
    assert ran.stdout == "locked\n"
