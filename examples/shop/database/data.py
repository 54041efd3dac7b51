"""The shop's rows: made up, the same for the same seed, with every difficulty in them."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import Connection

from examples.shop.database.tables import SHOP

Row: TypeAlias = dict[str, Any]
Rows: TypeAlias = dict[str, list[Row]]

START = datetime(2024, 1, 1)  # noqa: DTZ001 - columns without zone
PAID = 0.5
CITIES = ("Berlin", "Wien", "Zürich", "Gent", "Malmö")


def email_of(number: int) -> str:
    """Return the e-mail address of customer *number*."""
    return f"customer{number}.mark@shop.example"


def make_rows(customers: int, *, seed: int = 1, orders_each: int = 3) -> Rows:
    """
    Make a shop of *customers*.

    Args:
        customers: How many.

        seed: Same seed, same shop.

        orders_each: Orders per customer; about ten rows follow from each.
    """
    return _Maker(customers, random.Random(seed), orders_each).make()


class _Maker:
    def __init__(self, customers: int, rng: random.Random, orders_each: int) -> None:
        self.count, self.rng, self.orders_each = customers, rng, orders_each
        self.rows: Rows = {table.name: [] for table in SHOP.sorted_tables}

    def make(self) -> Rows:
        for number in range(1, 11):
            self._add("products", id=number, title=f"thing {number}")
            self._add("stock", product_id=number, amount=number * 7)
        for number in range(1, 4):
            self._add(
                "staff", id=number, email=f"agent{number}@shop.example", name=f"Agent {number}"
            )
        for number in range(1, self.count + 1):
            self._person(number)
        for number in range(1, self.count + 1):
            self._orders(number)
            self._talk(number)
        self._guests()
        return self.rows

    def _add(self, table: str, **values: Any) -> Row:  # noqa: ANN401 - a row
        self.rows[table].append(values)
        return values

    def _other(self, number: int) -> int:
        return self.rng.randrange(1, self.count + 1) if self.count > 1 else number

    def _person(self, number: int) -> None:
        self._add(
            "addresses",
            id=number,
            street=f"Mark street {number}",
            city=self.rng.choice(CITIES),
            postcode=f"{number:05}",
        )
        self._add(
            "customers",
            id=number,
            email=email_of(number),
            name=f"Person Mark{number}",
            phone=f"+49 30 {1_000_000 + number}",
            birth_date=date(1950, 1, 1) + timedelta(days=number % 20_000),
            default_address_id=number if number % 2 else None,
            referred_by=self.rng.randrange(1, number) if number > 1 and number % 4 == 0 else None,
            restricted=False,
            created_at=START + timedelta(hours=number),
        )
        self._add("customer_addresses", customer_id=number, address_id=number, label="home")
        self._add("newsletter", email=email_of(number), subscribed_at=START)
        self._add(
            "sessions", token=f"token-{number}", customer_id=number, ip="192.0.2.7", user_agent="x"
        )
        self._add("wishlists", id=3 * number, owner_id=number, parent_id=None, title="wishes")
        self._add(
            "wishlists", id=3 * number + 1, owner_id=None, parent_id=3 * number, title="books"
        )

    def _orders(self, number: int) -> None:
        if number % 5 == 0:
            other = self._other(number)
            if other != number:
                self._add("customer_addresses", customer_id=number, address_id=other, label="gift")
        for place in range(self.orders_each):
            order = number * 1000 + place
            paid = self.rng.random() < PAID and number % 3 != 0
            self._add(
                "orders",
                id=order,
                customer_id=number,
                contact_email=email_of(number),
                shipping_address_id=self.rng.choice([number, number, self._other(number)]),
                status="paid" if paid else "cart",
                total=round(self.rng.random() * 100, 2),
                paid_at=START + timedelta(days=place) if paid else None,
                created_at=START + timedelta(days=place),
                notes=f"ring at Mark{number}",
            )
            self._items(number, order)

    def _items(self, number: int, order: int) -> None:
        for line in (1, 2):
            note = f"for Mark{number}" if line == 1 else None
            product = self.rng.randrange(1, 11)
            self._add(
                "order_items",
                order_id=order,
                line=line,
                product_id=product,
                quantity=1,
                gift_note=note,
            )
        self._add("payments", id=order, order_id=order, iban=f"DE00Mark{number}", amount=10)
        if order % 2:
            self._add(
                "refunds", id=order, order_id=order, line=1, reason=f"Mark{number} returned it"
            )

    def _talk(self, number: int) -> None:
        other = self._other(number)
        self._add("reviews", id=number, customer_id=number, product_id=1, body=f"by Mark{number}")
        first = self._add(
            "comments",
            id=2 * number,
            review_id=number,
            author_id=number,
            parent_id=None,
            body="mine",
        )
        if number % 2:
            author = None if number % 7 == 0 else other
            self._add(
                "comments",
                id=2 * number + 1,
                review_id=number,
                author_id=author,
                parent_id=first["id"],
                body="answer",
            )
        receiver = None if number % 6 == 0 else other
        self._add(
            "messages",
            id=number,
            sender_id=number,
            receiver_id=receiver,
            sender_name=f"Person Mark{number}",
            body="hello",
        )
        agent = self.rng.randrange(1, 4)
        self._add(
            "tickets",
            id=number,
            customer_id=number,
            agent_id=agent,
            subject=f"help Mark{number}",
            agent_note=f"agent {agent} was here",
        )
        to = email_of(other) if other != number else "stranger@else.example"
        self._add("referrals", id=number, from_email=email_of(number), to_email=to, note="try it")
        if number % 3 == 0:
            self._add(
                "referrals", id=-number, from_email=email_of(number), to_email=None, note="draft"
            )

    def _guests(self) -> None:
        for place, number in enumerate((1, self.count)):
            self._add(
                "orders",
                id=-1 - place,
                customer_id=None,
                contact_email=email_of(number),
                shipping_address_id=None,
                status="cart",
                total=1,
                paid_at=None,
                created_at=START,
                notes="guest",
            )


def fill(connection: Connection, rows: Rows) -> None:
    """Insert *rows*; the loop of keys is closed by an update at the end."""
    loose = [row | {"default_address_id": None, "referred_by": None} for row in rows["customers"]]
    for table in SHOP.sorted_tables:
        found = loose if table.name == "customers" else rows[table.name]
        if found:
            connection.execute(table.insert(), found)
    customers = SHOP.tables["customers"]
    for row in rows["customers"]:
        tied = {name: row[name] for name in ("default_address_id", "referred_by")}
        if any(tied.values()):
            connection.execute(customers.update().where(customers.c.id == row["id"]).values(tied))


def read_rows(connection: Connection) -> Rows:
    """Return every row of every table, as it is now."""
    return {
        table.name: [dict(row) for row in connection.execute(table.select()).mappings()]
        for table in SHOP.sorted_tables
    }
