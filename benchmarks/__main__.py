"""``python -m benchmarks``: measure and print; ``--write`` puts the table into the README."""

from __future__ import annotations

import argparse
import importlib
import platform
import sys
from pathlib import Path

from benchmarks.measure import Row

SUITES = ("middleware", "identifiers", "lookups", "logs", "events", "outbox", "rights", "http")
README = Path(__file__).parent.parent / "README.md"
BEGIN, END = "<!-- benchmarks: begin -->", "<!-- benchmarks: end -->"


def table(rows: list[Row]) -> str:
    """Return *rows* as Markdown."""
    lines = ["| line | measured | ratio | budget | |", "|---|---|---|---|---|"]
    for row in sorted(rows, key=lambda row: int(row.line)):
        sign = "≤" if row.at_most else "≥"
        budget = "none" if "no budget" in row.note else f"{sign} {row.budget:g}"
        verdict = row.note if "no budget" in row.note else "met" if row.met else "**missed**"
        if row.note and "no budget" not in row.note:
            verdict += f" ({row.note})"
        lines.append(f"| {row.line} | {row.what} | {row.ratio:.2f} | {budget} | {verdict} |")
    return "\n".join(lines)


def main() -> None:
    """Run the suites named, or all."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("suites", nargs="*", choices=[*SUITES, []], default=[])
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--write", action="store_true", help="put the table into README.md")
    arguments = parser.parse_args()
    rows: list[Row] = []
    for name in arguments.suites or SUITES:
        rounds = max(3, arguments.rounds // 5) if name == "http" else arguments.rounds
        rows += importlib.import_module(f"benchmarks.{name}").run(rounds)
    made = table(rows)
    sys.stdout.write(made + "\n")
    if arguments.write:
        text = README.read_text()
        head, _, rest = text.partition(BEGIN)
        _, _, tail = rest.partition(END)
        python = f"Python {platform.python_version()}, {platform.machine()}"
        note = f"\nRatios of process CPU time, best of interleaved rounds in one run; {python}.\n\n"
        README.write_text(head + BEGIN + "\n" + note + made + "\n" + END + tail)


if __name__ == "__main__":
    main()
