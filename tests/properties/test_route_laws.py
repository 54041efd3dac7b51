"""Laws of the routes: any visitor, any order of forms, a store that fails now and then."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from starlette.testclient import TestClient

from privacykit.collect.site import Purpose
from privacykit.decide.decision import Decision
from privacykit.errors import StoreError
from privacykit.policy.verdict import Verdict
from privacykit.signals.choice.cookies import ChoiceCookies
from privacykit.signals.choice.mask import granted, refused
from privacykit.web.asgi import serve_page
from privacykit.web.preferences.context import RoutesContext
from privacykit.web.preferences.form import safe_path
from privacykit.web.preferences.limits import Rate, WriteLimits
from privacykit.web.preferences.routes import pages_of
from privacykit.web.preferences.state import CurrentState
from tests.web.preferences.conftest import changeable

NAMES = ("security", "analytics", "ads", "chat")
PURPOSES = tuple(
    Purpose(n, ("strictly_necessary" if n == "security" else "sale",), label=n) for n in NAMES
)
OWN = {"origin": "https://shop.example", "sec-fetch-site": "same-origin"}
OTHER = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
NOW = 1_795_262_400.0


class Store:
    """A consent store that knows what stands and can fail."""

    def __init__(self):
        self.standing, self.broken = {}, False

    @contextmanager
    def together(self):
        """Do what one choice changes."""
        yield self

    def add(self, consent, _text=None):
        """Keep *consent*; the record of a refusal is nobody's, so it does not stand."""
        self._work()
        if consent.purposes:
            self.standing[consent.record] = set(consent.purposes)

    def withdraw(self, record, _at, _interface=""):
        """Withdraw *record*."""
        self._work()
        return self.standing.pop(record, None) is not None

    def stop(self, *_args, **_options):
        """Take the order."""
        self._work()

    def _work(self):
        if self.broken:
            raise StoreError("the disk is full")


class Site:
    """A site and one browser."""

    def __init__(self):
        self.store, self.count = Store(), 0
        self.cookies = ChoiceCookies(site="shop", purposes=NAMES, sign_keys=[b"k" * 32])
        self.shown = CurrentState("DE", {})
        context = RoutesContext(
            site="shop",
            cookies=self.cookies,
            purposes=PURPOSES,
            consents=self.store,
            decided=lambda _request: self.shown,
            limits=WriteLimits(Rate(9999, 1), Rate(9999, 1)),
            clock=lambda: NOW,
            new_record=self._record,
            gpc_last_update=date(2026, 11, 21),
        )
        pages = pages_of(context)

        async def app(scope, receive, send):
            await serve_page(pages, scope, receive, send)

        self.browser = TestClient(app, base_url="https://shop.example", follow_redirects=False)

    def _record(self):
        self.count += 1
        return f"record-{self.count:015d}"

    @property
    def header(self):
        """The cookies the browser would send."""
        return "; ".join(f"{c.name}={c.value}" for c in self.browser.cookies.jar).encode()

    @property
    def choice(self):
        """What those cookies mean."""
        return self.cookies.read(self.header, NOW)


class Visitor(RuleBasedStateMachine):
    """A visitor who changes their mind, moves, and meets a broken store."""

    def __init__(self):
        super().__init__()
        self.site = Site()

    @rule(verdicts=st.tuples(*[st.sampled_from(Verdict)] * 4), gpc=st.booleans(), data=st.data())
    def move(self, verdicts, gpc, data):
        """Another place, another law."""
        self.site.shown = CurrentState(
            "DE",
            {n: Decision(v, (), ("p@1",)) for n, v in zip(NAMES, verdicts, strict=True)},
            gpc=gpc,
            gpc_honoured=gpc,
            standings=changeable(*data.draw(st.sets(st.sampled_from(NAMES[1:])))),
            visitors=("visitor",),
        )

    @rule(broken=st.booleans())
    def disturb(self, broken):
        """The disk fills up, or is freed."""
        self.site.store.broken = broken

    @rule(
        action=st.sampled_from(["save", "allow"]),
        ticked=st.sets(st.sampled_from(NAMES)),
        headers=st.sampled_from([OWN, OTHER]),
    )
    def choose(self, action, ticked, headers):
        """Send the form; from elsewhere nothing may be granted by it."""
        before = self.site.choice.record
        form = {"action": action, "purpose": sorted(ticked)}
        answer = self.site.browser.post("/privacy/choice", data=form, headers=headers)
        assert answer.status_code in {303, 403, 503}
        assert headers is OWN or self.site.choice.record in {before, None}

    @rule(
        path=st.sampled_from(["/privacy/opt-out", "/privacy/withdraw", "/privacy/choice"]),
        headers=st.sampled_from([OWN, OTHER, {}]),
    )
    def refuse(self, path, headers):
        """Whoever asks and whatever is broken, afterwards nothing refused is granted."""
        had = [granted(self.site.choice.mask, i) for i in range(4)]
        form = {"action": "refuse"} if path.endswith("choice") else {}
        answer = self.site.browser.post(path, data=form, headers=headers)
        mask = self.site.choice.mask
        assert answer.status_code in {303, 503}
        assert self.site.choice.record is None
        assert all(refused(mask, i) for i in range(1, 4) if had[i] or not path.endswith("withdraw"))

    @invariant()
    def no_cookie_claims_what_the_store_does_not_know(self):
        """A grant in force has a standing record that covers it."""
        choice = self.site.choice
        given_ = {name for i, name in enumerate(NAMES) if granted(choice.mask, i)}
        assert given_ <= self.site.store.standing.get(choice.record, set())

    @invariant()
    def what_stands_in_the_store_can_be_withdrawn(self):
        """No record stands that the browser does not name, so a withdrawal reaches every event."""
        assert set(self.site.store.standing) <= set(
            self.site.cookies.records(self.site.header, NOW)
        )


TestVisitor = Visitor.TestCase
TestVisitor.settings = settings(
    max_examples=40, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
)


@pytest.fixture(scope="module")
def site():
    """One site for all examples."""
    return Site()


@settings(max_examples=100, deadline=None)
@given(
    body=st.one_of(
        st.binary(max_size=200),
        st.lists(
            st.tuples(
                st.sampled_from(["action", "purpose", "next", "gpc_notice", "x"]),
                st.text(max_size=20),
            ),
            max_size=5,
        ),
    )
)
def test_no_form_breaks_the_routes_or_grants(site, body):
    """Whatever is posted, by whomever: a page, and no grant without the site's own page."""
    options = {"content": body} if isinstance(body, bytes) else {"data": dict(body)}
    for path in ("/privacy/choice", "/privacy/opt-out", "/privacy/withdraw"):
        headers = {"content-type": "application/x-www-form-urlencoded", **OTHER}
        answer = site.browser.post(path, headers=headers, **options)
        assert answer.status_code in {303, 400, 403}
        assert site.choice.record is None


@given(st.text(max_size=60))
def test_a_safe_path_stays_on_the_site(path):
    """What passes begins with one slash and holds nothing that browsers read as a host."""
    passed = safe_path(path, "/x")
    assert passed.startswith("/")
    assert not passed.startswith(("//", "/\\"))
    assert passed.isprintable()
