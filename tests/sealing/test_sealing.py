"""Sealed fields: nobody reads them without the key, nor in another place, and a consumer goes on."""

from copy import deepcopy
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacykit.errors import InputError, KeyMaterialError
from privacykit.sealing.cache import KeyCache
from privacykit.sealing.envelope import DataKey, Shredded, envelope_of
from privacykit.sealing.ids import person_reference
from privacykit.sealing.kafka import kafka_record, kafka_tombstone
from privacykit.sealing.rules import Beside, SealRule, age_band, region
from privacykit.sealing.seal import EventOpener, EventSealer, Sealed

NOW = 1_795_000_000.0  # 2026-11-18
EVENT = {
    "id": "e-1",
    "type": "parcel.sent",
    "data": {
        "sender": {"id": "s-1", "email": "anna.mark@seal.example", "born": "1984-02-29"},
        "receiver": {"id": 2, "email": "bert.mark@seal.example"},
        "weight": 3,
    },
}
RULES = [
    SealRule("data.sender.email", person="data.sender.id", purpose="parcels"),
    SealRule(
        "data.sender.born",
        person="data.sender.id",
        purpose="parcels",
        beside=(Beside("data.sender.age", age_band(10, today=lambda: date(2026, 11, 18))),),
    ),
    SealRule("data.receiver", person="data.receiver.id", purpose="parcels", period="month"),
]


class Keys:
    """A key store in memory."""

    def __init__(self):
        self.known, self.suppressed, self.asked = {}, set(), []

    def key_for(self, whom):
        self.asked.append(whom)
        if whom.value in self.suppressed:
            return None
        number = len(self.known) + 1
        return self.known.setdefault(whom, DataKey(bytes([number]) * 16, bytes([number]) * 32))

    def key(self, kid):
        return next((key for key in self.known.values() if key.kid == kid), None)


class Nonces:
    """Nonces that never repeat."""

    def __init__(self):
        self.number = 0

    def __call__(self, size):
        self.number += 1
        return self.number.to_bytes(size, "big")


@pytest.fixture
def keys():
    """A key store."""
    return Keys()


def sealed_by(keys, event=EVENT, rules=RULES):
    """Seal."""
    return EventSealer(keys, rules, Nonces()).seal(event, NOW)


def test_what_was_sealed_is_opened_and_the_rest_is_in_the_clear(keys):
    """Consumers without a key go on with what stays readable; the caller's event is untouched."""
    before = deepcopy(EVENT)
    sent = sealed_by(keys)
    assert before == EVENT
    assert "mark@" not in str(sent)
    assert "1984" not in str(sent)
    assert (sent["data"]["weight"], sent["data"]["sender"]["age"]) == (3, "40-49")
    opened = EventOpener(keys, RULES).open(sent)
    assert opened["data"]["receiver"] == EVENT["data"]["receiver"]
    assert opened["data"]["sender"] == EVENT["data"]["sender"] | {"age": "40-49"}


def test_two_people_in_one_event_have_a_key_each(keys):
    """One is erased, and the other's field opens all the same."""
    sent = sealed_by(keys)
    gone = next(whom for whom in keys.known if whom.value == "s-1")
    assert {(whom.value, whom.period) for whom in keys.known} == {("s-1", ""), ("2", "2026-11")}
    kid = keys.known.pop(gone).kid.hex()
    opened = EventOpener(keys, RULES).open(sent)
    assert opened["data"]["sender"]["email"] == Shredded("no key", kid)
    assert not opened["data"]["sender"]["email"]
    assert opened["data"]["receiver"]["email"] == "bert.mark@seal.example"


@pytest.mark.parametrize("change", ["id", "type", "dataschema", "field", "text", "nonce", "form"])
def test_a_text_that_was_moved_or_changed_does_not_open(keys, change):
    """Each of what it is bound to, alone."""
    sent = sealed_by(keys)
    sender = sent["data"]["sender"]
    if change in {"id", "type", "dataschema"}:
        sent = sent | {change: "another"}
    elif change == "field":
        sender["email"] = sender["born"]
    elif change == "text":
        sender["email"]["enc"]["ct"] = sender["born"]["enc"]["ct"]
    elif change == "nonce":
        sender["email"]["enc"]["n"] = "AAAA"
    else:
        del sender["email"]["enc"]["ct"]
    opened = EventOpener(keys, RULES).open(sent)["data"]["sender"]["email"]
    assert (opened.reason, opened.kid) == ("damaged", "01" * 16)


def test_another_purpose_is_another_key(keys):
    """Ending one purpose leaves the other."""
    rules = [RULES[0], SealRule("data.sender.born", person="data.sender.id", purpose="age check")]
    sent = sealed_by(keys, rules=rules)
    kids = {envelope_of(sent["data"]["sender"][name])["kid"] for name in ("email", "born")}
    assert len(kids) == 2


def test_no_key_is_made_for_whom_nothing_may_be_collected(keys):
    """The field does not leave in the clear either."""
    keys.suppressed.add("s-1")
    sent = sealed_by(keys)
    assert {whom.value for whom in keys.known} == {"2"}
    assert sent["data"]["sender"]["email"] == {"enc": {"v": 1, "alg": "none"}}
    opened = EventOpener(keys, RULES).open(sent)
    assert opened["data"]["sender"]["email"] == Shredded("never sealed")


@pytest.mark.parametrize("whom", [None, "", {"id": 1}, ["s-1"], "\ud800"])
def test_a_field_whose_person_nobody_tells_does_not_leave(keys, whom):
    """Less data, never the input."""
    event = {"id": "1", "data": {"sender": {"id": whom, "email": "anna.mark@seal.example"}}}
    sent = sealed_by(keys, event)
    assert sent["data"]["sender"]["email"] == {"enc": {"v": 1, "alg": "none"}}
    assert keys.asked == []


@pytest.mark.parametrize("place", ["event", "field", "object"])
def test_what_json_cannot_write_is_refused_without_a_word_of_it(keys, place):
    """An error of the encoder quotes or carries the value; ours does not."""
    odd, sender = "anna\ud800", {"id": "s-1", "email": "anna.mark@seal.example"}
    event = {"id": odd if place == "event" else "1", "data": {"sender": sender}}
    if place != "event":
        sender["email"] = odd if place == "field" else {1: object()}
    with pytest.raises(InputError, match="PK386") as caught:
        sealed_by(keys, event)
    assert "anna" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_another_algorithm_is_not_opened(keys):
    """What an envelope says of itself is believed or nothing is."""
    sent = sealed_by(keys)
    sent["data"]["sender"]["email"]["enc"]["alg"] = "none"
    opened = EventOpener(keys, RULES).open(sent)["data"]["sender"]["email"]
    assert opened == Shredded("never sealed")


def test_the_person_may_be_sealed_too(keys):
    """Whose it is is read before anything is sealed."""
    rules = [RULES[0], SealRule("data.sender.id", person="data.sender.id", purpose="parcels")]
    sent = sealed_by(keys, rules=rules)
    assert "s-1" not in str(sent)
    assert EventOpener(keys, rules).open(sent) == EVENT


def test_rules_are_for_types_of_events(keys):
    """Others pass as they are, and so does what is absent."""
    rules = [SealRule("data.email", person="data.id", purpose="p", types=("order",))]
    other = {"id": "1", "type": "visit", "data": {"email": "x", "id": 1}}
    assert sealed_by(keys, other, rules) == other
    assert sealed_by(keys, {"id": "1", "type": "order", "data": {}}, rules)["data"] == {}
    assert EventOpener(keys, rules).open(other) == other


@pytest.mark.parametrize(
    "make",
    [
        lambda: SealRule("", person="a", purpose="p"),
        lambda: SealRule("a", person="", purpose="p"),
        lambda: SealRule("a", person="b", purpose=""),
        lambda: SealRule("a", person="b", purpose="p", period="week"),
        lambda: SealRule("a", person="b", purpose="p", beside=(Beside("a.x", str),)),
        lambda: age_band(3, today=date.today),
        lambda: EventSealer(Keys(), [RULES[0], RULES[0]], Nonces()),
        lambda: EventSealer(
            Keys(), [RULES[2], SealRule("data.receiver.email", person="a", purpose="p")], Nonces()
        ),
        lambda: sealed_by(Keys(), {"type": "x"}),
    ],
)
def test_what_cannot_be_right_is_refused(make):
    """With an id and without a value."""
    with pytest.raises(InputError, match="PK386"):
        make()


@pytest.mark.parametrize(
    ("born", "band"),
    [
        ("1984-02-29", "40-49"),
        ("1986-11-18", "40-49"),
        ("1986-11-19", "30-39"),
        ("2030-01-01", None),
        ("once", None),
        (None, None),
    ],
)
def test_an_age_band_is_counted_by_birthdays(born, band):
    """And is nothing where there is no date."""
    assert age_band(10, today=lambda: date(2026, 11, 18))(born) == band


def test_a_region_is_a_country_and_no_more():
    """Whatever else the address says."""
    assert region({"country": "DE", "city": "Erfurt"}) == "DE"
    assert [region(it) for it in ({"country": "Germany"}, "DE", {})] == [None, None, None]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=8,
    )
)
def test_whatever_json_says_comes_back(value):
    """And stands in no byte of what was sent, where it is long enough to be told."""
    keys, rules = Keys(), [SealRule("v", person="who", purpose="p")]
    event = {"id": "1", "who": 1, "v": value}
    sent = sealed_by(keys, event, rules)
    assert EventOpener(keys, rules).open(sent) == event


def test_a_person_has_one_reference_however_the_address_is_written():
    """Another type, another key: another reference."""
    key = bytes(range(32))
    one = person_reference(key, "email", " Anna@Seal.example ")
    assert one == person_reference(key, "email", "anna@seal.example")
    assert one != person_reference(key, "phone_number", "anna@seal.example")
    assert one != person_reference(bytes(range(1, 33)), "email", "anna@seal.example")
    with pytest.raises(InputError):
        person_reference(key, "email", "  ")
    with pytest.raises(KeyMaterialError):
        person_reference(b"short", "email", "x")


def test_a_key_is_forgotten_after_its_time():
    """A cache is the life of what was erased; what is nothing is asked for again."""
    store = {"a": 1}
    cache = KeyCache(store.get, seconds=60, most=2)
    assert (cache.get("a", 0), cache.get("b", 0)) == (1, None)
    store.clear()
    assert (cache.get("a", 59), cache.get("a", 60)) == (1, None)
    store.update(a=1, b=2, c=3)
    assert [cache.get(key, 100) for key in "abc"] == [1, 2, 3]
    store.clear()
    assert [cache.get(key, 101) for key in "abc"] == [None, 2, 3]
    cache.forget()
    assert cache.get("c", 101) is None
    with pytest.raises(InputError, match="PK387"):
        KeyCache(store.get, seconds=301)


def test_records_of_kafka_name_nobody(keys):
    """The key is the reference, and the tombstone has no value."""
    reference = person_reference(bytes(range(32)), "controller_customer_id", "s-1")
    record = kafka_record(reference, sealed_by(keys))
    assert (record.key, kafka_tombstone(reference)) == (
        reference.hex().encode(),
        (record.key, None),
    )
    assert b"mark@" not in record.value


def test_nothing_prints_a_person(keys):
    """Neither keys nor whom they are for."""
    sealed_by(keys)
    assert "s-1" not in repr((keys.known, Sealed("email", "s-1", "p")))
    assert repr(next(iter(keys.known.values()))) == "<DataKey>"


@pytest.mark.parametrize("inner", [[{"email": "anna.mark@seal.example"}], "anna.mark@seal.example"])
def test_a_field_under_a_list_is_refused_and_never_sent(keys, inner):
    """A path cannot reach into a list, nor into a text; the message repeats no value."""
    rule = SealRule("data.items.email", person="data.id", purpose="p")
    event = {"id": "1", "type": "t", "data": {"id": "7", "items": inner}}
    with pytest.raises(InputError, match=r"PK386 data\.items is a list or no object") as told:
        sealed_by(keys, event, [rule])
    assert "anna" not in str(told.value)
    assert keys.asked == []
    for nothing in ({"id": "7"}, {"id": "7", "items": None}, None):
        assert sealed_by(keys, event | {"data": nothing}, [rule])["data"] == nothing


def test_a_coarser_value_replaces_no_list(keys):
    """What stands where it would go is not thrown away."""
    beside = (Beside("data.items.age", lambda _: "30-39"),)
    rule = SealRule("data.born", person="data.id", purpose="p", beside=beside)
    event = {"id": "1", "type": "t", "data": {"id": "7", "born": "1990-01-01", "items": [1]}}
    with pytest.raises(InputError, match="PK386"):
        sealed_by(keys, event, [rule])


@pytest.mark.parametrize("path", ["data.person.age", "data.person", "data"])
def test_a_coarser_value_breaks_no_field_that_another_rule_seals(keys, path):
    """Else the envelope would never open again; rules of other types are no matter."""
    beside = (Beside(path, lambda _: "30-39"),)
    person = SealRule("data.person", person="data.id", purpose="p", types=("a",))
    born = SealRule("data.born", person="data.id", purpose="p", types=("a",), beside=beside)
    for rules in ([person, born], [born, person]):
        with pytest.raises(InputError, match="PK386"):
            EventSealer(keys, rules, Nonces())


def test_a_coarser_value_may_stand_where_events_of_another_type_are_sealed(keys):
    """Rules of different types never meet."""
    beside = (Beside("data.person.age", lambda _: "30-39"),)
    person = SealRule("data.person", person="data.id", purpose="p", types=("a",))
    born = SealRule("data.born", person="data.id", purpose="p", types=("b",), beside=beside)
    event = {"id": "1", "type": "b", "data": {"id": "7", "born": "1990-01-01"}}
    assert sealed_by(keys, event, [person, born])["data"]["person"] == {"age": "30-39"}
