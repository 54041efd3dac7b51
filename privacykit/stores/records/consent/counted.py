"""Consent records counted in the database, for rates. Does I/O."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Any

from sqlalchemy import Column, ColumnElement, Engine, and_, case, func, or_, select

from privacykit.collect.consent.rates import Choices, Group
from privacykit.stores.database.engine import reading
from privacykit.stores.database.schema import prepare
from privacykit.stores.records.consent.tables import CONSENTS, NO_PURPOSES, SCHEMA


def counted(engine: Engine, since: float = -inf, until: float = inf) -> Iterator[Group]:
    """
    Yield how often was chosen what, for each site, place, language, text and interface.

    What was to be allowed and is not in force counts as not allowed; a click of which nothing came
    into force, and that refused nothing, is no choice.

    Args:
        engine: The ``[records]`` database.
        since: Choices made from then on; Unix seconds.
        until: Choices made before then.

    Raises:
        StoreError: The database failed.
    """
    prepare(engine, SCHEMA)
    c = CONSENTS.c
    keys = (c.site, c.place, c.language, c.text_version, c.interface)
    refused = c.purposes == NO_PURPOSES
    whole = and_(_is_none(c.refused), _is_none(c.barred))
    wanted = select(
        *keys,
        func.count(),
        func.sum(case((and_(~refused, whole), 1), else_=0)),
        func.sum(case((and_(~refused, ~whole), 1), else_=0)),
        func.sum(case((refused, 1), else_=0)),
        func.sum(case((c.withdrawn_at.is_not(None), 1), else_=0)),
    ).group_by(*keys)
    bounds = ((since, c.given_at >= since), (until, c.given_at < until))
    changed = or_(~refused, ~_is_none(c.refused), _is_none(c.barred))
    wanted = wanted.where(changed, *(condition for bound, condition in bounds if abs(bound) != inf))
    with reading(engine) as connection:
        rows = connection.execute(wanted).all()
    for row in rows:
        yield Group(tuple(row[:5]), Choices(*map(int, row[5:])))


def _is_none(listed: Column[Any]) -> ColumnElement[bool]:
    """Tell whether a list is empty, or of before it was kept."""
    return or_(listed.is_(None), listed == NO_PURPOSES)
