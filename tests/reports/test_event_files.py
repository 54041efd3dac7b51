"""Events of any origin: formats, times, ties, money, and what is refused."""

from __future__ import annotations

import gzip
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from privacykit.errors import ConfigurationError, InputError
from privacykit.reports.engines.duckdb import duck_db
from privacykit.reports.sources.column_map import OURS, READY, read_column_map, ready_map
from privacykit.reports.sources.event_files import load_files
from privacykit.testing.samples import NOW, rich_row

MAP = """
time = "when"
visitor = "who"
name = "what"
order = "place"
value = "money"
digits = 2
properties = { plan = "more.plan" }
"""
INSTANT = 1_793_527_200_000_000
"""2026-11-01 10:00 in UTC."""


def loaded(files, columns, names=frozenset()):
    """Return the rows that are read of *files*, in order."""
    with duck_db() as engine:
        table = load_files(engine, [str(one) for one in files], columns, names)
        return engine.rows(table.order_by("at", "tie"))


def read(text=MAP):
    """Return a column map."""
    return read_column_map(text, "map.toml")


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-01T10:00:00Z", "2026-11-01 11:00:00+01:00", "2026-11-01 10:00:00", "1793527200",
        "1793527200000", "1793527200000000", "1793527200.0",
    ],
)  # fmt: skip
def test_a_time_is_read_as_it_is_written(tmp_path, written):
    """ISO 8601, without a zone in UTC, or a number since 1970 of whatever unit."""
    file = tmp_path / "events.csv"
    file.write_text(f"when,who,what\n{written},a,x\n")
    columns = read('time = "when"\nvisitor = "who"\nname = "what"')
    assert [one["at"] for one in loaded([file], columns)] == [INSTANT]


@pytest.mark.parametrize("form", ["csv", "csv.gz", "jsonl", "jsonl.gz", "parquet", "tsv"])
def test_each_format_gives_the_same(tmp_path, form):
    """Ties by number, money in minor units, an empty name is a page."""
    rows = [
        {"when": "2026-11-01T10:00:00Z", "who": "a", "what": "buy", "place": "10", "money": "9.90",
         "more": {"plan": "pro"}},
        {"when": "2026-11-01T10:00:00Z", "who": "a", "what": "", "place": "9", "money": "",
         "more": {"plan": ""}},
    ]  # fmt: skip
    flat = [{**row, "more": None, "more.plan": row["more"]["plan"]} for row in rows]
    file = tmp_path / f"events.{form}"
    if form == "parquet":
        pq.write_table(pa.Table.from_pylist(flat), file)
    else:
        mark = "\t" if form == "tsv" else ","
        lines = [mark.join(flat[0])] + [
            mark.join(str(v or "") for v in one.values()) for one in flat
        ]
        if form.startswith("jsonl"):
            lines = [json.dumps(row) for row in rows]
        told = "\n".join(lines).encode() + b"\n"
        file.write_bytes(gzip.compress(told) if form.endswith("gz") else told)

    first, second = loaded([file], read(), frozenset({"plan"}))

    assert (first["event"], first["tie"] < second["tie"]) == ("page", True)
    assert (second["event"], second["value"], second["prop.plan"]) == ("buy", 990, "pro")
    assert first["value"] is None


def test_our_own_events_need_no_map(tmp_path):
    """As the `jsonl` sink writes them."""
    file = tmp_path / "events.jsonl"
    file.write_bytes(rich_row(1).body + b"\n")
    (found,) = loaded([file], OURS)
    assert (found["event"], found["channel"], found["campaign"]) == (
        "order placed",
        "search",
        "spring",
    )
    assert (found["at"], found["country"], found["basis"]) == (
        int(NOW + 1) * 10**6,
        "US",
        "consent",
    )


@pytest.mark.parametrize("tool", READY)
def test_what_other_tools_export_is_read(tmp_path, tool):
    """Each column of the map is asked for under its name; a page without a name is a page."""
    columns = ready_map(tool)
    row: dict = {}
    for key, path in columns.model_dump(
        exclude={"ids", "digits", "optional", "properties"}
    ).items():
        inner = row
        *outer, last = (path or "none").split(".")
        for part in outer:
            inner = inner.setdefault(part, {})
        inner[last] = {"time": str(INSTANT), "value": "1.25", "order": "7"}.get(key, f"a {key}")
    file = tmp_path / "events.jsonl"
    file.write_text(json.dumps(row) + "\n")

    (found,) = loaded([file], columns)

    assert (found["at"], found["visitor"]) == (INSTANT, "a visitor")
    assert found["event"] == "a name"
    assert found["value"] == (125 if columns.value else None)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "when,who,what,place,money\nsoon,a,x,1,\n",
            "1 row has no readable time in the column when, the first is row 1",
        ),
        (
            "when,who,what,place,money\n1793527200,a,x,1,\n20261101,a,x,1,\n",
            "1 row has no readable time in the column when, the first is row 2",
        ),
        (
            "when,who,what,place,money\n1793527200,a,x,1,9.999\n",
            "1 row has no readable amount .*numbers of at most 2 decimals, behind a point",
        ),
        ("when,who,what,place,money\n1793527200,a,x,1,much\n", "1 row has no readable amount"),
    ],
)
def test_what_cannot_be_read_ends_the_report(tmp_path, text, told):
    """With how many rows, and not with what they say."""
    file = tmp_path / "events.csv"
    file.write_text(text)
    columns = read(MAP.replace("properties", "# properties"))
    with pytest.raises(InputError, match=told) as error:
        loaded([file], columns)
    assert "soon" not in str(error.value)
    assert "much" not in str(error.value)


def test_files_of_no_kind_or_of_several_are_refused(tmp_path):
    """And a file that is not there, and a column."""
    csv, text = tmp_path / "e.csv", tmp_path / "e.txt"
    csv.write_text("when\n1\n")
    text.write_text("when\n1\n")
    for files in ([text], [csv, tmp_path / "none.csv"]):
        with pytest.raises(InputError):
            loaded(files, read())
    with pytest.raises(
        InputError, match=r"not in the header of the events file: .*who \(for visitor"
    ):
        loaded([csv], read())
    with pytest.raises(InputError, match="no property colour"):
        loaded([csv], read(), frozenset({"colour"}))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("time = ", "PK280 map.toml"),
        ('time = "a"\nvisitor = "b"\nname = "c"\ncolour = "d"', "PK280 map.toml:4: colour"),
        ('time = "a"\nvisitor = "b"', "PK280 map.toml: name: this key is missing"),
        ('time = "a"\nvisitor = "b"\nname = ["c"]', "PK280 map.toml:3: name: this is no value"),
    ],
)
def test_a_wrong_map_is_told_with_its_line(text, told):
    """File, key and line."""
    with pytest.raises(ConfigurationError) as error:
        read(text)
    assert told in str(error.value)


def test_a_property_has_a_plain_name(tmp_path):
    """It becomes a column."""
    file = tmp_path / "e.csv"
    file.write_text("when,who,what,a b\n1,a,b,c\n")
    columns = read('time = "when"\nvisitor = "who"\nname = "what"\nproperties = ["a b"]')
    with pytest.raises(InputError, match="a name holds letters"):
        loaded([file], columns)


@pytest.mark.parametrize(
    "text",
    [
        "when,who,what\n1793527200,a,x,1,2,3\n", 'when,who,what\n1793527200,"a,x\n', "", "\n",
        "when,who,what\n1793527200,d\u00e9j\u00e0,x\n".encode("latin-1"),
        "when,who,what\n1793527200,a,x\n".encode("utf-16"), b"\x00\x01\x02", "{not json",
    ],
    ids=["long", "open quote", "empty", "blank", "latin-1", "utf-16", "binary", "words"],
)  # fmt: skip
@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_a_broken_file_is_told_in_our_words(tmp_path, form, text):
    """Which, and what it must be; nothing of what is in it, nor the engine's own words."""
    file = tmp_path / f"events.{form}"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    columns = read('time = "when"\nvisitor = "who"\nname = "what"')
    try:
        found = loaded([file], columns)
    except InputError as error:
        told = str(error)
        assert "Error" not in told
        assert "\u00e9" not in told
        assert str(file) in told or "header of the events file" in told
    else:
        assert found == []


def test_what_a_ready_map_names_may_be_missing(tmp_path):
    """Editions of a tool differ; time, visitor and name must be there."""
    file = tmp_path / "website_event.csv"
    file.write_text("created_at,session_id,event_name,url_path\n1793527200,s,,/cart\n")
    (found,) = loaded([file], ready_map("umami"))
    assert (found["page"], found["country"]) == ("/cart", None)
    file.write_text("created_at,event_name\n1793527200,x\n")
    with pytest.raises(InputError, match=r"session_id \(for visitor\)"):
        loaded([file], ready_map("umami"))
