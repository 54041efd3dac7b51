"""A site with pages, a consent store in memory, and a client that speaks for a browser."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

import pytest
from starlette.testclient import TestClient

from privacykit.collect.decision import Decision, Reason
from privacykit.errors import StoreError
from privacykit.policy.verdict import Verdict
from privacykit.signals.choice import ChoiceCookies
from privacykit.web.context import PurposeText, RoutesContext, Shown
from privacykit.web.routes import build_routes

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp()


REASON = Reason("consent_needed", "DE", "analytics_storage", "TDDDG § 25(1)", "verified")


def decided(verdict, *reasons):
    """Return a decision with one reason, or those given."""
    return Decision(verdict, reasons or (REASON,), ("DE@0123456789ab",))


class FakeConsents:
    """A consent store in memory that can be broken."""

    def __init__(self):
        self.records, self.withdrawn, self.stops, self.broken = {}, {}, [], False

    def _work(self):
        if self.broken:
            raise StoreError("the disk is full")

    def add(self, consent):
        """Keep *consent*."""
        self._work()
        self.records[consent.record] = consent

    def get(self, record):
        """Return the consent *record*."""
        return self.records.get(record)

    def withdraw(self, record, at):
        """Withdraw *record*."""
        self._work()
        self.withdrawn[record] = at
        return record in self.records

    def stop(self, kind, key, *, at, until, purposes=()):
        """Keep the order."""
        self._work()
        self.stops.append((kind, key, at, until, tuple(purposes)))

    def stopped(self, envelopes):
        """Return nothing: nobody delivers here."""
        return {e.id for e in envelopes if e.record in self.withdrawn}


@dataclass
class Shop:
    """
    One site of three purposes, and what its visitors did.

    Attributes:
        shown: What the next requests are told; change it to move or to send GPC.
    """

    consents: FakeConsents = field(default_factory=FakeConsents)
    now: float = NOW
    made: int = 0
    shown: Shown = field(
        default_factory=lambda: Shown(
            "DE",
            {
                "security": decided(Verdict.ALLOW),
                "analytics": decided(Verdict.ALLOW),
                "ads": decided(Verdict.NEEDS_CONSENT),
                "chat": decided(Verdict.NEEDS_CONSENT),
            },
            grantable=frozenset({"analytics", "ads", "chat"}),
        )
    )
    options: dict = field(default_factory=dict)

    def record(self):
        """Return the next record id."""
        self.made += 1
        return f"record-{self.made:015d}"

    @property
    def context(self):
        """The site as its routes are told about it."""
        purposes = (
            PurposeText("security", "Security", "Keeps accounts safe.", necessary=True),
            PurposeText("analytics", "Visitor statistics", "Counts visits without cookies."),
            PurposeText("ads", "Advertising", "Shows what may interest you."),
            PurposeText("chat", ""),
        )
        defaults = {
            "site": "shop",
            "cookies": ChoiceCookies(
                site="shop", purposes=[p.id for p in purposes], sign_keys=[b"k" * 32]
            ),
            "purposes": purposes,
            "consents": self.consents,
            "show": lambda _scope: self.shown,
            "clock": lambda: self.now,
            "new_record": self.record,
            "gpc_last_update": date(2026, 11, 21),
            "controller": "Shop Ltd",
            "contact": "privacy@shop.example",
        }
        return RoutesContext(**{**defaults, **self.options})

    def client(self, **options):
        """Return a browser at the site."""
        return TestClient(
            build_routes(self.context),
            base_url="https://shop.example",
            follow_redirects=False,
            **options,
        )

    def choice(self, client):
        """Return what the browser's cookies mean."""
        header = "; ".join(f"{c.name}={c.value}" for c in client.cookies.jar).encode()
        return self.context.cookies.read(header, self.now)

    def show(self, **changes):
        """Change what the next requests are told."""
        self.shown = replace(self.shown, **changes)


OWN_PAGE = {"origin": "https://shop.example", "sec-fetch-site": "same-origin"}


@pytest.fixture
def shop():
    """One site with an empty consent store."""
    return Shop()


@pytest.fixture
def own_page():
    """The headers of a form sent by the site's own page."""
    return dict(OWN_PAGE)
