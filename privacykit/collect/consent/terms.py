"""
Terms of a consent as receipts tell them: who is responsible, for what, how long, to whom. Pure.

Names and sentences of purposes come from the text that was shown; the rest is as the site has it
when the receipt is made, since a receipt tells its holder what they can count on.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from privacykit.collect.consent.shown import ConsentText
from privacykit.collect.ports import ConsentRecord
from privacykit.collect.site import Role
from privacykit.policy.words import Use

NOT_STATED = "not stated"
"""Stands where a standard wants a word and the operator gave none."""

SENSITIVE = frozenset({Use.SENSITIVE_DATA, Use.SENSITIVE_SALE})


class Issuer(msgspec.Struct, frozen=True):
    """
    Who is responsible, and so issues the receipt (GDPR Art. 13(1)(a), (b), (2)(d)).

    Attributes:
        name: Of the organisation.
        address: Its postal address.
        contact: Where to write about data.
        officer: The data protection officer's contact.
        authority: The supervisory authority that people may complain to.
        establishments: ISO 3166 codes of where it is established.
        url: Where its privacy pages are: choices are changed and withdrawn there.
    """

    name: str = ""
    address: str = ""
    contact: str = ""
    officer: str = ""
    authority: str = ""
    establishments: tuple[str, ...] = ()
    url: str = ""


class ReceiptRecipient(msgspec.Struct, frozen=True):
    """Who else gets data of a purpose, and as what; ``None`` where nobody stated it."""

    name: str
    role: Role | None


class ReceiptPurpose(msgspec.Struct, frozen=True):
    """
    A purpose, as a receipt tells it.

    Attributes:
        id: The site's name for it.
        label: Its name for visitors.
        description: One sentence for visitors.
        uses: The uses of the law it stands for.
        months: How long its events live, calendar months.
        days: Days on top of the months.
        explicit: Whether consent to it is an explicit statement (GDPR Art. 9(2)(a)).
        identifies: Whether visits are told apart beyond a day under it.
        recipients: Who else gets its events.
    """

    id: str
    label: str = ""
    description: str = ""
    uses: tuple[str, ...] = ()
    months: int = 0
    days: int = 0
    explicit: bool = False
    identifies: bool = False
    recipients: tuple[ReceiptRecipient, ...] = ()

    @property
    def duration(self) -> str:
        """How long its events live, as ISO 8601 has it."""
        parts = f"{self.months}M" if self.months else "", f"{self.days}D" if self.days else ""
        return f"P{''.join(parts)}" if any(parts) else NOT_STATED

    @property
    def is_sensitive(self) -> bool:
        """Whether it is about special categories of data."""
        return not SENSITIVE.isdisjoint(self.uses)


class ReceiptTerms(msgspec.Struct, frozen=True):
    """The terms of one site."""

    issuer: Issuer
    purposes: tuple[ReceiptPurpose, ...]

    def told(self, wanted: tuple[str, ...], text: ConsentText | None) -> list[ReceiptPurpose]:
        """
        Return the purposes *wanted*, named as *text* named them.

        One that the site no longer has is told by its id, and nothing is made up about it.
        """
        known = {purpose.id: purpose for purpose in self.purposes}
        shown = {} if text is None else _shown(text)
        return [
            msgspec.structs.replace(known.get(id_, ReceiptPurpose(id_)), **shown.get(id_, {}))
            for id_ in wanted
        ]


class ReceiptFacts(NamedTuple):
    """
    What a receipt is made of.

    Attributes:
        id: Of the receipt: a UUID.
        at: Unix seconds: when it is made.
        record: What it is about.
        text: What was shown; ``None`` where it is not kept.
        terms: The site's terms.
    """

    id: str
    at: float
    record: ConsentRecord
    text: ConsentText | None
    terms: ReceiptTerms

    @property
    def notice_url(self) -> str:
        """
        Where the privacy notice is.

        A notice of ours has the version that was in force behind it (Kantara 1.1.0 wants the
        policy that was in effect), where it is known.
        """
        url, notice = self.terms.issuer.url, self.record.notice
        return f"{url}notice#{notice}" if url and notice else url or NOT_STATED


def instant(at: float) -> str:
    """Return *at*, Unix seconds, as RFC 3339 in UTC, to the second."""
    return f"{datetime.fromtimestamp(int(at), UTC):%Y-%m-%dT%H:%M:%SZ}"


def _shown(text: ConsentText) -> dict[str, dict[str, str]]:
    document: dict[str, Any] = msgspec.json.decode(text.body)
    return {
        purpose["id"]: {
            "label": purpose["label"] or purpose["id"],
            "description": purpose["description"],
        }
        for purpose in document.get("purposes", [])
    }
