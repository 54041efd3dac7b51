"""
The tables of data keys: a random name finds one, an index a person's. Pure.

Two look-ups by index are all that sealing and opening do, so that ten million people cost what ten
do. The wrapped key is text: a file of ours is searched for it after it was destroyed.
"""

from __future__ import annotations

from sqlalchemy import Column, Double, Index, MetaData, String, Table

from privacykit.stores.database.engine import TABLE_OPTIONS
from privacykit.stores.database.schema import Schema

SEALING = "sealing_keys"
"""Name of the keys: a collection of our own dataset."""

METADATA = MetaData()
KEYS = Table(
    SEALING,
    METADATA,
    Column("kid", String(32), primary_key=True),
    Column("person", String(32), nullable=False),
    Column("purpose", String(100), nullable=False),
    Column("period", String(7), nullable=False),
    Column("wrapped", String(80), nullable=False),
    Column("wrapped_by", String(32), nullable=False),
    Column("made_at", Double, nullable=False),
    Index("sealing_keys_whose", "person", "purpose", "period", unique=True),
    **TABLE_OPTIONS,
)
WRAPPING = Table(
    "sealing_wrapping",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("retired_at", Double, nullable=False),
    **TABLE_OPTIONS,
)
"""Wrapping keys by name; *retired_at* in Unix seconds, 0 for one that is used."""
SCHEMA = Schema("sealing", METADATA)
