"""Count before, know after: the campaign of a visit is known once its visitor consents, not before."""

from __future__ import annotations

import pytest

from privacykit.geo.synthetic import address_of
from privacykit.testing.layout import CONFIG
from tests.waiting import eventually

LANDING = "/?utm_source=news&utm_medium=email&utm_campaign=spring&fbclid=x4711"
PROFILED = CONFIG.replace('page = "analytics"', 'page = "profile"')
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


def visit(house, place="FR", path=LANDING):
    """Look at a page that an advertisement leads to."""
    house.get(path, place=place, user_agent=BROWSER)


def choose(house, action="allow", place="FR", query="", **more):
    """Send the form of that page."""
    headers = {
        "x-forwarded-for": address_of(place, 9),
        "user-agent": BROWSER,
        "origin": "http://testserver",
        "sec-fetch-site": "same-origin",
        **more.pop("headers", {}),
    }
    answer = house.client.post(
        f"/privacy/choice{query}",
        data={"action": action, **more},
        headers=headers,
        follow_redirects=False,
    )
    assert answer.status_code == 303


def told(house, count):
    """Return name, campaign, source of consent and visitor of each event, in order."""
    assert eventually(lambda: len(house.events) == count)
    found = sorted(house.events, key=lambda event: event["id"])
    return [
        (
            event["data"]["name"],
            event["data"].get("campaign", {}).get("name"),
            event["data"]["consent"]["source"],
            event["data"]["visitor"],
        )
        for event in found
    ]


@pytest.mark.parametrize("config", [CONFIG, PROFILED], ids=["day", "consented"])
def test_the_campaign_joins_the_visit_that_was_counted_before(open_house, config):
    """Counted without it; with the consent it is read from the page, under the same visitor."""
    house = open_house(config)
    visit(house)
    choose(house, next=LANDING)
    page, campaign = told(house, 2)
    assert page[:3] == ("page", None, "law")
    assert campaign[:3] == ("campaign", "spring", "consent")
    assert campaign[3] == page[3] is not None


@pytest.mark.parametrize("query", ["", "?lang=fr"])
def test_the_page_may_be_told_by_the_referrer(open_house, query):
    """As a script sends a form that leads nowhere, in whichever language."""
    house = open_house()
    visit(house)
    choose(house, query=query, headers={"referer": f"http://testserver{LANDING}"})
    assert told(house, 2)[1][:2] == ("campaign", "spring")


@pytest.mark.parametrize(
    ("place", "more"),
    [
        ("FR", {"next": "/"}),
        ("FR", {"next": "/?colour=red"}),
        ("FR", {}),
        ("FR", {"headers": {"referer": f"http://elsewhere.example{LANDING}"}}),
        ("FR", {"next": f"https://elsewhere.example{LANDING}"}),
        ("DE", {"next": LANDING}),
    ],
    ids=["none", "other", "unsaid", "foreign referrer", "foreign page", "known"],
)
def test_nothing_is_told_that_may_not_be_or_is_known(open_house, place, more):
    """Without consent, without a campaign, of another site, or where the page event told it."""
    house = open_house()
    visit(house, place)
    choose(house, place=place, **more)
    visit(house, place, "/")
    assert [name for name, *_ in told(house, 2)] == ["page", "page"]


def test_a_refusal_tells_nothing(open_house):
    """And nothing is counted after it."""
    house = open_house()
    visit(house)
    told(house, 1)
    choose(house, "refuse", next=LANDING)
    visit(house)
    assert house.count("withheld", "refused") == 1
    assert [event["data"]["name"] for event in house.events] in ([], ["page"])


def test_after_a_consent_a_page_tells_its_campaign_itself(open_house):
    """What the law lets only measurement without consent go without."""
    house = open_house()
    choose(house)
    visit(house)
    assert told(house, 1)[0][:3] == ("page", "spring", "consent")


def test_before_a_consent_nothing_of_it_is_kept_anywhere(open_house):
    """Neither in a file nor in the memory of the site's day."""
    house = open_house()
    visit(house)
    told(house, 1)
    files = b"".join(path.read_bytes() for path in house.folder.rglob("*") if path.is_file())
    assert b"spring" not in files


def test_a_failure_of_ours_does_not_stop_the_choice(open_house, monkeypatch):
    """It is counted, and the answer goes out."""
    house = open_house()
    monkeypatch.setattr("privacykit.web.tags.campaign.campaign_event", lambda *_: 1 / 0)
    choose(house, next=LANDING)
    assert house.count("error", "know_after") == 1
