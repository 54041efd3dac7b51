"""The shop's tables and its data map."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    Engine,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
)

SHOP = MetaData()


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True, autoincrement=False)


def _to(name: str, target: str, *, nullable: bool = True) -> Column[int]:
    # Named: the loop of two of them is created in two steps.
    key = ForeignKey(target, name=f"fk_{name}_{target.replace('.', '_')}", use_alter=True)
    plain = ForeignKey(target)
    loop = name == "default_address_id"
    return Column(name, Integer, key if loop else plain, nullable=nullable, index=True)


def _text(name: str, length: int = 100, *, nullable: bool = True) -> Column[str]:
    return Column(name, String(length), nullable=nullable)


customers = Table(
    "customers",
    SHOP,
    _id(),
    Column("email", String(190), nullable=False, unique=True),
    _text("name", nullable=False),
    Column("phone", String(40), index=True),
    Column("birth_date", Date),
    _to("default_address_id", "addresses.id"),
    _to("referred_by", "customers.id"),
    Column("restricted", Boolean),
    Column("created_at", DateTime, nullable=False),
)
addresses = Table(
    "addresses", SHOP, _id(), _text("street", nullable=False), _text("city"), _text("postcode", 12)
)
customer_addresses = Table(
    "customer_addresses",
    SHOP,
    Column("customer_id", Integer, ForeignKey("customers.id"), primary_key=True),
    Column("address_id", Integer, ForeignKey("addresses.id"), primary_key=True, index=True),
    _text("label", 20),
)
staff = Table("staff", SHOP, _id(), Column("email", String(190), unique=True), _text("name"))
products = Table("products", SHOP, _id(), _text("title"))
orders = Table(
    "orders",
    SHOP,
    _id(),
    _to("customer_id", "customers.id"),
    Column("contact_email", String(190), index=True),
    _to("shipping_address_id", "addresses.id"),
    _text("status", 20),
    Column("total", Numeric(10, 2)),
    Column("paid_at", DateTime),
    Column("created_at", DateTime, index=True),
    Column("notes", Text),
)
order_items = Table(
    "order_items",
    SHOP,
    Column("order_id", Integer, ForeignKey("orders.id"), primary_key=True, autoincrement=False),
    Column("line", Integer, primary_key=True, autoincrement=False),
    _to("product_id", "products.id"),
    Column("quantity", Integer),
    Column("gift_note", Text),
)
payments = Table(
    "payments",
    SHOP,
    _id(),
    _to("order_id", "orders.id", nullable=False),
    _text("iban", 40),
    Column("amount", Numeric(10, 2)),
)
refunds = Table(
    "refunds",
    SHOP,
    _id(),
    Column("order_id", Integer, nullable=False),
    Column("line", Integer, nullable=False),
    Column("reason", Text),
    ForeignKeyConstraint(["order_id", "line"], ["order_items.order_id", "order_items.line"]),
    Index("ix_refunds_item", "order_id", "line"),
)
reviews = Table(
    "reviews",
    SHOP,
    _id(),
    _to("customer_id", "customers.id", nullable=False),
    _to("product_id", "products.id"),
    Column("body", Text),
)
comments = Table(
    "comments",
    SHOP,
    _id(),
    _to("review_id", "reviews.id", nullable=False),
    _to("author_id", "customers.id"),
    _to("parent_id", "comments.id"),
    Column("body", Text),
)
messages = Table(
    "messages",
    SHOP,
    _id(),
    _to("sender_id", "customers.id"),
    _to("receiver_id", "customers.id"),
    _text("sender_name"),
    Column("body", Text),
)
newsletter = Table(
    "newsletter",
    SHOP,
    Column("email", String(190), primary_key=True),
    Column("subscribed_at", DateTime),
)
sessions = Table(
    "sessions",
    SHOP,
    Column("token", String(64), primary_key=True),
    _to("customer_id", "customers.id"),
    _text("ip", 45),
    _text("user_agent", 200),
)
tickets = Table(
    "tickets",
    SHOP,
    _id(),
    _to("customer_id", "customers.id", nullable=False),
    _to("agent_id", "staff.id"),
    Column("subject", Text),
    Column("agent_note", Text),
)
wishlists = Table(
    "wishlists",
    SHOP,
    _id(),
    _to("owner_id", "customers.id"),
    _to("parent_id", "wishlists.id"),
    _text("title"),
)
referrals = Table(
    "referrals",
    SHOP,
    _id(),
    Column("from_email", String(190), index=True),
    Column("to_email", String(190), index=True),
    Column("note", Text),
)
stock = Table(
    "stock",
    SHOP,
    Column("product_id", Integer, ForeignKey("products.id"), primary_key=True, autoincrement=False),
    Column("amount", Integer),
)

TABLES: tuple[str, ...] = tuple(table.name for table in SHOP.sorted_tables)
"""Every table, those pointed at first as far as the loop lets it."""


def create_shop(engine: Engine) -> None:
    """Create the tables, empty."""
    # A copy: once a server has added the looping key in a second step, SQLAlchemy leaves it out
    # of SQLite's tables for the rest of the process.
    tables = MetaData()
    for table in SHOP.sorted_tables:
        table.to_metadata(tables)
    tables.create_all(engine)


SHOP_MAP = """
version = 1

[systems.webshop]
description = "the shop on the web"

[reasons.tax]
citation = "§ 147 AO"
justification = "legal_obligation"
duration = "10 years"

[recipients.mailer]
name = "Mailer Ltd"
role = "processor"

[datasets.shop]
system = "webshop"
url = "sqlite:///shop.db"
purposes = ["contract"]

[datasets.shop.excluded]
products = "what is sold; nothing of a person"
stock = "how much is left; nothing of a person"

[collections.shop.customers]
subject = true
restriction = { column = "restricted", value = true }
[collections.shop.customers.fields]
id = { category = "user.unique_id", identity = "controller_customer_id" }
email = { category = "user.contact.email", identity = "email" }
name = { category = "user.name", erase = "mask" }
phone = { category = "user.contact.phone_number", identity = "phone_number" }
birth_date = { category = "user.demographic.date_of_birth", erase = "generalise", to = "year" }
default_address_id = { category = "user.contact.address", relation = "owns" }
referred_by = { category = "user.unique_id", references = "customers.id", erase = "detach" }
restricted = "system.operations"
created_at = "system.operations"

[collections.shop.addresses.fields]
id = "system.operations"
street = "user.contact.address.street"
city = "user.contact.address.city"
postcode = "user.contact.address.postal_code"

[collections.shop.customer_addresses.fields]
customer_id = { category = "user.unique_id", relation = "owned_by" }
address_id = { category = "user.contact.address", relation = "owns" }
label = "user.contact.address"

[collections.shop.staff]
subject = true
[collections.shop.staff.fields]
id = "user.unique_id"
email = { category = "user.contact.email", identity = "email" }
name = { category = "user.name" }

[collections.shop.orders]
keep = { reason = "tax", from = "paid_at", where = ["paid_at is not null"] }
recipients = ["mailer"]
[collections.shop.orders.fields]
id = "user.behavior.purchase_history"
customer_id = { category = "user.unique_id", relation = "owned_by" }
contact_email = { category = "user.contact.email", identity = "email", erase = "null" }
shipping_address_id = { category = "user.contact.address", relation = "accesses" }
status = { category = "user.behavior.purchase_history", keep = "tax" }
total = { category = "user.behavior.purchase_history", keep = "tax" }
paid_at = { category = "user.payment", keep = "tax" }
created_at = { category = "user.behavior.purchase_history", keep = "tax" }
notes = { category = "user.content.private", erase = "null" }

[collections.shop.order_items]
keep = { reason = "tax", with = "order_id" }
[collections.shop.order_items.fields]
order_id = { category = "user.behavior.purchase_history", relation = "owned_by" }
line = "system.operations"
product_id = { category = "user.behavior.purchase_history", keep = "tax" }
quantity = { category = "user.behavior.purchase_history", keep = "tax" }
gift_note = { category = "user.content.private", erase = "null" }

[collections.shop.payments]
keep = { reason = "tax", with = "order_id" }
[collections.shop.payments.fields]
id = "system.operations"
order_id = { category = "user.payment", relation = "owned_by" }
iban = { category = "user.financial.bank_account", erase = "truncate", to = 4 }
amount = { category = "user.payment", keep = "tax" }

[collections.shop.refunds]
relations = [{ kind = "owned_by", columns = ["order_id", "line"] }]
keep = { reason = "tax", with = ["order_id", "line"] }
[collections.shop.refunds.fields]
id = "system.operations"
order_id = "user.payment"
line = "system.operations"
reason = { category = "user.content.private", erase = "hash" }

[collections.shop.reviews.fields]
id = "system.operations"
customer_id = { category = "user.unique_id", relation = "owned_by" }
product_id = "system.operations"
body = "user.content.public"

[collections.shop.comments.fields]
id = "system.operations"
review_id = "system.operations"
author_id = { category = "user.unique_id", relation = "owned_by" }
parent_id = "system.operations"
body = "user.content.public"

[collections.shop.messages.fields]
id = "system.operations"
sender_id = { category = "user.unique_id", relation = "owned_by" }
receiver_id = { category = "user.unique_id", relation = "owned_by" }
sender_name = { category = "user.name", about = "sender_id", erase = "mask" }
body = "user.content.private"

[collections.shop.newsletter.fields]
email = { category = "user.contact.email", identity = "email" }
subscribed_at = "user.privacy_preferences"

[collections.shop.sessions.fields]
token = { category = "user.unique_id", withhold = "whoever has it is logged in" }
customer_id = { category = "user.unique_id", relation = "owned_by" }
ip = { category = "user.device.ip_address", identity = "ip_address", origin = "observed" }
user_agent = { category = "user.device", origin = "observed" }

[collections.shop.tickets.fields]
id = "system.operations"
customer_id = { category = "user.unique_id", relation = "owned_by" }
agent_id = { category = "user.unique_id", relation = "accessed_by", erase = "detach" }
subject = "user.content.private"
agent_note = { category = "user.content.private", about = "agent_id", erase = "null" }

[collections.shop.wishlists.fields]
id = "system.operations"
owner_id = { category = "user.unique_id", relation = "owned_by" }
parent_id = { category = "system.operations", relation = "owned_by" }
title = "user.content.private"

[collections.shop.referrals.fields]
id = "system.operations"
from_email = { category = "user.contact.email", identity = "email" }
to_email = { category = "user.contact.email", identity = "email" }
note = "user.content.private"
"""
