"""Contract of every store behind an outbox. Subclass, give the fixture `store`, run pytest."""

from __future__ import annotations

from msgspec import structs

from privacykit.collect.ports import Envelope, OutboxRow
from privacykit.stores.outbox.store import OutboxStore
from privacykit.stores.outbox.tables import RejectedEvent
from privacykit.testing.samples import LATER, NOW, ids, of_nobody, row


class OutboxContract:
    """The laws of `privacykit.stores.outbox.store`, one test each."""

    def taken(self, store: OutboxStore, *, sink: str = "events", owner: str = "me") -> list[str]:
        """Lease all that is free for *sink*, for a minute, and return the ids."""
        leased = store.lease(sink, owner, 100, until=NOW + 60, now=NOW)
        return [one.row.envelope.id for one in leased]

    def test_gives_back_what_was_added(self, store: OutboxStore) -> None:
        """Body and envelope come back whole; the envelope names the one sink of the row."""
        store.add([row(1)], NOW)
        (leased,) = store.lease("events", "me", 10, until=NOW + 60, now=NOW)
        assert leased.row == row(1)

    def test_keeps_a_row_for_each_sink(self, store: OutboxStore) -> None:
        """What one sink settles, another still gets."""
        store.add([row(1, sinks=("events", "other"))], NOW)
        store.settle("events", self.taken(store), "me")
        assert self.taken(store, sink="other") == ids(1)

    def test_adds_the_same_row_once(self, store: OutboxStore) -> None:
        """A commit that went unanswered may be tried again."""
        store.add([row(1)], NOW)
        store.add([row(1), row(2)], NOW)
        assert self.taken(store) == ids(1, 2)

    def test_adds_what_is_new_of_a_commit_that_came_before(self, store: OutboxStore) -> None:
        """Even if some of it has left since; what every sink has had does not come again."""
        store.add([row(number) for number in range(1, 5)], NOW)
        leased = store.lease("events", "me", 2, until=NOW + 60, now=NOW)
        store.settle("events", [one.row.envelope.id for one in leased], "me")
        store.add([row(number) for number in (1, 3, 4, 5)], NOW)
        assert self.taken(store) == ids(3, 4, 5)

    def test_one_commit_goes_to_different_sinks(self, store: OutboxStore) -> None:
        """Each gets what names it, and an event that names no sink is kept for none."""
        both = ("events", "other")
        sent = [row(1, sinks=both), row(2), row(3, sinks=["other"]), row(4, sinks=both)]
        store.add([*sent, row(5, sinks=[])], NOW)
        assert self.taken(store) == ids(1, 2, 4)
        assert self.taken(store, sink="other") == ids(1, 3, 4)

    def test_keeps_bodies_of_any_size(self, store: OutboxStore) -> None:
        """A commit larger than a server takes in one statement is several rows."""
        large = [OutboxRow(row(n).envelope, b"x" * 3_000_000) for n in range(4)]
        assert store.add(large, NOW) == []
        leased = store.lease("events", "me", 10, until=NOW + 60, now=NOW)
        assert [one.row for one in leased] == large

    def test_names_what_is_no_event_of_ours(self, store: OutboxStore) -> None:
        """A body is one line; one that is not keeps no other out."""
        bad = OutboxRow(row(2).envelope, b"{}\n{}")
        assert store.add([row(1), bad, row(3)], NOW) == ids(2)
        assert self.taken(store) == ids(1, 3)

    def test_lends_the_oldest_first(self, store: OutboxStore) -> None:
        """The order is that of the ids, and the limit holds."""
        store.add([row(3), row(1), row(2)], NOW)
        leased = store.lease("events", "me", 2, until=NOW + 60, now=NOW)
        assert [one.row.envelope.id for one in leased] == ids(1, 2)

    def test_never_lends_a_row_twice_at_a_time(self, store: OutboxStore) -> None:
        """A second worker gets what the first has not."""
        store.add([row(1)], NOW)
        assert self.taken(store, owner="one") == ids(1)
        assert self.taken(store, owner="two") == []

    def test_lends_again_when_a_lease_has_ended(self, store: OutboxStore) -> None:
        """A worker that died does not take its rows along; attempts are counted."""
        store.add([row(1)], NOW)
        self.taken(store, owner="dead")
        (again,) = store.lease("events", "me", 10, until=NOW + 120, now=NOW + 60)
        assert (again.row.envelope.id, again.attempts) == (ids(1)[0], 2)

    def test_believes_no_end_that_a_clock_set_back_left_behind(self, store: OutboxStore) -> None:
        """A lease or pause that ends further away than any may is over; a near one holds."""
        store.add([row(1), row(2)], NOW)
        leased, paused = ids(1, 2)
        self.taken(store, owner="dead")
        store.retry("events", [paused], "dead", NOW + 60)
        an_hour, a_day = NOW - 3600, NOW - 86_400
        assert store.lease("events", "me", 10, until=an_hour + 60, now=an_hour) == []
        again = store.lease("events", "me", 10, until=a_day + 60, now=a_day)
        assert [one.row.envelope.id for one in again] == [leased, paused]

    def test_forgets_what_is_settled(self, store: OutboxStore) -> None:
        """A settled row is gone."""
        store.add([row(1), row(2)], NOW)
        self.taken(store)
        assert store.settle("events", ids(1, 2), "me") == len(ids(1, 2))
        assert store.depths() == []

    def test_lets_nobody_settle_the_lease_of_another(self, store: OutboxStore) -> None:
        """A worker whose lease has ended cannot settle what somebody else sends now."""
        store.add([row(1)], NOW)
        self.taken(store, owner="slow")
        store.lease("events", "me", 10, until=NOW + 120, now=NOW + 60)
        assert store.settle("events", ids(1), "slow") == 0

    def test_puts_back_for_later(self, store: OutboxStore) -> None:
        """A row to retry is not lent before its time."""
        store.add([row(1)], NOW)
        store.retry("events", self.taken(store), "me", NOW + 5)
        assert self.taken(store) == []
        (again,) = store.lease("events", "me", 10, until=NOW + 60, now=NOW + 5)
        assert again.attempts > 1

    def test_an_attempt_that_failed_for_all_counts_for_none(self, store: OutboxStore) -> None:
        """What is put back untried is as if it had not been lent."""
        store.add([row(1), row(2)], NOW)
        self.taken(store)
        untried, tried = ids(1, 2)
        store.retry("events", [untried], "me", NOW, tried=False)
        store.retry("events", [tried], "me", NOW)
        again = store.lease("events", "me", 10, until=NOW + 60, now=NOW)
        assert [one.attempts for one in again] == [1, 2]

    def test_every_event_goes_its_own_way(self, store: OutboxStore) -> None:
        """Of one commit some are taken, some put back, some refused: again and again."""
        store.add([row(number, sinks=("events", "other")) for number in range(12)], NOW)
        self.taken(store)
        store.settle("events", ids(0, 4, 5, 8), "me")
        store.retry("events", ids(1, 2, 9), "me", NOW + 5)
        store.reject("events", [(ids(10)[0], "no")], "me", NOW)
        later = store.lease("events", "you", 2, until=NOW + 60, now=NOW + 5)
        assert [(one.row.envelope.id, one.attempts) for one in later] == [(n, 2) for n in ids(1, 2)]
        store.settle("events", ids(1), "you")
        after = store.lease("events", "new", 99, until=NOW + 99, now=NOW + 60)
        assert [one.row for one in after] == [row(n) for n in (2, 3, 6, 7, 9, 11)]
        assert self.taken(store, sink="other") == ids(*range(12))

    def test_keeps_the_rejected_aside(self, store: OutboxStore) -> None:
        """A rejected row is not lent again, and not lost."""
        store.add([row(1), row(2)], NOW)
        self.taken(store)
        store.reject("events", [(ids(1)[0], "status_400")], "me", NOW)
        (depth,) = store.depths()
        assert (depth.pending, depth.oldest, depth.rejected) == (1, NOW, 1)

    def test_gives_the_rejected_once_more_on_order(self, store: OutboxStore) -> None:
        """After the cause was mended nothing has been lost, of their envelopes neither."""
        shared = structs.replace(row(2).envelope, shared=True)
        rows = [row(1), OutboxRow(shared, row(2).body)]
        store.add(rows, NOW)
        store.reject("events", [(event, "status_400") for event in self.taken(store)], "me", NOW)
        store.requeue("events")
        again = store.lease("events", "you", 9, until=NOW + 60, now=NOW)
        assert [one.row for one in again] == rows

    def test_says_what_was_rejected_but_not_what_it_says(self, store: OutboxStore) -> None:
        """Each with its reason, and since when; of that sink alone, in the order of ids."""
        store.add([row(1, sinks=("events", "other")), row(2)], NOW)
        reasons = [(event, f"status_{event[-1]}") for event in reversed(self.taken(store))]
        store.reject("events", reasons, "me", NOW + 9)
        first, second = ids(1, 2)
        assert list(store.rejected("events")) == [
            RejectedEvent(first, "shop", "analytics", "status_1", NOW + 9, LATER),
            RejectedEvent(second, "shop", "analytics", "status_2", NOW + 9, LATER),
        ]
        assert list(store.rejected("other")) == []

    def test_gives_once_more_what_another_sink_still_waits_for(self, store: OutboxStore) -> None:
        """The two do not get in each other's way, however much it is."""
        sent = row(1, sinks=("events", "other")).envelope
        large = [OutboxRow(structs.replace(sent, id=n), b"x" * 3_000_000) for n in ids(1, 2)]
        store.add(large, NOW)
        store.reject("events", [(event, "no") for event in self.taken(store)], "me", NOW)
        assert store.requeue("events") == len(large)
        assert self.taken(store) == self.taken(store, sink="other") == ids(1, 2)

    def test_gives_once_more_though_others_given_before_still_wait(
        self, store: OutboxStore
    ) -> None:
        """Refused again it is put back again, as often as an operator likes."""
        store.add([row(1), row(2)], NOW)
        store.reject("events", [(event, "no") for event in self.taken(store)], "me", NOW)
        store.requeue("events")
        for _ in range(3):
            first, second = self.taken(store)
            store.reject("events", [(first, "no")], "me", NOW)
            store.retry("events", [second], "me", NOW)
            assert store.requeue("events") == 1
        assert self.taken(store) == ids(1, 2)

    def test_gives_or_drops_the_rejected_that_were_chosen(self, store: OutboxStore) -> None:
        """The others stay aside; an id that was not rejected is nobody's."""
        store.add([row(1), row(2), row(3)], NOW)
        store.reject("events", [(event, "no") for event in self.taken(store)], "me", NOW)
        counts = (store.requeue("events", ids(1, 9)), store.drop_rejected("events", ids(2, 8)))
        left = [one.id for one in store.rejected("events")]
        assert (counts, self.taken(store), left) == ((1, 1), ids(1), ids(3))

    def test_erases_a_person_even_among_the_rejected(self, store: OutboxStore) -> None:
        """Visitor, record and subject find their rows, whatever became of these."""
        store.add([of_nobody(row(1)), of_nobody(row(2)), row(3), row(4)], NOW)
        self.taken(store)
        store.reject("events", [(ids(2)[0], "status_400")], "me", NOW)
        erased = [
            store.forget("visitor", f"{1:032x}"),
            store.forget("record", "record-2"),
            store.forget("subject", "subject-3"),
        ]
        assert (erased, [depth.pending for depth in store.depths()]) == ([1, 1, 1], [1])

    def test_shows_what_it_would_erase(self, store: OutboxStore) -> None:
        """Every row of the person, among the pending and the rejected; of others none."""
        store.add([row(1, sinks=("events", "files")), row(2)], NOW)
        self.taken(store)
        store.reject("events", [(ids(1)[0], "status_400")], "me", NOW)
        found = [
            (theirs.envelope.sinks, theirs.envelope.id)
            for theirs in store.of_subject("subject", "subject-1")
        ]
        assert found == [(("files",), ids(1)[0]), (("events",), ids(1)[0])]

    def test_what_waits_outlives_what_is_erased_beside_it(self, store: OutboxStore) -> None:
        """Leases hold on, events and envelopes stay together, and the place of nobody changes."""
        store.add([row(number, sinks=("events", "other")) for number in range(6)], NOW)
        held = store.lease("events", "me", 4, until=NOW + 60, now=NOW)
        assert store.forget("subject", "subject-2") == len(("events", "other"))
        store.settle("events", ids(0, 1), "me")
        store.retry("events", ids(2, 3), "me", NOW)
        again = store.lease("events", "you", 9, until=NOW + 60, now=NOW)
        assert [one.row for one in again] == [held[3].row, row(4), row(5)]
        assert [one.attempts for one in again] == [2, 1, 1]
        assert self.taken(store, sink="other") == ids(0, 1, 3, 4, 5)

    def test_a_visitor_is_nobody_known(self, store: OutboxStore) -> None:
        """Several people share an address: what somebody did while known is theirs alone."""
        store.add([row(1)], NOW)
        visitor = row(1).envelope.visitor or ""
        assert (list(store.of_subject("visitor", visitor)), store.forget("visitor", visitor)) == (
            [],
            0,
        )

    def test_purges_what_has_expired(self, store: OutboxStore) -> None:
        """An expired row goes, pending or rejected; others stay."""
        store.add([row(1, expires_at=int(NOW)), row(2, expires_at=int(NOW)), row(3)], NOW)
        store.lease("events", "me", 1, until=NOW + 60, now=NOW)
        store.reject("events", [(ids(1)[0], "status_400")], "me", NOW)
        purged = [store.purge(NOW), store.purge(NOW)]
        assert (purged, self.taken(store, owner="new")) == ([2, 0], ids(3))

    def test_sweeps_what_must_not_leave(self, store: OutboxStore) -> None:
        """Pending, leased or rejected, and for every sink; what may leave stays."""
        both = ("events", "other")
        store.add([row(number, sinks=both) for number in range(950)], NOW)
        self.taken(store)
        store.reject("events", [(ids(1)[0], "status_400")], "me", NOW)
        wanted = {f"record-{number}" for number in (0, 1, 940)}

        def stopped(envelopes: list[Envelope]) -> set[str]:
            return {it.id for it in envelopes if it.record in wanted}

        swept = [store.sweep(stopped), store.sweep(stopped)]
        left = [(depth.pending, depth.rejected) for depth in store.depths()]
        assert (swept, left) == ([6, 0], [(947, 0), (947, 0)])

    def test_takes_empty_work(self, store: OutboxStore) -> None:
        """No rows and no ids are no error."""
        store.add([], NOW)
        store.retry("events", [], "me", NOW)
        store.reject("events", [], "me", NOW)
        assert (store.settle("events", [], "me"), self.taken(store)) == (0, [])
