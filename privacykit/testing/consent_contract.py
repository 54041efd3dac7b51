"""Contract of every consent store. Subclass, give the fixture `store`, run pytest."""

from __future__ import annotations

from contextlib import ExitStack

import msgspec
import pytest

from privacykit.collect.consent.keeping import ConsentStore
from privacykit.collect.consent.shown import ConsentText
from privacykit.collect.ports import ConsentRecord, Envelope
from privacykit.errors import StoreError

NOW = 1_800_000_000.0
TEXT = ConsentText("ab" * 32, "de", '{"words": "2026-10 ü"}'.encode())


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
        refused=("chat",),
        text_hash=TEXT.hash,
        language="de",
        interface="banner",
        place="DE",
        method="chosen",
        notice="0123456789ab@2026-12-01",
        barred=(("sale", "banner"), ("profile", "gpc")),
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

    def test_a_change_is_committed_as_a_whole(self, store: ConsentStore) -> None:
        """What one choice withdraws, stops and allows is there together."""
        store.add(consent("r1"), TEXT)
        with store.together() as change:
            change.withdraw("r1", NOW + 60)
            change.stop("visitor", "v", at=NOW + 60, until=None, purposes=("chat", "sale"))
            change.add(consent("r2"), TEXT)
        waiting = [pending("e1", record="r1"), pending("e2", purpose="sale", visitor="v")]
        assert store.stopped([*waiting, pending("e3", record="r2")]) == {"e1", "e2"}

    def test_a_change_that_fails_leaves_nothing(self, store: ConsentStore) -> None:
        """A record whose id is taken takes back what was ordered beside it."""
        store.add(consent("r1"))
        with ExitStack() as over:
            change = over.enter_context(store.together())
            change.withdraw("r1", NOW + 60)
            change.stop("visitor", "v", at=NOW, until=None)
            change.add(consent("r1"))
            with pytest.raises(StoreError):
                over.close()
        kept = store.get("r1")
        stopped = store.stopped([pending("e1", visitor="v")])
        assert (kept and kept.withdrawn_at, stopped) == (None, set())

    def test_a_consent_is_read_as_it_was_written(self, store: ConsentStore) -> None:
        """It is the proof of what was allowed, to the letter."""
        store.add(consent())

        assert store.get("r1") == consent()

    def test_a_refusal_is_kept_as_it_was_made(self, store: ConsentStore) -> None:
        """Nothing was allowed; what was refused and shown is there."""
        refusal = msgspec.structs.replace(consent(), purposes=())
        store.add(refusal, TEXT)

        assert store.get("r1") == refusal

    def test_a_text_is_kept_once(self, store: ConsentStore) -> None:
        """Whoever was shown it; to the letter."""
        store.add(consent("r1"), TEXT)
        store.add(consent("r2"), TEXT)

        assert (store.text(TEXT.hash), store.text("cd" * 32)) == (TEXT, None)

    def test_a_withdrawal_says_where_it_was_made(self, store: ConsentStore) -> None:
        """As easily as the consent was given, so in whatever place."""
        store.add(consent())
        store.withdraw("r1", NOW + 60, "account")

        found = store.get("r1")
        assert found is not None
        assert (found.interface, found.withdrawn_interface) == ("banner", "account")

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

    @pytest.mark.parametrize("kind", ["visitor", "subject"])
    def test_a_later_consent_is_stronger_than_an_order(
        self, store: ConsentStore, kind: str
    ) -> None:
        """Who agrees after a refusal is known again, but only where the event rests on that."""
        store.add(consent("r1"))
        events = [
            pending("consented", record="r1", **{kind: "k"}),
            pending("other", **{kind: "k"}),
        ]

        store.stop(kind, "k", at=NOW, until=None)  # type: ignore[arg-type]
        before = store.stopped(events)
        store.stop(kind, "k", at=NOW + 60, until=None)  # type: ignore[arg-type]

        assert (before, store.stopped(events)) == ({"other"}, {"consented", "other"})

    @pytest.mark.parametrize("kind", ["visitor", "subject"])
    def test_a_consent_answers_an_order_for_its_purposes_only(
        self, store: ConsentStore, kind: str
    ) -> None:
        """An event that some other cookie granted travels with the record, and is stopped."""
        store.add(consent("r1"))
        events = [
            pending(purpose, purpose=purpose, record="r1", **{kind: "k"})
            for purpose in ("ads", "analytics", "marketing", "market")
        ]

        store.stop(kind, "k", at=NOW, until=None)  # type: ignore[arg-type]

        assert store.stopped(events) == {"ads", "market"}

    @pytest.mark.parametrize("at", [NOW - 60, NOW, NOW + 60])
    def test_a_withdrawn_consent_answers_no_order(self, store: ConsentStore, at: float) -> None:
        """Whatever was ordered when: what is taken back lets nothing leave."""
        store.add(consent("r1"))
        store.stop("visitor", "k", at=at, until=None)

        store.withdraw("r1", NOW + 90)

        assert store.stopped([pending("e", visitor="k", record="r1")]) == {"e"}

    def test_many_are_asked_for_at_once(self, store: ConsentStore) -> None:
        """However large the batch, every answer is right."""
        for number in range(0, 1200, 100):
            store.stop("visitor", f"v{number}", at=NOW, until=None)

        stopped = store.stopped(pending(f"e{i}", visitor=f"v{i}") for i in range(1200))

        assert stopped == {f"e{i}" for i in range(0, 1200, 100)}

    def test_nothing_asked_is_nothing_stopped(self, store: ConsentStore) -> None:
        """An empty batch needs no store."""
        assert store.stopped([]) == set()
