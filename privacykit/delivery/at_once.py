"""
One sink at work for a command: a loop of its own, then the sink is closed. Does network I/O.

The loop is run here and not where commands are: what libraries log in a task of their own, below
no other code of ours, is then logged below this room, which calls no application, and withheld.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from privacykit.collect.ports import Sink

_Result = TypeVar("_Result")


def at_once(sink: Sink, work: Coroutine[Any, Any, _Result]) -> _Result:
    """
    Return what *work* with *sink* comes to, and close *sink* however it ends.

    Args:
        sink: One that nothing else uses.
        work: What is to be done; what it raises is raised.
    """

    async def done() -> _Result:
        try:
            return await work
        finally:
            await sink.close()

    return asyncio.run(done())
