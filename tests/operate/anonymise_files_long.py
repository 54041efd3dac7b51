"""
Big files anonymised, the run killed with ``kill -9`` inside each, the memory of all runs measured.

``python -m tests.operate.anonymise_files_long --mib N [--kind jsonl,csv,parquet] [--kills N]
[--wide KIB] [--all]``: prints figures, ends with 1 if anything finer than the policy is left, a kill
left half a file, or ``verify`` finds something. ``make anonymise-long FILES=MIB`` runs it.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from privacykit.connectors.files.formats import read_rows
from privacykit.private_files import UNFINISHED
from privacykit.stores.keys import init_keys
from tests.operate.anonymise_long import COMMAND, finer_than_policy, planned
from tests.operate.raw_log import CONFIG, FIELDS, row

KINDS = ("jsonl", "csv", "parquet")
ROWS_AT_ONCE = 10_000
GROUP_BYTES = 64 << 20
"""Of a row group, as those who write Parquet by the gigabyte have them."""
ABOUT_A_ROW = 330
"""Bytes of a raw visit, without what else was logged of it."""
MAPPED = FIELDS.replace(
    'email = "user.contact.email"\n', 'body = { exclude = "what was answered" }\n'
)
WORDS = "the answer that the server gave to this visit "


@dataclass(frozen=True)
class Ran:
    """What one process cost: its exit code, seconds, MiB at most, what it said, and computed."""

    code: int
    seconds: float
    most: float
    said: str = ""
    computed: float = 0.0


def lay_out_files(
    folder: Path, kinds: tuple[str, ...], mebibytes: int, wide: int = 0
) -> dict[str, int]:
    """Write configuration, keys, map and a file of each kind; gives the rows of each."""
    (folder / "privacykit.toml").write_text(CONFIG)
    init_keys(folder / "privacykit.keys", datetime.now(UTC))
    collections = "".join(f"[collections.old.{kind}.fields]{MAPPED}" for kind in kinds)
    (folder / "datamap.toml").write_text(f'[datasets.old]\npath = "old"\n{collections}')
    (folder / "old").mkdir()
    return {
        kind: _WRITE[kind](folder / "old" / f"{kind}.{kind}", mebibytes << 20, wide << 10)
        for kind in kinds
    }


def visits(wide: int) -> Iterator[dict[str, object]]:
    """Yield raw visits without end, each with so many bytes beside what is treated."""
    body = (WORDS * (wide // len(WORDS) + 1))[:wide]
    for number in itertools.count(1):
        made = row(number)
        del made["email"]
        yield made | {"body": body}


def _lines(file: Path, size: int, wide: int) -> int:
    done = 0
    with file.open("wb") as target:
        for number, visit in enumerate(visits(wide)):
            if done >= size:
                return number
            done += target.write(json.dumps(visit).encode() + b"\n")
    return 0


def _table(file: Path, size: int, wide: int) -> int:
    with file.open("w", newline="") as target:
        rows = csv.DictWriter(target, [*next(visits(0))], lineterminator="\n")
        rows.writeheader()
        # Asked for its place after each row, a text file is slow.
        for number, visit in enumerate(visits(wide)):
            if number % 1000 == 0 and target.tell() >= size:
                return number
            rows.writerow(visit)
    return 0


def _columns(file: Path, size: int, wide: int) -> int:
    """Write Parquet that is not packed: as big on the disk as what is read of it."""
    import pyarrow as pa
    from pyarrow import parquet

    many = GROUP_BYTES // (ABOUT_A_ROW + wide)
    made, more = 0, visits(wide)
    part = pa.Table.from_pylist([*itertools.islice(more, many)])
    packing = {"compression": "none", "use_dictionary": False}
    with parquet.ParquetWriter(file, part.schema, **packing) as target:
        while True:
            target.write_table(part, row_group_size=many)
            made += len(part)
            if file.stat().st_size >= size:
                return made
            part = pa.Table.from_pylist([*itertools.islice(more, many)], schema=part.schema)


_WRITE: dict[str, Callable[[Path, int, int], int]] = {
    "jsonl": _lines,
    "csv": _table,
    "parquet": _columns,
}


def ran(folder: Path, *arguments: str, stop: Callable[[], bool] = lambda: False) -> Ran:
    """Run a command of privacykit in *folder*; kill it when *stop* says so."""
    command = [*COMMAND[:-1], *arguments]
    began, out, most = time.monotonic(), folder / "said.txt", 0.0
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with out.open("wb") as said, (folder / "errors.txt").open("wb") as errors:
        process = subprocess.Popen(command, cwd=folder, stdout=said, stderr=errors)
        while process.poll() is None:
            most = max(most, resident(process.pid))
            if stop():
                process.kill()
                process.wait()
            time.sleep(0.02)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    computed = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    return Ran(process.returncode, time.monotonic() - began, most, out.read_text(), computed)


def resident(pid: int) -> float:
    """
    Return how many MiB of memory a process has had at most.

    What a parent is told of its dead children counts the parent too: they began as its copy.
    """
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0


def unfinished(folder: Path) -> dict[str, int]:
    """Return the sizes of the files that are being written, or that a dead run left, by name."""
    found = {}
    for file in (folder / "old").glob(f"{UNFINISHED}*"):
        with suppress(FileNotFoundError):
            found[file.name] = file.stat().st_size
    return found


def killed(folder: Path, plan: str, digest: str, file: Path, share: float) -> Ran:
    """Kill a run once so much of *file* is written anew; check that the file is the old one."""
    before, at = file.stat(), share * file.stat().st_size
    dead = unfinished(folder).keys()
    run = ran(
        folder,
        *("anonymise", "run", plan, "--digest", digest),
        stop=lambda: any(
            size >= at for name, size in unfinished(folder).items() if name not in dead
        ),
    )
    if run.code != -signal.SIGKILL:
        raise SystemExit(f"not killed: {run.code} {said(folder)}")
    now = file.stat()
    if (before.st_ino, before.st_size, before.st_mtime_ns) != (
        now.st_ino,
        now.st_size,
        now.st_mtime_ns,
    ):
        raise SystemExit(f"{file.name} is neither the old file nor a whole new one")
    return run


def said(folder: Path) -> str:
    """Return what the last command said of errors."""
    return (folder / "errors.txt").read_text()


def finer_in(file: Path) -> Counter[str]:
    """Count what of the rows of *file* is finer than the policy."""
    found: Counter[str] = Counter()
    for record in read_rows(file):
        found["rows"] += 1
        found.update(finer_than_policy(record.values))
    return found


def tried(folder: Path, asked: argparse.Namespace) -> int:
    """Do it, print figures; gives how much went wrong."""
    kinds = tuple(asked.kind.split(","))
    rows = lay_out_files(folder, kinds, asked.mib, asked.wide)
    sizes = {kind: (folder / "old" / f"{kind}.{kind}").stat().st_size >> 20 for kind in kinds}
    print(f"laid out: {sizes} MiB, {rows} rows", flush=True)
    plan, digest = planned(folder)
    chance, most = random.Random(7), 0.0
    for number in range(asked.kills):
        # The first that is not done yet, in the order of the plan: by name.
        kind = min(kinds)
        share = chance.uniform(0.05, 0.6)
        run = killed(folder, plan, digest, folder / "old" / f"{kind}.{kind}", share)
        most = max(most, run.most)
        print(
            f"kill {number + 1} in {kind} after {run.seconds:.0f} s: {run.most:.0f} MiB", flush=True
        )
    run = ran(folder, "anonymise", "run", plan, "--digest", digest, "--json")
    if not run.said:
        raise SystemExit(f"{run.code} {said(folder)}")
    told = json.loads(run.said)["steps"]
    most = max(most, run.most)
    print(
        f"run, with its second reading: {run.seconds:.0f} s, of the processor {run.computed:.0f} s, "
        f"{sum(sizes.values()) / run.computed:.1f} MiB for each; {most:.0f} MiB at most; left behind: "
        f"{len(unfinished(folder))}",
        flush=True,
    )
    wrong = run.code + len(unfinished(folder))
    for kind in kinds:
        step = told[f"old.{kind}"]
        found = finer_in(folder / "old" / f"{kind}.{kind}")
        seen = found.pop("rows")
        wrong += (
            sum(found.values()) + step["left"] + (step["rows"] != rows[kind] or seen != rows[kind])
        )
        print(f"{kind}: {step}, finer than the policy: {dict(found)}", flush=True)
    if asked.unverified:
        return wrong
    found = verified(folder, ("--all",) if asked.all else ())
    print(f"verify{' --all' * asked.all} finds: {found}")
    return wrong + len(found)


def verified(folder: Path, how: tuple[str, ...]) -> list[str]:
    """Return what ``verify`` finds in values: kinds and places."""
    claims = [f"--claim={name}" for name in ("addresses", "user-agents", "identifiers")]
    run = ran(folder, "verify", "--json", *how, *claims)
    print(f"verify: {run.seconds:.0f} s, {run.most:.0f} MiB", flush=True)
    told = json.loads(run.said)["claims"]
    return [f"{one['id']} {one['place']}" for claim in told for one in claim["violations"]]


def main() -> None:
    """Do it, end with 1 where anything went wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--mib", type=int, default=1024)
    parser.add_argument("--kind", default=",".join(KINDS))
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--wide", type=int, default=0, metavar="KIB", help="of each row, beside")
    parser.add_argument("--all", action="store_true", help="verify reads all rows, not samples")
    parser.add_argument("--unverified", action="store_true", help="verify is not run: it is slow")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        if tried(Path(name), asked):
            raise SystemExit(1)


if __name__ == "__main__":
    sys.exit(main())
