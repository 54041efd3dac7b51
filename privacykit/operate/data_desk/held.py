"""Held data counted for the page: by purpose, by day, beside the site's own number. Does I/O."""

from __future__ import annotations

from collections import Counter
from heapq import nlargest
from itertools import islice
from typing import Any, Protocol

from privacykit.operate.data_desk.holdings import Holdings, Row
from privacykit.settings.duties.receivers import shown_names
from privacykit.web.data_page.ports import (
    MOST_SHOWN,
    HeldData,
    HeldEvent,
    HeldPurpose,
    HeldRecord,
    Span,
)

MOST_COUNTED = 10_000
"""Events of one holder that are counted; the page says that there are more."""
FEWEST_OF_A_SITE = 200
"""Events of a site below which its number is not told: with few people, it tells about others."""
SITE_SECONDS = 3600.0
"""How long a site's number is good for: it is an order of magnitude."""

SiteTotals = dict[str, tuple[float, int]]
"""Site to the time of its count and the number, remembered."""


class _Spanned(Protocol):
    @property
    def months(self) -> int: ...
    @property
    def days(self) -> int: ...


def counted(own: Holdings, totals: SiteTotals) -> HeldData:
    """
    Return what is held, counted.

    Args:
        own: The holdings.
        totals: What was counted of sites lately; it is added to.

    Raises:
        StoreError: A store does not answer.
    """
    settings = own.context.settings
    rows = list(islice(own.events(), MOST_COUNTED + 1))
    more, rows = len(rows) > MOST_COUNTED, rows[:MOST_COUNTED]
    per_purpose = Counter(row["purpose"] for row, _ in rows)
    newest = nlargest(MOST_SHOWN, rows, key=lambda found: found[0]["time"])
    return HeldData(
        tuple(
            HeldRecord(it.purposes, it.given_at, it.text_version, it.policies, it.gpc_seen)
            for it in own.consents
        ),
        tuple(
            HeldPurpose(name, events, _span(settings.purposes[name].retention))
            for name, events in per_purpose.most_common()
            if name in settings.purposes
        ),
        tuple(_shown(row, waiting) for row, waiting in newest),
        len(rows),
        len({row["time"][:10] for row, _ in rows}),
        more,
        _rounded(_site_total(own, totals)) if settings.data_page.compare and rows else None,
        _span(settings.records.consents),
        shown_names(settings, *settings.purposes),
    )


def _shown(row: Row, waiting: bool) -> HeldEvent:
    device = row["device"] or {}
    told = (device.get(name) for name in ("type", "os", "browser"))
    place: dict[str, Any] = row["place"] or {}
    return HeldEvent(
        row["time"],
        row["name"],
        row["purpose"],
        row["page"],
        place.get("country") or "",
        ", ".join(str(word) for word in told if word),
        row["expires_at"],
        waiting,
    )


def _span(span: _Spanned) -> Span:
    return Span(span.months, span.days)


def _site_total(own: Holdings, totals: SiteTotals) -> int:
    site, now = own.holder.site, own.context.clock()
    at, known = totals.get(site, (0.0, 0))
    if not 0 <= now - at < SITE_SECONDS:
        with own.context.events() as store:
            if store is None:
                return 0
            known = store.count(now, site=site)
        totals[site] = (now, known)
    return known


def _rounded(number: int) -> int | None:
    """Return *number* rounded down to two digits; ``None`` where there are too few."""
    if number < FEWEST_OF_A_SITE:
        return None
    digits = str(number)
    return int(digits[:2].ljust(len(digits), "0"))
