"""
First lines: the first event of a process, and the first withheld for each reason. Logs.

Requests only count; the keeper's thread looks at the counts and tells the operator. No line holds
anything of a request but the name of its site, purpose and route, which are the operator's words.

They are no warnings, so Python shows them only where somebody configured logging. Where nobody did,
as under plain ``uvicorn app:app``, they go where Python's own handler of last resort writes, up to
the first event: whoever sees that one needs no more, and a process that runs says so once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from privacykit.collect.counters import Counters
from privacykit.collect.events.event import NULL, PAGE, Item
from privacykit.collect.ports import OutboxRow
from privacykit.decide.withheld import Withheld, meaning
from privacykit.logs.say import say

LONGEST_PAGE = 120

NO_PAGE = (
    "first page event without a page: no route template is known of it; see [pages]"
    " patterns, or set request.state.privacy.page to the route's template"
)
LOUD = frozenset({Withheld.PAGES_OFF.value, Withheld.ROBOT.value, Withheld.NOT_A_NAME.value})
"""Reasons that are warnings: nobody's wish, and easily not meant."""

_NOT_TOLD = frozenset({Withheld.UNKNOWN_HOST.value, Withheld.ASSET.value})
"""The one is told by its name, the other is nobody's question."""


class FirstEvent:
    """
    Makes rows of events, remembers the first in words, and counts pages without a template.

    Args:
        finish: Makes the rows.
        counters: Where it counts, once a batch: requests need not.

    Attributes:
        words: Of what kind the first event is; empty before there is one.
    """

    def __init__(
        self, finish: Callable[[list[Item], bytes], Sequence[OutboxRow]], counters: Counters
    ) -> None:
        self._finish = finish
        self._counters = counters
        self.words = ""

    def __call__(self, items: list[Item], random: bytes) -> Sequence[OutboxRow]:
        """Return *items* as outbox rows, in order."""
        if items and not self.words:
            self.words = _words(items[0])
        unknown = [1 for item in items if item.page is NULL and item.opening is PAGE]
        if unknown:
            self._counters.count("page_unknown", n=len(unknown))
        return self._finish(items, random)


class FirstLines:
    """
    Tells each first once.

    Args:
        counters: Where it is counted.
        first: Knows the first event.
    """

    def __init__(self, counters: Counters, first: FirstEvent) -> None:
        self._counters = counters
        self._first = first
        self._said: set[tuple[str, str]] = set()
        self._seen_to_work = False

    def look(self) -> None:
        """Say what was counted for the first time."""
        for key in self._counters.snapshot():
            if key not in self._said:
                self._said.add(key)
                self._say(*key)

    def _say(self, name: str, reason: str) -> None:
        if name == "outbox_acknowledged":
            self._tell(
                f"first event: {self._first.words}; `privacykit events tail` shows it", logging.INFO
            )
            self._seen_to_work = True
        elif name == "page_unknown":
            self._tell(NO_PAGE, logging.WARNING)
        elif name == "withheld" and reason not in _NOT_TOLD:
            what, advice = meaning(reason)
            level = logging.WARNING if reason in LOUD else logging.INFO
            told = f" {advice[0].upper()}{advice[1:]}." if advice else ""
            self._tell(f"first event withheld as '{reason}': {what}{told}", level)

    def _tell(self, line: str, level: int) -> None:
        say(level, "%s", line, early=not self._seen_to_work)


def _words(item: Item) -> str:
    plan = item.plan
    what = "an event of the application's"
    if item.opening == PAGE:
        page = "without a route template" if item.page is NULL else item.page.strip('"')
        what = f"page {page[:LONGEST_PAGE]}"
    return f"{what}, site '{plan.site}', purpose '{plan.purpose}'"
