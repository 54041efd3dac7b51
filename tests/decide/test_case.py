"""Cases in writing: what is read, what is refused, what is never quoted."""

import json
from datetime import date

import msgspec
import pytest

from privacykit.decide.case import Case, CaseError, answer, refuse
from privacykit.decide.reason import Consent
from privacykit.settings.policies import shipped_policies

TODAY = date(2026, 11, 21)


def ask(**case):
    """Answer a case as ``explain --batch`` does, as plain data."""
    told = answer(Case.parse(json.dumps(case)), shipped_policies(), today=TODAY)
    return msgspec.to_builtins(told)


def test_an_answer_has_the_published_form():
    """Id, verdict, reasons with five keys, policies with hash."""
    told = ask(id=7, country="DE", purpose="analytics_storage", date="2026-11-21")
    assert told["id"] == 7
    assert told["verdict"] == "needs_consent"
    assert set(told["reasons"][0]) == {
        "code",
        "jurisdiction",
        "clause",
        "citation",
        "confidence",
    }
    assert [label.partition("@")[0] for label in told["policies"]] == ["DE"]


def test_use_is_an_alias_of_purpose():
    """Both words name the use."""
    assert ask(country="DE", use="sale") == ask(country="DE", purpose="sale")


def test_every_signal_is_read():
    """Each of the format's signals reaches the engine."""
    case = Case.parse(
        {
            "purpose": "sale",
            "signals": {
                "gpc": True,
                "dnt": "1",
                "consent": "granted_explicit",
                "opted_out": 1,
                "age": 15.9,
                "consent_after_gpc": True,
                "parental_consent": True,
                "signed_authorization": True,
                "months_since_refusal": 3,
                "months_since_consent": 4,
            },
        }
    )
    signals = case.signals
    assert signals.consent is Consent.GRANTED_EXPLICIT
    assert (signals.gpc, signals.dnt, signals.opted_out, signals.age) == (True, True, True, 15)
    assert signals.consent_after_gpc
    assert signals.parental_consent
    assert signals.signed_authorization
    assert (signals.months_since_refusal, signals.months_since_consent) == (3, 4)


def test_the_audience_is_read():
    """Establishments may stand beside or inside the audience."""
    case = Case.parse(
        {
            "purpose": "sale",
            "establishments": ["DE"],
            "audience": {
                "establishments": ["FR"],
                "child_directed": True,
                "online_platform": True,
                "data_types": ["health"],
                "thresholds_met": False,
                "residence": "US-CA",
            },
        }
    )
    assert case.audience.establishments == ("DE", "FR")
    assert case.audience.child_directed
    assert case.audience.online_platform
    assert case.audience.data_types == {"health"}
    assert not case.audience.thresholds_met
    assert case.residence == "US-CA"


def test_permissions_need_a_plain_true():
    """Nothing that only looks like yes makes an answer looser."""
    case = Case.parse(
        {
            "purpose": "sale",
            "signals": {"parental_consent": 1, "consent_after_gpc": "true"},
            "audience": {"thresholds_met": 0},
        }
    )
    assert not case.signals.parental_consent
    assert not case.signals.consent_after_gpc
    assert case.audience.thresholds_met


def test_nulls_are_absent():
    """What is null is unknown."""
    case = Case.parse(
        {
            "purpose": "sale",
            "country": None,
            "date": None,
            "audience": None,
            "signals": {"consent": None, "age": None},
            "properties": None,
            "establishments": None,
            "gpc_scope": None,
        }
    )
    assert case.place == "ZZ"
    assert case.on is None


def test_a_case_without_date_is_answered_for_today():
    """The date is then whoever answers' own."""
    assert ask(country="CL", purpose="sale") == ask(
        country="CL", purpose="sale", date="2026-11-21T23:59:59Z"
    )


def test_tables_from_toml_may_hold_dates():
    """TOML knows dates; they are taken as they are."""
    assert Case.parse({"purpose": "sale", "date": TODAY}).on == TODAY


@pytest.mark.parametrize(
    ("case", "key"),
    [
        ("{", "the JSON"),
        ("[]", "the JSON"),
        (b"\xff", "the JSON"),
        ({}, "purpose"),
        ({"purpose": 1}, "purpose"),
        ({"purpose": "sale", "date": "2026-02-30"}, "date"),
        ({"purpose": "sale", "date": 5}, "date"),
        ({"purpose": "sale", "signals": []}, "signals"),
        ({"purpose": "sale", "signals": {"consent": "maybe"}}, "signals.consent"),
        ({"purpose": "sale", "signals": {"age": "12"}}, "signals.age"),
        ({"purpose": "sale", "signals": {"age": True}}, "signals.age"),
        ({"purpose": "sale", "signals": {"age": -1}}, "signals.age"),
        ({"purpose": "sale", "establishments": "DE"}, "establishments"),
        ({"purpose": "sale", "establishments": [1]}, "establishments"),
        ({"purpose": "sale", "gpc_scope": "sometimes"}, "gpc_scope"),
    ],
)
def test_what_cannot_be_read_is_named(case, key):
    """The key is named, the value is not."""
    with pytest.raises(CaseError) as caught:
        Case.parse(case)
    assert caught.value.key == key


def test_an_unreadable_case_is_refused_under_its_id():
    """The answer keeps its place in the file, and is no."""
    with pytest.raises(CaseError) as caught:
        Case.parse({"id": "x", "purpose": "sale", "date": "soon"})
    told = msgspec.to_builtins(refuse(caught.value))
    assert (told["id"], told["verdict"], told["reasons"][0]["code"]) == (
        "x",
        "deny",
        "invalid_case",
    )


def test_conditions_may_be_stated_in_words():
    """As our notes and the laws word them; the property itself wins."""
    four = {
        "no storage or access on device": True,
        "IP truncated or dropped at ingress": True,
        "identifier not persistent beyond 24h": True,
        "no_cross_site_use": True,
    }
    question = {"country": "DE", "purpose": "analytics_no_storage"}
    assert ask(**question, properties=four)["verdict"] == "allow"
    assert ask(**question, properties=four | {"identifier_hours": 48})["verdict"] != "allow"
    assert ask(**question, properties=four | {"no_cross_site_use": False})["verdict"] != "allow"


def test_unknown_keys_and_properties_are_ignored():
    """Whoever writes more than we read gets the same answer."""
    plain = ask(country="DE", purpose="sale")
    assert ask(country="DE", purpose="sale", weather="fine", properties={"colour": 1}) == plain


LAXER = {
    "child_directed": ("audience", True),
    "data_types": ("audience", ["health"]),
    "online_platform": ("audience", True),
    "gpc": ("signals", True),
    "opted_out": ("signals", True),
    "consent": ("signals", "denied"),
    "age": ("signals", 12),
}


@pytest.mark.parametrize("name", LAXER)
@pytest.mark.parametrize("wrong", ["", "audience", "signals", "properties"])
def test_a_member_in_the_wrong_table_is_an_error(name, wrong):
    """Who is not read is not obeyed: no laxer answer, but the name of where it belongs."""
    home, value = LAXER[name]
    if wrong == home:
        return
    case = {"purpose": "sale", "country": "DE"}
    case |= {wrong: {name: value}} if wrong else {name: value}
    with pytest.raises(CaseError, match=f"it belongs in {home}") as caught:
        Case.parse(case)
    assert caught.value.key == (f"{wrong}.{name}" if wrong else name)


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ({"signals": {"gcp": True}}, "signals.gcp of the case: did you mean gpc?"),
        ({"audience": {"child_direct": 1}}, "did you mean child_directed?"),
        ({"audience": {"hovercraft": 1}}, "there is no such member: remove it"),
        ({"signals": {"a\nb": 1}}, "signals.… of the case: there is no such member"),
        ({"signal": {"gpc": True}}, "signal of the case: did you mean signals?"),
        ({"propertiez": {"first_party": False}}, "did you mean properties?"),
        ({"signals": {"country": "DE"}}, "it belongs beside signals"),
        ({"properties": {"establishments": ["DE"]}}, "it belongs beside properties"),
        ({"properties": {"signals": {}}}, "it belongs beside properties"),
    ],
)
def test_a_member_nobody_knows_is_an_error(case, message):
    """A slip of the pen gives no laxer answer either."""
    with pytest.raises(CaseError, match=message):
        Case.parse({"purpose": "sale", **case})


def test_words_of_the_asker_may_stand_beside_the_question():
    """What they expect, where they found it; and properties have any name."""
    table = {"purpose": "sale", "expect": "deny", "note": "x", "properties": {"hovercraft": True}}
    assert Case.parse(table).properties == {"hovercraft": True}


def test_the_refusal_of_a_case_says_what_to_do():
    """A batch is read by people, too."""
    with pytest.raises(CaseError) as caught:
        Case.parse({"purpose": "sale", "properties": {"child_directed": True}})
    (reason,) = msgspec.to_builtins(refuse(caught.value))["reasons"]
    assert (reason["clause"], reason["citation"]) == (
        "properties.child_directed",
        "the case format: it belongs in audience",
    )
