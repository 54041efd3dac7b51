"""The smallest configuration: people's requests and nothing else."""

from __future__ import annotations

import pytest

from privacykit.errors import ConfigurationError
from privacykit.runtime.build import build
from privacykit.settings.load import parse

CONTROLLER = """\
[controller]
name = "Shop Ltd"
contact = "privacy@shop.example"
establishments = ["DE"]
timezone = "Europe/Berlin"
"""
ANNA = "anna@shop.example"


@pytest.fixture
def alone(run, tmp_path):
    """The shop's command line, with a controller for its whole configuration."""
    (tmp_path / "privacykit.toml").write_text(CONTROLLER)
    return run


def test_a_person_is_erased_without_a_site(alone, rows, tmp_path):
    """By the law of the place where we are established; no event store is made."""
    code, out, err = alone("subject", "erase", "--email", ANNA, "--yes", "--proof", "logged_in")

    assert code == 0, out + err
    assert rows("customers") == [(2, "ben@shop.example", "Ben", 0)]
    assert "due 2026-12-21 22:59 UTC" in alone("request", "new", "access", "--email", ANNA)[1]
    assert not list(tmp_path.glob("*events*"))


def test_a_copy_holds_what_the_map_names(alone, tmp_path):
    """Our own stores are not in it: there are none."""
    asked = ("subject", "export", "--email", ANNA, "-o", "anna.zip", "--proof", "logged_in")

    assert alone(*asked)[0] == 0
    assert (tmp_path / "anna.zip").exists()


def test_such_a_configuration_is_in_order(alone):
    """Nothing of a site is missed."""
    code, out, _ = alone("check")

    assert (code, out) == (0, "privacykit.toml is in order\n")


def test_a_file_for_nothing_is_wrong(alone, tmp_path):
    """Neither a site nor a data map: what is missing is the map, said once."""
    (tmp_path / "datamap.toml").unlink()
    code, out, _ = alone("check")

    assert (code, out.count("PK038"), "PK013" in out) == (1, 1, False)


def test_nothing_is_served_by_it():
    """A server that collects nothing by mistake is told so at its start."""
    with pytest.raises(ConfigurationError, match="PK013"):
        build(parse(CONTROLLER))


@pytest.mark.parametrize(
    "half",
    ['[purposes.a]\nuses = ["analytics_no_storage"]', '[[site]]\nid = "s"\nhosts = ["s.example"]'],
    ids=["no site", "no purpose"],
)
def test_half_a_site_is_wrong(half):
    """Whoever writes one of the two means both."""
    with pytest.raises(ConfigurationError, match="PK013"):
        parse(half)


@pytest.mark.parametrize(
    ("site", "expected"), [("", ["DE"]), ('establishments = ["FR"]', ["FR"])], ids=["unsaid", "own"]
)
def test_a_site_is_where_its_controller_is(site, expected):
    """Unless it says otherwise."""
    rest = '[purposes.a]\nuses = ["analytics_no_storage"]'
    whole = f'{CONTROLLER}[[site]]\nid = "s"\nhosts = ["s.example"]\n{site}\n{rest}'

    assert parse(whole).site[0].establishments == expected


def test_a_person_whose_place_is_told_has_its_law(alone):
    """The place of the controller is a guess, and is said to be."""
    asked = ("request", "new", "access", "--email", ANNA)

    assert "by the law of DE, where you are established" in alone(*asked)[1]
    assert "established" not in alone(*asked, "--place", "US-CA")[1]
