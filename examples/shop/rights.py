"""
One customer of the shop asks: exported, erased, verified gone, and gone again after a restore.

Every step is a command as an operator would type it; what they answer as JSON is read back.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine

from examples.shop.database.data import email_of, fill, make_rows
from examples.shop.database.tables import SHOP_MAP, create_shop

ROOT = Path(__file__).parent.parent.parent
CUSTOMERS = 200
CUSTOMER = 7
DONE, PARTLY = 0, 3


@dataclass(slots=True)
class Rights:
    """
    What came of the request.

    Attributes:
        lines: What to print.
        wrong: What went wrong, in words; nothing means that all held.
    """

    lines: list[str]
    wrong: list[str]

    def step(self, words: str, held: bool) -> None:
        """Note a step, and whether it held."""
        self.lines.append(f"{'ok ' if held else 'NOT'} {words}")
        if not held:
            self.wrong.append(words)


def prepare(folder: Path) -> None:
    """Give the shop a database of customers and orders, and a map of what in it is personal."""
    (folder / "datamap.toml").write_text(SHOP_MAP, encoding="utf-8")
    engine = create_engine(f"sqlite:///{folder / 'shop.db'}")
    create_shop(engine)
    with engine.begin() as connection:
        fill(connection, make_rows(CUSTOMERS))
    engine.dispose()


def exercise(config: Path) -> Rights:
    """Go through a request from the question to the restored backup."""
    folder, email = config.parent, email_of(CUSTOMER)
    rights = Rights([], [])
    who = ["--email", email, "--place", "DE", "--proof", "email_link"]

    code, _ = _run(config, "datamap", "check")
    rights.step("the data map covers every table and column", code == DONE)

    package = folder / "customer.zip"
    code, told = _run(config, "subject", "export", "--output", str(package), *who)
    with zipfile.ZipFile(package) as archive:
        names = archive.namelist()
        holds = any(email in archive.read(n).decode() for n in names if n.endswith("customers.csv"))
    rights.step(f"exported: {len(names)} files, with what is known about the person", holds)
    package.unlink()

    backup = folder / "shop.backup"
    shutil.copy(folder / "shop.db", backup)
    code, plan = _run(config, "subject", "erase", *who)
    rows = sum(step["rows"] for step in plan["steps"])
    rights.step(f"planned: {rows} rows, nothing changed yet", _holds(folder / "shop.db", email))

    carry_out = ["--plan", plan["plan_id"], "--digest", plan["targets_digest"]]
    code, told = _run(config, "subject", "erase", *carry_out, "--proof", "email_link")
    rights.step(
        "erased, but for what tax law keeps and what is somebody else's too", code in {DONE, PARTLY}
    )
    rights.step(
        "no byte of the address is in the shop's file", not _holds(folder / "shop.db", email)
    )

    receipt = _privacykit(config, "request", "receipt", plan["subject_request_id"])
    (folder / "receipt.json").write_text(receipt.stdout)
    code, _ = _run(config, "audit", "verify", "--receipt", str(folder / "receipt.json"))
    rights.step("the receipt is genuine, by its public key alone", code == DONE)
    code, told = _run(config, "audit", "verify")
    rights.step("the audit log is whole", code == DONE)

    shutil.copy(backup, folder / "shop.db")
    backup.unlink()
    rights.step("a restored backup brings the person back", _holds(folder / "shop.db", email))
    code, told = _run(config, "erasure", "reapply", "--since", "2020-01-01", "--yes")
    rights.step(
        f"the erasure is applied again: {told['rows']} rows", not _holds(folder / "shop.db", email)
    )
    return rights


def _holds(path: Path, text: str) -> bool:
    return any(text.encode() in found.read_bytes() for found in path.parent.glob(f"{path.name}*"))


def _privacykit(config: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "privacykit", *words, "--config", str(config)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )


def _run(config: Path, *words: str) -> tuple[int, Any]:
    done = _privacykit(config, *words, "--json")
    if done.returncode not in {DONE, PARTLY}:
        return done.returncode, {"rows": 0, "steps": [], "said": done.stderr}
    return done.returncode, json.loads(done.stdout)
