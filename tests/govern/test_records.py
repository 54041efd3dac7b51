"""The shared records say nothing about a person when printed."""

import msgspec

from privacykit.govern.records import Identity, RowCondition, SubjectRequest


def test_identity_never_prints_its_value():
    """A log line with an identity in it shows the type only."""
    identity = Identity("email", "anna@example.org", parts=(("name", "Anna"),))
    assert "anna" not in f"{identity!r} {identity} {[identity]}".lower()


def test_condition_never_prints_its_value():
    """A hold on one customer's rows does not print the customer."""
    assert "anna" not in repr(RowCondition("email", "=", "anna@example.org"))


def test_records_survive_json():
    """What a store writes it reads back unchanged, enums and nested records included."""
    document = (
        b'{"subject_request_id":"r","subject_request_type":"erasure","subject_identities":'
        b'[{"type":"email","value":"a@b"}],"regulation":"gdpr","status":"initiated","place":"DE",'
        b'"received_at":1.0,"subject_ref":"s"}'
    )
    request = msgspec.json.decode(document, type=SubjectRequest)
    again = msgspec.json.decode(msgspec.json.encode(request), type=SubjectRequest)
    assert request == again
