"""Rights and periods out of policies: each right its own, where the law has one."""

from datetime import date

import pytest

from privacykit.govern.requests.deadlines import Term, Unit
from privacykit.govern.requests.rights import deadline_rules
from privacykit.govern.words import RequestType
from privacykit.policy.audience import Audience
from privacykit.policy.merge import resolve
from privacykit.policy.parse import parse_policy
from privacykit.settings.policies import shipped_policies

SURE = 'citation = "A"\nconfidence = "verified"\n'


def days(n):
    """Calendar days."""
    return Term(n, Unit.CALENDAR_DAYS)


def term(path, n, more=""):
    """A period in a policy file."""
    return f'\n[{path}]\n{more}n = {n}\nunit = "calendar_days"\n{SURE}'


def for_deletion(path, n):
    """A period for deletion only."""
    return f'\n[[{path}.by_right]]\nrights = ["delete"]\nn = {n}\nunit = "calendar_days"\n{SURE}'


POLICY = resolve(
    parse_policy(
        'id = "XA"\nname = "X"\nkind = "country"\n'
        + term("deadlines.response", 10)
        + for_deletion("deadlines.response", 20)
        + term("deadlines.extension", 5)
        + for_deletion("deadlines.extension", 15)
        + term("deadlines.withdrawal", 3)
        + term("deadlines.complaint_acknowledge", 30, 'from = "complaint_receipt"\n'),
        "x",
    ).policy,
    date(2026, 11, 28),
)


@pytest.mark.parametrize(
    ("wanted", "respond", "extension"),
    [
        (RequestType.ACCESS, days(10), days(5)),
        (RequestType.ERASURE, days(20), days(15)),
        (RequestType.CONSENT_WITHDRAWAL, days(3), None),
    ],
)
def test_a_right_has_its_own_period_and_extension(wanted, respond, extension):
    """Others have the one for every right."""
    (rule,) = deadline_rules([POLICY], wanted)
    assert (rule.respond, rule.extension, rule.acknowledge) == (respond, extension, None)


def test_kenya_corrects_in_fourteen_days_and_hands_over_in_thirty():
    """Out of our own file."""
    law = shipped_policies().applicable("KE", on=date(2026, 11, 28), audience=Audience())
    asked = (RequestType.ACCESS, RequestType.RECTIFICATION, RequestType.PORTABILITY)
    found = [rule.respond for wanted in asked for rule in deadline_rules(law, wanted)]
    assert found == [days(7), days(14), days(30)]


def test_a_complaint_is_no_request():
    """What acknowledges a complaint in Britain does not acknowledge a request for access."""
    law = shipped_policies().applicable("GB", on=date(2026, 11, 28), audience=Audience())
    (rule,) = deadline_rules(law, RequestType.ACCESS)
    assert rule.acknowledge is None
