"""Requests as tables: what is asked, by whom, with what token and receipt. Pure."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Double,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
)

from privacykit.stores.database.engine import TABLE_OPTIONS
from privacykit.stores.database.schema import Schema

METADATA = MetaData()


REQUESTS = Table(
    "subject_requests",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("status", String(24), nullable=False, index=True),
    Column("due_at", Double),
    Column("number", Integer, nullable=False, index=True),
    Column("record", LargeBinary(65_535), nullable=False),
    Column("deadline", LargeBinary(65_535), nullable=False),
    **TABLE_OPTIONS,
)


IDENTITIES = Table(
    "request_identities",
    METADATA,
    Column("request_id", String(36), primary_key=True),
    Column("body", LargeBinary(65_535), nullable=False),
    **TABLE_OPTIONS,
)


SUBJECTS = Table(
    "request_subjects",
    METADATA,
    Column("request_id", String(36), primary_key=True),
    # Empty once the person is forgotten, until it was looked whether anything is left of them.
    Column("body", LargeBinary(16_777_215), nullable=False),
    **TABLE_OPTIONS,
)


CONFIRMATIONS = Table(
    "request_confirmations",
    METADATA,
    Column("token_hash", String(64), primary_key=True),
    Column("request_id", String(36), nullable=False, index=True),
    Column("method", String(32), nullable=False),
    Column("expires_at", Double, nullable=False),
    **TABLE_OPTIONS,
)


RECEIPTS = Table(
    "request_receipts",
    METADATA,
    Column("request_id", String(36), primary_key=True),
    Column("document", LargeBinary(16_777_215), nullable=False),
    **TABLE_OPTIONS,
)


SCHEMA = Schema("requests", METADATA)
