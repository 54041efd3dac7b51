"""What nobody stated has an id and a key; what may not be published is refused."""

from __future__ import annotations

from datetime import date

import pytest

from tests.documents.samples import CONSENTED, MAP, SOLD, by_law, model, said

FOREIGN = MAP.replace(
    'goods = "user.behavior.purchase_history"',
    'goods = { category = "user.behavior", origin = "third_party" }',
)


def ids(text=CONSENTED, datamap=MAP, **more):
    """Return id and key of each problem."""
    return [(it.id, it.key) for it in model(text, datamap, **more).problems]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ('name = "Shop GmbH"\n', "", ("PK335", "controller.name")),
        ('contact = "privacy@shop.example"\n', "", ("PK335", "controller.contact")),
        ('officer = "dpo@shop.example"\n', "", ("PK335", "notice.officer")),
        (
            'must_give = "No. Without an address we cannot deliver."\n',
            "",
            ("PK335", "notice.must_give"),
        ),
        ('automated_decisions = "none"\n', "", ("PK335", "notice.automated_decisions")),
        ('effective = "2026-12-01"\n', "", ("PK335", "notice.effective")),
        ('label = "Statistics"\n', "", ("PK336", "purposes.analytics")),
        (
            'description = "We send news that you asked for."\n',
            "",
            ("PK336", "notice.purposes.newsletter"),
        ),
        (
            '[notice.recipients.mirror]\nname = "Mirror SARL"\ncountry = "FR"\n',
            "",
            ("PK337", "notice.recipients.mirror"),
        ),
        ('country = "FR"\n', "", ("PK338", "notice.recipients.mirror")),
        ('safeguard = "adequacy decision 2013/65/EU"\n', "", ("PK339", "notice.recipients.stats")),
        (
            '[notice.purposes.necessary]\nbasis = "contract"\n',
            "",
            ("PK340", "notice.purposes.necessary.interest"),
        ),
        (
            'description = "We deliver what you order."\nbasis = "contract"\n',
            'description = "We deliver."\n',
            ("PK340", "notice.purposes.orders.basis"),
        ),
        ('[notice.persons]\nshop = ["customers"]\n', "", ("PK341", "notice.persons.shop")),
        ('[notice.cookies.session]\nlife = "session"\n', "", ("PK348", "notice.cookies.session")),
        ('kept = "until you end it"\n', "", ("PK348", "collections.shop.customers")),
        (
            "[notice]\n",
            "[notice.recipients.nobody]\nname = 'No'\n[notice]\n",
            ("PK346", "notice.recipients.nobody"),
        ),
        (
            "[notice]\n",
            "[notice.purposes.nothing]\n[notice]\n",
            ("PK346", "notice.purposes.nothing"),
        ),
        (
            "[notice.persons]\n",
            '[notice.persons]\nelse = ["x"]\n',
            ("PK346", "notice.persons.else"),
        ),
        (
            "[notice.recipients.mirror]\n",
            '[notice.recipients.mirror]\nrole = "processor"\n',
            ("PK471", "notice.recipients.mirror.role"),
        ),
    ],
)
def test_what_is_not_stated_is_named(before, after, expected):
    """A key a person can fill in, and nothing else is wrong."""
    assert before in CONSENTED
    assert ids(CONSENTED.replace(before, after, 1)) == [expected]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ('country = "AT"\n', "", ("PK338", "notice.recipients.printer")),
        ('country = "AT"\n', 'country = "US"\n', ("PK339", "notice.recipients.printer")),
        ('purposes = ["orders"]\n', "", ("PK336", "collections.shop.orders")),
    ],
)
def test_what_the_data_map_leaves_open_is_named(before, after, expected):
    """Recipients, countries and purposes may stand there."""
    assert expected in ids(datamap=MAP.replace(before, after, 1))


NAMED = CONSENTED.replace(
    'label = "Statistics"\n', 'label = "Statistics"\nrecipients = ["Ads Ltd"]\n'
)


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        (
            "",
            [("PK338", "notice.recipients"), ("PK470", "notice.recipients")],
        ),
        (
            'role = "third_party"\ncountry = "US"\n',
            [("PK339", "notice.recipients.ads")],
        ),
        ('role = "processor"\ncountry = "FR"\n', []),
    ],
)
def test_whom_only_a_purpose_names_is_a_recipient(stated, expected):
    """As what, and where, is stated as of any other; until then nothing is said that may be wrong."""
    text = NAMED + f'[notice.recipients.ads]\nname = "Ads Ltd"\n{stated}' if stated else NAMED
    assert ids(text) == expected
    told = said(model(text, MAP))
    assert [line for key, line in told.items() if key.startswith("recipient.") and "Ads" in line]


def test_nothing_is_sent_abroad_only_where_every_country_is_known():
    """Else the sentence would be a guess."""
    alone = CONSENTED.replace('country = "NZ"\n', 'country = "DE"\n')
    assert "transfers.none" in said(model(alone, MAP))
    assert "transfers.none" not in said(model(alone.replace('country = "FR"\n', ""), MAP))


def test_data_of_third_parties_has_a_stated_source():
    """GDPR Art. 14(2)(f): it is not in any file of ours."""
    assert ids(datamap=FOREIGN) == [("PK335", "notice.origins.shop")]
    text = CONSENTED.replace(
        "[notice.persons]", '[notice.origins]\nshop = "a broker"\n[notice.persons]'
    )
    assert ids(text, FOREIGN) == []
    assert said(model(text, FOREIGN))["origin.map-shop-orders"] == (
        "Orders: we also have data from a broker"
    )


def test_a_controller_from_outside_says_whether_it_is_represented():
    """GDPR Art. 27; who is inside need not say."""
    outside = by_law(SOLD, "gdpr")
    assert ("PK335", "notice.representative") in ids(outside, "")
    named = outside.replace("[notice]\n", '[notice]\nrepresentative = "none"\n')
    assert ("PK335", "notice.representative") not in ids(named, "")


def test_a_region_of_ones_own_decides_what_is_outside():
    """A group that counts New Zealand as at home needs no safeguard there."""
    text = CONSENTED.replace('safeguard = "adequacy decision 2013/65/EU"\n', "")
    own = text.replace("[notice]\n", '[notice]\nregion = ["NZ", "FR", "DE", "AT"]\n')
    assert ids(own) == []


def test_a_californian_notice_is_read_again_within_a_year():
    """Civ. Code 1798.130(a)(5)."""
    assert ids(SOLD, "", on=date(2027, 12, 1)) == []
    assert ids(SOLD, "", on=date(2027, 12, 3)) == [("PK349", "notice.effective")]


@pytest.mark.parametrize(
    "text",
    [
        "We are fully compliant.",
        "We guarantee it.",
        "The data is anonymous.",
        "See https://intranet/x.",
        "See http://10.0.0.9/x.",
        "See https://me:pw@shop.example/x.",
        "It is at 192.168.3.4.",
    ],
)
def test_a_text_that_may_not_be_published_is_refused(text):
    """Too much is claimed, or an inner host or a login is told; the text itself is not quoted."""
    changed = CONSENTED.replace("We deliver what you order.", text)
    (problem,) = model(changed, MAP).problems
    assert (problem.id, text in str(problem)) == ("PK347", False)


def test_no_problem_quotes_a_value():
    """Whatever stands in the file."""
    text = CONSENTED.replace("officer", "x_officer", 0).replace(
        'name = "Matomo Cloud"', 'name = "Zz"'
    )
    told = " ".join(map(str, model(text.replace('country = "NZ"', ""), MAP).problems))
    assert told
    assert not any(value in told for value in ("s3cret", "t0ken", "10.1.2.3", "db.internal", "Zz"))
