"""
Grants of made-up people: told from everybody else's, and their records ended. Does I/O.

Law of this file: a cookie may hold a real visitor's grant, since a shared cache that hands one out
is among what is looked for. Only the record that the answer to a made-up person's own choice named
is theirs; any other is told, given back at once, and never changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from privacykit.collect.ports import ConsentRecord
from privacykit.operate.context import OperatorContext
from privacykit.operate.own.datamap import CONSENTS
from privacykit.operate.own.proofs import held_whole
from privacykit.policy.place import UNKNOWN
from privacykit.stores.records.audit_keys import audit_keys
from privacykit.stores.records.consent.ended import end_records
from privacykit.stores.watch_state import WatchFinding
from privacykit.verify.site.expected import SiteExpectations
from privacykit.verify.site.http import SiteVisitor

CONSENT_RECORDS = "consent records"
"""What the place is called where they stay."""
_PAGE = "page"


class OwnGrant(NamedTuple):
    """
    A grant that a made-up person was given for their own choice.

    Attributes:
        record: The consent record that it names.
        place: Where the site said that they were.
    """

    record: str
    place: str


class BrowserGrant:
    """
    The grant cookie of one made-up person's browser.

    Args:
        visitor: The browser.
        expected: What is expected of the site; its keys read the cookie.
    """

    def __init__(self, visitor: SiteVisitor, expected: SiteExpectations) -> None:
        self._visitor = visitor
        self._choices = expected.day.choices
        self._name = self._choices.names[1].decode()
        self._own = ""

    def taken(self, now: float) -> tuple[str, ...]:
        """
        Return the record of the grant that the answer to the own choice gave; none without one.

        Args:
            now: Unix seconds.
        """
        value = self._visitor.cookie(self._name)
        records = self._records(value, now)
        if len(records) != 1:
            return ()
        self._own = value
        return records

    def others(self, path: str, now: float) -> Iterator[WatchFinding]:
        """
        Yield a finding where the browser was given a grant of somebody else's, and forget that.

        Args:
            path: The page whose answer it was.
            now: Unix seconds.
        """
        value = self._visitor.cookie(self._name)
        if set(self._records(value, now)) <= set(self._records(self._own, now)):
            return
        self._visitor.put(self._name, self._own)
        yield WatchFinding(
            "PK331",
            f"page {path}",
            "it gives a made-up person somebody else's consent: the cookie of a grant",
            "does a cache keep Set-Cookie with the page? It must keep neither with a choice",
        )

    def _records(self, value: str, now: float) -> tuple[str, ...]:
        cookie = b"%b=%b" % (self._name.encode(), value.encode("latin-1", "replace"))
        return self._choices.records(cookie, now) if value else ()


def end_grants(
    context: OperatorContext, grants: Sequence[OwnGrant], began: float, left: dict[str, str]
) -> list[WatchFinding]:
    """
    Erase the records of *grants* that made-up people gave since *began*.

    Args:
        context: The operator's stores.
        grants: What the answers to their choices named.
        began: Unix seconds.
        left: Told where a hold on our consents keeps them.

    Returns:
        A finding for each record that is not what a made-up person gives: it stays as it is.

    Raises:
        StoreError: The database failed; nothing has changed.
    """
    found: list[WatchFinding] = []
    ours: list[str] = []
    for grant in grants:
        record = context.consents.get(grant.record)
        if record is None:
            continue
        if _is_theirs(record, grant, began):
            ours.append(grant.record)
        else:
            found.append(_NOT_THEIRS)
    if ours and held_whole(context, CONSENTS):
        left[CONSENT_RECORDS] = "a hold keeps them"
    else:
        end_records(context.engine, audit_keys(context.keys), ours, context.clock())
    return found


def _is_theirs(record: ConsentRecord, grant: OwnGrant, began: float) -> bool:
    """Tell whether *record* was given since *began*, on our page, where they were."""
    placed = grant.place in {UNKNOWN, record.place}
    return record.given_at >= began and record.interface == _PAGE and placed


_NOT_THEIRS = WatchFinding(
    "PK331",
    CONSENT_RECORDS,
    "the answer to a made-up person's choice names a consent that is not theirs; it stays",
    "does something in front answer for the site, or is a clock wrong?",
)
