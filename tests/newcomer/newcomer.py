"""
Somebody who has never seen privacykit: types commands and lines, clicks in a browser, and stumbles.

Nothing is read but what the commands print. Starts processes, writes into the newcomer's folder.
"""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import textwrap
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

PATIENCE_SECONDS = 90
NOT_YET = 503


class StumbledError(AssertionError):
    """Something was not as it must be."""


class Newcomer:
    """
    Somebody in a folder of their own.

    Args:
        folder: The project.
        commands: Where the commands of their environment are.

    Attributes:
        typed: The commands that they typed.
        lines: The lines that they wrote into files.
        port: Where they serve.
    """

    def __init__(self, folder: Path, commands: Path) -> None:
        self.folder = folder
        self.typed: list[str] = []
        self.lines = 0
        self._commands = commands
        self._server: subprocess.Popen[bytes] | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    @property
    def log(self) -> str:
        """What the server said."""
        return (self.folder / "server.log").read_text(errors="replace")

    def type(self, command: str, *, ends: int = 0) -> str:
        """Type *command* and return all that it prints; it must end with *ends*."""
        self.typed.append(command)
        return self.does(command, ends=ends)

    def does(self, command: str, *, ends: int = 0) -> str:
        """Do what is the same without privacykit."""
        done = subprocess.run(
            command, shell=True, cwd=self.folder, env=self._environment(), text=True, check=False,
            stdin=subprocess.DEVNULL, capture_output=True, timeout=600,
        )  # fmt: skip
        printed = done.stdout + done.stderr
        must(done.returncode == ends, f"$ {command}\n{printed}ended with {done.returncode}")
        must("Traceback" not in printed, printed)
        return printed

    def write(self, file: str, text: str) -> None:
        """Write *text* at the end of a file, new or not."""
        path = self.folder / file
        path.parent.mkdir(exist_ok=True)
        before = path.read_text() if path.exists() else ""
        path.write_text(before + text)
        self.lines += sum(bool(line.strip()) for line in text.splitlines())

    def serve(self, command: str) -> None:
        """Type *command* in a second terminal, and wait until it serves."""
        self.typed.append(command)
        with (self.folder / "server.log").open("wb") as out:
            self._server = subprocess.Popen(
                ["/bin/sh", "-c", f"exec env {command}"],
                cwd=self.folder, env=self._environment(), stdout=out, stderr=subprocess.STDOUT,
            )  # fmt: skip
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._answers():
            must(self._server.poll() is None and time.monotonic() < deadline, self.log)
            time.sleep(0.2)

    def _answers(self) -> bool:
        # Our own pages are no events.
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/privacy/", timeout=30):
                return True
        except HTTPError as error:
            if error.code == NOT_YET:  # without a lifespan the first request starts us
                return False
            raise StumbledError(f"/privacy/ answers {error.code}:\n{self.log}") from error
        except OSError:
            return False

    def stop(self) -> None:
        """Press Ctrl-C."""
        if self._server is not None and self._server.poll() is None:
            self._server.send_signal(signal.SIGINT)
            try:
                self._server.wait(30)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()
                raise StumbledError(f"Ctrl-C does not end the server:\n{self.log}") from None

    def _environment(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if name not in {"PYTHONPATH", "VIRTUAL_ENV", "DJANGO_SETTINGS_MODULE"}
        }
        path = f"{self._commands}{os.pathsep}{kept.get('PATH', '')}"
        return kept | {"PATH": path, "COLUMNS": "200", "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"}


def must(holds: bool, otherwise: str) -> None:
    """Stumble unless it *holds*."""
    if not holds:
        raise StumbledError(otherwise)


def shown(printed: str, before: str) -> str:
    """Return the indented lines that follow the line which begins with *before*, as they are."""
    lines = iter(printed.splitlines())
    must(any(line.startswith(before) for line in lines), f"no line begins {before!r}:\n{printed}")
    block = []
    for line in lines:
        if line.startswith("  (") or (line and not line.startswith(" ")):
            break
        block.append(line)
    return textwrap.dedent("\n".join(block)).rstrip() + "\n"


def line_with(printed: str, word: str) -> str:
    """Return the first line that begins with *word*."""
    found = [line.strip() for line in printed.splitlines() if line.strip().startswith(word)]
    must(bool(found), f"no line begins {word!r}:\n{printed}")
    return found[0]


def quoted(path: Path) -> str:
    """Return *path* as a shell reads it."""
    return shlex.quote(str(path))
