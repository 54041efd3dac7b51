"""
Steps of an erasure in stores of ours and how far they got, in ``[records]``. Does I/O.

They are counts: nothing in them names anybody, and they stay as the results of a plan do.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import Column, Engine, LargeBinary, MetaData, String, Table, delete, insert, select

from privacykit.govern.records import StepResult
from privacykit.stores.database.engine import TABLE_OPTIONS, reading, writing
from privacykit.stores.database.schema import Schema, prepare

_METADATA = MetaData()
_STEPS = Table(
    "own_steps",
    _METADATA,
    Column("plan_id", String(64), primary_key=True),
    Column("results", LargeBinary(16_777_215), nullable=False),
    **TABLE_OPTIONS,
)
SCHEMA = Schema("own_steps", _METADATA)


class SqlOwnSteps:
    """
    The journal of steps in stores of ours.

    Args:
        engine: The ``[records]`` database; the table is created when missing.

    Raises:
        StoreError: The database failed.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        prepare(engine, SCHEMA)

    def of(self, plan_id: str) -> tuple[StepResult, ...]:
        """Return the steps of a plan that were begun, as far as they got."""
        wanted = select(_STEPS.c.results).where(_STEPS.c.plan_id == plan_id)
        with reading(self._engine) as connection:
            found = connection.scalar(wanted)
        return msgspec.json.decode(found, type=tuple[StepResult, ...]) if found else ()

    def save(self, plan_id: str, results: Sequence[StepResult]) -> None:
        """Replace the steps of a plan; committed when this returns."""
        row = {"plan_id": plan_id, "results": msgspec.json.encode(results)}
        with writing(self._engine) as connection:
            connection.execute(delete(_STEPS).where(_STEPS.c.plan_id == plan_id))
            connection.execute(insert(_STEPS).values(row))
