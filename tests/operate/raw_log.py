"""A raw log as people come with: a table of visits with everything in it, and its data map."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

from privacykit.operate.context import OperatorContext
from privacykit.stores.keys import init_keys

CONFIG = """\
[[site]]
id = "shop"
hosts = ["shop.example"]
establishments = ["DE"]
[purposes.analytics]
uses = ["analytics_no_storage"]
[text]
query_keep = ["page"]
"""
FIELDS = """
id = { exclude = "a number" }
at = { exclude = "a time" }
ip = "user.device.ip_address"
url = "user.behavior.browsing_history"
user_agent = "user.device"
visitor = "user.unique_id.pseudonymous"
note = { category = "user.content", anonymise = "text" }
secret = { category = "user.device.cookie" }
email = "user.contact.email"
"""
COLUMNS = "ip, url, user_agent, visitor, note, secret, email"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/{}.0.0.0 Safari/537.36"
)


def row(number: int) -> dict[str, object]:
    """One visit, as a server logged it."""
    return {
        "id": number,
        "at": "2024-05-01 10:00:00",
        "ip": f"2001:db8:{number % 4096:x}::{number % 9999:x}" if number % 5 == 0
        else f"203.{number % 251}.{number % 241}.{number % 255}",
        "url": f"/users/{number}/orders?page=2&email=p{number}@mail.example",
        "user_agent": CHROME.format(100 + number % 20),
        "visitor": f"visitor-{number}",
        "note": f"write to p{number}@mail.example or call" if number % 3 == 0 else "all is well",
        "secret": f"session={number}",
        "email": f"p{number}@mail.example",
    }  # fmt: skip


def lay_out(folder: Path, url: str, rows: int) -> None:
    """Write configuration, keys, data map, and *rows* visits into the database at *url*."""
    (folder / "privacykit.toml").write_text(CONFIG)
    init_keys(folder / "privacykit.keys", datetime.now(UTC))
    head = f'[datasets.raw]\nurl = "{url}"\n[collections.raw.hits.fields]'
    (folder / "datamap.toml").write_text(head + FIELDS)
    fill(url, rows)


def fill(url: str, rows: int) -> None:
    """Make the table of visits at *url*."""
    server = make_url(url).get_backend_name()
    engine = create_engine(url)
    kind = "bigint" if server != "sqlite" else "integer"
    with engine.begin() as connection:
        connection.execute(
            text(
                f"create table hits (id {kind} primary key, at varchar(30), ip varchar(45) not null,"
                " url varchar(400), user_agent varchar(400), visitor varchar(64), note varchar(400),"
                " secret varchar(100), email varchar(100))"
            )
        )
        put = text(
            f"insert into hits (id, at, {COLUMNS}) values (:id, :at, :ip, :url, :user_agent,"
            " :visitor, :note, :secret, :email)"
        )
        for start in range(0, rows, 10_000):
            part = range(start + 1, min(start + 10_000, rows) + 1)
            connection.execute(put, [row(number) for number in part])
    engine.dispose()


def context(folder: Path, **given) -> OperatorContext:
    """Open the stores of *folder*."""
    return OperatorContext(str(folder / "privacykit.toml"), **given)


def service_of(opened):
    """Return the service over the stores of *opened*."""
    from privacykit.operate.anonymise.service import AnonymiseService
    from privacykit.runtime.sites import ip_method_of

    return AnonymiseService(opened, ip_method_of(opened.settings))


def carried_out(folder: Path, logs=()):
    """Plan and carry out everything; gives plan and progress."""
    opened = context(folder)
    try:
        service = service_of(opened)
        actor = opened.operator("op")
        plan = service.plan((), logs, actor)
        return service.run(plan.plan_id, plan.digest, actor, scrub=lambda _: "")
    finally:
        opened.close()
