"""
Terminal sessions of the documentation, run as a reader would type them.

A block ```` ```console ```` with lines ``$ command`` is a session: each command is run, and what
follows it is what it must print. What differs from run to run (ids, digests, times) is compared by
its form, and an id that was printed once is that run's id wherever it stands again. ``…`` stands
for anything. Between blocks, ``<!-- visit: /path -->`` opens a page with the browser's headers and
``<!-- press: /path -->`` posts an empty form.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

PORT = 8000
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
STARTUP_SECONDS = 60
_WITHOUT = """import sys

sys.modules["uwsgidecorators"] = None
"""
_STEP = re.compile(r"```console\n(.*?)```|<!-- (visit|press): (\S+) -->|<!-- write: (\S+) -->\s*```\w*\n(.*?)```", re.DOTALL)  # fmt: skip
_VARYING = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?Z?)|"
    r"(?P<id>\b(?=[0-9a-f-]*\d)[0-9a-f]{8}"
    r"(?:(?:-[0-9a-f]{4}){2}(?:-[0-9a-f]{4}-[0-9a-f]{12})?|[0-9a-f]{24}|[0-9a-f]{4})?\b)|"
    r"(?P<any>…)"
)


@dataclass
class Reader:
    """
    Somebody who follows a page in an empty folder.

    Attributes:
        folder: Where they work.
        known: Ids of the page to those of this run.
        cookies: What their browser holds, by name.
        serving: The server they started, if any.
    """

    folder: Path
    known: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    serving: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        # The tests have servers that a reader has not, of which `init` and `check` would speak.
        self._site = self.folder.with_name(f"{self.folder.name}-site")
        self._site.mkdir(exist_ok=True)
        (self._site / "sitecustomize.py").write_text(_WITHOUT)

    def follow(self, text: str) -> int:
        """Do everything that the page says; return how many commands that was."""
        commands = 0
        try:
            for block, deed, path, file, content in _STEP.findall(text):
                if file:
                    (self.folder / file).write_text(content)
                elif deed:
                    self._browse(deed, path)
                else:
                    for command, expected in _commands(block):
                        self._compare(command, expected, self._type(command))
                        commands += 1
        finally:
            self.stop()
        return commands

    def stop(self) -> None:
        """End the server, and wait until it has committed what it held."""
        if self.serving is not None:
            self.serving.send_signal(signal.SIGTERM)
            self.serving.wait(30)
            self.serving = None

    def _type(self, command: str) -> str:
        for shown, real in self.known.items():
            command = command.replace(shown, real)
        if command.startswith("privacykit run "):
            return self._serve(command)
        shell = command.replace("privacykit", f"{shlex.quote(sys.executable)} -m privacykit", 1)
        done = subprocess.run(
            shell, shell=True, cwd=self.folder, env=self._environment(), stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=200, check=False,
        )  # fmt: skip
        return done.stdout + done.stderr

    def _environment(self) -> dict[str, str]:
        path = os.pathsep.join(filter(None, (str(self._site), os.environ.get("PYTHONPATH"))))
        own = {"TZ": "Europe/Berlin", "COLUMNS": "200", "NO_COLOR": "1", "PYTHONPATH": path}
        return os.environ | own

    def _serve(self, command: str) -> str:
        self.stop()
        log = self.folder / "server.log"
        with log.open("wb") as out:
            self.serving = subprocess.Popen(
                [sys.executable, "-m", *shlex.split(command), "--port", str(self.port)],
                cwd=self.folder, env=self._environment(), stdout=out, stderr=subprocess.STDOUT,
            )  # fmt: skip
        deadline = time.monotonic() + STARTUP_SECONDS
        while time.monotonic() < deadline and self.serving.poll() is None:
            told = log.read_text().splitlines()
            if any("running on" in line for line in told):
                return "\n".join(line for line in told if "process" in line or "running" in line)
            time.sleep(0.1)
        raise AssertionError(log.read_text())

    def _browse(self, deed: str, path: str) -> None:
        """Open or post a page; a browser keeps `Secure` cookies of the loopback interface too."""
        held = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        method = "GET" if deed == "visit" else "POST"
        url = f"http://127.0.0.1:{self.port}{path}"
        headers = {"user-agent": BROWSER, "accept": "text/html", "cookie": held}
        answer = httpx2.request(method, url, headers=headers, timeout=60)
        assert answer.status_code < 400, (deed, path, answer.status_code)
        for line in answer.headers.get_list("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
            if "max-age=0" in line.lower():
                del self.cookies[name]
        time.sleep(1)  # the outbox's window and its commit, so that the next command sees the event

    def _compare(self, command: str, expected: str, printed: str) -> None:
        printed = printed.replace(str(self.port), str(PORT)).rstrip("\n")
        names: list[str] = []
        pattern, at = "", 0
        for found in _VARYING.finditer(expected):
            pattern += re.escape(expected[at : found.start()])
            at = found.end()
            if found["time"]:
                pattern += re.sub(r"\d", r"\\d", re.escape(found["time"]).replace(",", "[.,]"))
            elif found["any"]:
                pattern += r"[\s\S]*?"
            elif found[0] in self.known:
                pattern += re.escape(self.known[found[0]])
            else:
                names.append(found[0])
                pattern += re.sub(r"[0-9a-f]+", lambda hexes: f"[0-9a-f]{{{len(hexes[0])}}}", found[0]).join(("(", ")"))  # fmt: skip
        match = re.fullmatch(pattern + re.escape(expected[at:]), printed)
        assert match, f"$ {command}\n{printed}\n--- but the page says\n{expected}"
        self.known.update(zip(names, match.groups(), strict=True))


def _commands(block: str) -> list[tuple[str, str]]:
    """Return each command of a session with what it prints."""
    parts = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    told = (part.replace("\\\n", " ").partition("\n") for part in parts)
    return [(command, printed.rstrip("\n")) for command, _, printed in told]
