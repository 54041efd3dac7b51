"""Every mapping of ours, whatever the product: nothing goes that is not of the event."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacykit.sinks import OURS, kind_of
from privacykit.sinks.mapping.choices import Allowed, BySite, EntryOf, IfSet
from privacykit.sinks.mapping.rules import event_members, mapped
from privacykit.sinks.mapping.shapes import SHAPES
from privacykit.sinks.mapping.sources import Option
from privacykit.sinks.mapping.tables import Numbered
from privacykit.testing.samples import NOW, rich_row
from privacykit.testing.sinks.mapping_contract import foreign_values, parts_of

MAPPED = {name: kind.mapping for name in OURS if (kind := kind_of(name)) and kind.mapping}
WORDS = st.text("bcdfghjkmnpqrstvwxz", min_size=6, max_size=9)
"""Words that are in no constant of ours."""


def sinks_settings(mapping) -> dict:
    """Return a setting for every one that *mapping* reads; none is a credential."""
    made = {}
    for field in (*mapping.fields, *mapping.headers):
        for part in parts_of(field.source):
            if isinstance(part, Option | IfSet | BySite | Allowed):
                made[part.name] = f"https://{part.name}.example"
            elif isinstance(part, EntryOf):
                made[part.setting] = "items"
            elif isinstance(part, Numbered):
                made[part.setting] = {name: 1 + at for at, name in enumerate(part.sources)}
    return made


def what(mapping, given_settings):
    """Return what makes all that is sent of an event, headers as well."""
    body, headers = mapping.bind(given_settings), mapped(mapping.headers, given_settings)
    return lambda event, now: body(event, now) | headers(event, now)


@st.composite
def events(draw):
    """Events of all shapes, each text in them a word of its own."""
    device = draw(st.booleans())
    more = {
        "page": draw(st.none() | WORDS.map("/{}".format)),
        "visitor": draw(st.none() | st.integers(16**31, 16**32 - 1).map("{:032x}".format)),
        "query": draw(WORDS),
        "props": draw(
            st.dictionaries(
                WORDS | WORDS.map("${}".format),
                WORDS | st.integers(10**6, 10**9) | st.booleans(),
                max_size=4,
            )
        ),
        "expires_at": "2028-02-03T04:05:06Z",
    }
    if not device:
        more["device"] = None
    for name in draw(st.sets(st.sampled_from(["language", "referrer", "campaign", "query"]))):
        more[name] = msgspec.UNSET
    return msgspec.json.decode(rich_row(draw(st.integers(1, 99)), **more).body)


@pytest.mark.parametrize("name", sorted(MAPPED))
@settings(max_examples=40, deadline=None)
@given(event=events())
def test_nothing_goes_that_is_not_of_the_event(name, event):
    """No value of an unknown origin, and no name that nobody declared."""
    mapping = MAPPED[name]
    given_settings = sinks_settings(mapping)
    made = what(mapping, given_settings)(event, NOW)
    fields = (*mapping.fields, *mapping.headers)
    found = foreign_values(
        made,
        fields=fields,
        event=event,
        settings=given_settings,
        now=NOW,
        form_names=mapping.form_names,
    )
    assert (found, bool(made)) == ([], True)


def _without(event: dict, path: str) -> dict:
    copy = msgspec.json.decode(msgspec.json.encode(event))
    *outer, last = path.split(".")
    inside = copy
    for part in outer:
        inside = inside[part]
    inside.pop(last, None)
    return copy


@pytest.mark.parametrize("name", sorted(MAPPED))
def test_what_is_said_to_be_lost_is_lost(name):
    """What the documentation names there is not sent: without it the same goes out."""
    mapping = MAPPED[name]
    make = what(mapping, sinks_settings(mapping))
    event = msgspec.json.decode(rich_row(1).body)
    whole = make(event, NOW)
    assert [path for path in mapping.lost() if make(_without(event, path), NOW) != whole] == []


@pytest.mark.parametrize("name", sorted(MAPPED))
def test_what_is_not_lost_is_sent(name):
    """Without any other member something else goes out, or its own is missing."""
    mapping = MAPPED[name]
    make = what(mapping, sinks_settings(mapping))
    event = msgspec.json.decode(rich_row(1).body)
    page = event | {"type": "privacykit.page"}
    kept = set(event_members()) - set(mapping.lost())
    bare = _without(_without(event, "data.visitor"), "data.referrer.url")
    for one in (event, page, bare):
        whole = make(one, NOW)
        kept = {path for path in kept if make(_without(one, path), NOW) == whole}
    assert kept == set()


@pytest.mark.parametrize("name", sorted(MAPPED))
def test_what_suppresses_a_guess_is_there(name):
    """A field that is said to keep a backend from filling something in is sent with each event."""
    mapping = MAPPED[name]
    made = what(mapping, {})(msgspec.json.decode(rich_row(1).body), NOW)
    for one in mapping.filled:
        inside = made
        for part in filter(None, one.by.split("/")):
            inside = inside[part]
        assert inside is not None


WORDLESS = {"goatcounter"}
"""Products that keep nothing of an event but where, when and what: no field holds a consent."""


@pytest.mark.parametrize("name", sorted(set(MAPPED) - WORDLESS))
def test_why_an_event_may_exist_goes_with_it(name):
    """What was decided on each purpose, on what ground, under which policies, and the signals."""
    kept = set(event_members()) - set(MAPPED[name].lost())
    assert kept >= {
        "data.consent.purposes",
        "data.consent.source",
        "data.consent.policies",
        "data.consent.signals",
    }


class Leaking:
    """A source as nobody should write one: it looks at the machine."""

    __slots__ = ()

    def bind(self, _settings):
        """Return what tells a secret."""
        return lambda _event, _now: "the address of the visitor"

    def members(self):
        """Yield nothing."""
        return iter(())


def test_a_value_of_nowhere_is_found():
    """The property can fail: a source that brings its own value is caught."""
    from privacykit.sinks.mapping.rules import EventMapping, FieldRule

    mapping = EventMapping(FieldRule("properties/ip", Leaking()))
    event = msgspec.json.decode(rich_row(1).body)
    made = mapping.bind({})(event, NOW)
    found = foreign_values(made, fields=mapping.fields, event=event, settings={}, now=NOW)
    assert found == ["/properties/ip"]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.said or "as it is")
def test_a_shape_reads_nothing_but_the_value(shape):
    """The same value has the same shape, whenever and wherever."""
    for value in ("2027-01-15T08:00:00.123Z", NOW, "US-CA", "allow", ["gpc", "dnt"], "0" * 32):
        try:
            first = shape.apply(value)
        except (ValueError, TypeError, AttributeError):
            continue
        assert shape.apply(value) == first
