"""Small objects joined: each event once, whoever dies; an erasure is never undone by it."""

import gzip
import os

import pytest

from privacykit.errors import SinkError
from privacykit.sinks.compaction import PACKED, weight
from privacykit.sinks.storage.object_forms import MOST_LINES
from privacykit.sinks.storage.object_store import LocalObjects
from privacykit.sinks.storage.objects import MOST_JOINED
from privacykit.sinks.storage.turns import TURN, TURN_SECONDS
from privacykit.testing.samples import LATER, NOW, ids, row
from tests.sinks.storage.places import ids_below, in_folder, send, used

OVER = NOW + 3 * 86_400
"""When the day of the events is over."""


@pytest.fixture(params=["parquet", "jsonl"])
def lake(request, tmp_path):
    """Makes sinks of a folder that holds seven objects."""

    def made():
        return in_folder(tmp_path, format=request.param)

    for number in range(7):
        send(made(), row(number))
    rested(tmp_path)
    return made


def rested(folder):
    """Let all objects be as they are for long."""
    for path in folder.rglob("part-*"):
        os.utime(path, (NOW, NOW))


def objects(folder):
    """Return the names of the objects."""
    return sorted(path.name for path in folder.rglob("part-*"))


def test_small_objects_of_days_that_are_over_become_one(tmp_path, lake):
    """All events are in it, once; a second time there is nothing to join."""
    assert used(lake(), lambda it: it.compact(OVER)) == (7, 1)
    assert (len(objects(tmp_path)), ids_below(tmp_path)) == (1, ids(*range(7)))
    assert used(lake(), lambda it: it.compact(OVER)) == (0, 0)
    assert not (tmp_path / TURN).exists()


def test_what_may_still_get_events_is_let_alone(tmp_path, lake):
    """The day is not over, or an object was written a moment ago: something may be on its way."""
    assert used(lake(), lambda it: it.compact(NOW)) == (0, 0)
    for path in tmp_path.rglob("part-*"):
        os.utime(path, (OVER - 60, OVER - 60))
    assert used(lake(), lambda it: it.compact(OVER)) == (0, 0)
    assert len(objects(tmp_path)) == 7


def test_an_event_that_comes_again_is_known_in_the_whole(tmp_path, lake):
    """In another batch than before, by a sink that remembers nothing."""
    used(lake(), lambda it: it.compact(OVER))
    send(lake(), row(3), row(8))
    assert ids_below(tmp_path) == ids(*range(7), 8)


class Dying(LocalObjects):
    """A folder whose user dies at one of its changes."""

    def __init__(self, folder, at):
        super().__init__(folder)
        self.left = at

    def _step(self):
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt

    async def put_new(self, key, body):
        """Create it, or die."""
        self._step()
        return await super().put_new(key, body)

    async def delete(self, key):
        """Remove it, or die."""
        self._step()
        await super().delete(key)


@pytest.mark.parametrize("step", range(1, 9))
def test_a_compaction_that_dies_loses_nothing_and_undoes_no_erasure(tmp_path, lake, step):
    """At any of its changes; who comes after ends it, and what was erased stays so."""
    dying = lake()
    dying._store = Dying(tmp_path, step)
    with pytest.raises(KeyboardInterrupt):
        used(dying, lambda it: it.compact(OVER))
    assert set(ids_below(tmp_path)) == set(ids(*range(7)))
    later = lake()
    later._clock = lambda: NOW + 3600.0
    assert used(later, lambda it: it.erase(ids(3))) >= 1
    assert ids(3)[0] not in ids_below(tmp_path)
    rested(tmp_path)
    used(lake(), lambda it: it.compact(OVER))
    assert (ids_below(tmp_path), len(objects(tmp_path))) == (ids(0, 1, 2, 4, 5, 6), 1)


def test_an_erasure_waits_for_a_compaction(tmp_path, lake):
    """It would not see what is made meanwhile; it is asked again."""
    other = lake()

    async def meanwhile(sink):
        whole = sink._join

        async def join(*parts):
            with pytest.raises(SinkError, match="PK182"):
                await other.erase(ids(3))
            await whole(*parts)

        sink._join = join
        return await sink.compact(OVER)

    assert used(lake(), meanwhile) == (7, 1)
    assert used(other, lambda it: it.erase(ids(3))) == 1
    assert ids_below(tmp_path) == ids(0, 1, 2, 4, 5, 6)


def test_an_erasure_that_takes_long_keeps_its_turn(tmp_path, lake):
    """A compaction that began when the first turn was over would bring back what is erased."""
    sink, other, now = lake(), lake(), [NOW]
    sink._clock = other._clock = lambda: now[0]
    rewrite = sink._rewrite

    async def slowly(*told):
        now[0] += TURN_SECONDS * 0.8
        with pytest.raises(SinkError, match="PK182"):
            await other.compact(OVER)
        return await rewrite(*told)

    sink._rewrite = slowly
    assert used(sink, lambda it: it.erase(ids(1, 3, 5))) == 3
    assert not (tmp_path / TURN).exists()


def test_a_turn_that_another_has_taken_ends_an_erasure(lake):
    """It has to be repeated."""
    sink, other, now = lake(), lake(), [NOW]
    sink._clock = other._clock = lambda: now[0]
    rewrite = sink._rewrite

    async def too_slowly(*told):
        now[0] += TURN_SECONDS + 1
        await other.compact(OVER)
        return await rewrite(*told)

    sink._rewrite = too_slowly
    with pytest.raises(SinkError, match="PK182"):
        used(sink, lambda it: it.erase(ids(1, 3, 5)))


def test_an_erasure_in_an_empty_folder_leaves_the_folder(tmp_path):
    """It is the operator's, and the sink cannot do without."""
    assert used(in_folder(tmp_path), lambda it: it.erase(ids(1))) == 0
    assert tmp_path.is_dir()


def test_what_is_joined_can_be_unpacked():
    """However well it was packed: an object that cannot be read can lose nobody."""
    lines = b"x" * 1_000_000
    assert weight(gzip.compress(lines)) == len(lines) // PACKED
    assert weight(b"PAR1" + lines) == len(lines) + 4
    assert MOST_JOINED * PACKED < MOST_LINES


def test_retention_goes_on_in_the_whole(tmp_path, lake):
    """Its name says when its last event ends."""
    used(lake(), lambda it: it.compact(OVER))
    used(lake(), lambda it: it.keep(LATER + 1))
    assert objects(tmp_path) == []
