"""Tests of the strings for advertisers: they say what was decided, and never something looser."""

from __future__ import annotations

import gzip
import json
from importlib.resources import files
from types import SimpleNamespace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacykit.collect.privacy import NO_PRIVACY
from privacykit.collect.site import Purpose
from privacykit.decide.decision import Decision
from privacykit.errors import ConfigurationError
from privacykit.policy.audience import Audience
from privacykit.policy.verdict import Verdict
from privacykit.runtime.pages import tags_of
from privacykit.settings.load import parse
from privacykit.signals.choice.mask import GPC, REFUSED
from privacykit.signals.gpp.layouts import BY_NAME, LAYOUTS
from privacykit.signals.gpp.opt_outs import opt_outs
from privacykit.signals.gpp.string import decode_gpp
from privacykit.signals.us_privacy import decode_us_privacy
from privacykit.testing.layout import CONFIG
from privacykit.web.preferences.http import PageRequest
from privacykit.web.tags.routes import tag_routes
from privacykit.web.tags.strings import asked_of, gpp_of, section_of, us_privacy_of, us_section

USES = ("sale", "targeted_ads", "sensitive_data", "analytics_storage", "strictly_necessary")
PLACES = ["US-CA", "US-MD", "US-NY", "US-UT", "US", "ZZ", "DE", "CA"]


def privacy(allowed, mask=0, *, uses=USES, child=False):
    """Return a decision about a site with a purpose of each of *uses*."""
    purposes = tuple(Purpose(use, (use,)) for use in uses)
    decisions = {
        use: Decision(Verdict.ALLOW if use in allowed else Verdict.NEEDS_CONSENT, (), ())
        for use in uses
    }
    site = SimpleNamespace(purposes=purposes, audience=Audience(child_directed=child))
    plan = SimpleNamespace(decisions=decisions, mask=mask, place="US-CA")
    return SimpleNamespace(site_day=SimpleNamespace(site=site), plan=plan)


decisions = st.builds(
    privacy,
    st.sets(st.sampled_from(USES)),
    st.sampled_from([0, GPC, REFUSED, GPC | REFUSED]),
    uses=st.lists(st.sampled_from(USES), unique=True).map(tuple),
    child=st.booleans(),
)


@given(decisions, st.booleans(), st.sampled_from(PLACES), st.sampled_from(["state", "national"]))
def test_our_own_decoder_reads_what_was_decided(made, notices, place, scope):
    """Out of each string come the opt-outs that went in."""
    asked = asked_of(made, notices)
    answer = gpp_of(asked, place, scope)
    string = decode_gpp(answer.text)
    if answer.applicable == (-1,):
        assert (string.header.section_ids, answer.sections) == ((), {})
        return
    assert string.header.section_ids == answer.applicable
    section = string.section(answer.applicable[0])
    said = opt_outs(section)
    assert said.sale is (asked.sale == 1)
    assert said.targeted_advertising in {None, asked.advertising == 1}
    assert said.sharing in {None, asked.advertising == 1}
    assert said.gpc in {None, asked.gpc}
    assert said.sensitive in {None, asked.sensitive}
    told = answer.sections[section.layout.name]
    assert section.fields.items() <= told.items()
    assert told[section.layout.version_field] == section.version


@given(decisions, st.sampled_from(USES), st.sampled_from(sorted(BY_NAME)))
def test_a_stricter_decision_is_never_a_looser_string(made, taken, name):
    """What was an opt-out stays one when another purpose is taken away, in every section."""
    layout = BY_NAME[name]
    before = opt_outs(_section(layout, made))
    plan = made.plan
    less = {use: it for use, it in plan.decisions.items() if use != taken}
    if taken in plan.decisions:
        less[taken] = Decision(Verdict.DENY, (), ())
    stricter = SimpleNamespace(
        site_day=made.site_day,
        plan=SimpleNamespace(decisions=less, mask=plan.mask, place=plan.place),
    )
    after = opt_outs(_section(layout, stricter))
    for was, now in zip(
        msgspec.structs.astuple(before), msgspec.structs.astuple(after), strict=True
    ):
        assert now or not was


def _section(layout, made):
    return us_section(layout, asked_of(made, True))


@given(decisions, st.booleans(), st.sampled_from(PLACES))
def test_us_privacy_sells_only_what_is_allowed(made, notices, place):
    """A ``N`` in third place needs a purpose that sells, and leave for all that do."""
    string = decode_us_privacy(str(us_privacy_of(asked_of(made, notices), place)))
    allowed = {use for use, it in made.plan.decisions.items() if it.verdict is Verdict.ALLOW}
    assert string.applies is (place not in {"DE", "CA"})
    if string.opt_out_sale == "N":
        assert "sale" in allowed


def test_nothing_is_consented_to_for_children_or_sensitive_data():
    """Whatever is allowed: a string may not be read as leave for either."""
    made = privacy(USES, child=True)
    for layout in LAYOUTS.values():
        fields = _section(layout, made).fields
        for name in ("SensitiveDataProcessing", "KnownChildSensitiveDataConsents"):
            value = fields.get(name, 1)
            assert set(value if isinstance(value, tuple) else (value,)) == {1}


@pytest.mark.parametrize(
    ("place", "scope", "section"),
    [
        ("US-CA", "state", 8),
        ("US-CA", "national", 7),
        ("US-NY", "state", 7),
        ("US", "state", 7),
        ("ZZ", "state", 7),
        ("DE", "state", None),
        ("CA", "national", None),
    ],
)
def test_each_place_has_its_section(place, scope, section):
    """Of the state where it has one, else of the nation; unknown places may be there."""
    assert section_of(place, scope) == section


def test_a_site_that_sells_nothing_says_so_unless_the_visitor_said_no():
    """Not applicable, and an opt-out as soon as somebody opts out."""
    assert asked_of(privacy((), uses=()), True).sale == 0
    assert asked_of(privacy((), GPC, uses=()), True).sale == 1


def test_no_notice_is_claimed_that_is_not_given():
    """Not given, until the site says that it is."""
    said = gpp_of(asked_of(privacy(USES), False), "US-CA", "state").sections["usca"]
    assert (said["SaleOptOutNotice"], said["SharingOptOutNotice"]) == (2, 2)


TAGS = """
[tags]
gpp = "national"
[tags.google]
ad_storage = ["ads"]
security_storage = ["necessary"]
"""


def test_the_configuration_names_what_stands_behind_a_storage():
    """The four of Google's are always told, denied where nothing is named; others if they are."""
    tags = tags_of(parse(CONFIG + TAGS).tags)
    assert tags.google == {
        "ad_storage": ("ads",),
        "ad_user_data": (),
        "ad_personalization": (),
        "analytics_storage": (),
        "security_storage": ("necessary",),
    }
    assert (tags.wait_ms, tags.microsoft, tags.matomo, tags.strings) == (500, None, {}, True)


@pytest.mark.parametrize(
    ("lines", "id_", "key"),
    [
        ("[tags]\ntcf = true\n", "PK158", "tags.tcf"),
        ("[tags]\ntcf = true\ncmp_id = 31\n", "PK158", "tags.tcf"),
        ('[tags.google]\nad_storage = ["adz"]\n', "PK015", "tags.google.ad_storage"),
        ('[tags.matomo]\ntracking = ["adz"]\n', "PK015", "tags.matomo.tracking"),
        ("[tags]\ncmp_id = 1\n", "PK014", "tags.cmp_id"),
        ('[tags.google]\nads = ["ads"]\n', "PK012", "tags.google.ads"),
    ],
)
def test_what_cannot_be_told_is_an_error(lines, id_, key):
    """Unknown purposes and storages, and a TC string, which is somebody else's to write."""
    with pytest.raises(ConfigurationError) as caught:
        parse(CONFIG + lines)
    assert [(one.id, one.key) for one in caught.value.problems] == [(id_, key)]


def test_a_tc_string_is_refused_for_its_reason():
    """Without a registered consent manager, and with one."""
    for more, words in (("", "registered may"), ("cmp_id = 31\n", "global vendor list")):
        with pytest.raises(ConfigurationError) as caught:
            parse(f"{CONFIG}[tags]\ntcf = true\n{more}")
        assert words in caught.value.problems[0].message


def test_where_we_failed_no_string_is_written(shop):
    """Nor is anything said to be allowed."""
    shop.options = {"tags": tags_of(parse(CONFIG + TAGS).tags)}
    serve = tag_routes(shop.context)["/privacy/strings.json"]["GET"]
    answer = serve(PageRequest("GET", "/privacy/strings.json", "", b"", {}))
    assert (answer.status, json.loads(answer.body)) == (503, {})
    assert dict(answer.headers)[b"cache-control"] == b"private, no-store"
    answer = serve(PageRequest("GET", "/privacy/strings.json", "", b"", {}, privacy=object()))
    assert (answer.status, NO_PRIVACY.decision) == (503, {})


def test_a_site_that_writes_no_strings_has_no_such_route(shop):
    """The script alone, which caches may keep."""
    client = shop.client()
    assert client.get("/privacy/strings.json").status_code == 404
    answer = client.get("/privacy/static/tags.js")
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert '"ads":{"label":"Advertising"' in answer.text


def test_the_script_is_small():
    """So that it may stand first in a page."""
    script = (files("privacykit.web.tags") / "static" / "tags.js").read_bytes()
    assert len(gzip.compress(script)) < 4500
