"""``python -m benchmarks``: measure and print; ``--write`` puts the rows into the documentation."""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import sys
from pathlib import Path

from benchmarks.measure import Row

SUITES = (
    "instructions",
    "middleware",
    "attacks",
    "identifiers",
    "lookups",
    "consent_strings",
    "logs",
    "scrub",
    "events",
    "outbox",
    "brokers",
    "products",
    "rights",
    "reports",
    "lake",
    "http",
)
PAGE = Path(__file__).parent.parent / "docs" / "explanation" / "cost.md"
BEGIN, END = "<!-- benchmarks: begin -->", "<!-- benchmarks: end -->"


HEAD = "| line | measured | ratio | budget | |\n|---|---|---|---|---|\n"


def table(rows: list[Row], shown: str = "") -> str:
    """Return *rows* as Markdown, with those of a table *shown* before whose lines have none."""
    measured = {row.line for row in rows}
    lines = [(row.line, _written(row)) for row in rows]
    for line in shown.splitlines():
        number = line.strip("| ").partition(" ")[0]
        if line.startswith("| ") and number.isdigit() and int(number) not in measured:
            lines.append((int(number), line))
    return HEAD + "\n".join(text for _, text in sorted(lines, key=lambda line: line[0]))


def _written(row: Row) -> str:
    if row.budget == "none":
        verdict = f"no budget: {row.note}" if row.note else "no budget"
    else:
        verdict = "met" if row.met else "**missed**"
        verdict += f" ({row.note})" if row.note else ""
    return f"| {row.line} | {row.what} | {row.ratio:.2f} | {row.budget} | {verdict} |"


def main() -> None:
    """Run the suites named, or all."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("suites", nargs="*", choices=[*SUITES, []], default=[])
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument(
        "--write", action="store_true", help="put the rows into docs/explanation/cost.md"
    )
    arguments = parser.parse_args()
    rows: list[Row] = []
    for name in arguments.suites or SUITES:
        rounds = max(3, arguments.rounds // 5) if name == "http" else arguments.rounds
        rows += importlib.import_module(f"benchmarks.{name}").run(rounds)
    sys.stdout.write(table(rows) + "\n")
    if arguments.write:
        head, _, rest = PAGE.read_text().partition(BEGIN)
        shown, _, tail = rest.partition(END)
        PAGE.write_text(f"{head}{BEGIN}\n\n{_note()}\n\n{table(rows, shown)}\n{END}{tail}")


def _note() -> str:
    python = f"Python {platform.python_version()}, {platform.machine()}"
    load = f"load average {os.getloadavg()[2]:.1f} on {os.cpu_count()} cores"
    return f"Ratios of process CPU time, best of interleaved rounds, each suite in one run; {python}, {load}."


if __name__ == "__main__":
    main()
