"""
Only what was erased is erased again: in a database, in files and in a lake.

People have an address that is compared whatever its case, and may mention another's; letters have an
address alone. After an erasure somebody signs up anew, is mentioned, writes, is spelt alike: with
nothing restored no row changes, and with the erased rows put back exactly these go.
`PRIVACYKIT_EXAMPLES=500` runs so many.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pyarrow import parquet
from typer.testing import CliRunner

from privacykit.cli.main import app
from privacykit.errors import PlanError

EXAMPLES = int(os.environ.get("PRIVACYKIT_EXAMPLES", "4"))
AGAIN = ("erasure", "reapply", "--since", "2020-01-01", "--yes")
PROVEN = ("--proof", "email_link", "--yes")
COLUMNS = {"people": ("id", "email", "ref"), "letters": ("id", "email", "text")}
ADDRESSES = [
    "lena@b.de",
    "Lena@b.de",
    "lena@b.de ",
    "\u00a0lena@b.de",
    "straße@b.de",
    "strasse@b.de",
    "STRASSE@b.de",
    "jos\u00e9@b.de",
    "jose\u0301@b.de",
    "x@b.de",
]
MAP = """
[datasets.s]
{place}
max_proportion = 1.0
[collections.s.people]
subject = true
[collections.s.people.fields]
id = {{ exclude = "a number" }}
email = {{ category = "user.contact.email", identity = "email", match = "ignore-case" }}
ref = {{ category = "user.contact.email", identity = "email" }}
[collections.s.letters.fields]
id = {{ exclude = "a number" }}
email = {{ category = "user.contact.email", identity = "email" }}
text = "user.content"
"""


class Database:
    """Tables of SQLite."""

    place = 'url = "sqlite:///shop.db"'

    def write(self, rows):
        """Replace every row."""
        with closing(sqlite3.connect("shop.db")) as shop, shop:
            for table, columns in COLUMNS.items():
                shop.execute(f"drop table if exists {table}")
                shop.execute(
                    f"create table {table} (id integer primary key, email text, {columns[2]} text)"
                )
                shop.execute(f"create index {table}_email on {table} (email)")
                shop.executemany(f"insert into {table} values (?, ?, ?)", rows[table])

    def read(self):
        """Return every row."""
        with closing(sqlite3.connect("shop.db")) as shop:
            return {table: sorted(shop.execute(f"select * from {table}")) for table in COLUMNS}


class Files:
    """A file for each collection, of lines of JSON, of CSV or of Parquet."""

    def __init__(self, ending, kind=""):
        self.ending, self.place = ending, f'path = "data"{kind}'

    def write(self, rows):
        """Replace every row."""
        for table, columns in COLUMNS.items():
            told = [dict(zip(columns, row, strict=True)) for row in rows[table]]
            file = Path("data", f"{table}.{self.ending}")
            file.parent.mkdir(exist_ok=True)
            if self.ending == "parquet":
                schema = pa.schema([("id", pa.int64()), *((c, pa.string()) for c in columns[1:])])
                folder = file.with_suffix("")
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                parquet.write_table(pa.Table.from_pylist(told, schema), folder / "part.parquet")
            elif self.ending == "csv":
                with file.open("w", newline="", encoding="utf-8") as text:
                    csv.writer(text).writerows([columns, *rows[table]])
            else:
                file.write_text("".join(json.dumps(line) + "\n" for line in told))

    def read(self):
        """Return every row."""
        return {table: sorted(self._rows(table, columns)) for table, columns in COLUMNS.items()}

    def _rows(self, table, columns):
        file = Path("data", f"{table}.{self.ending}")
        if self.ending == "parquet":
            for part in file.with_suffix("").iterdir():
                for row in parquet.read_table(part).to_pylist():
                    yield tuple(row[column] for column in columns)
        elif self.ending == "csv":
            with file.open(newline="", encoding="utf-8") as text:
                yield from ((int(row[0]), *row[1:]) for row in list(csv.reader(text))[1:])
        else:
            yield from (tuple(json.loads(it).values()) for it in file.read_text().splitlines())


STORES = {
    "sqlite": Database(),
    "jsonl": Files("jsonl"),
    "csv": Files("csv"),
    "parquet": Files("parquet", '\nconnector = "parquet"'),
}


def _do(*words):
    done = CliRunner().invoke(app, [*words])
    known = done.exception is None or isinstance(done.exception, (SystemExit, PlanError))
    assert known, (words, repr(done.exception))
    return 2 if isinstance(done.exception, PlanError) else done.exit_code


@st.composite
def worlds(draw):
    """Draw rows before an erasure, whose it is, and rows that come after it."""
    some = st.sampled_from(ADDRESSES)
    people = draw(st.lists(some, min_size=2, max_size=6, unique_by=str.lower))
    letters = draw(st.lists(some, max_size=3))
    whose = draw(st.sampled_from(people))
    later = [*draw(st.lists(some, max_size=3)), whose]
    mentions = draw(st.sets(st.integers(0, len(people) - 1)))
    return people, letters, whose, later, mentions


@pytest.mark.parametrize("kind", STORES)
@given(world=worlds())
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=[Phase.generate],  # each example is a shop of its own: making it smaller takes minutes
    suppress_health_check=list(HealthCheck),
)
def test_only_what_was_erased_is_erased_again(kind, world, tmp_path_factory, monkeypatch):
    """Nobody who mentions, shares, resembles or came anew; and everybody who came back."""
    people, letters, whose, later, mentions = world
    monkeypatch.chdir(tmp_path_factory.mktemp("shop"))
    store = STORES[kind]
    Path("privacykit.toml").write_text('[controller]\nestablishments = ["DE"]\n')
    Path("datamap.toml").write_text(MAP.format(place=store.place))
    before = {
        "people": [(n, it, "") for n, it in enumerate(people, 1)],
        "letters": [(n, it, "hello") for n, it in enumerate(letters, 1)],
    }
    store.write(before)
    assert _do("keys", "init") == 0
    asked = whose.strip()
    if _do("subject", "erase", "--email", asked, *PROVEN) not in {0, 3}:
        return  # two people, which is asked
    after = store.read()
    gone = {
        table: [row for row in rows if row not in after[table]] for table, rows in before.items()
    }
    assert all(row[1].strip().lower() == asked.lower() for rows in gone.values() for row in rows)
    came = {
        "people": [
            *(
                (row[0], row[1], asked if n in mentions else row[2])
                for n, row in enumerate(after["people"])
            ),
            *((n, it, "") for n, it in enumerate(later, 10)),
        ],
        "letters": [*after["letters"], (9, asked, "again")],
    }
    store.write(came)
    now = store.read()

    _do(*AGAIN)
    assert store.read() == now

    store.write({table: [*rows, *gone[table]] for table, rows in now.items()})
    _do(*AGAIN)
    assert store.read() == now
