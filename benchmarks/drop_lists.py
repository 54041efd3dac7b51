"""A list of California's DROP from its download to its answers: what grows with its rows."""

from __future__ import annotations

import os
import random
import sqlite3
import tempfile
import time
import zipfile
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

from benchmarks.apps import CONFIG
from benchmarks.soak import resident_mb

NAME = "20261130_B1_Email.csv"
PEOPLE = 10_000
"""Customers of the broker; one in a hundred is in the list, as long as that has the rows."""

MAP = """
[datasets.shop]
url = "sqlite:///shop.db"
[collections.shop.customers]
subject = true
[collections.shop.customers.fields]
id = { category = "user.unique_id" }
email = { category = "user.contact.email", identity = "email" }
"""


def _serve(archive: Path, ids: int, ours: Connection) -> None:
    """Be the service, in a process of its own, until told to end."""
    from privacykit.testing.stubs.requests.drop import DropStub

    with DropStub() as stub:
        stub.archive = archive.read_bytes()
        stub.open = {f"i{number}" for number in range(ids)}
        ours.send(stub.url)
        ours.recv()
        ours.send(len(stub.answered))


def _write_list(path: Path, number: int) -> None:
    """Write the archive of a list with *number* rows, a hundred of them customers."""
    dice = random.Random(7)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(NAME, "w") as it:
        it.write(b"ID,Hash\r\n")
        for row in range(number):
            known = sha256(f"p{row * 100}@shop.example".encode()).digest()
            hashed = known if row < PEOPLE // 100 else dice.randbytes(32)
            it.write(f"i{row},{b64encode(hashed).decode()}\r\n".encode())


def drop_lists(number: int) -> dict[str, float]:
    """One list of so many rows: taken in, matched with ten thousand customers, answered."""
    from privacykit.operate.context import OperatorContext
    from privacykit.operate.protocols.drop.desk import DropDesk
    from privacykit.operate.protocols.drop.service_client import DropService
    from privacykit.testing.layout import lay_out

    folder = Path(tempfile.mkdtemp(prefix="privacykit-scale-"))
    with sqlite3.connect(folder / "shop.db") as shop:
        shop.execute("create table customers (id integer primary key, email text)")
        people = [(f"p{it}@shop.example",) for it in range(PEOPLE)]
        shop.executemany("insert into customers (email) values (?)", people)
    shop.close()
    _write_list(folder / "offered.zip", number)
    theirs, ours = get_context("spawn").Pipe()
    service = get_context("spawn").Process(
        target=_serve, args=(folder / "offered.zip", number, ours)
    )
    service.start()
    (folder / "datamap.toml").write_text(MAP)
    table = f'\n[requests.drop]\nkey = "drop-key"\nurl = "{theirs.recv()}"\n'
    context = OperatorContext(str(lay_out(folder, CONFIG + table)))
    desk = DropDesk(context, lambda url, key: DropService(url, key, context.clock, time.sleep))
    before = resident_mb(os.getpid())
    found = {
        "download s": _cpu(desk.download),
        "match s": _cpu(desk.match),
        "respond s": _cpu(lambda: desk.respond(accept_no_match=True)),
    }
    # At most, and not at the end: what is read in pieces shows in between.
    found["MB"] = getrusage(RUSAGE_SELF).ru_maxrss / 1000 - before
    found["file MB"] = sum(it.stat().st_size for it in folder.rglob("lists.db*")) / 1e6
    desk.close()
    context.close()
    theirs.send("end")
    answered = theirs.recv()
    service.join()
    if answered != number - PEOPLE // 100:
        raise SystemExit(f"{answered} answers of {number} rows came")
    return found


def _cpu(what: Callable[[], object]) -> float:
    began = time.process_time()
    what()
    return time.process_time() - began
