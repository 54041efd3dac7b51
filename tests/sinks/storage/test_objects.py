"""Objects: named, looked through, rewritten; whatever the store."""

import gzip
import stat
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pyarrow.dataset
import pyarrow.parquet
import pytest
from hypothesis import given as given_any
from hypothesis import settings
from hypothesis import strategies as st

from privacykit.collect.events.format import decode_event
from privacykit.errors import ConfigurationError, SinkError
from privacykit.sinks.storage.object_forms import FORMS, Doomed
from privacykit.sinks.storage.object_names import ObjectName
from privacykit.sinks.storage.object_store import LocalObjects
from privacykit.testing.samples import LATER, NOW, ids, rich_row, row
from privacykit.testing.sinks.contract import run
from tests.sinks.storage.places import ids_below, in_bucket, in_folder, made, send

DAY = 86_400


def with_times(number, at, end=LATER):
    """Return the event with *number*, of the moment *at*, with an id of that moment."""
    plain = row(number, expires_at=end)
    head = f"{int(at * 1000):012x}"
    id_ = f"{head[:8]}-{head[8:]}{plain.envelope.id[13:]}"
    time = datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
    event = msgspec.structs.replace(decode_event(plain.body), id=id_, time=time)
    envelope = msgspec.structs.replace(plain.envelope, id=id_)
    return type(plain)(envelope, msgspec.json.encode(event))


class Counting(LocalObjects):
    """A folder that counts what is read of it."""

    reads = 0

    async def get(self, key):
        """Read the file."""
        self.reads += 1
        return await super().get(key)


@pytest.fixture(params=["parquet", "jsonl"])
def form(request):
    """Each form."""
    return request.param


def test_days_are_partitions(tmp_path, form):
    """By the time of the event, in UTC, as hive has it; nothing else is in the folder."""
    late = with_times(1, 1_799_971_199.0)  # a second before midnight of 14 January 2027
    send(in_folder(tmp_path, format=form), late, with_times(2, 1_799_971_200.0))
    names = [ObjectName.parse(p.relative_to(tmp_path).as_posix()) for p in tmp_path.rglob("part*")]
    assert sorted(name.date for name in names) == ["2027-01-14", "2027-01-15"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "event_date=2027-01-14",
        "event_date=2027-01-15",
    ]


def test_files_are_private(tmp_path):
    """The owner's alone, with their folders."""
    send(in_folder(tmp_path), row(1))
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")}
    assert modes == {0o600, 0o700}


def test_a_name_says_what_it_was_made_of():
    """And what is no name of ours is somebody else's."""
    name = ObjectName.of("2027-01-15", [LATER, LATER - 1], ids(1, 2), ".parquet")
    assert ObjectName.parse(name.key) == name
    assert name.ends == (LATER - 1, LATER)
    assert ObjectName.parse(f"{name.key}.bak") is None
    assert ObjectName.parse("event_date=2027-01-15/part-0-batch01.parquet") is None


MOMENTS = st.lists(st.integers(0, 30), max_size=6)


@given_any(MOMENTS, st.tuples(st.integers(0, 30), st.integers(0, 30)).map(sorted))
def test_a_name_says_which_moments_are_in_it(moments, ids_):
    """As looking at each of them would."""
    name = ObjectName("2027-01-15", tuple(ids_), (LATER, LATER), "0" * 32, ".parquet")
    found = name.may_hold(sorted(moments))
    assert found is any(ids_[0] <= moment <= ids_[1] for moment in moments)


def test_the_order_of_a_batch_does_not_change_its_name():
    """So that the same events are the same object."""
    one, two = (ObjectName.of("2027-01-15", [LATER], it, ".x") for it in (ids(1, 2), ids(2, 1)))
    assert one == two


def test_parquet_is_read_by_others(tmp_path):
    """As one table, with the day as a column, and all that the event told."""
    send(in_folder(tmp_path), rich_row(1), row(2))
    table = pyarrow.dataset.dataset(tmp_path, format="parquet", partitioning="hive").to_table()
    told = {one["id"]: one for one in table.to_pylist()}
    assert told[ids(1)[0]]["event_date"] == "2027-01-15"
    assert told[ids(1)[0]]["place"] == {"country": "US", "region": "US-CA"}
    assert (told[ids(2)[0]]["visitor"], told[ids(2)[0]]["expires_at"].timestamp()) == (
        f"{2:032x}",
        LATER,
    )


def test_the_foot_of_a_parquet_file_repeats_nobody(tmp_path):
    """No statistics of what tells people apart: it would be in the clear."""
    send(in_folder(tmp_path), rich_row(1))
    (path,) = tmp_path.rglob("*.parquet")
    group = pyarrow.parquet.ParquetFile(path).metadata.row_group(0)
    columns = [group.column(i) for i in range(group.num_columns)]
    kept = {it.path_in_schema for it in columns if it.is_stats_set}
    assert kept == {"time", "name", "purpose", "site", "expires_at"}
    assert f"{1:032x}".encode() not in path.read_bytes()[-2000:]


def test_lines_are_the_events_as_they_are(tmp_path):
    """Byte for byte."""
    rows = [rich_row(1), row(2)]
    send(in_folder(tmp_path, format="jsonl"), *rows)
    (path,) = tmp_path.rglob("*.jsonl.gz")
    assert gzip.decompress(path.read_bytes()) == b"".join(row.body + b"\n" for row in rows)


def test_an_event_that_comes_in_another_batch_is_known(tmp_path, form):
    """By a worker that has never seen the first, too."""
    send(in_folder(tmp_path, format=form), row(1), row(2), row(3))
    send(in_folder(tmp_path, format=form), row(3), row(4))
    assert ids_below(tmp_path) == ids(1, 2, 3, 4)


def test_the_form_may_change(tmp_path):
    """Objects of the former one are read still: for what came twice, and for the end."""
    send(in_folder(tmp_path, format="jsonl"), row(1), row(2))
    sink = in_folder(tmp_path)
    send(sink, row(2), row(3))
    assert ids_below(tmp_path) == ids(1, 2, 3)
    run(sink.keep(LATER))
    assert ids_below(tmp_path) == []


def test_only_objects_that_may_hold_an_event_are_read(tmp_path):
    """New events are newer than what is there: nothing is read for them."""
    sink = in_folder(tmp_path)
    store = sink._store = Counting(tmp_path)
    for number in range(4):
        send(sink, with_times(number, NOW + number))
    fresh = in_folder(tmp_path)
    fresh._store = store
    send(fresh, with_times(9, NOW + 9))
    assert store.reads == 0
    send(fresh, with_times(2, NOW + 2))
    assert (store.reads, len(ids_below(tmp_path))) == (1, 5)


def test_what_is_no_event_is_set_aside(tmp_path, form):
    """With a reason free of data; the others arrive."""
    broken = type(row(1))(row(1).envelope, b'{"id":"secret"}')
    outcome = send(in_folder(tmp_path, format=form), broken, row(2))
    assert (outcome.rejected, ids_below(tmp_path)) == (((ids(1)[0], "unreadable"),), ids(2))


class Failing(LocalObjects):
    """A folder whose next answers get lost after the work is done."""

    lost = 0

    async def put_new(self, key, body):
        """Create the file."""
        done = await super().put_new(key, body)
        if self.lost:
            self.lost -= 1
            raise SinkError("PK166 no answer", unclear=True)
        return done


def test_what_perhaps_arrived_keeps_its_name(tmp_path):
    """A put that lands after its time and the one that follows it are one object."""
    sink = in_folder(tmp_path)
    sink._store = Failing(tmp_path)
    sink._store.lost = 1
    with pytest.raises(SinkError):
        send(sink, row(1), row(2))
    (landed,) = tmp_path.rglob("part-*")
    body = landed.read_bytes()
    landed.unlink()  # it is still under way
    send(sink, row(1), row(2), row(3))
    assert landed.read_bytes() == body
    assert ids_below(tmp_path) == ids(1, 2, 3)


def test_what_has_ended_goes(tmp_path, form):
    """The rest of an object stays, under its name; an object without any goes, with its folder."""
    sink = in_folder(tmp_path, format=form)
    send(sink, row(1, expires_at=LATER - 5), row(2), row(3, expires_at=LATER - DAY))
    before = {path.name for path in tmp_path.rglob("part-*")}
    run(sink.keep(LATER - 5))
    left = {path.name for path in tmp_path.rglob("part-*")}
    assert (ids_below(tmp_path), len(before), left < before) == (ids(2), 2, True)
    run(sink.keep(LATER))
    assert list(tmp_path.iterdir()) == []


def test_nothing_goes_before_its_time(tmp_path, form):
    """Not by a second."""
    sink = in_folder(tmp_path, format=form)
    send(sink, row(1), row(2))
    run(sink.keep(LATER - 1))
    assert ids_below(tmp_path) == ids(1, 2)


def test_a_person_is_taken_out(tmp_path, form):
    """By ids; a put of the same object that lands afterwards changes nothing."""
    sink = in_folder(tmp_path, format=form)
    rows = [row(1), row(2), row(3), with_times(4, NOW + 40 * DAY)]
    send(sink, *rows)
    gone = run(sink.erase(ids(1, 3)))
    key = next(key for key, it in sink._memory._by_key.items() if ids(1)[0] in it)
    assert not run(sink._store.put_new(key, sink._form.encode(rows[:3])))
    told = [id_ for path in tmp_path.rglob("part-*") for id_ in _decoded(path)]
    assert (gone, sorted(told)) == (2, [ids(2)[0], rows[3].envelope.id])


def _decoded(path):
    name = ObjectName.parse(f"{path.parent.name}/{path.name}")
    (form,) = (form for form in FORMS.values() if form.suffix == name.suffix)
    return form().ids(path.read_bytes())


def test_by_ids_only_objects_are_read_that_may_hold_them(tmp_path):
    """An erasure reads no year of objects for one event."""
    sink = in_folder(tmp_path)
    store = sink._store = Counting(tmp_path)
    for day in range(5):
        send(sink, with_times(day, NOW + day * DAY))
    assert run(sink.erase([with_times(3, NOW + 3 * DAY).envelope.id])) == 1
    assert (store.reads, len(ids_below(tmp_path))) == (1, 4)


class Busy(LocalObjects):
    """A folder in which somebody else changes each object right after it was read."""

    turns = 0

    async def get(self, key):
        """Read the file, and touch it afterwards."""
        found = await super().get(key)
        if self.turns:
            self.turns -= 1
            await super().replace(key, found.body, found.tag)
        return found


@pytest.mark.parametrize(("turns", "gone"), [(2, 1), (5, None)])
def test_two_who_rewrite_do_not_undo_each_other(tmp_path, turns, gone):
    """An object that was changed meanwhile is read again, for a while."""
    sink = in_folder(tmp_path)
    send(sink, row(1), row(2))
    sink._store = Busy(tmp_path)
    sink._store.turns = turns
    if gone is None:
        with pytest.raises(SinkError, match="PK182"):
            run(sink.erase(ids(1)))
    else:
        assert (run(sink.erase(ids(1))), ids_below(tmp_path)) == (gone, ids(2))


def test_an_object_that_is_none_is_said(tmp_path, form):
    """Nothing is passed over in silence."""
    sink = in_folder(tmp_path, format=form)
    send(sink, row(1), row(2))
    (path,) = tmp_path.rglob("part-*")
    path.write_bytes(b"secret")
    for work in (sink.erase(ids(1)), in_folder(tmp_path, format=form).send([row(1)])):
        with pytest.raises(SinkError, match="PK181") as caught:
            run(work)
        assert "secret" not in str(caught.value)


def test_files_of_others_are_let_alone(tmp_path):
    """Whatever lies beside ours."""
    (tmp_path / "notes.txt").write_text("theirs")
    sink = in_folder(tmp_path)
    send(sink, row(1))
    run(sink.keep(LATER))
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_folder_that_cannot_be_written_is_said(tmp_path, monkeypatch):
    """Before an event is tried, and with ours for words."""
    sink = in_folder(tmp_path)
    run(sink.answers())
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(SinkError, match="PK170"):
        run(sink.answers())


def test_a_full_disk_keeps_the_batch_waiting(tmp_path, monkeypatch):
    """And leaves nothing behind."""
    sink = in_folder(tmp_path)

    def full(*_):
        raise OSError(28, "no space left")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(SinkError, match="PK170"):
        send(sink, row(1))
    assert list(tmp_path.rglob("part-*")) == []


@pytest.mark.parametrize("now", [0.0, LATER - 0.5, float(LATER)])
def test_both_forms_agree_on_what_goes(now):
    """Whatever of an object goes in one form goes in the other."""
    rows = [row(n, expires_at=LATER + n % 2) for n in range(6)] + [rich_row(7, visitor=None)]
    doomed = Doomed(now, frozenset(ids(2, 3)))
    left = []
    for form in (FORMS["jsonl"](), FORMS["parquet"]()):
        body, gone = form.without(form.encode(rows), doomed)
        left.append((sorted(form.ids(body)), gone))
    assert left[0] == left[1]


@pytest.mark.parametrize(
    ("table", "code"),
    [
        ({}, "PK163"),
        ({"url": "s3://events", "folder": "."}, "PK163"),
        ({"folder": "s3cret"}, "PK171"),
        ({"folder": ".", "format": "csv"}, "PK162"),
        ({"folder": ".", "batch": 0}, "PK162"),
        ({"folder": ".", "token": "s3cret"}, "PK161"),
        ({"url": "s3://events"}, "PK163"),
        ({"url": "s3://events", "user": "me"}, "PK163"),
        ({"url": "s3://EVENTS!", "user": "me", "key": "k"}, "PK183"),
        ({"url": "s3://me:s3cret@events", "user": "me", "key": "k"}, "PK183"),
        ({"url": "https://events.example", "user": "me", "key": "k"}, "PK183"),
        ({"url": "s3://events/a b", "user": "me", "key": "k"}, "PK183"),
        ({"url": "s3://[events", "user": "me", "key": "k"}, "PK183"),
        ({"url": "s3://events", "user": "me", "key": "k", "region": "a/b"}, "PK183"),
        ({"url": "s3://events", "user": "me", "key": "k", "endpoint": "http://x.example"}, "PK164"),
        ({"url": "s3://events", "user": "me", "key": "k", "ca_file": "s3cret"}, "PK169"),
    ],
)
def test_a_wrong_table_is_said(table, code):
    """Without a connection, with the key, and no value."""
    with pytest.raises(ConfigurationError) as caught:
        made("objects", **table)
    (problem,) = caught.value.problems
    assert (problem.id, "s3cret" in str(problem)) == (code, False)


def test_a_bucket_of_aws_is_a_host():
    """As AWS wants it; others have it in the path."""
    sink = made("objects", url="s3://events/raw/", user="me", key="k", region="eu-west-1")
    place = sink._store._place
    assert (place.endpoint, place.path, place.prefix) == (
        "https://events.s3.eu-west-1.amazonaws.com",
        "/",
        "raw/",
    )


def test_a_bucket_needs_nothing_but_what_is_said(monkeypatch):
    """Credentials and endpoints of the environment are not looked at."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")

    class Stub:
        url, region, user, bucket, token = "http://127.0.0.1:1", "r", "me", "events", "k"

    store = in_bucket(Stub)._store
    assert (store._place.endpoint, store._credentials().access_key) == ("http://127.0.0.1:1", "me")


BATCHES = st.lists(
    st.tuples(st.sets(st.integers(0, 9), min_size=1), st.sampled_from(["", "lost", "restart"])),
    min_size=1,
    max_size=6,
)


@settings(max_examples=40, deadline=None)
@given_any(BATCHES)
def test_whatever_comes_again_is_there_once(batches):
    """In any order and company, with lost answers and new workers between."""
    with TemporaryDirectory() as place:
        folder = Path(place)
        sink = in_folder(folder, format="jsonl")
        sink._store = Failing(folder)
        for numbers, trouble in batches:
            sink._store.lost = int(trouble == "lost")
            with suppress(SinkError):
                send(sink, *(with_times(n, NOW + n // 3 * DAY) for n in numbers))
            if trouble == "restart":
                sink = in_folder(folder, format="jsonl")
                sink._store = Failing(folder)
        sink._store.lost = 0
        everything = [with_times(n, NOW + n // 3 * DAY) for n in range(10)]
        send(sink, *everything)
        assert ids_below(folder) == sorted(row.envelope.id for row in everything)
