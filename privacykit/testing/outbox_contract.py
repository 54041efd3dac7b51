"""What every store behind an outbox must do. Subclass, give the fixture `store`, run pytest."""

from __future__ import annotations

from privacykit.collect.ports import Envelope
from privacykit.stores.outbox_sql import OutboxStore
from privacykit.testing.samples import NOW, ids, of_nobody, row


class OutboxContract:
    """The laws of `privacykit.stores.outbox_sql`, one test each."""

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

    def test_keeps_the_rejected_aside(self, store: OutboxStore) -> None:
        """A rejected row is not lent again, and not lost."""
        store.add([row(1), row(2)], NOW)
        self.taken(store)
        store.reject("events", [(ids(1)[0], "status_400")], "me")
        (depth,) = store.depths()
        assert (depth.pending, depth.oldest, depth.rejected) == (1, NOW, 1)

    def test_gives_the_rejected_once_more_on_order(self, store: OutboxStore) -> None:
        """After the cause was mended nothing has been lost."""
        store.add([row(1), row(2)], NOW)
        store.reject("events", [(event, "status_400") for event in self.taken(store)], "me")
        store.requeue("events")
        assert self.taken(store) == ids(1, 2)

    def test_erases_a_person_even_among_the_rejected(self, store: OutboxStore) -> None:
        """Visitor, record and subject find their rows, whatever became of these."""
        store.add([of_nobody(row(1)), of_nobody(row(2)), row(3), row(4)], NOW)
        self.taken(store)
        store.reject("events", [(ids(2)[0], "status_400")], "me")
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
        store.reject("events", [(ids(1)[0], "status_400")], "me")
        found = [
            (theirs.envelope.sinks, theirs.envelope.id)
            for theirs in store.theirs("subject", "subject-1")
        ]
        assert found == [(("files",), ids(1)[0]), (("events",), ids(1)[0])]

    def test_a_visitor_is_nobody_known(self, store: OutboxStore) -> None:
        """Several people share an address: what somebody did while known is theirs alone."""
        store.add([row(1)], NOW)
        visitor = row(1).envelope.visitor or ""
        assert (list(store.theirs("visitor", visitor)), store.forget("visitor", visitor)) == ([], 0)

    def test_purges_what_has_expired(self, store: OutboxStore) -> None:
        """An expired row goes, pending or rejected; others stay."""
        store.add([row(1, expires_at=int(NOW)), row(2, expires_at=int(NOW)), row(3)], NOW)
        store.lease("events", "me", 1, until=NOW + 60, now=NOW)
        store.reject("events", [(ids(1)[0], "status_400")], "me")
        purged = [store.purge(NOW), store.purge(NOW)]
        assert (purged, self.taken(store, owner="new")) == ([2, 0], ids(3))

    def test_sweeps_what_must_not_leave(self, store: OutboxStore) -> None:
        """Pending, leased or rejected, and for every sink; what may leave stays."""
        both = ("events", "other")
        store.add([row(number, sinks=both) for number in range(950)], NOW)
        self.taken(store)
        store.reject("events", [(ids(1)[0], "status_400")], "me")
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
        store.reject("events", [], "me")
        assert (store.settle("events", [], "me"), self.taken(store)) == (0, [])
