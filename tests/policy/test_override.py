"""Users' policies over ours."""

import pytest

from privacykit.errors import PolicyError
from privacykit.policy.audience import Audience
from privacykit.policy.override import overridden
from privacykit.policy.words import Model
from privacykit.settings.policies import load_policies, shipped_policies

SOURCE = 'citation = "our counsel, 2026"\nconfidence = "verified"\n'


def over(tmp_path, text, name="FR"):
    """Write one file of a user's and load it over ours."""
    (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    return load_policies([tmp_path])


def changed(name, table, extends=None):
    """A file that changes a policy of ours."""
    extends = f'extends = "{extends or name}"\n'
    return f'id = "{name}"\nname = "Ours"\nkind = "country"\n{extends}{table}'


def test_a_stricter_clause_needs_no_reason(tmp_path):
    """Everything else of the policy stays."""
    table = f'[rules.sensitive_data]\nmodel = "prohibited"\n{SOURCE}'
    policy = over(tmp_path, changed("FR", table)).get("FR")
    assert policy is not None
    assert policy.rules["sensitive_data"].model is Model.PROHIBITED
    assert policy.rules["analytics_storage"].model is Model.EXEMPT
    assert "YT" in policy.places


def test_relaxing_a_verified_clause_needs_a_reason(tmp_path):
    """German analytics storage is verified opt-in."""
    table = f'[rules.analytics_storage]\nmodel = "notice"\n{SOURCE}'
    with pytest.raises(PolicyError) as caught:
        over(tmp_path, changed("DE", table), "DE")
    assert [(p.id, p.key) for p in caught.value.problems] == [("PK063", "rules.analytics_storage")]


def test_a_reason_lets_it_pass_and_is_told(tmp_path):
    """The override is listed with its reason."""
    table = f'[rules.analytics_storage]\nmodel = "notice"\noverride = "court order"\n{SOURCE}'
    law = over(tmp_path, changed("DE", table), "DE")
    (found,) = overridden(law)
    assert (found.policy, found.path, found.reason) == (
        "DE",
        "rules.analytics_storage",
        "court order",
    )
    assert list(overridden(shipped_policies())) == []


def test_an_unverified_clause_may_be_relaxed(tmp_path):
    """What we only heard is not worth a reason."""
    table = f"[consent.refresh]\nmonths = 12\n{SOURCE}"
    assert over(tmp_path, changed("FR", table)).get("FR") is not None


@pytest.mark.parametrize("path", ["rules.analytics_storage", "minors.platform_ads"])
def test_our_clauses_cannot_be_dropped(tmp_path, path):
    """A drop has no place for a reason; inherited clauses are ours too."""
    with pytest.raises(PolicyError, match="PK063"):
        over(tmp_path, changed("DE", f'drop = ["{path}"]\n'), "DE")


def test_our_ids_cannot_be_taken(tmp_path):
    """Without extends, a file of the same name would silently replace ours."""
    with pytest.raises(PolicyError, match="PK062"):
        over(tmp_path, changed("FR", "", extends="EU"))


def test_a_new_country_is_no_longer_unknown(tmp_path):
    """Bolivia has no policy of ours."""
    text = changed("BO", 'places = ["BO"]\n', extends="EU")
    law = over(tmp_path, text, "BO")
    found = law.applicable("BO", on=_today(), audience=Audience())
    assert [policy.id for policy in found] == ["BO"]


def test_a_house_rule_joins_every_set(tmp_path):
    """An overlay over everything may only add."""
    text = f"""id = "HOUSE"
name = "House rules"
kind = "overlay"
over = "*"
[law]
title = "House rules"
{SOURCE}[scope]
follows = ["visitor"]
{SOURCE}[rules.sale]
model = "prohibited"
{SOURCE}"""
    law = over(tmp_path, text, "HOUSE")
    found = law.applicable("DE", on=_today(), audience=Audience())
    assert [policy.id for policy in found] == ["DE", "HOUSE"]


def test_later_directories_lie_over_earlier_ones(tmp_path):
    """The last word counts."""
    first, second = tmp_path / "a", tmp_path / "b"
    for directory, months in ((first, 9), (second, 8)):
        directory.mkdir()
        table = f"[consent.refresh]\nmonths = {months}\n{SOURCE}override = 'x'\n"
        (directory / "FR.toml").write_text(changed("FR", table), encoding="utf-8")
    policy = load_policies([first, second]).get("FR")
    assert policy is not None
    assert policy.facts["consent.refresh"].values == {"months": 8}


def _today():
    return max(shipped_policies().changes)
