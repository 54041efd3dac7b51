"""Events of ours for tests of reports, as the sink ``jsonl`` writes them and our store keeps them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import count

import msgspec
from typer.testing import CliRunner

from privacykit.cli.main import app
from privacykit.collect.events.format import EventConsent, EventReferrer, decode_event, encode_event
from privacykit.collect.ports import OutboxRow
from privacykit.testing.samples import row

_numbers = count(1)


def event(visitor, when, name="page", channel="search", *, basis="consent", policy="DE", **props):
    """Return a stored event of *visitor*, a number, at *when*, like ``2026-10-01T12:00``."""
    at = datetime.fromisoformat(when).replace(tzinfo=UTC)
    made = row(0)
    plain = decode_event(made.body)
    milliseconds = round(at.timestamp() * 1000).to_bytes(6).hex("-", -4)
    id_ = f"{milliseconds}-7000-8000-{next(_numbers):012d}"
    data = msgspec.structs.replace(
        plain.data,
        name=name,
        visitor=f"{visitor:032x}",
        consent=EventConsent({"analytics": "allow"}, basis, (f"{policy}@0123456789ab",), ()),
        referrer=EventReferrer(channel),
        props=props,
    )
    one = msgspec.structs.replace(plain, id=id_, time=f"{at:%Y-%m-%dT%H:%M:%SZ}", data=data)
    envelope = msgspec.structs.replace(made.envelope, id=id_, visitor=data.visitor)
    return OutboxRow(envelope, encode_event(one))


def written(folder, events):
    """Write *events* to a file and return its path."""
    path = folder / "events.jsonl"
    path.write_bytes(b"".join(one.body + b"\n" for one in events))
    return str(path)


def report(*arguments):
    """Return what ``privacykit report … --json`` answers; an error is raised."""
    found = CliRunner().invoke(app, ["report", *map(str, arguments), "--json"])
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        raise found.exception
    assert found.exit_code == 0, found.output
    return json.loads(found.stdout)
