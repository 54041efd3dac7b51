"""
What is true of a person's rows in the shop, worked out by hand from the rows alone.

It knows neither data map nor SQL: each rule is said once more in plain Python, so that a test which
compares the two compares two opinions.
"""

from __future__ import annotations

from typing import Any

from examples.shop.database.data import Rows, email_of

Key = tuple[Any, ...]
Classes = dict[str, dict[Key, str]]

KEYS: dict[str, tuple[str, ...]] = {
    "customer_addresses": ("customer_id", "address_id"),
    "order_items": ("order_id", "line"),
    "newsletter": ("email",),
    "sessions": ("token",),
    "stock": ("product_id",),
}


def key_of(table: str, row: dict[str, Any]) -> Key:
    """Return the primary key of *row*."""
    return tuple(row[name] for name in KEYS.get(table, ("id",)))


def classes_of(rows: Rows, customer: int) -> Classes:
    """
    Say of every row that concerns *customer* what it is to them.

    Returns:
        Table to key to ``own``, ``shared``, ``accessed``, ``tax`` or ``referenced``; rows of other
        people are absent.
    """
    return _Truth(rows, customer).classes()


class _Truth:
    def __init__(self, rows: Rows, customer: int) -> None:
        self.rows, self.me, self.email = rows, customer, email_of(customer)
        self.found: Classes = {table: {} for table in rows}

    def classes(self) -> Classes:
        self._simple()
        self._orders()
        self._two_people()
        self._wishlists()
        self._reviews()
        self._addresses()
        self._myself()
        return {table: found for table, found in self.found.items() if found}

    def _say(self, table: str, row: dict[str, Any], what: str) -> None:
        self.found[table][key_of(table, row)] = what

    def _simple(self) -> None:
        for table in ("customer_addresses", "sessions", "tickets"):
            for row in self.rows[table]:
                if row["customer_id"] == self.me:
                    self._say(table, row, "own")
        for row in self.rows["newsletter"]:
            if row["email"] == self.email:
                self._say("newsletter", row, "own")

    def _orders(self) -> None:
        mine: dict[Any, str] = {}
        for row in self.rows["orders"]:
            guest = row["customer_id"] is None and row["contact_email"] == self.email
            if row["customer_id"] == self.me or guest:
                mine[row["id"]] = "tax" if row["paid_at"] else "own"
                self._say("orders", row, mine[row["id"]])
            elif row["contact_email"] == self.email:
                self._say("orders", row, "accessed")
        for table in ("order_items", "payments", "refunds"):
            for row in self.rows[table]:
                if row["order_id"] in mine:
                    self._say(table, row, mine[row["order_id"]])

    def _two_people(self) -> None:
        for row in self.rows["messages"]:
            people = {row["sender_id"], row["receiver_id"]} - {None}
            if self.me in people:
                self._say("messages", row, "own" if people == {self.me} else "shared")
        for row in self.rows["referrals"]:
            people = {row["from_email"], row["to_email"]} - {None}
            if self.email in people:
                self._say("referrals", row, "own" if people == {self.email} else "shared")

    def _wishlists(self) -> None:
        mine = {row["id"] for row in self.rows["wishlists"] if row["owner_id"] == self.me}
        grown = True
        while grown:
            more = {r["id"] for r in self.rows["wishlists"] if r["parent_id"] in mine} - mine
            mine |= more
            grown = bool(more)
        for row in self.rows["wishlists"]:
            if row["id"] in mine:
                strange = row["owner_id"] not in {None, self.me}
                strange |= row["parent_id"] is not None and row["parent_id"] not in mine
                self._say("wishlists", row, "shared" if strange else "own")

    def _reviews(self) -> None:
        comments = self.rows["comments"]
        mine = {row["id"] for row in comments if row["author_id"] == self.me}
        # An answer by somebody else keeps the comment it answers; one's own lets go of it.
        kept = {row["parent_id"] for row in comments if row["id"] not in mine} & mine
        for row in comments:
            if row["id"] in mine:
                self._say("comments", row, "referenced" if row["id"] in kept else "own")
        held = {r["review_id"] for r in comments if r["id"] not in mine or r["id"] in kept}
        for row in self.rows["reviews"]:
            if row["customer_id"] == self.me:
                self._say("reviews", row, "referenced" if row["id"] in held else "own")

    def _addresses(self) -> None:
        owners: dict[Any, set[Any]] = {}
        for row in self.rows["customer_addresses"]:
            owners.setdefault(row["address_id"], set()).add(row["customer_id"])
        for row in self.rows["customers"]:
            if row["default_address_id"] is not None:
                owners.setdefault(row["default_address_id"], set()).add(row["id"])
        mine = self.found["orders"]
        stay = {
            row["shipping_address_id"]
            for row in self.rows["orders"]
            if mine.get((row["id"],)) != "own"
        }
        seen = {
            row["shipping_address_id"]
            for row in self.rows["orders"]
            if row["customer_id"] == self.me
        }
        for row in self.rows["addresses"]:
            people = owners.get(row["id"], set())
            if self.me in people:
                kept = row["id"] in stay or self._default_of_me_that_stays(row["id"])
                what = "shared" if people != {self.me} else "referenced" if kept else "own"
                self._say("addresses", row, what)
            elif row["id"] in seen:
                self._say("addresses", row, "accessed")

    def _default_of_me_that_stays(self, address: Any) -> bool:  # noqa: ANN401 - a key
        me = next(row for row in self.rows["customers"] if row["id"] == self.me)
        return me["default_address_id"] == address and self._i_stay()

    def _i_stay(self) -> bool:
        kept = {"tax", "referenced"}
        pointing = ("orders", "reviews", "comments")
        return any(kept & set(self.found[table].values()) for table in pointing)

    def _myself(self) -> None:
        for row in self.rows["customers"]:
            if row["id"] == self.me:
                self._say("customers", row, "referenced" if self._i_stay() else "own")
