"""Every document names the authority that is stated, and no other beside it."""

from __future__ import annotations

import pytest

from privacykit.documents.facts.laws import EEA, authority_of, has_stated_authority
from privacykit.settings.load import parse
from privacykit.settings.policies import shipped_policies
from tests.cli.conftest import CONFIG
from tests.cli.incident.conftest import STATED
from tests.cli.incident.test_incident_commands import SATURDAY, _opened

LAND = "Commissioner of the Land of Berlin"
FEDERAL = ("BfDI", "EDPB", "CNIL")


@pytest.fixture
def of_berlin(stated, tmp_path):
    """The shop's commands, where the authority of its Land is stated."""
    told = STATED.replace("officer =", f'authority = "{LAND}"\nofficer =')
    (tmp_path / "privacykit.toml").write_text(CONFIG + told)
    return stated


@pytest.mark.parametrize("places", [(), ("FR",), ("FR", "BR"), ("US-CA",)], ids="-".join)
def test_letters_and_plan_name_the_stated_authority_alone(of_berlin, tmp_path, places):
    """Wherever in the Union people live: it leads (GDPR Art. 56)."""
    given = [part for place in places for part in ("--place", place)]
    incident = _opened(of_berlin, *given)["incident_id"]
    of_berlin("incident", "letters", incident, "--output", str(tmp_path / "l"), at=SATURDAY)
    _, plan, _ = of_berlin("incident", "plan", "--output", str(tmp_path / "l"), at=SATURDAY)
    written = [path.read_text() for path in (tmp_path / "l").iterdir()]
    text = "\n".join([*written, plan])
    assert LAND in text
    assert [name for name in FEDERAL if name in text] == []


def test_the_notice_names_it_alone(of_berlin):
    """In the sentence that says to whom people may complain."""
    _, text, _ = of_berlin("notice", at=SATURDAY)
    assert LAND in text
    assert [name for name in FEDERAL if name in text] == []


@pytest.mark.parametrize(
    ("establishments", "expected"),
    [
        (["DE"], {*EEA, "EU"}),
        (["FR", "GB"], {*EEA, "EU"}),
        (["GB"], {"GB"}),
        (["GB", "DE"], {"GB"}),
        (["CH"], {"CH"}),
        (["US-CA"], {*EEA, "EU"}),
        ([], {*EEA, "EU"}),
    ],
    ids=["Germany", "France first", "United Kingdom", "first", "Switzerland", "elsewhere", "none"],
)
def test_it_answers_for_the_laws_of_where_the_operator_is(establishments, expected):
    """And for no others, whose own authority is named."""
    told = f'[controller]\nauthority = "{LAND}"\nestablishments = {establishments}\n'
    settings = parse(told.replace("'", '"') + CONFIG)
    policies = list(shipped_policies())
    assert {p.id for p in policies if has_stated_authority(p.id, settings)} == expected & {
        p.id for p in policies
    }
    for policy in policies:
        assert (authority_of(policy, settings) == LAND) == (policy.id in expected)
