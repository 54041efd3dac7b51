"""The sink that is a DuckDB file."""

import os
import stat
import subprocess
import sys
import threading

import duckdb
import pytest

from privacykit.errors import ConfigurationError, SinkError
from privacykit.sinks.storage import duckdb_file
from privacykit.testing.samples import LATER, NOW, ids, rich_row, row
from privacykit.testing.sinks.contract import SinkContract, run
from tests.sinks.storage.places import made, send

DAY = 86_400


def file_sink(folder, **options):
    """Return a sink of the file `events.duckdb` in *folder*."""
    return made("duckdb", file=str(folder / "events.duckdb"), **options)


def read(folder, query="SELECT id FROM events ORDER BY id"):
    """Return what *query* finds, as a reader of its own."""
    with duckdb.connect(str(folder / "events.duckdb"), read_only=True) as connection:
        found = connection.execute(query).fetchall()
    return [row[0] if len(row) == 1 else row for row in found]


@pytest.fixture
def sink(tmp_path):
    """A sink."""
    return file_sink(tmp_path)


class TestDuckDB(SinkContract):
    """In a file."""

    @pytest.fixture
    def sink(self, tmp_path):
        """A sink."""
        return file_sink(tmp_path)

    @pytest.fixture
    def arrived(self, tmp_path):
        """What the file holds."""
        return lambda: read(tmp_path) if (tmp_path / "events.duckdb").exists() else []


def test_columns_are_members(tmp_path, sink):
    """With their types; nothing of an event is lost."""
    send(sink, rich_row(1), row(2))
    told = read(
        tmp_path,
        "SELECT place.region, consent.purposes['ads'], props ->> 'colour', epoch(expires_at)"
        " FROM events ORDER BY id",
    )
    assert told == [("US-CA", "deny", "red", LATER), (None, None, None, LATER)]


def test_file_and_log_are_private(tmp_path, sink):
    """Whatever the umask says; nothing else is left in the folder."""
    before = os.umask(0)
    try:
        send(sink, row(1))
        with sink._file._opened() as store:
            store.execute("DELETE FROM store.events")
            modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
            names = sorted(path.name for path in tmp_path.iterdir())
    finally:
        os.umask(before)
    assert (modes, names) == ({0o600}, ["events.duckdb", "events.duckdb.wal"])
    assert [path.name for path in tmp_path.iterdir()] == ["events.duckdb"]


def test_what_has_ended_goes(tmp_path, sink):
    """To the second, and nothing before."""
    send(sink, row(1, expires_at=LATER - 1), row(2))
    run(sink.keep(LATER - 1.5))
    assert read(tmp_path) == ids(1, 2)
    run(sink.keep(LATER - 1))
    assert read(tmp_path) == ids(2)


MARK = "f1e2d3c4b5a69788796a5b4c3d2e1f00"


def bytes_of(folder):
    """Return all bytes in *folder*."""
    return b"".join(path.read_bytes() for path in folder.iterdir())


def marked(folder):
    """Return a sink whose file holds one event of :data:`MARK` among a thousand, and which ends."""
    sink = file_sink(folder)
    rows = [row(n, expires_at=LATER + DAY * 9) for n in range(1, 1000)]
    send(sink, rich_row(0, visitor=MARK), *rows)
    assert MARK.encode() in bytes_of(folder)
    return sink


def test_the_bytes_of_what_ended_go_a_day_later(tmp_path):
    """The file is written anew, once."""
    sink = marked(tmp_path)
    run(sink.keep(LATER))
    inode = (tmp_path / "events.duckdb").stat().st_ino
    run(sink.keep(LATER + DAY - 1))
    assert ((tmp_path / "events.duckdb").stat().st_ino, len(read(tmp_path))) == (inode, 999)
    run(sink.keep(LATER + DAY))
    assert ((tmp_path / "events.duckdb").stat().st_ino == inode, len(read(tmp_path))) == (
        False,
        999,
    )
    assert MARK.encode() not in bytes_of(tmp_path)
    last = (tmp_path / "events.duckdb").stat().st_ino
    run(sink.keep(LATER + DAY + 3600))
    assert (tmp_path / "events.duckdb").stat().st_ino == last


def test_a_person_is_taken_out(tmp_path):
    """By id; no byte of the file tells of them."""
    sink = marked(tmp_path)
    assert run(sink.erase(ids(0))) == 1
    assert MARK.encode() not in bytes_of(tmp_path)
    assert stat.S_IMODE((tmp_path / "events.duckdb").stat().st_mode) == 0o600
    send(sink, row(5000))
    assert len(read(tmp_path)) == 1000


def test_an_erasure_of_nobody_writes_nothing(tmp_path, sink):
    """And says so."""
    send(sink, row(1))
    inode = (tmp_path / "events.duckdb").stat().st_ino
    assert run(sink.erase(ids(7))) == 0
    assert (tmp_path / "events.duckdb").stat().st_ino == inode


def test_tables_of_the_users_survive(tmp_path, sink):
    """Views and tables beside ours are copied as well."""
    send(sink, row(1), row(2))
    with duckdb.connect(str(tmp_path / "events.duckdb")) as connection:
        connection.execute("CREATE TABLE notes AS SELECT 'theirs' AS note")
        connection.execute("CREATE VIEW days AS SELECT time::DATE AS day FROM events")
    run(sink.erase(ids(1)))
    assert (read(tmp_path, "FROM notes"), len(read(tmp_path, "FROM days"))) == (["theirs"], 1)


def test_a_new_member_is_a_new_column(tmp_path, sink):
    """A file of an older version goes on."""
    send(sink, row(1))
    with duckdb.connect(str(tmp_path / "events.duckdb")) as connection:
        connection.execute("ALTER TABLE events DROP COLUMN language")
    send(sink, rich_row(2))
    assert read(tmp_path, "SELECT language FROM events ORDER BY id") == [None, "en"]


def test_what_is_no_event_is_set_aside(tmp_path, sink):
    """With a reason free of data; the others arrive."""
    broken = type(row(1))(row(1).envelope, b'{"id":"secret"}')
    outcome = send(sink, broken, row(2))
    assert (outcome.rejected, read(tmp_path)) == (((ids(1)[0], "unreadable"),), ids(2))


def test_another_program_makes_events_wait(tmp_path, sink):
    """Until it has closed the file; nothing is lost."""
    send(sink, row(1))
    script = (
        "import duckdb, sys; connection = duckdb.connect(sys.argv[1]);"
        "print('open', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "events.duckdb")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"open\n"
        with pytest.raises(SinkError, match="PK184"):
            send(sink, row(2))
        other.stdin.close()
        other.wait()
    send(sink, row(2))
    assert read(tmp_path) == ids(1, 2)


def test_a_file_that_is_none_is_said(tmp_path, sink):
    """Without what is in it."""
    (tmp_path / "events.duckdb").write_text("secret")
    for work in (sink.answers(), sink.send([row(1)]), sink.keep(NOW), sink.erase(ids(1))):
        with pytest.raises(SinkError, match="PK185") as caught:
            run(work)
        assert "secret" not in str(caught.value)


def test_a_folder_that_is_gone_is_said(tmp_path):
    """The batch waits."""
    (tmp_path / "deep").mkdir()
    sink = file_sink(tmp_path / "deep")
    (tmp_path / "deep").rmdir()
    with pytest.raises(SinkError, match="PK170"):
        run(sink.send([row(1)]))


def test_what_a_dead_process_left_is_removed(tmp_path, sink):
    """A copy that was never finished holds events."""
    left = tmp_path / f"{duckdb_file.BESIDE}x"
    left.mkdir()
    (left / "events").write_text("anna@shop.example")
    run(sink.answers())
    assert not left.exists()


def test_several_write_at_once(tmp_path):
    """Threads and sinks of their own take turns; each event is there once."""
    sinks = [file_sink(tmp_path) for _ in range(3)]
    numbers = [range(at, at + 20) for at in (0, 10, 20)]
    threads = [
        threading.Thread(target=send, args=(sink, *map(row, part)))
        for sink, part in zip(sinks, numbers, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read(tmp_path) == ids(*range(40))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_fork_waits_until_the_file_is_closed(tmp_path, sink):
    """A child would share what is open with its parent."""
    order, began = [], threading.Event()

    def work():
        with sink._file._opened():
            began.set()
            released.wait(20)
            order.append("closed")

    released, thread = threading.Event(), threading.Thread(target=work)
    thread.start()
    assert began.wait(20)
    threading.Timer(0.1, released.set).start()
    child = os.fork()
    if child == 0:  # pragma: no cover - in a process of its own
        os._exit(0 if order else 1)
    thread.join()
    assert os.waitpid(child, 0)[1] == 0
    send(sink, row(1))
    assert read(tmp_path) == ids(1)


@pytest.mark.parametrize(
    ("table", "code"),
    [
        ({}, "PK162"),
        ({"file": "s3cret/events.duckdb"}, "PK171"),
        ({"file": "."}, "PK171"),
        ({"file": "e.duckdb", "batch": 0}, "PK162"),
        ({"file": "e.duckdb", "url": "duckdb:///s3cret"}, "PK161"),
    ],
)
def test_a_wrong_table_is_said(table, code):
    """Without opening a file, with the key, and no value."""
    with pytest.raises(ConfigurationError) as caught:
        made("duckdb", **table)
    (problem,) = caught.value.problems
    assert (problem.id, "s3cret" in str(problem)) == (code, False)
