"""What the law finds in a configuration: properties nobody asks about, clauses overridden."""

import pytest

from privacykit.errors import ConfigurationError
from privacykit.runtime.checks.installation import InstallationCheck
from privacykit.settings.law import ConfiguredLaw
from privacykit.settings.load import parse
from privacykit.settings.paths import Paths
from privacykit.testing.layout import CONFIG

OVERRIDE = """id = "DE"
name = "Germany"
kind = "country"
extends = "DE"
[rules.analytics_storage]
model = "notice"
citation = "order"
confidence = "verified"
override = "a court ordered it"
"""


def stating(name):
    """Our example, with one property more."""
    retention = 'retention = "13 months"'
    assert retention in CONFIG
    return CONFIG.replace(retention, f"{retention}\nproperties = {{ {name} = true }}")


def law_of(text, directory):
    """Load the law of a configuration that lies in *directory*."""
    return ConfiguredLaw(parse(text), Paths.beside(str(directory / "privacykit.toml")))


def test_a_known_property_passes(tmp_path):
    """Every one that a condition of some policy names."""
    assert len(law_of(stating("output_anonymous_statistics_only"), tmp_path).policies) == 103


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("purpose_only_audience_measure", "did you mean purpose_only_audience_measurement?"),
        ("zzz", "see privacykit policy show"),
    ],
)
def test_an_unknown_property_is_refused(tmp_path, name, hint):
    """It would have no effect, and is probably a slip."""
    with pytest.raises(ConfigurationError) as caught:
        law_of(stating(name), tmp_path)
    (problem,) = caught.value.problems
    assert (problem.id, problem.hint) == ("PK069", hint)
    assert problem.key.endswith(f".properties.{name}")


def with_own(tmp_path, text):
    """Write a configuration with a directory of the operator's and look at it."""
    own = tmp_path / "own"
    own.mkdir()
    (own / "DE.toml").write_text(text, encoding="utf-8")
    file = tmp_path / "privacykit.toml"
    file.write_text(CONFIG + '\n[policies]\ndirectories = ["own"]\n', encoding="utf-8")
    return InstallationCheck(str(file))


def test_check_warns_of_overrides_with_their_reason(tmp_path):
    """Whoever checks reads which clauses are not ours any more."""
    warnings = [one for one in with_own(tmp_path, OVERRIDE).warnings() if one.id == "PK070"]
    assert [(one.file, one.key) for one in warnings] == [("DE.toml", "rules.analytics_storage")]
    assert warnings[0].message.endswith("a court ordered it")


def test_broken_policies_are_an_error_and_no_warning(tmp_path):
    """The looks report them."""
    inspection = with_own(tmp_path, "id = 1")
    assert [one for one in inspection.warnings() if one.id == "PK070"] == []
