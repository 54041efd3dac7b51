"""``privacykit scrub``: pipes that live as long as a server, and files that are replaced whole."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import signal
import stat
import subprocess
import sys
import time
import tracemalloc
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from privacykit.cli.main import app
from privacykit.cli.scrub.following import Growing, follow
from privacykit.cli.scrub.in_place import in_place
from privacykit.cli.scrub.lines import scrubbed
from privacykit.cli.scrub.pipe import write
from privacykit.cli.scrub.recipe import ScrubCounts
from privacykit.cli.scrub.several import _done
from privacykit.errors import BackendError
from privacykit.logs.files.fields import LogFields
from privacykit.logs.files.scrubber import EXAMPLES, MASKED, Scrubber

LINE = EXAMPLES["combined"]
LEFT = Scrubber(LogFields()).line(LINE)
COMPRESSED = {"plain": bytes, "gzip": gzip, "bzip2": bz2, "xz": lzma}


def _pipe(*arguments, **more):
    command = [sys.executable, "-m", "privacykit", "scrub", *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **more)


def _ask(process, line):
    """Write a line and read what comes back, while the pipe stays open."""
    process.stdin.write(line + b"\n")
    process.stdin.flush()
    return process.stdout.readline().rstrip(b"\n")


def _run(*arguments):
    return CliRunner().invoke(app, ["scrub", *map(str, arguments)])


@pytest.fixture
def log(tmp_path):
    """Return a log of two lines."""
    path = tmp_path / "access.log"
    path.write_bytes(LINE + b"\n" + LINE + b"\n")
    return path


def test_a_pipe_answers_each_line_at_once_and_survives_a_hang_up():
    """As servers use it: for days, through restarts."""
    with _pipe() as process:
        assert _ask(process, LINE) == LEFT
        process.send_signal(signal.SIGHUP)
        assert _ask(process, b"garbage") == MASKED
        process.stdin.close()
        assert (process.stdout.read(), process.wait()) == (b"", 0)


def test_told_to_end_a_pipe_writes_what_arrived():
    """A server's last lines are not lost, though it keeps its end of the pipe open."""
    with _pipe() as process:
        assert _ask(process, LINE) == LEFT
        process.stdin.write(LINE + b"\n" + LINE)
        process.stdin.flush()
        process.send_signal(signal.SIGTERM)
        assert (process.stdout.read(), process.wait()) == (LEFT + b"\n" + LEFT, 0)


def test_a_pipe_that_nobody_reads_ends_quietly():
    """No traceback, which would quote nothing but frighten."""
    with _pipe(stderr=subprocess.PIPE) as process:
        assert _ask(process, LINE) == LEFT
        process.stdout.close()
        _, error = process.communicate(LINE + b"\n")
        assert (error, process.returncode) == (b"", 0)


def test_a_report_counts_and_quotes_nothing():
    """Lines by format, fields by kind."""
    with _pipe("--report", stderr=subprocess.PIPE) as process:
        _, error = process.communicate(LINE + b"\nann@example.org\n")
    told = json.loads(error)
    assert (told["lines"], told["unknown"]) == ({"combined": 1}, 1)
    assert told["weakened"] == {"address": 1, "agent": 1, "referrer": 1, "request": 1, "user": 1}


@pytest.mark.parametrize("name", COMPRESSED)
def test_a_file_is_replaced_whatever_compresses_it(log, name):
    """Its permissions and its time stay, and a second run changes nothing."""
    module = COMPRESSED[name]
    pack, unpack = (bytes, bytes) if module is bytes else (module.compress, module.decompress)
    log.write_bytes(pack(log.read_bytes()))
    log.chmod(0o640)
    os.utime(log, (1_000_000_000, 1_000_000_000))
    assert _run(log).exit_code == 0
    once = log.read_bytes()
    assert unpack(once) == (LEFT + b"\n") * 2
    found = log.stat()
    assert (stat.S_IMODE(found.st_mode), found.st_mtime) == (0o640, 1_000_000_000)
    assert _run(log).exit_code == 0
    assert log.read_bytes() == once


def test_a_file_cut_short_in_compression_stays(log):
    """What can't be read whole is not replaced by half."""
    broken = gzip.compress(os.urandom(4096))[:2000]
    log.write_bytes(broken)
    result = _run(log)
    assert (result.exit_code, log.read_bytes()) == (1, broken)
    assert "PK267" in result.output


@pytest.mark.parametrize("packed", [gzip, bz2, lzma], ids=["gzip", "bzip2", "xz"])
def test_what_is_left_behind_in_compression_is_told_as_such(log, packed):
    """Bytes that belong to no member: the system can replace the file, and we cannot unpack it."""
    log.write_bytes(packed.compress(LINE * 9)[:-6] + b"behind")
    assert "compression is broken" in _run(log).output


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a device that is full")
def test_a_full_disk_is_told_as_such():
    """By a pipe and by what follows a file: it is nothing that anybody need report to us."""
    told = pytest.raises(BackendError, match=r"PK267 output: .*No space left")
    with Path("/dev/full").open("r+b", buffering=0) as full, told:
        write(full.fileno(), LEFT)


def test_a_run_that_ends_in_the_middle_leaves_the_old_file(log):
    """Nothing beside it either."""

    class Failing(Scrubber):
        def lines(self, raws):
            raise MemoryError(len(raws))

    before = log.read_bytes()
    with pytest.raises(MemoryError):
        in_place(log, Failing(LogFields()))
    assert (log.read_bytes(), list(log.parent.iterdir())) == (before, [log])


def _linked(log):
    link = log.with_name("link")
    link.symlink_to(log)
    return link


def _twice_named(log):
    os.link(log, log.with_name("other"))
    return log


@pytest.mark.parametrize(
    "spoil",
    [_linked, _twice_named, lambda log: log.parent, lambda log: log / "none"],
    ids=["a link", "a file with two names", "a folder", "nothing"],
)
def test_what_is_no_file_of_one_name_stays(log, spoil):
    """Each is said, and the next file is done."""
    before = log.read_bytes()
    result = _run(spoil(log))
    assert (result.exit_code, log.read_bytes()) == (1, before)
    assert "PK267" in result.output


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who has a file open")
def test_a_file_that_is_written_stays(log):
    """A server would go on writing to the old one, which nobody can see any more."""
    before = log.read_bytes()
    with log.open("ab"):
        assert _run(log).exit_code == 1
    assert log.read_bytes() == before


def test_a_file_of_an_unknown_format_stays_unless_somebody_says_so(log):
    """Otherwise one slip of the keyboard would empty every log."""
    before = b"of no format\n" * 3 + LINE + b"\n"
    log.write_bytes(before)
    assert (_run(log).exit_code, log.read_bytes()) == (1, before)
    assert _run(log, "--unknown", "mask").exit_code == 0
    assert log.read_bytes() == (MASKED + b"\n") * 3 + LEFT + b"\n"


def test_of_several_files_each_is_done_or_said(log):
    """And the exit code says that not all were."""
    result = _run(log.with_name("none"), log)
    assert (result.exit_code, log.read_bytes()) == (3, (LEFT + b"\n") * 2)


def test_several_processes_do_what_one_does(log):
    """The same files, counts, words and exit code."""
    logs = [log.with_name(f"{number}.log") for number in range(5)]
    told = []
    for processes in (1, 3):
        for number, each in enumerate(logs):
            each.write_bytes((LINE + b"\n") * (number + 1))
        result = _run(*logs, log.with_name("none"), "--report", "--processes", processes)
        told.append((result.exit_code, result.stderr, [each.read_bytes() for each in logs]))
    assert told[0] == told[1]
    assert told[0][0] == 3
    assert told[0][2] == [(LEFT + b"\n") * (number + 1) for number in range(5)]


def _slowly(path):
    time.sleep(0.05)
    path.touch()
    return ScrubCounts(), ""


def test_a_run_that_is_interrupted_begins_no_other_file(tmp_path):
    """What is begun is replaced whole."""
    files = [tmp_path / str(number) for number in range(40)]
    files[0].write_bytes(LINE)  # the largest is begun first
    done = _done(files, partial(_slowly), 2)
    next(done)
    done.close()
    assert len(list(tmp_path.iterdir())) < 20


@pytest.mark.parametrize(
    ("table", "shown"),
    [
        ("", b"203.0.0.0"),
        ("[ip]\nv4_bits = 4\n", b"192.0.0.0"),
        ("[ip]\nv4_bits = 24\n", b"203.0.0.0"),
        ('[ip]\nmode = "drop"\n', b"-"),
    ],
    ids=["nothing", "fewer", "more", "drop"],
)
def test_a_configuration_says_what_is_left_of_addresses(log, tmp_path, table, shown):
    """As of the application's own logs: never finer than without one."""
    config = tmp_path / "privacykit.toml"
    config.write_text(
        '[[site]]\nid = "shop"\nhosts = ["shop.example"]\n'
        f'[purposes.analytics]\nuses = ["analytics_no_storage"]\n{table}'
    )
    assert _run(log, "--config", config).exit_code == 0
    assert log.read_bytes().split(b" ")[0] == shown


def test_a_configuration_that_is_wrong_is_said(log, tmp_path):
    """Before any file is touched."""
    before = log.read_bytes()
    assert "PK010" in str(_run(log, "--config", tmp_path / "none.toml").exception)
    assert log.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "id_"),
    [
        (["--format", "squid"], "PK266"),
        (["--pattern", "none"], "PK265"),
        (["--unknown", "pass"], "PK268"),
        (["--referrer", "all"], "PK268"),
        (["--follow", "other.log"], "PK268"),
    ],
)
def test_a_wrong_option_is_said(log, arguments, id_):
    """Before any file is touched."""
    before = log.read_bytes()
    assert id_ in str(_run(log, *arguments).exception)
    assert log.read_bytes() == before


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_it_does_not_matter_how_bytes_arrive(data):
    """Lines are lines, wherever a read ends."""
    text = b"\n".join(data.draw(st.lists(st.sampled_from([LINE, b"x", b"", LINE + b"\r"]))))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)))))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True) if a < b]
    arriving = iter(pieces)
    whole = io.BytesIO(text)
    apart = b"".join(scrubbed(lambda _: next(arriving, b""), Scrubber(LogFields())))
    assert apart == b"".join(scrubbed(whole.read, Scrubber(LogFields())))
    assert apart.count(b"\n") == text.count(b"\n")


def test_memory_stays_the_same_however_long_a_line_is():
    """32 MB without a line feed are one masked line."""
    pieces = iter([b"x" * (1 << 18)] * 128 + [b"\n" + LINE])
    scrubber = Scrubber(LogFields())
    tracemalloc.start()
    out = b"".join(scrubbed(lambda _: next(pieces, b""), scrubber))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert out == b"[long line]\n" + LEFT
    assert peak < 2 << 20


def test_a_file_is_followed_through_its_rotation(log, capfdbinary):
    """What is added, what comes under the same name, and what follows an emptying."""
    moved = log.with_name("access.log.1")

    def add():
        with log.open("ab") as file:
            file.write(LINE + b"\n")

    def rotate():
        log.rename(moved)
        with moved.open("ab") as file:
            file.write(b"late\n")
        log.write_bytes(LINE + b"\n")

    def empty():
        log.write_bytes(b"")

    steps = iter([add, rotate, empty, add])

    def pause():
        step = next(steps, None)
        if step:
            step()
        return step is not None

    follow(log, Scrubber(LogFields()), pause)
    left = LEFT + b"\n"
    assert capfdbinary.readouterr().out == left * 3 + MASKED + b"\n" + left * 2


def test_a_file_that_is_gone_is_awaited(log):
    """Between its removal and the next one there is none."""
    steps = iter([True, False])

    def pause():
        log.unlink(missing_ok=True)
        return next(steps)

    growing = Growing(log, pause)
    assert growing.read(1 << 16) == (LINE + b"\n") * 2
    assert growing.read(1 << 16) == b""


def test_a_file_that_is_not_there_cannot_be_followed(tmp_path):
    """That is said at once."""
    with pytest.raises(BackendError, match="PK267"):
        follow(tmp_path / "none", Scrubber(LogFields()))
