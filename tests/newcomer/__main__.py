"""
The newcomer, for every framework: ``make newcomer`` runs it; ``NEWCOMERS="quart django"`` only those.

Builds the wheel; for each framework a fresh virtual environment, where the wheel and the framework
are installed as constraints.txt pins them. Ends with 1 when anything is not as it must be.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Error, sync_playwright

from tests.newcomer.frameworks import FRAMEWORKS, Framework
from tests.newcomer.journey import FLAGS, travel
from tests.newcomer.newcomer import Newcomer, StumbledError, quoted

ROOT = Path(__file__).parents[2]
CONSTRAINTS = ROOT / "constraints.txt"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
HEAD = ("framework", "commands", "lines", "seconds", "installing", "seen")


@dataclass(frozen=True)
class Row:
    """A line of the table, and whether all was as it must be."""

    cells: tuple[str, ...]
    good: bool


def wheel(folder: Path) -> Path:
    """Build the wheel of this checkout into *folder*."""
    subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "-q", "--no-deps",
         "--no-build-isolation", "-w", str(folder), str(ROOT)],
        check=True,
    )  # fmt: skip
    (built,) = folder.glob("privacykit-*.whl")
    return built


def install(newcomer: Newcomer, framework: Framework, built: Path) -> None:
    """Type what README says, with the wheel in place of its name."""
    newcomer.type(f"{quoted(Path(sys.executable))} -m venv .venv")
    newcomer.type(
        "python -m pip --disable-pip-version-check install -q"
        f" -c {quoted(CONSTRAINTS)} '{built}[run]' {framework.name}"
    )


def tried(framework: Framework, folder: Path, built: Path, chromium) -> Row:
    """Let a newcomer try *framework* in *folder*."""
    folder.mkdir()
    newcomer = Newcomer(folder, folder / ".venv" / "bin")
    begun = time.monotonic()
    installed = begun
    try:
        install(newcomer, framework, built)
        installed = time.monotonic()
        told, good = "; ".join(travel(newcomer, framework, chromium).words), True
    except (StumbledError, Error, subprocess.TimeoutExpired) as error:
        print(f"\n--- {framework.name}\n{error}", file=sys.stderr)
        told, good = f"STUMBLED: {str(error).strip().splitlines()[0]}", False
    took = time.monotonic() - installed
    counts = (len(newcomer.typed), newcomer.lines, round(took), round(installed - begun))
    return Row((framework.name, *map(str, counts), told), good)


def main() -> int:
    """Try them all and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.newcomer", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="FRAMEWORK", help=", ".join(FRAMEWORKS))
    names = parser.parse_args().names or list(FRAMEWORKS)
    if unknown := [name for name in names if name not in FRAMEWORKS]:
        parser.error(f"no application of {unknown[0]}; there are {', '.join(FRAMEWORKS)}")
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        place = Path(temporary)
        built = wheel(place)
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        rows = []
        print(f"| {' | '.join(HEAD)} |\n|{'---|' * len(HEAD)}", flush=True)
        for name in names:
            rows.append(tried(FRAMEWORKS[name], place / name, built, chromium))
            print(f"| {' | '.join(rows[-1].cells)} |", flush=True)
        chromium.close()
    return 0 if all(row.good for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
