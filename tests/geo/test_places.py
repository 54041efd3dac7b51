"""The place of an address, whatever the file holds and whatever happens to it."""

from __future__ import annotations

import dataclasses
import os
import threading
from ipaddress import IPv4Network, ip_address

import pytest

from privacykit.geo import lookup, synthetic
from privacykit.geo.lookup import GRACE_SECONDS, Places
from privacykit.geo.mmdb import write
from privacykit.geo.records import Fields
from privacykit.geo.synthetic import PLACES, RecordShape, address_of, build, networks_of

DAY = 86_400


def packed(text):
    """Return the packed bytes of an address."""
    return ip_address(text).packed


class Clock:
    """A clock that stands until it is moved."""

    now = 1_767_225_600.0

    def __call__(self):
        """Return Unix seconds."""
        return self.now


@pytest.fixture
def counted():
    """Collect what is counted."""
    return []


@pytest.fixture
def database(tmp_path):
    """Give the path of a database of every place."""
    path = tmp_path / "places.mmdb"
    path.write_bytes(build())
    return path


@pytest.fixture
def places(database, counted):
    """Give places over the database of every place."""
    places = Places(database, count=lambda *what: counted.append(what), clock=Clock())
    yield places
    places.close()


def replace(path, content):
    """Replace a file as careful programs do: by renaming over it."""
    other = path.with_suffix(".new")
    other.write_bytes(content)
    os.utime(other, ns=(1, path.stat().st_mtime_ns + 1_000_000_000))
    other.rename(path)


@pytest.mark.parametrize("ipv6", [False, True], ids=["ipv4", "ipv6"])
@pytest.mark.parametrize("shape", [RecordShape.CODES, RecordShape.NAMES, RecordShape.FLAT_NAMES])
def test_every_place_is_found_in_every_shape(tmp_path, shape, ipv6):
    """All countries, states and provinces come back under their ISO 3166-2 codes."""
    (tmp_path / "x.mmdb").write_bytes(build(shape=shape))
    places = Places(tmp_path / "x.mmdb")
    found = {place: places(packed(address_of(place, ipv6=ipv6))) for place in PLACES}
    assert found == {place: place for place in PLACES}


def test_a_file_without_subdivisions_gives_countries(tmp_path):
    """The flat shape knows no states: the country is left, and its strictest law applies."""
    (tmp_path / "x.mmdb").write_bytes(build(shape=RecordShape.FLAT))
    assert Places(tmp_path / "x.mmdb")(packed(address_of("US-CA"))) == "US"


def test_an_unusual_shape_is_read_by_its_fields(tmp_path):
    """A file of no known shape is read where the configuration says."""
    record = {"geo": {"cc": "US", "where": "Texas"}}
    content = write([(networks_of("US")[0], record)], kind="odd", built=1)
    (tmp_path / "x.mmdb").write_bytes(content)
    odd = Places(tmp_path / "x.mmdb", fields=Fields("geo.cc", "geo.where"))
    assert odd(packed(address_of("US"))) == "US-TX"


def test_an_address_of_no_network_is_nowhere(places):
    """What the file does not know is unknown, and so is no address at all."""
    assert [places(packed("8.8.8.8")), places(packed("2a00::1")), places(None)] == ["ZZ"] * 3


def test_no_database_means_every_place_is_unknown():
    """Without a file privacykit runs, under the strictest law."""
    places = Places(None)
    assert (places(b"\x08\x08\x08\x08"), places.refresh(), places.reload()) == ("ZZ", False, False)


@pytest.mark.parametrize(
    "content",
    [b"", b"garbage", b"\xab\xcd\xefMaxMind.com", build()[:9000], bytes(70_000)],
    ids=["empty", "garbage", "marker", "cut", "zeros"],
)
def test_a_ruined_file_is_a_problem_and_not_a_crash(tmp_path, content, counted):
    """A file that is no database leaves every place unknown, counted and said."""
    path = tmp_path / "x.mmdb"
    path.write_bytes(content)
    places = Places(path, count=lambda *what: counted.append(what))
    assert places(packed(address_of("DE"))) == "ZZ"
    assert counted == [("geo", "load_failed")]
    assert [problem.id for problem in places.status().problems] == ["PK190"]


@pytest.mark.parametrize("function", ["tempfile.mkstemp", "shutil.copyfile"])
def test_a_full_disk_is_a_problem_and_not_a_crash(database, monkeypatch, function):
    """Without room for the private copy every place is unknown, and check says why."""

    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(function, full)
    problem = Places(database).status().problems[0]
    assert (problem.id, "No space left" in problem.message) == ("PK190", True)


@pytest.mark.parametrize("name", ["missing.mmdb", "."], ids=["missing", "a folder"])
def test_a_file_that_cannot_be_read_is_a_problem(tmp_path, name):
    """A missing file and a folder are said, with the file's name and what to do."""
    problem = Places(tmp_path / name).status().problems[0]
    assert (problem.id, bool(problem.hint)) == ("PK190", True)


def test_a_file_of_something_else_is_a_problem(tmp_path):
    """A database of networks' owners knows no countries, and check says so."""
    network = networks_of("DE")[0]
    content = write([(network, {"autonomous_system_number": 64496})], kind="ASN", built=1)
    (tmp_path / "x.mmdb").write_bytes(content)
    ids = [problem.id for problem in Places(tmp_path / "x.mmdb").status().problems]
    assert "PK191" in ids


def test_a_new_file_is_taken_up(database, places):
    """A renamed file is in use after the next refresh, and the memo starts afresh."""
    memo = places.memo(lambda place, _prefix: place)
    before = memo(packed(address_of("DE")))
    replace(database, build([place for place in PLACES if place != "DE"]))
    changed = places.refresh()
    assert (before, changed, memo(packed(address_of("DE")))) == ("DE", True, "ZZ")


def test_an_unchanged_file_is_not_read_again(places):
    """A refresh without a change does nothing."""
    assert places.refresh() is False


def test_garbage_over_the_file_leaves_the_old_one_in_use(database, places, counted):
    """Truncated in place and overwritten, the file hurts nobody: what was read before stays."""
    database.write_bytes(b"garbage")
    assert places.refresh() is False
    assert places(packed(address_of("DE"))) == "DE"
    assert counted == [("geo", "load_failed")]
    assert "PK192" in [problem.id for problem in places.status().problems]


def test_a_failed_reload_is_tried_again_only_after_a_change(database, places, counted):
    """Garbage is read once, not at every refresh; the mended file is taken up."""
    database.write_bytes(b"garbage")
    places.refresh()
    places.refresh()
    replace(database, build(["FR"]))
    assert (places.refresh(), counted) == (True, [("geo", "load_failed")])
    assert "PK192" not in [problem.id for problem in places.status().problems]


def test_a_file_that_appears_later_is_taken_up(tmp_path):
    """A worker that started before the first download needs no restart."""
    places = Places(tmp_path / "later.mmdb")
    (tmp_path / "later.mmdb").write_bytes(build())
    assert (places.refresh(), places(packed(address_of("FR")))) == (True, "FR")


def test_a_file_written_to_while_it_is_read_is_not_used(database, places, monkeypatch):
    """A half-written copy is refused and read again once the file rests."""
    copy = lookup.open_snapshot.__globals__["shutil"].copyfile

    def copy_and_write(source, target):
        copy(source, target)
        replace(database, build(["FR"]))

    replace(database, build(["DE"]))
    with monkeypatch.context() as patch:
        patch.setattr("shutil.copyfile", copy_and_write)
        assert places.refresh() is False
    assert places.refresh() is True


def test_a_replaced_reader_stays_open_for_the_grace_period(database):
    """A look-up under way ends with the reader it began with, which is closed later."""
    clock = Clock()
    places = Places(database, clock=clock)
    old = places.snapshot.reader
    replace(database, build(["FR"]))
    places.refresh()
    open_after_swap = not old.closed
    clock.now += GRACE_SECONDS
    places.refresh()
    assert (open_after_swap, old.closed) == (True, True)


def test_sampling_stops_when_it_has_seen_enough(tmp_path):
    """A database of many countries is believed after a few."""
    content = write(
        [(IPv4Network((n << 24, 8)), {"country_code": "FR"}) for n in range(1, 200)],
        kind="x",
        built=1,
    )
    (tmp_path / "x.mmdb").write_bytes(content)
    ids = [problem.id for problem in Places(tmp_path / "x.mmdb").status().problems]
    assert "PK191" not in ids


def test_a_closed_lookup_is_nowhere(database):
    """After closing, every place is unknown."""
    places = Places(database)
    memo = places.memo(lambda place, _prefix: place)
    memo(packed(address_of("DE")))
    places.close()
    places.close()
    assert (places(packed(address_of("DE"))), memo(packed(address_of("DE")))) == ("ZZ", "ZZ")


def test_a_reader_that_fails_is_nowhere_and_counted(places, counted):
    """Whatever a reader raises, the request goes on without a place."""
    places.snapshot.reader.close()
    assert places.lookup(packed(address_of("DE")))[0] == "ZZ"
    assert counted == [("geo", "lookup_failed")]


def test_an_ipv4_file_knows_no_ipv6(places):
    """An IPv6 address is unknown to a file of IPv4, without an error each time."""
    places.snapshot = dataclasses.replace(places.snapshot, ipv6=False)
    assert places.lookup(packed(address_of("DE", ipv6=True))) == ("ZZ", 0)


@pytest.mark.parametrize(("days", "warned"), [(44, False), (46, True)])
def test_an_old_database_is_warned_about(tmp_path, days, warned):
    """After 45 days the publisher has newer networks."""
    clock = Clock()
    (tmp_path / "x.mmdb").write_bytes(build(built=int(clock.now) - days * DAY))
    status = Places(tmp_path / "x.mmdb", clock=clock).status()
    assert ("PK193" in [problem.id for problem in status.problems]) is warned
    assert (status.kind, round(status.age_days)) == ("GeoLite2-City", days)


def test_a_missing_c_extension_is_warned_about(places, monkeypatch):
    """Without the C reader each look-up costs 15 times more, so check says it."""
    monkeypatch.setattr("maxminddb._extension", None)
    ids = [problem.id for problem in places.status().problems]
    assert "PK194" in ids


def test_places_work_without_the_c_extension(database, monkeypatch):
    """The pure reader gives the same places."""
    monkeypatch.setattr("maxminddb._extension", None)
    places = Places(database)
    assert places(packed(address_of("US-CA"))) == "US-CA"
    places.close()


def test_metadata_without_sense_is_a_damaged_file(tmp_path, monkeypatch):
    """Metadata that cannot be read is a problem of the file."""
    (tmp_path / "x.mmdb").write_bytes(write([(networks_of("DE")[0], {})], kind="x", built=1))

    class Reader:
        closed = False

        def metadata(self):
            """Fail as a damaged file does."""
            raise ValueError

        def close(self):
            """Note that it was closed."""
            self.closed = True

    reader = Reader()
    monkeypatch.setattr("maxminddb.open_database", lambda _path: reader)
    assert Places(tmp_path / "x.mmdb").status().problems[0].id == "PK190"
    assert reader.closed


def test_a_file_damaged_inside_is_counted_when_it_is_sampled(tmp_path, counted):
    """Metadata in order and data cut to pieces: places are unknown, failures counted."""
    content = bytearray(build(["AD"]))
    start = content.index(b"country") - 2
    content[start : start + 4] = b"\xff\xff\xff\xff"
    (tmp_path / "x.mmdb").write_bytes(content)
    places = Places(tmp_path / "x.mmdb", count=lambda *what: counted.append(what))
    assert places(packed(address_of("AD"))) == "ZZ"
    assert set(counted) == {("geo", "lookup_failed")}


def test_reloading_under_load_never_fails_a_lookup(database, counted):
    """Two threads look up while the file is swapped; each answer is right."""
    places = Places(database, count=lambda *what: counted.append(what))
    memo = places.memo(lambda place, _prefix: place)
    answers, stop = set(), threading.Event()

    def look():
        while not stop.is_set():
            answers.add(memo(packed(address_of("DE"))))

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(5):
        replace(database, build())
        places.refresh()
    stop.set()
    for thread in threads:
        thread.join()
    places.close()
    assert (answers, counted) == ({"DE"}, [])


def test_addresses_are_in_ranges_nobody_has():
    """The demo's visitors come from reserved and documentation ranges only."""
    addresses = [ip_address(address_of(p, ipv6=v)) for p in PLACES for v in (False, True)]
    assert all(a.is_reserved or a in synthetic.IPv6Network("2001:db8::/32") for a in addresses)


def test_an_unlisted_place_has_an_address_of_nowhere(places):
    """A visitor from an unknown place can be acted too."""
    assert places(packed(address_of("ZZ"))) == "ZZ"
