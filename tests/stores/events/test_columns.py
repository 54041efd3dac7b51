"""Events in columns: made from the typed event, and nothing is lost."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from pyarrow import parquet

from privacykit.collect.events.format import (
    Event,
    EventCampaign,
    EventData,
    EventDevice,
    EventReferrer,
    decode_event,
)
from privacykit.errors import MissingExtraError
from privacykit.stores.events.columns import arrow_schema, record_batch
from privacykit.testing.samples import row

DOCS = Path(__file__).parents[3] / "docs/reference/events.md"
PLAIN = decode_event(row(1).body)
TEXT = st.text(st.characters(codec="utf-8"), max_size=10)
MAYBE = st.one_of(st.just(msgspec.UNSET), TEXT)
SCALAR = st.one_of(
    TEXT,
    st.integers(-(2**53), 2**53),
    st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False),
)
MORE = st.fixed_dictionaries(
    {},
    optional={
        "ip": st.none(),
        "ip_bits": st.one_of(st.none(), st.integers(0, 128)),
        "visitor": st.none(),
        "page": st.one_of(st.none(), TEXT),
        "device": st.builds(EventDevice, TEXT, TEXT, TEXT),
        "language": st.just("de"),
        "referrer": st.builds(EventReferrer, TEXT, MAYBE, MAYBE),
        "campaign": st.builds(EventCampaign, MAYBE, MAYBE, MAYBE, MAYBE, MAYBE, MAYBE),
        "query": TEXT,
        "props": st.dictionaries(TEXT, SCALAR, max_size=5),
    },
)


def _back(record: dict) -> Event:
    """Return the event of a row, as somebody would read it who knows the columns."""
    told = dict(record)
    for name in ("time", "expires_at"):
        text = told[name].astimezone(UTC).isoformat(timespec="milliseconds")
        told[name] = text.replace("+00:00", "Z").replace(".000Z", "Z")
    told["consent"] = {**told["consent"], "purposes": dict(told["consent"]["purposes"])}
    if told["props"] is not None:
        told["props"] = msgspec.json.decode(told["props"])
    for name in ("referrer", "campaign"):
        if told[name] is not None:
            told[name] = {key: value for key, value in told[name].items() if value is not None}
    for name in ("language", "referrer", "campaign", "query", "props"):
        if told[name] is None:
            del told[name]
    data = {name: told.pop(name) for name in EventData.__struct_fields__ if name in told}
    return msgspec.convert({**told, "data": data}, Event)


@settings(deadline=None)
@given(st.lists(MORE, max_size=4))
def test_nothing_is_lost_in_columns(changes):
    """Each event can be made again from its row, in order."""
    events = [replace(PLAIN, data=replace(PLAIN.data, **change)) for change in changes]
    assert [_back(record) for record in record_batch(events).to_pylist()] == events


def test_every_member_is_a_column():
    """Those of the event and those of its data, which never share a name."""
    whole = [name for name in Event.__struct_fields__ if name != "data"]
    assert arrow_schema().names == [*whole, *EventData.__struct_fields__]


def test_columns_are_documented():
    """The page names each column with its type."""
    page = DOCS.read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", page, re.MULTILINE))
    assert told == {
        field.name: str(field.type) + ("" if field.nullable else " not null")
        for field in arrow_schema()
    }


def test_times_are_times():
    """To the millisecond, in UTC, whatever zone reads them."""
    event = replace(PLAIN, time="2026-11-21T12:00:00.250Z")
    at = record_batch([event]).column("time")[0].as_py()
    assert at == datetime(2026, 11, 21, 12, 0, 0, 250_000, UTC)


def test_a_batch_goes_into_parquet_and_back(tmp_path):
    """The types are those that files know."""
    batch = record_batch([PLAIN])
    parquet.write_table(pa.Table.from_batches([batch]), tmp_path / "events.parquet")
    assert parquet.read_table(tmp_path / "events.parquet").to_pylist() == batch.to_pylist()


def test_the_missing_extra_is_named(monkeypatch):
    """What to install is in the message."""
    arrow_schema.cache_clear()
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match="parquet"):
        record_batch([PLAIN])
