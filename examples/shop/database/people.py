"""Everything flow 2 needs, over the shop, with plans in memory: for tests, demo and benchmarks."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from examples.shop.database import SHOP_MAP, Rows, create_shop, email_of, fill
from privacykit.connectors.sql import SqlConnector
from privacykit.connectors.sql.database import open_database
from privacykit.govern import flow
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.erasure.context import GovernContext
from privacykit.govern.records import Effect, Identity, RequestType
from privacykit.testing.plans import MemoryPlans

NOW = 1_795_000_000.0
"""The clock of tests: in November 2026."""


@contextmanager
def shop_means(
    url: str, rows: Rows | None = None, *, effect: Effect = Effect.LOGICAL, text: str = SHOP_MAP
) -> Iterator[GovernContext]:
    """
    Open the shop at *url* for flow 2.

    Args:
        url: The database.

        rows: What to create it with; ``None`` where it stands already.

        effect: The level erasures are asked to reach.

        text: The data map.
    """
    if rows is not None:
        engine = open_database(url)
        create_shop(engine)
        with engine.begin() as connection:
            fill(connection, rows)
        engine.dispose()
    asked = text.replace("[datasets.shop]\n", f'[datasets.shop]\neffect = "{effect.value}"\n')
    datamap = parse_datamap(asked)
    connector = SqlConnector.open(datamap, "shop", url)
    ticks = itertools.count()
    try:
        yield GovernContext(
            datamap,
            {"shop": connector},
            MemoryPlans(),
            clock=lambda: NOW + next(ticks) * 0.001,
            random=random.Random(7).randbytes,
            key=b"a durable key of the tests' own.",
        )
    finally:
        connector.close()


def who(customer: int) -> tuple[Identity, ...]:
    """Return what *customer* gives to be found by."""
    return (Identity("email", email_of(customer)),)


def erase(means: GovernContext, customer: int, plan_id: str = "plan") -> flow.PlanOutcome:
    """Erase *customer* from end to end."""
    plan = flow.plan_request(
        means, RequestType.ERASURE, who(customer), plan_id=plan_id, request_id="request"
    )
    flow.approve(means, plan_id, plan.targets_digest, "operator")
    flow.execute(means, plan_id, plan.targets_digest)
    return flow.verify(means, plan_id)


def at(means: GovernContext, now: float) -> GovernContext:
    """Return *means* with the clock stopped at *now*."""
    return replace(means, clock=lambda: now)
