"""Lines 60 to 62: many people in one pass over a lake, and sealed fields beside Fernet."""

from __future__ import annotations

import os
import tempfile
import time
from base64 import urlsafe_b64encode
from pathlib import Path

import msgspec
import pyarrow as pa
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pyarrow import parquet

from benchmarks.measure import Row, best
from privacykit.connectors.lakehouse.connector import LakeConnector
from privacykit.connectors.lakehouse.parquet.places import FolderPlace
from privacykit.connectors.lakehouse.parquet.tables import ParquetTables
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.erasure.ports.connector import Context, Subject
from privacykit.govern.erasure.ports.work import Work
from privacykit.govern.records import Action, Identity
from privacykit.sealing.envelope import DataKey, field_binding, record_binding, seal_value
from privacykit.sealing.rules import SealRule
from privacykit.sealing.seal import EventSealer

MAP = """
[datasets.lake]
path = "."
connector = "parquet"
[collections.lake.visits.fields]
id = { exclude = "a number" }
email = { category = "user.contact.email", identity = "email" }
page = "user.behavior.browsing_history"
agent = "user.device"
country = { exclude = "a country" }
at = { exclude = "a time" }
amount = { exclude = "a sum" }
"""
ROWS, FILES, PEOPLE, MANY = 1_000_000, 10, 100_000, 1000


def run(rounds: int) -> list[Row]:
    """Measure."""
    return [_pass_row(max(2, rounds // 10)), *_sealing_rows(rounds)]


def _fill(folder: Path) -> None:
    (folder / "visits").mkdir()
    each = ROWS // FILES
    for part in range(FILES):
        number = range(part * each, (part + 1) * each)
        # Every person has rows in every file, as where nobody sorts by person.
        rows = {
            "id": list(number),
            "email": [f"person{n * 7919 % PEOPLE}@lake.example" for n in number],
            "page": [f"/shop/article/{n * 31 % 50_000}?from={n % 97}" for n in number],
            "agent": [f"Browser/{n % 300}.{n % 7} (X; rv:{n % 90})" for n in number],
            "country": [("DE", "FR", "US", "JP")[n % 4] for n in number],
            "at": [f"2026-{n % 12 + 1:02}-{n % 28 + 1:02}T{n % 24:02}:00:00" for n in number],
            "amount": [n * 13 % 10_000 / 100 for n in number],
        }
        parquet.write_table(pa.table(rows), folder / "visits" / f"{part}.parquet")


def _erased(many: int) -> float:
    """Return the CPU seconds in which the rows of so many people go; finding them counts too."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _fill(folder)
        at = LakeConnector(parse_datamap(MAP), "lake", ParquetTables(FolderPlace(folder)))
        step = at.step("visits", Action.DELETE, None)
        people = [
            Context(Subject((Identity("email", f"person{n * 97 % PEOPLE}@lake.example"),)), 0.0)
            for n in range(many)
        ]
        gathered = at.gathered(people)
        work = [
            ([Work(step, [t.key for t in gathered.find("visits", one)])], one) for one in people
        ]
        began = time.process_time()
        done = at.apply_together(work)
        spent = time.process_time() - began
        gone = sum(applied.changed for each in done for applied in each)
        if at.size("visits") != ROWS - gone or gone < many:
            raise RuntimeError("the rows are not gone")
        return spent


def _pass_row(rounds: int) -> Row:
    one = min(_erased(1) for _ in range(rounds))
    many = min(_erased(MANY) for _ in range(rounds))
    return Row.of(
        "lake.pass", "a lake's files written anew for 1,000 people ÷ for one person", many / one
    )


def _key() -> DataKey:
    return DataKey(os.urandom(16), os.urandom(32))


class _Keys:
    """Keys in memory, as a cache has them."""

    def __init__(self) -> None:
        self._kept = _key()

    def key_for(self, _) -> DataKey:
        return self._kept

    def key(self, _) -> DataKey:
        return self._kept


def _sealing_rows(rounds: int) -> list[Row]:
    secret = {"email": "anna@shop.example", "street": "x" * 140}
    event = {"id": "0197-1", "type": "order", "data": {"who": 7, "person": secret}}
    rules = [SealRule("data.person", person="data.who", purpose="orders")]
    sealer, key = EventSealer(_Keys(), rules, os.urandom), _key()
    bound = record_binding("0197-1", "order", "") + field_binding("orders", "data.person")
    master, fernet = os.urandom(32), Fernet(Fernet.generate_key())

    def derived() -> Fernet:
        key = HKDF(SHA256(), 32, None, b"person 7").derive(master)
        return Fernet(urlsafe_b64encode(key))

    def each(function):
        def case(n: int) -> None:
            for _ in range(n):
                function()

        return case

    took = best(
        {
            "sealed": each(lambda: seal_value(key, os.urandom(12), secret, bound)),
            "sealed anew": each(lambda: seal_value(_key(), os.urandom(12), secret, bound)),
            "event": each(lambda: sealer.seal(event, 0.0)),
            "fernet": each(lambda: fernet.encrypt(msgspec.json.encode(secret))),
            "fernet derived": each(lambda: derived().encrypt(msgspec.json.encode(secret))),
        },
        rounds=rounds,
    )
    return [
        Row.of(
            "lake.sealed",
            "a field of 200 bytes sealed ÷ Fernet, key in memory",
            took["sealed"] / took["fernet"],
        ),
        Row.of(
            "lake.derived",
            "the same with a key not seen before ÷ Fernet, key derived by HKDF",
            took["sealed anew"] / took["fernet derived"],
        ),
        Row.of(
            "lake.event",
            "an event with that field sealed, rules and copies included ÷ Fernet of the field",
            took["event"] / took["fernet"],
        ),
    ]
