"""A site with pages, a consent store in memory, and a client that speaks for a browser."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import pytest
from msgspec.structs import replace
from starlette.testclient import TestClient

from privacykit.collect.consent.standing import Standing
from privacykit.collect.site import Purpose, refused_purposes
from privacykit.decide.decision import Decision, Reason
from privacykit.errors import StoreError, UnprovenError
from privacykit.policy.verdict import Verdict
from privacykit.signals.choice.cookies import ChoiceCookies
from privacykit.signals.choice.mask import granted
from privacykit.web.asgi import serve_page
from privacykit.web.preferences.context import RoutesContext
from privacykit.web.preferences.routes import pages_of
from privacykit.web.preferences.state import CurrentState

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp()


REFUSAL = Reason("refused", "DE", "analytics_storage", "TDDDG § 25(1)", "verified")
REASON = Reason("consent_needed", "DE", "analytics_storage", "TDDDG § 25(1)", "verified")


def decided(verdict, *reasons):
    """Return a decision with one reason, or those given."""
    return Decision(verdict, reasons or (REASON,), ("DE@0123456789ab",))


def purpose(id_, label, description="", use="targeted_ads"):
    """Return a purpose as visitors read about it."""
    return Purpose(id_, (use,), label=label, description=description)


def changeable(*ids, **more):
    """Return standings in which a choice changes the purposes *ids*, and those in *more*."""
    return {**{id_: Standing(noticed=True, unnoticed=True) for id_ in ids}, **more}


def serving(context):
    """Return an ASGI application that serves the pages of one site and nothing else."""
    pages = pages_of(context)

    async def app(scope, receive, send):
        await serve_page(pages, scope, receive, send)

    return app


class FakeConsents:
    """A consent store in memory that can be broken."""

    def __init__(self):
        self.records, self.withdrawn, self.stops, self.broken = {}, {}, [], False
        self.refusals, self.texts = [], {}
        self.changes, self.unproven = 0, False

    def _work(self):
        if self.broken:
            raise StoreError("the disk is full")

    @contextmanager
    def together(self):
        """Do what one choice changes."""
        self.changes += 1
        yield self
        if self.unproven:
            self.refusals.clear()
            raise UnprovenError("PK258 the head is not as we left it")

    def add(self, consent, text=None):
        """Keep *consent*: a grant by its record, a refusal by itself."""
        self._work()
        if text is not None:
            self.texts[text.hash] = text
        if consent.purposes:
            self.records[consent.record] = consent
        else:
            self.refusals.append(consent)

    def get(self, record):
        """Return the consent *record*."""
        return self.records.get(record)

    def text(self, hash_):
        """Return the text of *hash_*."""
        return self.texts.get(hash_)

    def withdraw(self, record, at, _interface=""):
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
    shown: CurrentState = field(
        default_factory=lambda: CurrentState(
            "DE",
            {
                "security": decided(Verdict.ALLOW),
                "analytics": decided(Verdict.ALLOW),
                "ads": decided(Verdict.NEEDS_CONSENT),
                "chat": decided(Verdict.NEEDS_CONSENT),
            },
            standings=changeable("analytics", "ads", "chat"),
        )
    )
    options: dict = field(default_factory=dict)

    def record(self):
        """Return the next record id."""
        self.made += 1
        return f"record-{self.made:015d}"

    def decided(self, request):
        """Return what is shown, with what the request says of it heeded, as every law has it."""
        context, decisions = self.context, dict(self.shown.decisions)
        mask = context.cookies.read(request.cookie, self.now).mask
        for id_ in refused_purposes(context.purposes, mask):
            decisions[id_] = decided(Verdict.DENY, REFUSAL)
        for index, known in enumerate(context.purposes):
            shown = decisions.get(known.id)
            if shown and granted(mask, index) and shown.verdict is Verdict.NEEDS_CONSENT:
                decisions[known.id] = decided(Verdict.ALLOW)
        return replace(self.shown, decisions=decisions)

    @property
    def context(self):
        """The site as its routes are told about it."""
        purposes = (
            purpose("security", "Security", "Keeps accounts safe.", use="strictly_necessary"),
            purpose("analytics", "Visitor statistics", "Counts visits without cookies."),
            purpose("ads", "Advertising", "Shows what may interest you."),
            purpose("chat", ""),
        )
        defaults = {
            "site": "shop",
            "cookies": ChoiceCookies(
                site="shop", purposes=[p.id for p in purposes], sign_keys=[b"k" * 32]
            ),
            "purposes": purposes,
            "consents": self.consents,
            "clock": lambda: self.now,
            "new_record": self.record,
            "gpc_last_update": date(2026, 11, 21),
            "controller": "Shop Ltd",
            "contact": "privacy@shop.example",
            "decided": self.decided,
        }
        return RoutesContext(**{**defaults, **self.options})

    def client(self, **options):
        """Return a browser at the site."""
        return TestClient(
            serving(self.context),
            base_url="https://shop.example",
            follow_redirects=False,
            **options,
        )

    def serving(self):
        """Return the pages as an ASGI application."""
        return serving(self.context)

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
