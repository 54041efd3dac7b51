"""An order goes where the sink led when it was made, and nowhere else."""

from __future__ import annotations

import msgspec
import pytest

from privacykit.operate.backends.deletions import MOVED, BackendDeletions
from privacykit.operate.backends.destination import destination_of
from privacykit.operate.context import OperatorContext
from privacykit.sinks.deletes import Deletion
from privacykit.sinks.http.client import HTTPClient
from tests.operate.backends.test_deletions import (
    HUBSPOT,
    MATOMO,
    ME,
    OTHER,
    REQUEST,
    SEGMENT,
    TABLE,
    event,
    keep,
    opened,
)

__all__ = ["opened"]  # a fixture
FILE, SERVER = "sqlite:///copy.db", "postgresql+psycopg://"
REGION = SEGMENT + TABLE + 'url = "https://eu1.api.segmentapis.com"\n'


@pytest.fixture
def calls(monkeypatch):
    """What is asked of any backend; each call fails."""
    made = []

    async def exchange(_self, method, url, **_more):
        made.append((method, url))
        return 503, {}, b""

    monkeypatch.setattr(HTTPClient, "exchange", exchange)
    return made


def reopened(tmp_path, sinks):
    """Return the installation with other sinks in its file."""
    path = tmp_path / "privacykit.toml"
    stored = path.read_text().partition("[[sinks]]")[0]
    path.write_text(stored + sinks.removeprefix("\n"))
    return OperatorContext(str(path))


@pytest.mark.parametrize(
    "changed",
    [
        HUBSPOT.replace("hub_id = 1", "hub_id = 2"),
        HUBSPOT.replace('token = "t"', 'token = "t"\nurl = "https://other.example"'),
        MATOMO.replace('name = "matomo"', 'name = "crm"'),
    ],
    ids=["account", "url", "kind"],
)
def test_an_order_does_not_go_to_what_now_bears_the_name(changed, opened, tmp_path, calls):
    """The ids of one account would be a stranger's in another."""
    context = opened(HUBSPOT)
    keep(context, event(1, subject="me", props={"lead": 1001}))
    (notice,) = BackendDeletions(context).notices(REQUEST, (ME,))
    other = reopened(tmp_path, changed)
    answer = BackendDeletions(other).send(notice)
    other.close()
    assert (answer.status, answer.evidence, calls) == ("failed", MOVED, [])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (HUBSPOT, HUBSPOT.replace('token = "t"', 'token = "u"\ntimeout = 3')),
        (OTHER.replace(FILE, f"{SERVER}u:p@h/db"), OTHER.replace(FILE, f"{SERVER}v:q@h/db?ssl=1")),
    ],
    ids=["token", "user in a url"],
)
def test_a_new_credential_leads_to_the_same_place(before, after, opened, tmp_path):
    """Whoever rotates one finds the waiting orders carried out."""
    name = before.partition('name = "')[2].partition('"')[0]
    old = destination_of(opened(before), name)
    other = reopened(tmp_path, after)
    assert destination_of(other, name) == old != ""
    other.close()


def test_another_place_to_delete_is_another_place(opened, tmp_path):
    """The table inside the sink's says where people are deleted."""
    old = destination_of(opened(REGION), "pipe")
    other = reopened(tmp_path, REGION.replace("eu1.", ""))
    assert destination_of(other, "pipe") != old
    other.close()


def test_an_order_that_says_no_place_goes_nowhere(opened, calls):
    """Nobody knows for whom it was."""
    context = opened(HUBSPOT)
    keep(context, event(1, subject="me", props={"lead": 1001}))
    (notice,) = BackendDeletions(context).notices(REQUEST, (ME,))
    notice = msgspec.structs.replace(notice, body=msgspec.json.encode(Deletion(("1001",))))
    assert BackendDeletions(context).send(notice).status == "failed"
    assert calls == []


def test_an_order_says_no_secret_of_the_file(opened):
    """Where it goes is a digest, in which no credential is."""
    context = opened(HUBSPOT.replace('token = "t"', 'token = "very-secret"'))
    keep(context, event(1, subject="me", props={"lead": 1001}))
    (notice,) = BackendDeletions(context).notices(REQUEST, (ME,))
    assert b"very-secret" not in notice.body
    assert len(msgspec.json.decode(notice.body, type=Deletion).to) == 32
