"""Buckets: signed as AWS wants it, refused and answered as S3 does, at two stand-ins."""

import asyncio
import os
from datetime import UTC, datetime
from types import SimpleNamespace

import boto3
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given as given_any
from hypothesis import settings
from hypothesis import strategies as st
from moto.server import ThreadedMotoServer

from privacykit.errors import ConfigurationError, SinkError
from privacykit.sinks.storage import s3
from privacykit.sinks.storage.object_names import ObjectName
from privacykit.sinks.storage.s3_signing import S3Credentials, S3Request, signed_headers
from privacykit.testing.samples import LATER, NOW, ids, rich_row, row
from privacykit.testing.sinks.contract import run
from privacykit.testing.stubs.server import BROKEN, StubAnswer
from privacykit.testing.stubs.storage.s3 import S3Stub, ids_in
from tests.sinks.storage.places import in_bucket, send, used


@pytest.fixture
def stub():
    """A bucket."""
    with S3Stub(lambda: NOW) as stub:
        yield stub
    assert stub.faults == []


def refused(sink, work=lambda it: it.answers()):
    """Return why *work* was refused, and how long the bucket is left alone."""
    with pytest.raises(SinkError) as caught:
        used(sink, work)
    return str(caught.value), caught.value.retry_after


TEXT = st.text("abcXYZ019-_.~/=+ &é", min_size=1, max_size=20)


@settings(max_examples=60, deadline=None)
@given_any(TEXT, st.dictionaries(TEXT, TEXT, max_size=3), st.binary(max_size=20), st.booleans())
def test_signs_as_botocore_does(path, query, body, temporary):
    """Whatever is in path, query and body; with keys that last and keys that do not."""
    token = "a-token" if temporary else ""
    who = S3Credentials("AKIA", "secret", token)
    asked = S3Request("PUT", "events.example:9000", f"/{path}", query, body)
    ours = signed_headers(asked, who, "eu-central-1", NOW)
    theirs = AWSRequest("PUT", f"https://events.example:9000{asked.target}", data=body)
    theirs.context["payload_signing_enabled"] = True
    signer = S3SigV4Auth(Credentials("AKIA", "secret", token or None), "s3", "eu-central-1")
    at = datetime.fromtimestamp(NOW, UTC).replace(tzinfo=None)
    signer_now(signer, theirs, at)
    assert ours["authorization"] == theirs.headers["authorization"]


def signer_now(signer, request, at):
    """Sign *request* as of the moment *at*."""
    import botocore.auth

    real = botocore.auth.get_current_datetime
    botocore.auth.get_current_datetime = lambda *_, **__: at
    try:
        signer.add_auth(request)
    finally:
        botocore.auth.get_current_datetime = real


def test_a_retry_after_no_answer_is_one_object(stub):
    """The first put was done, only nobody heard of it."""
    sink = in_bucket(stub)
    taken = stub.answer

    def lose(request):
        taken(request)
        stub.answer = taken
        return StubAnswer(BROKEN)

    async def work():
        assert [key async for key in sink._store.keys("")] == []
        stub.answer = lambda request: lose(request) if request.method == "PUT" else taken(request)
        with pytest.raises(SinkError, match="PK166") as caught:
            await sink.send([row(1), row(2)])
        await sink.send([row(1), row(2), row(3)])
        await sink.close()
        return caught.value.unclear

    assert run(work())
    assert stub.arrived() == ids(1, 2, 3)


@pytest.mark.parametrize(
    ("status", "said", "waits"),
    [(403, "PK167", 300.0), (404, "PK167", 300.0), (301, "PK167", 300.0), (503, "PK168", 7.0)],
)
def test_trouble_keeps_events_waiting(stub, status, said, waits):
    """Whatever keeps the bucket from taking them: none is blamed."""
    body = "<Error><Code>NoSuchBucket</Code></Error>" if status == 404 else ""
    stub.fail(status, body, headers={"retry-after": "7"})
    told, wait = refused(in_bucket(stub), lambda it: it.send([row(1)]))
    assert (told.startswith(said), wait) == (True, waits)


def test_no_server_is_said():
    """With a word for what happened."""
    place = SimpleNamespace(
        url="http://127.0.0.1:9", region="r", user="u", bucket="events", token="k"
    )
    assert refused(in_bucket(place))[0].startswith("PK166 no answer")


def test_a_credential_that_cannot_be_sent_is_said(stub):
    """Without its value, before anything is sent."""
    with pytest.raises(ConfigurationError, match="PK165") as told:
        in_bucket(SimpleNamespace(url=stub.url, region="r", user="u", bucket="events", token="é"))
    assert "é" not in str(told.value)


def test_is_asked_without_an_event(stub):
    """A wrong credential and a bucket that is not there are found; nothing is made."""
    used(in_bucket(stub), lambda it: it.answers())
    assert stub.objects == {}
    stub.token = "another"
    wrong = SimpleNamespace(url=stub.url, region=stub.region, user="u", bucket="none", token="k")
    assert "SignatureDoesNotMatch" in refused(in_bucket(wrong))[0]
    wrong.token, wrong.user = stub.token, stub.user
    assert "NoSuchBucket" in refused(in_bucket(wrong))[0]


def test_a_clock_that_is_off_is_said(stub):
    """By a quarter of an hour and more; not by seconds, which pass while a message travels."""
    stub._clock = lambda: NOW + 899
    used(in_bucket(stub), lambda it: it.answers())
    stub._clock = lambda: NOW + 901
    assert refused(in_bucket(stub))[0].startswith("PK167")


def test_a_server_without_conditions_is_refused(stub):
    """On it a retry would overwrite, and two who rewrite would undo each other."""
    stub.conditions = False
    assert refused(in_bucket(stub))[0].startswith("PK180")
    assert stub.objects == {}


def test_lists_of_many_pages_are_read(stub):
    """To the end."""
    stub.page = 2
    for number in range(5):
        send(in_bucket(stub, "/raw"), row(number, expires_at=LATER + number * 86_400))
    sink = in_bucket(stub, "/raw")
    used(sink, lambda it: it.keep(LATER + 3 * 86_400))
    assert stub.arrived() == ids(4)


def test_keys_begin_with_the_prefix(stub):
    """And say nothing of a person's."""
    send(in_bucket(stub, "/shop/raw/"), rich_row(1))
    (key,) = stub.objects
    assert key.startswith("shop/raw/event_date=2027-01-15/part-")
    assert f"{1:032x}" not in key
    assert b"subject-" not in stub.received()


def test_a_person_is_taken_out_of_a_bucket(stub):
    """By ids; what another worker changed meanwhile is read again."""
    sink = in_bucket(stub)
    send(sink, row(1), row(2))
    real, left = stub.answer, [StubAnswer(412)]
    stub.answer = lambda it: (
        left.pop() if left and it.method == "PUT" and "part-" in it.path else real(it)
    )
    assert (used(sink, lambda it: it.erase(ids(1))), stub.arrived()) == (1, ids(2))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_child_opens_connections_of_its_own(stub):
    """What a fork handed on is the parent's: both go on."""
    sink = in_bucket(stub)
    with asyncio.Runner() as runner:
        runner.run(sink.send([row(1)]))
        child = os.fork()
        if child == 0:  # pragma: no cover - in a process of its own
            with asyncio.Runner() as own:
                own.run(sink.send([row(2)]))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        runner.run(sink.send([row(3)]))
        runner.run(sink.close())
    assert (status, stub.arrived()) == (0, ids(1, 2, 3))


def test_an_object_longer_than_any_of_ours_is_not_read(stub, monkeypatch):
    """Half of one would be written back without the other half."""
    sink = in_bucket(stub)
    send(sink, row(1), row(2))
    monkeypatch.setattr(s3, "MOST_OBJECT", 100)
    with pytest.raises(SinkError, match="PK168"):
        used(sink, lambda it: it.erase(ids(1)))
    assert stub.arrived() == ids(1, 2)


@pytest.fixture(scope="module")
def moto():
    """Somebody else's stand-in for S3."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    place = SimpleNamespace(
        url=f"http://{host}:{port}", region="eu-central-1", user="AKIA", bucket="events", token="k"
    )
    place.client = boto3.client(
        "s3",
        endpoint_url=place.url,
        region_name=place.region,
        aws_access_key_id=place.user,
        aws_secret_access_key=place.token,
    )
    where = {"LocationConstraint": place.region}
    place.client.create_bucket(Bucket="events", CreateBucketConfiguration=where)
    yield place
    server.stop()


@pytest.mark.parametrize("form", ["parquet", "jsonl"])
def test_moto_takes_it_as_we_do(moto, form):
    """Written once, rewritten, ended: against what is not ours."""

    def held():
        listed = moto.client.list_objects_v2(Bucket="events", Prefix=f"{form}/").get("Contents", [])
        keys = [one["Key"] for one in listed]
        bodies = [moto.client.get_object(Bucket="events", Key=key)["Body"].read() for key in keys]
        named = [ObjectName.parse(key.partition("/")[2]) for key in keys]
        return sorted(id_ for pair in zip(named, bodies, strict=True) for id_ in ids_in(*pair))

    async def work():
        sink = in_bucket(moto, f"/{form}", format=form)
        await sink.answers()
        await sink.send([row(1), row(2), row(3)])
        other = in_bucket(moto, f"/{form}", format=form)
        await other.send([row(3), row(4)])
        await other.close()
        seen = [held()]
        assert await sink.erase(ids(2)) == 1
        seen.append(held())
        await sink.keep(LATER)
        await sink.close()
        return [*seen, held()]

    assert run(work()) == [ids(1, 2, 3, 4), ids(1, 3, 4), []]


@pytest.mark.parametrize("form", ["parquet", "jsonl"])
def test_moto_has_small_objects_joined(moto, form):
    """An erasure afterwards finds the person in the whole."""

    def listed():
        prefix = f"joined-{form}/event_date"
        return moto.client.list_objects_v2(Bucket="events", Prefix=prefix).get("Contents", [])

    async def work():
        sink = in_bucket(moto, f"/joined-{form}", format=form)
        for number in range(4):
            await sink.send([row(number)])
        joined = await sink.compact(NOW + 3 * 86_400)
        gone = await sink.erase(ids(2))
        await sink.send([row(1)])
        await sink.close()
        return joined, gone, len(listed())

    assert run(work()) == ((4, 1), 1, 1)
