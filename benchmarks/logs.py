"""Line 13: an access record through our filter, against the same call without it."""

from __future__ import annotations

import logging
import os

import uvicorn.logging

from benchmarks.measure import Case, Row, best
from privacykit.logs import AccessLogFilter

MESSAGE = '%s - "%s %s HTTP/%s" %d'
CLIENTS = [f"198.51.{i % 256}.{i * 7 % 256}:50000" for i in range(750)]
CLIENTS += [f"2001:db8:{i:x}:1::{i + 1:x}:50000" for i in range(250)]
PATHS = {"a path with a query": "/a/b?c=d", "a path with an id": "/users/123456/orders"}
PLAIN = logging.Formatter("%(levelname)s: %(message)s")
ACCESS = uvicorn.logging.AccessFormatter(
    '%(levelprefix)s %(client_addr)s - "%(request_line)s" %(status_code)s', use_colors=False
)


def _case(name: str, formatter: logging.Formatter, path: str, *, filtered: bool) -> Case:
    logger = logging.getLogger(f"benchmarks.{name}")
    logger.propagate = False
    logger.setLevel(logging.INFO)
    handler = logging.StreamHandler(open(os.devnull, "w"))  # noqa: PTH123, SIM115 - lives as long
    handler.setFormatter(formatter)
    logger.handlers[:] = [handler]
    logger.filters[:] = [AccessLogFilter()] if filtered else []
    count = len(CLIENTS)

    def run(iterations: int) -> None:
        for i in range(iterations):
            logger.info(MESSAGE, CLIENTS[i % count], "GET", path, "1.1", 200)

    return run


def run(rounds: int) -> list[Row]:
    """Measure with a plain formatter, as line 13 does, and with the one that uvicorn uses."""
    rows = []
    for words, path in PATHS.items():
        for name, formatter in (("plain formatter", PLAIN), ("uvicorn's formatter", ACCESS)):
            cost = best(
                {
                    "bare": _case("bare", formatter, path, filtered=False),
                    "filtered": _case("filtered", formatter, path, filtered=True),
                },
                rounds=rounds,
            )
            plain = path == PATHS["a path with a query"]
            budget, note = ("logs.query", "") if plain else ("logs.personal", "it is masked")
            what = f"access record, {words}, {name} ÷ the unfiltered call"
            rows.append(Row.of(budget, what, cost["filtered"] / cost["bare"], note))
    return rows
