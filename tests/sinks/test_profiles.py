"""Products that know people: the contract, the published samples, erasing by their interfaces."""

import pytest

from privacykit.collect.events.format import EventConsent
from privacykit.collect.ports import SendOutcome
from privacykit.errors import ConfigurationError
from privacykit.sinks.http.answers import AnswerReading
from privacykit.sinks.products.amplitude import AMPLITUDE
from privacykit.sinks.products.hubspot import HUBSPOT
from privacykit.sinks.products.mixpanel import MIXPANEL
from privacykit.testing.samples import NOW, ids, rich_row, row
from privacykit.testing.stubs.amplitude import AmplitudeStub
from privacykit.testing.stubs.hubspot import HubSpotStub
from privacykit.testing.stubs.mixpanel import MixpanelStub
from privacykit.webhook import AnswerKind
from tests.sinks.products import Product, read, read_sample, request_in, sample, sent

TAKEN, AGAIN, REFUSED = AnswerKind.TAKEN, AnswerKind.AGAIN, AnswerKind.REFUSED
REFUSES_US = AnswerKind.REFUSES_US
SOMEBODY = "p_7f3a9c0e5b"


class TestMixpanel(Product):
    """To Mixpanel."""

    kind, of = "mixpanel", lambda _self: MixpanelStub(lambda: NOW)


class TestAmplitude(Product):
    """To Amplitude."""

    kind, of = "amplitude", AmplitudeStub


CRM = {
    "hub_id": 1234567,
    "contact": "lead",
    "properties": {"page": "page", "colour": "colour", "gift": "gift", "consent_basis": "basis"},
}
CONSENTED = EventConsent({"ads": "allow"}, "consent", ("DE@0123456789ab",), ())


def lead(number, **more):
    """Return an event that rests on a consent and that the application links to a contact."""
    told = {"consent": CONSENTED, "props": {"lead": 1000 + number, "colour": "red", "gift": True}}
    return rich_row(number, **{**told, **more})


class TestHubSpot(Product):
    """To HubSpot, whose contacts the application names."""

    kind, of, keys = "hubspot", HubSpotStub, CRM
    event = rich = staticmethod(lead)


@pytest.mark.parametrize(
    ("name", "user", "count"), [("mixpanel-import", "sa", 2), ("mixpanel-ip-zero", "token", 1)]
)
def test_the_stub_of_mixpanel_takes_its_published_batches(name, user, count):
    """And answers what is published."""
    it, stub = sample(name), MixpanelStub()
    stub.token = user
    answered = stub.answer(request_in(it))
    assert (answered.status, answered.body) == (200, it["response"]["body"])
    assert len(stub.events) == count
    assert read_sample(MIXPANEL, name, sent=count) == AnswerReading()


def test_a_wrong_token_of_mixpanels_is_told():
    """In its words; the events wait."""
    it, stub = sample("mixpanel-401"), MixpanelStub()
    answered = stub.answer(request_in(sample("mixpanel-import")))
    assert (answered.status, answered.body) == (401, it["response"]["body"])
    assert read_sample(MIXPANEL, "mixpanel-401", sent=2).kind is REFUSES_US


@pytest.mark.parametrize(
    ("status", "body", "kind", "rejected", "dropped"),
    [
        (200, {"num_records_imported": 2}, TAKEN, [], [2]),
        (400, {"num_records_imported": 2, "failed_records": [{"index": 0}]}, TAKEN, [0], []),
        (400, {"num_records_imported": 1, "failed_records": [{"index": 2}]}, TAKEN, [2], [1]),
        (
            400,
            {"num_records_imported": 0, "failed_records": [{"index": 9}, 1]},
            TAKEN,
            [],
            [0, 1, 2],
        ),
        (400, {"error": "not JSON"}, REFUSED, [], []),
        (200, "<html>", REFUSES_US, [], []),
        (413, {}, REFUSED, [], []),
        (429, {}, AGAIN, [], []),
    ],
)
def test_loss_in_an_answer_of_mixpanel_is_seen(status, body, kind, rejected, dropped):
    """The good ones of a batch are in; how many are lost is right."""
    said = read(MIXPANEL, status, body)
    assert (said.kind, [*said.rejected], [*said.dropped]) == (kind, rejected, dropped)


def test_what_is_invalid_at_mixpanel_holds_up_no_other():
    """It alone is rejected."""
    with MixpanelStub(lambda: NOW) as stub:
        stub.invalid = set(ids(2))
        outcome = sent("mixpanel", stub, row(1), row(2), row(3))
    assert outcome == SendOutcome(rejected=((ids(2)[0], "invalid"),))
    assert (stub.arrived(), len(stub.requests)) == (ids(1, 3), 1)


def erased(stub, name, path, visitor):
    """Send the deletion request of a sample to *stub*, for *visitor*, and return its answer."""
    it = sample(name)
    body = it["request"]["body"]
    assert body[path] == [SOMEBODY]
    body[path] = [visitor]
    return stub.answer(request_in(it)), it["response"]


def test_mixpanel_deletes_by_what_it_was_sent():
    """The published request finds the events of one visitor, and nobody else's."""
    with MixpanelStub(lambda: NOW) as stub:
        sent("mixpanel", stub, rich_row(1), row(2))
        answered, wanted = erased(stub, "mixpanel-deletion", "distinct_ids", f"{1:032x}")
    assert (answered.status, answered.body) == (wanted["status"], wanted["body"])
    assert (stub.arrived(), stub.faults) == (ids(2), [])


def test_the_stub_of_amplitude_takes_its_published_batch():
    """And says so in the published words, but for the size."""
    it, stub = sample("amplitude-batch"), AmplitudeStub()
    stub.token = it["request"]["body"]["api_key"]
    answered, wanted = stub.answer(request_in(it)), it["response"]
    size = {"payload_size_bytes": wanted["body"]["payload_size_bytes"]}
    assert (answered.status, answered.body | size) == (wanted["status"], wanted["body"])
    assert (len(stub.events), stub.faults) == (1, [])
    assert read_sample(AMPLITUDE, "amplitude-batch", sent=1) == AnswerReading()


def test_who_does_too_much_at_amplitude_waits_alone():
    """The published answer: three wait, the others go at once."""
    said = read_sample(AMPLITUDE, "amplitude-429", sent=8)
    assert (said.kind, said.retry, said.untaken) == (TAKEN, [3, 4, 7], [0, 1, 2, 5, 6])


@pytest.mark.parametrize(
    ("status", "body", "kind", "rejected", "untaken"),
    [
        (400, {"events_with_invalid_fields": {"time": [1]}}, TAKEN, {1: "invalid"}, [0, 2]),
        (
            400,
            {"events_with_missing_fields": {"event_type": [0, 9]}},
            TAKEN,
            {0: "invalid"},
            [1, 2],
        ),
        (400, {"silenced_events": [0, 1, 2]}, TAKEN, dict.fromkeys(range(3), "silenced"), []),
        (400, {"missing_field": "api_key"}, REFUSES_US, {}, []),
        (400, {"error": "Invalid API key: x"}, REFUSES_US, {}, []),
        (400, {"error": "Invalid JSON"}, REFUSED, {}, []),
        (400, [], REFUSED, {}, []),
        (413, {"code": 413}, REFUSED, {}, []),
        (429, {"code": 429}, AGAIN, {}, []),
        (200, "<html>", REFUSES_US, {}, []),
    ],
)
def test_an_answer_of_amplitude_is_read_as_its_own_library_does(
    status, body, kind, rejected, untaken
):
    """What it names is given up, the rest goes again; a wrong key keeps all waiting."""
    said = read(AMPLITUDE, status, body)
    assert (said.kind, said.rejected, list(said.untaken)) == (kind, rejected, untaken)


def test_whoever_does_too_much_holds_up_nobody_else():
    """The others come at once, that one after a pause."""
    with AmplitudeStub() as stub:
        stub.slow = set(ids(2))
        outcome = sent("amplitude", stub, row(1), row(2), row(3))
    assert outcome == SendOutcome(retry=tuple(ids(2)), untried=tuple(ids(1, 3)))


def test_amplitude_deletes_by_what_it_was_sent():
    """The published request finds the events of one visitor, and nobody else's."""
    with AmplitudeStub() as stub:
        sent("amplitude", stub, rich_row(1), row(2))
        answered, wanted = erased(stub, "amplitude-delete", "user_ids", f"{1:032x}")
    assert (answered.status, answered.body) == (wanted["status"], wanted["body"])
    assert (stub.arrived(), stub.faults) == (ids(2), [])


def test_the_stub_of_hubspot_takes_its_published_event():
    """And answers with nothing."""
    it, stub = sample("hubspot-event"), HubSpotStub()
    stub.token = "t"
    assert stub.answer(request_in(it)).status == it["response"]["status"]
    assert (stub.faults, len(stub.events)) == ([], 1)
    assert read_sample(HUBSPOT, "hubspot-event", sent=1) == AnswerReading()


def test_what_hubspot_refuses_is_found():
    """The published error, for a batch of one event that it does not take."""
    it, stub = sample("hubspot-error"), HubSpotStub()
    with stub:
        stub.poison = set(ids(1))
        outcome = sent("hubspot", stub, lead(1), **CRM)
    assert stub.answer(stub.requests[0]).body == it["response"]["body"]
    assert outcome == SendOutcome(rejected=((ids(1)[0], "status_400"),))
    assert read_sample(HUBSPOT, "hubspot-error", sent=2).kind is REFUSED


@pytest.mark.parametrize(
    "more",
    [
        {"props": {"colour": "red"}},
        {"props": {"lead": "anna@shop.example"}},
        {"props": {"lead": "12a"}},
        {"consent": EventConsent({"ads": "allow"}, "law", ("DE@0123456789ab",), ())},
    ],
    ids=["nobody", "an address", "no number", "no consent"],
)
def test_nobody_goes_to_hubspot_whom_no_consent_links(more):
    """What the application did not link, or the visitor not allow, stays with us."""
    with HubSpotStub() as stub:
        outcome = sent("hubspot", stub, lead(1, **more), **CRM)
    assert outcome == SendOutcome(rejected=((ids(1)[0], "no_objectId"),))
    assert stub.requests == []


def test_hubspot_gets_what_was_named_and_no_more():
    """Texts, under its own names; the visitor id is not among them, nor a word of the consent."""
    with HubSpotStub() as stub:
        sent("hubspot", stub, lead(1), **CRM)
    (event,) = stub.events.values()
    assert event == {
        "eventName": "pe1234567_order_placed",
        "objectId": "1001",
        "occurredAt": "2027-01-15T08:00:01.000Z",
        "uuid": ids(1)[0],
        "properties": {
            "page": "/orders/{id}",
            "colour": "red",
            "gift": "true",
            "basis": "consent",
        },
    }


@pytest.mark.parametrize("name", ["Page", "1st", "", "a" * 51])
def test_a_name_that_hubspot_cannot_have_is_refused(name):
    """When the file is read, not when a batch is."""
    with HubSpotStub() as stub, pytest.raises(ConfigurationError, match="PK162"):
        sent("hubspot", stub, **CRM | {"properties": {"page": name}})


def test_hubspot_deletes_by_what_it_was_sent():
    """By a contact's id; the published request names an address, and one it knows nothing of."""
    it, stub = sample("hubspot-gdpr-delete"), HubSpotStub()
    with stub:
        sent("hubspot", stub, lead(1), lead(2), **CRM)
    stub.token = "t"
    assert stub.answer(request_in(it)).status == it["response"]["status"]
    assert (stub.arrived(), stub.blocked) == (ids(1, 2), {it["request"]["body"]["objectId"]})
    it["request"]["body"] = {"objectId": "1001"}
    assert stub.answer(request_in(it)).status == it["response"]["status"]
    assert (stub.arrived(), stub.faults) == (ids(2), [])


def test_the_stub_of_hubspot_takes_a_form_with_its_consent():
    """As published: the texts that the person saw; not without them, nor with an address."""
    it, stub = sample("hubspot-form-consent"), HubSpotStub()
    stub.token = "t"
    answered = stub.answer(request_in(it))
    assert (answered.status, answered.body) == (200, it["response"]["body"])
    assert stub.faults == []
    it["request"]["body"]["context"]["ipAddress"] = "203.0.113.7"
    stub.answer(request_in(it))
    del it["request"]["body"]["legalConsentOptions"]
    assert (stub.answer(request_in(it)).status, len(stub.faults)) == (400, 2)
