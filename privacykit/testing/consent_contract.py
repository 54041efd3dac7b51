"""What every consent store must do. Subclass, give the fixture `store`, run pytest."""

from __future__ import annotations

import pytest

from privacykit.collect.ports import ConsentRecord, ConsentStore, Envelope
from privacykit.errors import StoreError

NOW = 1_800_000_000.0


def consent(record: str = "r1") -> ConsentRecord:
    """Return a consent to analytics and marketing."""
    return ConsentRecord(
        record=record,
        site="shop",
        purposes=("analytics", "marketing"),
        text_version="2026-10 ü",
        policies=("eu@0123456789ab", "de@ba9876543210"),
        given_at=NOW + 0.25,
        gpc_seen=True,
    )


def pending(
    id_: str,
    *,
    purpose: str = "analytics",
    visitor: str | None = None,
    record: str | None = None,
    subject: str | None = None,
) -> Envelope:
    """Return the envelope of an event that waits to be delivered."""
    return Envelope(
        id=id_,
        site="shop",
        purpose=purpose,
        expires_at=int(NOW) + 86_400,
        sinks=("events",),
        visitor=visitor,
        record=record,
        subject=subject,
    )


class ConsentStoreContract:
    """Laws of a consent store."""

    def test_a_consent_is_read_as_it_was_written(self, store: ConsentStore) -> None:
        """It is the proof of what was allowed, to the letter."""
        store.add(consent())

        assert store.get("r1") == consent()

    def test_records_differ_by_case(self, store: ConsentStore) -> None:
        """Ids are url-safe base64: another case is another record."""
        store.add(consent("r1"))

        assert store.get("R1") is None

    def test_a_record_is_never_overwritten(self, store: ConsentStore) -> None:
        """A proof cannot be exchanged afterwards."""
        store.add(consent())

        with pytest.raises(StoreError):
            store.add(consent())

    def test_a_withdrawal_keeps_the_proof(self, store: ConsentStore) -> None:
        """The record stands, with the time of its end."""
        store.add(consent())

        assert store.withdraw("r1", NOW + 60)
        found = store.get("r1")
        assert found is not None
        assert (found.withdrawn_at, found.purposes) == (NOW + 60, consent().purposes)

    def test_a_second_withdrawal_changes_nothing(self, store: ConsentStore) -> None:
        """The first one counts."""
        store.add(consent())

        answers = [store.withdraw("r1", NOW + 60), store.withdraw("r1", NOW + 90)]

        found = store.get("r1")
        assert found is not None
        assert (answers, found.withdrawn_at) == ([True, True], NOW + 60)

    def test_what_is_not_there_cannot_be_withdrawn(self, store: ConsentStore) -> None:
        """The caller learns that nothing stood."""
        assert not store.withdraw("r1", NOW)

    def test_a_withdrawal_stops_what_is_pending(self, store: ConsentStore) -> None:
        """Events under the record stay; others leave."""
        for record in ("r1", "r2"):
            store.add(consent(record))
        events = [pending("a", record="r1"), pending("b", record="r2"), pending("c")]
        before = store.stopped(events)

        store.withdraw("r1", NOW)

        assert (before, store.stopped(events)) == (set(), {"a"})

    def test_an_event_without_its_proof_is_stopped(self, store: ConsentStore) -> None:
        """A record that nobody can show allows nothing."""
        assert store.stopped([pending("a", record="lost")]) == {"a"}

    @pytest.mark.parametrize("kind", ["visitor", "record", "subject"])
    def test_an_order_stops_what_carries_its_key(self, store: ConsentStore, kind: str) -> None:
        """By visitor, record or subject; the same key of another kind is not meant."""
        store.add(consent("k"))
        events = [
            pending("visitor", visitor="k"),
            pending("record", record="k"),
            pending("subject", subject="k"),
        ]

        store.stop(kind, "k", at=NOW, until=None)  # type: ignore[arg-type]

        assert store.stopped(events) == {kind}

    def test_an_order_may_name_purposes(self, store: ConsentStore) -> None:
        """The others go on."""
        store.stop("subject", "k", at=NOW, until=None, purposes=("ads", "marketing"))
        events = [
            pending(purpose, purpose=purpose, subject="k")
            for purpose in ("ads", "analytics", "marketing")
        ]

        assert store.stopped(events) == {"ads", "marketing"}

    def test_an_order_may_be_given_twice(self, store: ConsentStore) -> None:
        """Nothing fails, and it still stops."""
        for until in (NOW + 60, None, NOW + 30):
            store.stop("visitor", "k", at=NOW, until=until)

        assert store.stopped([pending("a", visitor="k")]) == {"a"}

    def test_a_later_consent_is_stronger_than_an_order(self, store: ConsentStore) -> None:
        """Who agrees after an erasure is known again, but only where the event rests on that."""
        store.add(consent("r1"))
        events = [pending("consented", subject="k", record="r1"), pending("other", subject="k")]

        store.stop("subject", "k", at=NOW, until=None)
        before = store.stopped(events)
        store.stop("subject", "k", at=NOW + 60, until=None)

        assert (before, store.stopped(events)) == ({"other"}, {"consented", "other"})

    def test_many_are_asked_for_at_once(self, store: ConsentStore) -> None:
        """However large the batch, every answer is right."""
        for number in range(0, 1200, 100):
            store.stop("visitor", f"v{number}", at=NOW, until=None)

        stopped = store.stopped(pending(f"e{i}", visitor=f"v{i}") for i in range(1200))

        assert stopped == {f"e{i}" for i in range(0, 1200, 100)}

    def test_nothing_asked_is_nothing_stopped(self, store: ConsentStore) -> None:
        """An empty batch needs no store."""
        assert store.stopped([]) == set()
