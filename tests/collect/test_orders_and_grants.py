"""Which grants answer an order to stop, and how long a grant that was taken back stays so."""

from __future__ import annotations

import pytest

from privacykit.collect.facts import ABSENT, shape_of
from privacykit.collect.flow import admit
from privacykit.collect.suppressed import Suppressed
from privacykit.geo.synthetic import address_of
from privacykit.runtime.build import build
from privacykit.settings.load import load
from privacykit.testing.layout import CONFIG, lay_out

MIDNIGHT = 1_991_516_400.0
"""In Berlin, where the site's days end: 9 February 2033, 00:00."""
ORDERED = MIDNIGHT - 3600
RECORD = "r" * 22
KLARO = """
[[banners]]
type = "klaro"
categories = { pixel = ["ads"], matomo = ["profile"] }
"""
FIREFOX = b"Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
FOREIGN = b'klaro={"pixel":true}'


class Site:
    """A site behind a banner, with a clock that is set by hand."""

    def __init__(self, folder) -> None:
        self.now = MIDNIGHT - 300
        path = lay_out(folder, CONFIG + KLARO)
        self.runtime = build(load(path), base=str(path), clock=lambda: self.now).runtime
        self.runtime.days.tick()
        self.jar = self.runtime.site_days["shop"].choices
        [self.person] = self.runtime.subject_references("customer-7")

    def grant(self, *purposes, at) -> bytes:
        """Return our own cookie that grants *purposes*."""
        return self.jar.grant(RECORD, purposes, at).partition(";")[0].encode()

    def begin(self, *cookies: bytes):
        """Let a visitor from Germany ask for a page."""
        headers = {
            b"host": b"shop.example",
            b"x-forwarded-for": address_of("DE", 9).encode(),
            b"cookie": b"; ".join(cookies),
            b"user-agent": FIREFOX,
        }
        shape = shape_of(headers, b"x-forwarded-for")
        lines = [*headers.items(), ABSENT]
        return admit(lines, shape, ("127.0.0.1", 5000), b"", self.runtime)

    def emitted(self, *cookies: bytes, purpose: str = "ads") -> str:
        """Return why the ordered person's event is not collected; empty where it is."""
        self.runtime.suppressed = Suppressed([(self.person, "", ORDERED)])
        privacy = self.begin(*cookies)
        privacy.identify("customer-7")
        return privacy.emit("click", purpose).reason


@pytest.fixture
def site(tmp_path):
    """A site five minutes before its midnight."""
    return Site(tmp_path)


@pytest.mark.parametrize(
    ("granted", "at", "foreign", "expected"),
    [
        (["ads"], 60, [], ""),
        (["ads"], 60, [FOREIGN], ""),
        (["ads"], -60, [], "suppressed"),
        (["ads"], -60, [FOREIGN], "suppressed"),
        (["profile"], 60, [FOREIGN], "suppressed"),
        ([], 60, [FOREIGN], "suppressed"),
    ],
    ids=["ours-later", "both", "ours-before", "both-before", "ours-of-another", "theirs"],
)
def test_only_our_own_grant_of_the_purpose_answers_an_order(site, granted, at, foreign, expected):
    """What a banner's cookie grants is unsigned and of no time that counts."""
    own = [site.grant(*granted, at=ORDERED + at)] if granted else []
    assert site.emitted(*own, *foreign) == expected


def test_our_grant_that_a_banner_refuses_answers_nothing(site):
    """A refusal counts, whoever grants."""
    own = site.grant("ads", at=ORDERED + 60)
    assert site.emitted(own, b'klaro={"pixel":false}') != ""


def test_without_an_order_a_banners_grant_counts(site):
    """Orders aside nothing changes."""
    assert site.begin(FOREIGN).emit("click", "ads").reason == ""


def _to_the_next_day(site):
    site.now = MIDNIGHT + 60


def _reload(site):
    site.runtime.days.rebuild()


@pytest.mark.parametrize("change", [_to_the_next_day, _reload])
def test_a_grant_that_was_taken_back_stays_so_when_the_day_is_made_anew(site, change):
    """A websocket may outlive many days, and shows the cookie of its beginning in all of them."""
    cookie = site.grant("ads", at=site.now - 600)
    before = site.begin(cookie)
    assert before.allows("ads")
    site.runtime.suppressed = Suppressed([(RECORD, "", site.now)])
    replayed = site.begin(cookie)
    assert not replayed.allows("ads")
    change(site)
    assert [one.allows("ads") for one in (before, replayed)] == [False, False]
    assert bool(before.emit("click", "ads").reason)
