"""
A raw log of a million rows anonymised, the run killed with ``kill -9`` again and again.

``python -m tests.operate.anonymise_long [--rows N] [--kills N] [--url URL]``: prints figures,
ends with 1 if anything finer than the policy is left. ``make anonymise-long`` runs it.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import msgspec
from sqlalchemy import create_engine, text

from privacykit.govern.anonymise.model import AnonymiseProgress
from privacykit.pseudonym.addresses.address import pack
from privacykit.pseudonym.texts.detectors import find
from tests.operate.raw_log import lay_out

COMMAND = [sys.executable, "-m", "privacykit", "anonymise"]
PAGE = 20_000


def planned(folder: Path) -> tuple[str, str]:
    """Plan by the command; gives the plan's id and digest."""
    told = json.loads(_output(folder, "plan", "--json"))
    return told["plan_id"], told["digest"]


def rows_done(folder: Path) -> int:
    """Return how many rows the run of the last plan noted as done."""
    place = f"file:{folder}/privacykit-records.db?mode=ro"
    with closing(sqlite3.connect(place, uri=True, timeout=10)) as records:
        query = "select progress from anonymisations order by made_at desc limit 1"
        (noted,) = records.execute(query).fetchone()
    progress = msgspec.msgpack.decode(noted, type=AnonymiseProgress)
    return sum(step.rows for step in progress.steps.values())


def begun(folder: Path, plan: str, digest: str, pause: float) -> subprocess.Popen[bytes]:
    """Start the run in a process of its own."""
    command = [*COMMAND, "run", plan, "--digest", digest, "--pause", str(pause)]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)


def killed(folder: Path, plan: str, digest: str, pause: float = 0.0) -> int:
    """Start a run, kill it once it noted more rows than before; gives how many it then had."""
    before = rows_done(folder)
    process = begun(folder, plan, digest, pause)
    try:
        while (done := rows_done(folder)) <= before:
            if process.poll() is not None:
                return done
            time.sleep(0.05)
    finally:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
        process.wait()
    return done


def finished(folder: Path, plan: str, digest: str) -> dict[str, object]:
    """Let the run come to its end; gives what it says."""
    return json.loads(_output(folder, "run", plan, "--digest", digest, "--json"))


def finer(url: str) -> Counter[str]:
    """Count what of the rows at *url* is finer than the policy, by the detectors of the product."""
    found: Counter[str] = Counter()
    engine = create_engine(url)
    with engine.connect() as connection:
        last = 0
        while True:
            query = text(f"select * from hits where id > :last order by id limit {PAGE}")
            page = connection.execute(query, {"last": last}).mappings().all()
            if not page:
                break
            for each in page:
                found.update(finer_than_policy(each))
            last = page[-1]["id"]
    engine.dispose()
    return found


def finer_than_policy(each):
    """Yield what of one row is finer than the policy, by the name of its column."""
    packed = pack(each["ip"])
    if packed is None or any(packed[2:] if len(packed) == 4 else packed[6:]):
        yield "ip"
    for label in ("url", "note", "user_agent"):
        if find(each[label] or "") or "email=" in (each[label] or ""):
            yield label
    if "Mozilla" in each["user_agent"]:
        yield "user_agent"
    if each["secret"] is not None:
        yield "secret"
    if not re.fullmatch(r"pk-[0-9a-f]{32}", each["visitor"]):
        yield "visitor"


def _output(folder: Path, *arguments: str) -> str:
    done = subprocess.run([*COMMAND, *arguments], cwd=folder, capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr.decode() + done.stdout.decode())
    return done.stdout.decode()


def main() -> None:
    """Do it, print figures, end with 1 where something finer is left."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--url", default="")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = asked.url or f"sqlite:///{folder}/raw.db"
        lay_out(folder, url, asked.rows)
        plan, digest = planned(folder)
        began = time.monotonic()
        for number in range(asked.kills):
            print(f"killed {number + 1}: {killed(folder, plan, digest)} rows done", flush=True)
        told = finished(folder, plan, digest)
        took = time.monotonic() - began
        most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"{asked.rows} rows: {took:.1f} s, {asked.rows / took:.0f} rows/s, {most:.0f} MiB")
        print(json.dumps(told["steps"]))
        left = finer(url)
        print(f"finer than the policy: {dict(left)}")
        if left:
            raise SystemExit(1)


if __name__ == "__main__":
    main()
