"""What somebody who knows the shop by heart would write: its exports and erasures as plain SQL."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

_ORDERS = "customer_id = :me or (customer_id is null and contact_email = :email)"
_MINE = f"(select id from orders where {_ORDERS})"
_UNPAID = f"(select id from orders where ({_ORDERS}) and paid_at is null)"
_HOMES = (
    "(select address_id from customer_addresses where customer_id = :me union "
    "select default_address_id from customers where id = :me and default_address_id is not null)"
)
_HID = "'[redacted]'"
_LISTS = (
    "with recursive mine(id) as (select id from wishlists where owner_id = :me union "
    "select w.id from wishlists w join mine on w.parent_id = mine.id) "
)

EXPORT: dict[str, str] = {
    "customers": "select * from customers where id = :me",
    "addresses": (
        f"select id, case when id in {_HOMES} then street else {_HID} end as street, "
        f"case when id in {_HOMES} then city when city is null then null else {_HID} end as city, "
        f"case when id in {_HOMES} then postcode when postcode is null then null else {_HID} end "
        f"as postcode from addresses where id in {_HOMES} or id in "
        "(select shipping_address_id from orders where customer_id = :me) order by id"
    ),
    "customer_addresses": (
        "select * from customer_addresses where customer_id = :me order by customer_id, address_id"
    ),
    "orders": f"select * from orders where {_ORDERS} order by id",
    "order_items": f"select * from order_items where order_id in {_MINE} order by order_id, line",
    "payments": f"select * from payments where order_id in {_MINE} order by id",
    "refunds": f"select * from refunds where order_id in {_MINE} order by id",
    "reviews": "select * from reviews where customer_id = :me order by id",
    "comments": "select * from comments where author_id = :me order by id",
    "messages": (
        "select id, sender_id, receiver_id, sender_name, body, "
        "sender_id = :me as sent, receiver_id = :me as got "
        "from messages where sender_id = :me or receiver_id = :me order by id"
    ),
    "newsletter": "select * from newsletter where email = :email",
    "sessions": "select customer_id, ip, user_agent from sessions where customer_id = :me",
    "tickets": "select * from tickets where customer_id = :me order by id",
    "wishlists": _LISTS + "select * from wishlists where id in (select id from mine) order by id",
    "referrals": (
        f"select id, case when from_email <> :email then {_HID} else from_email end as from_email, "
        f"case when to_email <> :email then {_HID} else to_email end as to_email, note "
        "from referrals where from_email = :email or to_email = :email order by id"
    ),
}

_KIN = "exists (select 1 from comments c where c.parent_id = comments.id and (c.author_id <> :me or c.author_id is null))"

ERASE: tuple[str, ...] = (
    f"delete from refunds where order_id in {_UNPAID}",
    f"delete from payments where order_id in {_UNPAID}",
    f"delete from order_items where order_id in {_UNPAID}",
    f"update refunds set reason = 'pk-' || :token || id where order_id in {_MINE}",
    f"update payments set iban = substr(iban, 1, 4) where order_id in {_MINE}",
    f"update order_items set gift_note = null where order_id in {_MINE}",
    f"delete from orders where ({_ORDERS}) and paid_at is null",
    "update orders set contact_email = null, notes = null where customer_id = :me",
    "delete from sessions where customer_id = :me",
    "delete from tickets where customer_id = :me",
    "delete from newsletter where email = :email",
    (
        "delete from messages where (sender_id = :me and (receiver_id = :me or receiver_id is null)) "
        "or (receiver_id = :me and sender_id is null)"
    ),
    "update messages set sender_id = null, sender_name = '[erased]' where sender_id = :me",
    "update messages set receiver_id = null where receiver_id = :me",
    (
        "delete from referrals where (from_email = :email and (to_email = :email or to_email is null))"
        " or (to_email = :email and from_email is null)"
    ),
    "update referrals set from_email = null where from_email = :email",
    "update referrals set to_email = null where to_email = :email",
    _LISTS + "delete from wishlists where id in (select id from mine)",
    f"update comments set body = null where author_id = :me and {_KIN}",
    (
        "update comments set parent_id = null where author_id = :me and parent_id in "
        f"(select id from comments where author_id = :me and not {_KIN})"
    ),
    f"delete from comments where author_id = :me and not {_KIN}",
    (
        "update reviews set body = null where customer_id = :me "
        "and exists (select 1 from comments where review_id = reviews.id)"
    ),
    (
        "delete from reviews where customer_id = :me "
        "and not exists (select 1 from comments where review_id = reviews.id)"
    ),
)
_STAYS = (
    "select exists (select 1 from orders where customer_id = :me) or "
    "exists (select 1 from reviews where customer_id = :me) or "
    "exists (select 1 from comments where author_id = :me)"
)
_LEAVE = (
    "update customers set referred_by = null where referred_by = :me",
    "delete from customers where id = :me",
)
_STRIP = (
    (
        "update customers set email = 'pk-' || :token, name = '[erased]', phone = null, "
        "birth_date = {year} where id = :me"
    ),
)
_YEAR = {
    "sqlite": "date(birth_date, 'start of year')",
    "postgresql": "date_trunc('year', birth_date)",
}
_ALONE = (
    "select id from addresses where id in ({ids}) and not exists (select 1 from customer_addresses "
    "where address_id = addresses.id) and not exists (select 1 from customers "
    "where default_address_id = addresses.id and id <> :me)"
)
_SHIPPED = (
    "exists (select 1 from orders where shipping_address_id = addresses.id) or "
    "exists (select 1 from customers where default_address_id = addresses.id)"
)


class ByHand:
    """
    The shop without us, on a driver's own connection.

    Args:
        connection: A connection of sqlite3 or psycopg.

        dialect: ``sqlite`` or ``postgresql``.
    """

    def __init__(self, connection: Any, dialect: str) -> None:
        self.connection, self.dialect = connection, dialect

    def run(self, statement: str, values: dict[str, Any]) -> Any:
        """Execute one statement; return its cursor."""
        if self.dialect == "postgresql":
            statement = re.sub(r"(?<!:):(\w+)", r"%(\1)s", statement)
        cursor = self.connection.cursor()
        cursor.execute(statement, values)
        return cursor

    def find(self, email: str) -> dict[str, Any]:
        """Return what the other statements are given of the person, who is known by an e-mail."""
        found = self.run("select id from customers where email = :email", {"email": email})
        return {"me": found.fetchone()[0], "email": email}

    def export(self, email: str) -> dict[str, tuple[Sequence[str], list[Any]]]:
        """Return the person's rows, other people redacted: table to column names and rows."""
        values = self.find(email)
        found = {}
        for table, statement in EXPORT.items():
            cursor = self.run(statement, values)
            names = [column[0] for column in cursor.description]
            rows = cursor.fetchall()
            if table == "messages":
                names, rows = names[:-2], [_letter(row) for row in rows]
            if rows:
                found[table] = (names, rows)
        self.connection.rollback()
        return found

    def erase(self, email: str, *, commit: bool = True) -> None:
        """Erase the person, in one transaction."""
        if self.dialect == "sqlite" and not self.connection.in_transaction:
            self.connection.execute("begin immediate")
        values = self.find(email)
        values["token"] = f"{values['me']:032x}"
        homes = [row[0] for row in self.run(_HOMES[1:-1], values).fetchall()]
        for statement in ERASE:
            self.run(statement, values)
        self.run("delete from customer_addresses where customer_id = :me", values)
        stays = self.run(_STAYS, values).fetchone()[0]
        for statement in _STRIP if stays else _LEAVE:
            self.run(statement.format(year=_YEAR[self.dialect]), values)
        if homes:
            self._addresses(homes, values)
        if commit:
            self.connection.commit()

    def _addresses(self, homes: list[int], values: dict[str, Any]) -> None:
        alone = self.run(_ALONE.format(ids=", ".join(map(str, homes))), values).fetchall()
        if alone:
            ids = ", ".join(str(row[0]) for row in alone)
            self.run(
                "update addresses set street = '[erased]', city = null, postcode = null "
                f"where id in ({ids}) and ({_SHIPPED})",
                values,
            )
            self.run(f"delete from addresses where id in ({ids}) and not ({_SHIPPED})", values)


def _letter(row: Sequence[Any]) -> list[Any]:
    """Blacken the other one of two who wrote to each other."""
    shown, sent, got = list(row[:-2]), row[-2], row[-1]
    if not sent:
        shown[1] = shown[1] and "[redacted]"
        shown[3] = shown[3] and "[redacted]"
    if not got:
        shown[2] = shown[2] and "[redacted]"
    return shown
