"""Corrections on the command line: every field of a map can be named, whatever it is called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacykit.cli.rights.corrections import _spelt, parse, resolve
from privacykit.errors import InputError
from privacykit.govern.datamap import DataMap

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1).map(str.strip)


def _map(*places):
    collections = {}
    for dataset, collection, field in places:
        mapped = collections.setdefault(dataset, {}).setdefault(collection, {"fields": {}})
        mapped["fields"][field] = "user.name"
    return DataMap.model_validate({"collections": collections})


@given(st.tuples(*[NAMES.filter(bool)] * 3), st.text(min_size=1))
def test_what_a_message_shows_names_that_field(place, value):
    """Dots, quotes, spaces and equals signs of names are no bounds; the value is what follows."""
    written = parse([f"{_spelt(place)}={value}"])
    assert resolve(_map(place), written) == {f"{place[0]}.{place[1]}": {place[2]: value}}


@pytest.mark.parametrize(
    "path",
    [
        "d.crm.customers.name",
        'd."crm.customers".name',
        "d.'crm.customers'.name",
        'd.crm."customers".name',
        'd . "crm.customers" . name',
        'd.crm.customers.tell -> $.a."b.c=d"[0]',
    ],
)
def test_a_name_with_dots_is_said_with_quotes_or_without(path):
    """Where the map leaves no doubt."""
    field = path.rpartition("customers.")[2] if "->" in path else "name"
    known = _map(("d", "crm.customers", "name"), ("d", "crm.customers", field))
    assert resolve(known, parse([f"{path}=a=b"])) == {"d.crm.customers": {field: "a=b"}}


@pytest.mark.parametrize("path", ["d.a.b.c", "d.crm.customers.nme"])
def test_what_is_not_clear_is_shown_as_it_reads(path):
    """A field that two readings name, or none: never the value."""
    known = _map(("d", "a", "b.c"), ("d", "a.b", "c"), ("d", "crm.customers", "name"))
    with pytest.raises(InputError, match="write it as in --set 'd") as told:
        resolve(known, parse([f"{path}=secret"]))
    assert '"' in str(told.value)
    assert "secret" not in str(told.value)
