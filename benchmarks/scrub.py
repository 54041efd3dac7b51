"""Lines 11 and 12: ``privacykit scrub`` beside anonip and ``sed -E``, whole programs, one log."""

from __future__ import annotations

import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.measure import Row

LINES, FEWER = 1_000_000, 200_000
"""Enough that starting Python is a small part of it; and of each of four files."""
OURS = (sys.executable, "-m", "privacykit", "scrub")
ANONIP = ("anonip", "-4", "16", "-6", "80")
"""As many bits as ours removes."""
SED = (
    "sed", "-E",
    "-e", r"s/^([0-9]+\.[0-9]+)\.[0-9]+\.[0-9]+ /\1.0.0 /",
    "-e", r"s/^([0-9a-f]+:[0-9a-f]+:[0-9a-f]+):[0-9a-f:]+ /\1:: /",
)  # fmt: skip
"""For the addresses of this log: it reads no other spelling of them."""


def _address(of: random.Random) -> str:
    if of.random() < 0.75:
        return ".".join(str(of.randrange(1, 255)) for _ in range(4))
    return "2001:db8:{:x}:{:x}::{:x}".format(*(of.randrange(1, 65_536) for _ in range(3)))


def write_log(path: Path, lines: int = LINES, seed: int = 7) -> None:
    """Write a combined log: some thousand visitors by Zipf, pages, assets, queries, referrers."""
    of = random.Random(seed)
    visitors = [_address(of) for _ in range(20_000)]
    agents = [
        f"Mozilla/5.0 (X11; Linux x86_64; rv:{v}.0) Gecko/20100101 Firefox/{v}.0"
        for v in range(80, 146)
    ]
    agents += [
        f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36"
        for v in range(80, 146)
    ]
    pages = [
        "/",
        *(f"/products/{n}" for n in range(500)),
        *(f"/static/app.{n:x}.js" for n in range(200)),
    ]
    who = of.choices(visitors, [1 / (n + 1) for n in range(len(visitors))], k=lines)
    with path.open("w") as file:
        for n, address in enumerate(who):
            query = f"?id={of.randrange(10**6)}" if of.random() < 0.2 else ""
            came = of.choice(
                [
                    "-",
                    f"https://www.example.com/search?q={of.randrange(1000)}",
                    "https://shop.example/",
                ]
            )
            file.write(
                f"{address} - - [28/Nov/2026:{n // 3600 % 24:02d}:{n // 60 % 60:02d}:{n % 60:02d} +0000] "
                f'"GET {of.choice(pages)}{query} HTTP/1.1" {of.choice([200, 200, 304, 404])} '
                f'{of.randrange(100, 99_999)} "{came}" "{of.choice(agents)}"\n'
            )


def _through(command: Sequence[str], log: Path, out: Path) -> float:
    """Return the CPU seconds that *command* took from *log* to *out*."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with log.open("rb") as source, out.open("wb") as target:
        subprocess.run(command, stdin=source, stdout=target, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _best(cases: dict[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """Return the least of each case over interleaved rounds."""
    least = dict.fromkeys(cases, float("inf"))
    for _ in range(rounds):
        for name, case in cases.items():
            least[name] = min(least[name], case())
    return least


def _in_place(folder: Path, log: Path, processes: int) -> float:
    """Return the seconds by the clock on the wall that four files of a folder take."""
    files = [folder / f"{n}.log" for n in range(4)]
    for file in files:
        shutil.copy(log, file)
    began = time.perf_counter()
    subprocess.run([*OURS, *map(str, files), "--processes", str(processes)], check=True)
    return time.perf_counter() - began


def run(rounds: int) -> list[Row]:
    """Measure; at most three rounds, for a round takes a minute."""
    rounds = min(rounds, 3)
    column = (*OURS, "--format", "first-column")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        log = folder / "access.log"
        write_log(log)
        commands = {"column": column, "sed": SED, "all": (*OURS, "--format", "combined")}
        peer = shutil.which("anonip", path=str(Path(sys.executable).parent)) or shutil.which(
            "anonip"
        )
        if peer:
            commands["anonip"] = (peer, *ANONIP[1:])
        written = {name: folder / f"{name}.out" for name in commands}
        took = _best(
            {
                name: lambda c=c, o=written[name]: _through(c, log, o)
                for name, c in commands.items()
            },
            rounds,
        )
        assert written["column"].read_bytes() == written["sed"].read_bytes()
        write_log(log, FEWER)
        wall = _best({str(n): lambda n=n: _in_place(folder, log, n) for n in (1, 2)}, rounds)
        rows = [
            Row.of(
                "scrub.sed", "log, first column: `sed -E` ÷ `scrub`", took["sed"] / took["column"]
            ),
            Row.of(
                "scrub.processes",
                "four logs in place: one process ÷ two, on the wall",
                wall["1"] / wall["2"],
            ),
        ]
        if not peer:
            return rows
        assert written["column"].read_bytes() == written["anonip"].read_bytes()
        rows.append(
            Row.of(
                "scrub.anonip",
                "log, first column, output alike: anonip ÷ `scrub`",
                took["anonip"] / took["column"],
            )
        )
        rows.append(
            Row.of(
                "scrub.fields",
                "log, all fields: anonip's first column ÷ `scrub`",
                took["anonip"] / took["all"],
            )
        )
    return rows
