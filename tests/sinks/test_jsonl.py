"""Files of JSON lines."""

import os
import resource
import signal
import stat
import threading
from datetime import UTC, datetime

import msgspec
import pytest

from privacykit.errors import SinkError
from privacykit.sinks import lines
from privacykit.sinks.jsonl import JSONLinesSink
from privacykit.testing.samples import ids, row
from privacykit.testing.sinks.contract import run

APRIL = "files-2027_04.jsonl"


def at(year, month, day=1):
    """Return a day's first second in Unix seconds."""
    return int(datetime(year, month, day, tzinfo=UTC).timestamp())


@pytest.fixture
def sink(tmp_path):
    """A sink that is closed at the end."""
    sink = JSONLinesSink("files", tmp_path, stem="files")
    yield sink
    run(sink.close())


def send(sink, *rows):
    """Send *rows*."""
    return run(sink.send(rows))


def found(path):
    """Return the ids in the file at *path*."""
    return [msgspec.json.decode(line)["id"] for line in path.read_bytes().splitlines()]


def test_writes_each_event_into_the_file_of_its_period(sink, tmp_path):
    """The name of a file says when it will be gone."""
    send(sink, row(1), row(2, expires_at=at(2027, 5, 3)))
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [APRIL, "files-2027_05.jsonl"]


def test_only_the_owner_may_read(sink, tmp_path):
    """The file's mode is 0600."""
    send(sink, row(1))
    assert stat.S_IMODE((tmp_path / APRIL).stat().st_mode) == 0o600


def test_a_line_stays_a_line(sink, tmp_path):
    """White space between the members of an event cannot break it."""
    event = row(1)
    send(sink, type(event)(event.envelope, event.body.replace(b",", b",\n")))
    assert found(tmp_path / APRIL) == ids(1)


def test_two_processes_write_each_event_once(tmp_path):
    """A worker sees what another has written before it died."""
    one = JSONLinesSink("files", tmp_path, stem="files")
    two = JSONLinesSink("files", tmp_path, stem="files")
    send(one, row(1))
    send(two, row(1), row(2))
    send(one, row(2), row(3))
    run(one.close())
    run(two.close())
    assert found(tmp_path / APRIL) == ids(1, 2, 3)


def test_cuts_a_torn_line_off(sink, tmp_path):
    """What a crash left of a line is gone before the next one is written."""
    send(sink, row(1))
    with (tmp_path / APRIL).open("ab") as file:
        file.write(row(2).body[:40])
    send(sink, row(2))
    assert found(tmp_path / APRIL) == ids(1, 2)


def test_remembers_the_end_of_a_long_file(tmp_path, monkeypatch):
    """Only so many ids are kept in memory, and only so much is read when a file is opened."""
    monkeypatch.setattr(lines, "TAIL_BYTES", len(row(1).body) * 3)
    monkeypatch.setattr(lines, "REMEMBERED", 2)
    sink = JSONLinesSink("files", tmp_path, stem="files")
    send(sink, *map(row, range(10)))
    run(sink.close())
    send(sink, row(9), row(8), row(10))
    run(sink.close())
    assert found(tmp_path / APRIL) == ids(*range(11))


def test_an_id_that_was_forgotten_is_found_in_the_file(sink, tmp_path, monkeypatch):
    """What comes again long after is written once all the same, and what is only late is written."""
    monkeypatch.setattr(lines, "REMEMBERED", 2)
    send(sink, *map(row, range(1, 10)))
    send(sink, row(0), row(1), row(10))
    assert found(tmp_path / APRIL) == ids(*range(1, 10), 0, 10)


def test_memory_of_ids_is_bounded():
    """However many events are delivered, two generations of ids are held."""
    recent = lines.RecentIds()
    for event in ids(*range(5 * lines.REMEMBERED)):
        recent.add(event)
    assert len(recent) == 2 * lines.REMEMBERED
    assert [event in recent for event in ids(0, 5 * lines.REMEMBERED - 1)] == [False, True]


def test_a_file_cut_short_by_others_is_read_anew(sink, tmp_path):
    """Somebody rotated it by copying and truncating: what went may come again."""
    send(sink, row(1))
    os.truncate(tmp_path / APRIL, 0)
    send(sink, row(1))
    assert found(tmp_path / APRIL) == ids(1)


def test_a_file_replaced_by_others_is_opened_anew(sink, tmp_path):
    """Nothing is written into a file that has no name any more."""
    send(sink, row(1))
    (tmp_path / APRIL).rename(tmp_path / "elsewhere")
    send(sink, row(2))
    assert found(tmp_path / APRIL) == ids(2)


def test_strange_lines_are_left_alone(sink, tmp_path):
    """What somebody else wrote into the file is no reason to fail."""
    (tmp_path / APRIL).write_bytes(b"not json\n\n")
    send(sink, row(1))
    assert (tmp_path / APRIL).read_bytes().startswith(b"not json\n\n{")


def test_a_full_disk_leaves_nothing_torn(sink, tmp_path):
    """The batch is refused whole, and taken whole once there is room."""
    send(sink, row(1))
    before = (tmp_path / APRIL).read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 100, hard))
    try:
        with pytest.raises(SinkError, match="PK170"):
            send(sink, row(2))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)
    assert (tmp_path / APRIL).read_bytes() == before
    send(sink, row(2))
    assert found(tmp_path / APRIL) == ids(1, 2)


def test_removes_the_file_of_a_period_that_has_ended(sink, tmp_path):
    """Retention is the end of a file; others are not touched."""
    send(sink, row(1), row(2, expires_at=at(2027, 6, 3)))
    (tmp_path / "files-notes.jsonl").touch()
    run(sink.keep(at(2027, 5)))
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["files-2027_06.jsonl", "files-notes.jsonl"]


def test_removes_expired_lines_among_others(sink, tmp_path):
    """Nothing is kept after its time because of its neighbours, and writing goes on."""
    send(sink, row(1, expires_at=at(2027, 4, 10)), row(2, expires_at=at(2027, 4, 20)))
    run(sink.keep(at(2027, 4, 15)))
    send(sink, row(3))
    assert found(tmp_path / APRIL) == ids(2, 3)
    assert stat.S_IMODE((tmp_path / APRIL).stat().st_mode) == 0o600


def test_removes_a_file_in_which_nothing_is_alive(sink, tmp_path):
    """Unreadable lines count as dead."""
    send(sink, row(1, expires_at=at(2027, 4, 10)))
    with (tmp_path / APRIL).open("ab") as file:
        file.write(b"not json\n")
    run(sink.keep(at(2027, 4, 15)))
    assert list(tmp_path.iterdir()) == []


def test_leaves_a_file_alone_in_which_all_is_alive(sink, tmp_path):
    """It is not even rewritten."""
    send(sink, row(1))
    before = (tmp_path / APRIL).stat().st_ino
    run(sink.keep(at(2027, 4, 2)))
    assert (tmp_path / APRIL).stat().st_ino == before


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_child_takes_turns_with_its_parent(sink, tmp_path):
    """A file opened before a fork is opened anew: its lock would be shared."""
    send(sink, row(1))
    children = []
    for first in (10, 100, 200):
        child = os.fork()
        if child == 0:
            for number in range(first, first + 50):
                send(sink, row(number), row(5))
            os._exit(0)
        children.append(child)
    for number in range(300, 350):
        send(sink, row(number), row(5))
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0]
    wanted = [1, 5, *range(10, 60), *range(100, 150), *range(200, 250), *range(300, 350)]
    assert sorted(found(tmp_path / APRIL)) == ids(*wanted)


def test_a_file_of_another_process_is_opened_anew(sink, tmp_path, monkeypatch):
    """The same, seen from within the child."""
    send(sink, row(1))
    monkeypatch.setattr(lines.os, "getpid", lambda: -1)
    send(sink, row(1), row(2))
    assert found(tmp_path / APRIL) == ids(1, 2)


def test_a_folder_that_is_gone_is_an_error_that_passes(tmp_path):
    """The batch waits until somebody makes the folder."""
    sink = JSONLinesSink("files", tmp_path / "later", stem="files")
    with pytest.raises(SinkError, match="PK170"):
        send(sink, row(1))
    (tmp_path / "later").mkdir()
    send(sink, row(1))
    run(sink.close())
    assert found(tmp_path / "later" / APRIL) == ids(1)


def test_upkeep_that_fails_leaves_the_file_as_it_is(sink, tmp_path, monkeypatch):
    """A full disk cannot cost what is alive, and leaves no copy behind."""
    send(sink, row(1, expires_at=at(2027, 4, 10)), row(2, expires_at=at(2027, 4, 20)))

    def fail(_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(lines.os, "fsync", fail)
        with pytest.raises(SinkError, match="PK170"):
            run(sink.keep(at(2027, 4, 15)))
    assert found(tmp_path / APRIL) == ids(1, 2)
    assert [path.name for path in tmp_path.iterdir()] == [APRIL]


def test_writers_and_upkeep_take_turns(tmp_path):
    """While lines are removed and others added, no line that is alive is lost."""
    now = at(2027, 4, 15)
    stop = threading.Event()

    def sweep():
        sink = JSONLinesSink("files", tmp_path, stem="files")
        while not stop.is_set():
            run(sink.keep(now))
        run(sink.close())

    sweeper = threading.Thread(target=sweep)
    sweeper.start()
    sink = JSONLinesSink("files", tmp_path, stem="files")
    for number in range(0, 200, 2):
        send(sink, row(number, expires_at=at(2027, 4, 10)), row(number + 1))
    stop.set()
    sweeper.join()
    run(sink.keep(now))
    run(sink.close())
    assert found(tmp_path / APRIL) == ids(*range(1, 200, 2))
