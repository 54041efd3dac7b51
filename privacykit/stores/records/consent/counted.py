"""Consent records counted in the database, for rates. Does I/O."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from sqlalchemy import Engine, and_, case, func, or_, select

from privacykit.collect.consent.rates import Choices, Group
from privacykit.stores.database.engine import reading
from privacykit.stores.database.schema import prepare
from privacykit.stores.records.consent.tables import CONSENTS, NO_PURPOSES, SCHEMA


def counted(engine: Engine, since: float = -inf, until: float = inf) -> Iterator[Group]:
    """
    Yield how often was chosen what, for each site, place, language, text and interface.

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
    whole = or_(c.refused.is_(None), c.refused == NO_PURPOSES)
    wanted = select(
        *keys,
        func.count(),
        func.sum(case((and_(~refused, whole), 1), else_=0)),
        func.sum(case((and_(~refused, ~whole), 1), else_=0)),
        func.sum(case((refused, 1), else_=0)),
        func.sum(case((c.withdrawn_at.is_not(None), 1), else_=0)),
    ).group_by(*keys)
    bounds = ((since, c.given_at >= since), (until, c.given_at < until))
    wanted = wanted.where(*(condition for bound, condition in bounds if abs(bound) != inf))
    with reading(engine) as connection:
        rows = connection.execute(wanted).all()
    for row in rows:
        yield Group(tuple(row[:5]), Choices(*map(int, row[5:])))
