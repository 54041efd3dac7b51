"""Files of ours are private, whole or not there, and nobody's planted name decides about them."""

from __future__ import annotations

import ast
import os
import re
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from privacykit.private_files import UNFINISHED, create_private, remove_abandoned, replacing

PACKAGE = Path(__file__).parent.parent / "privacykit"
CREATORS = {
    "private_files.py",
    "sinks/lines.py",  # appends, and follows no link either
    "geo/snapshot.py",  # mkstemp: as private, for a library that wants a name
    "export/spool.py",  # a file without a name, enciphered
    "cli/init/command.py",  # the project's own configuration, only where nothing stands
    "cli/init/ignore.py",  # appends to the project's own list
}


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=["umask 0", "umask 022", "umask 077"])
def umask(request):
    """Work under each umask."""
    before = os.umask(request.param)
    yield
    os.umask(before)


def _write(path, text=b"new", **more):
    with replacing(path, **more) as file:
        file.write(text)


def _fail_halfway(path):
    with replacing(path) as file:
        file.write(b"half")
        raise ZeroDivisionError


def _mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.usefixtures("umask")
def test_a_new_file_is_its_owners_alone(tmp_path):
    """Whatever the umask says."""
    _write(tmp_path / "a")
    assert (_mode(tmp_path / "a"), (tmp_path / "a").read_bytes()) == (0o600, b"new")


@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644])
def test_somebody_elses_file_keeps_its_permissions(tmp_path, mode):
    """No wider, so that a secret stays one; no narrower, so that its application reads on."""
    path = tmp_path / "a"
    path.touch()
    path.chmod(mode)
    _write(path, like=path.stat())
    assert _mode(path) == mode


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_somebody_elses_file_keeps_its_owner(tmp_path):
    """An erasure run by root leaves a file that the application can still open."""
    path = tmp_path / "a"
    path.touch()
    os.chown(path, 12345, 23456)
    _write(path, like=path.stat())
    assert (path.stat().st_uid, path.stat().st_gid) == (12345, 23456)


@pytest.mark.usefixtures("umask")
def test_nothing_is_written_before_it_is_private(tmp_path):
    """The name that stands there meanwhile is as private, and cannot be foreseen."""
    with replacing(tmp_path / "a"):
        [beside] = tmp_path.iterdir()
        seen = (
            _mode(beside),
            bool(re.fullmatch(rf"{re.escape(UNFINISHED)}[0-9a-f]{{20}}", beside.name)),
        )
    assert seen == (0o600, True)


def test_what_fails_leaves_what_was_there(tmp_path):
    """And nothing beside it."""
    (tmp_path / "a").write_text("old")
    with pytest.raises(ZeroDivisionError):
        _fail_halfway(tmp_path / "a")
    assert [(f.name, f.read_text()) for f in tmp_path.iterdir()] == [("a", "old")]


@pytest.mark.parametrize("planted", ["link", "dangling", "folder", "pipe"])
def test_what_is_planted_is_neither_followed_nor_replaced(tmp_path, planted):
    """A link would decide where the data goes; `/dev/stdout` would be gone."""
    victim, place = tmp_path / "victim", tmp_path / "a"
    victim.write_text("theirs")
    if planted == "link":
        place.symlink_to(victim)
    elif planted == "dangling":
        place.symlink_to(tmp_path / "nowhere")
    elif planted == "folder":
        place.mkdir()
    else:
        os.mkfifo(place)
    with pytest.raises(OSError, match="neither a file"):
        _write(place)
    assert (victim.read_text(), sorted(f.name for f in tmp_path.iterdir())) == (
        "theirs",
        ["a", "victim"],
    )


def test_an_exclusive_file_follows_no_link(tmp_path):
    """Not even one to nowhere, through which another place would be created."""
    (tmp_path / "a").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileExistsError):
        create_private(tmp_path / "a")
    assert not (tmp_path / "elsewhere").exists()


def test_a_clean_up_leaves_what_is_being_written(tmp_path):
    """Another command must not destroy a running erasure's work."""
    with replacing(tmp_path / "a") as file:
        removed = remove_abandoned(tmp_path)
        file.write(b"whole")
    assert (removed, (tmp_path / "a").read_bytes()) == (0, b"whole")


def test_a_clean_up_takes_what_a_dead_process_left(tmp_path):
    """It holds somebody's data and belongs to nobody."""
    script = """
        import os, pathlib, signal, sys
        from privacykit.private_files import replacing
        with replacing(pathlib.Path(sys.argv[1])) as file:
            file.write(b"anna@shop.example")
            file.flush()
            os.kill(os.getpid(), signal.SIGKILL)
    """
    command = [sys.executable, "-c", textwrap.dedent(script), str(tmp_path / "a")]
    ended = subprocess.run(command, check=False)
    left = [file.name.startswith(UNFINISHED) for file in tmp_path.iterdir()]
    removed = remove_abandoned(tmp_path)
    assert (ended.returncode, left, removed, list(tmp_path.iterdir())) == (-9, [True], 1, [])


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_a_clean_up_opens_files_only(tmp_path, kind):
    """A pipe keeps nobody waiting, and what a link leads to stays."""
    victim, place = tmp_path / "victim", tmp_path / f"{UNFINISHED}x"
    victim.write_text("theirs")
    {
        "link": lambda: place.symlink_to(victim),
        "pipe": lambda: os.mkfifo(place),
        "folder": place.mkdir,
    }[kind]()
    assert (remove_abandoned(tmp_path), victim.read_text()) == (0, "theirs")


def _creates(path):
    """Yield the line of each call that creates a file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        texts = [
            a.value
            for a in (*node.args, *(k.value for k in node.keywords))
            if isinstance(a, ast.Constant)
        ]
        writes = any(
            isinstance(t, str) and re.fullmatch(r"[rwxab+t]*[wxa+][rwxab+t]*", t) for t in texts
        )
        flags = any(isinstance(n, ast.Attribute) and n.attr == "O_CREAT" for n in ast.walk(node))
        if (
            name
            in {
                "write_text",
                "write_bytes",
                "touch",
                "NamedTemporaryFile",
                "TemporaryFile",
                "mkstemp",
            }
            or name == "SpooledTemporaryFile"
            or (name in {"open", "fdopen"} and (writes or flags))
        ):
            yield node.lineno


def test_only_one_place_creates_files():
    """A second way would forget the umask, the link or the crash."""
    found = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if "testing" not in path.parts and any(True for _ in _creates(path))
    }
    # The key file is created by `create_private`, and its text written through the descriptor;
    # the salts' journal is there already and is overwritten in place; archives are no files here;
    # a month's file is created by `create_private`, written whole, then linked to its name.
    others = {"stores/keys.py", "stores/salts/file.py", "export/write.py"}
    assert found - CREATORS == others | {"stores/events/period_files.py"}
