"""Lines 14 to 16: what a user agent names, and where an address is."""

from __future__ import annotations

import ipaddress
import random
import tempfile
from itertools import cycle
from pathlib import Path

import maxminddb
import user_agents
from ua_parser import user_agent_parser

from benchmarks.measure import Case, Row, best
from privacykit.devices.user_agent import DeviceReader, device_of
from privacykit.geo.lookup import Places
from privacykit.geo.mmdb import Value, write
from privacykit.geo.synthetic import PLACES, address_of, networks_of

_DESKTOPS = (
    "Windows NT 10.0; Win64; x64",
    "Macintosh; Intel Mac OS X 10_15_7",
    "X11; Linux x86_64",
)
_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
STREAM = 5000


def agents(count: int) -> list[str]:
    """Return *count* user agents, the commonest first: desktops, telephones, a long tail of models."""
    made = [
        f"Mozilla/5.0 ({system}) {_WEBKIT} Chrome/{major}.0.0.0 Safari/537.36"
        for major in range(131, 111, -1)
        for system in _DESKTOPS
    ]
    made += [
        f"Mozilla/5.0 (iPhone; CPU iPhone OS {major}_{minor} like Mac OS X) AppleWebKit/605.1.15 "
        f"(KHTML, like Gecko) Version/{major}.{minor} Mobile/15E148 Safari/604.1"
        for major in range(18, 13, -1)
        for minor in range(6)
    ]
    models = (
        f"Mozilla/5.0 (Linux; Android {10 + n % 6}; SM-{'ASX'[n % 3]}{n}{'BFU'[n % 3]}) {_WEBKIT} "
        f"Chrome/{100 + n % 30}.0.{n}.0 Mobile Safari/537.36"
        for n in range(100, 100 + count)
    )
    return (made + list(models))[:count]


_forget = vars(user_agent_parser)["_PARSE_CACHE"].clear
"""Empties the cache of the legacy parser, so that each round begins alike."""

_LANGUAGES = ("de", "en", "es", "fr", "ja", "pt-BR", "ru", "zh-CN")


def _city(place: str) -> Value:
    """Return a record of the size that city databases have: names in eight languages."""
    names: Value = {language: f"{place} in {language}" for language in _LANGUAGES}
    country, _, code = place.partition("-")
    return {
        "city": {"geoname_id": 2921044, "names": names},
        "continent": {"code": "EU", "geoname_id": 6255148, "names": names},
        "country": {"geoname_id": 2921045, "iso_code": country, "names": names},
        "location": {"accuracy_radius": 20, "time_zone": "Europe/Berlin"},
        "postal": {"code": "10115"},
        "registered_country": {"geoname_id": 2921046, "iso_code": country, "names": names},
        "subdivisions": [{"geoname_id": 2905330, "iso_code": code or "HE", "names": names}],
    }


def _stream(texts: list[str]) -> list[str]:
    weights = [1 / (rank + 1) for rank in range(len(texts))]
    return random.Random(14).choices(texts, weights, k=STREAM)


def _each(function, pool) -> Case:
    def run(n: int) -> None:
        take = cycle(pool).__next__
        for _ in range(n):
            function(take())

    return run


def _device_rows(rounds: int) -> list[Row]:
    texts = agents(3000)
    stream = _stream(texts)
    raw = [text.encode() for text in stream]
    warm = DeviceReader()
    warm.warm_up()

    def ours(n: int) -> None:
        for _ in range(n):
            read = DeviceReader()
            for text in raw:
                read(text)

    def theirs(n: int) -> None:
        for _ in range(n):
            _forget()
            for text in stream:
                user_agents.parse(text)

    def cold(text: str) -> None:
        _forget()
        user_agents.parse(text)

    hostile = ["Mozilla/5.0 (Linux; Android " + ";A " * 2600, "a/1 " * 2000, "(" * 8000]
    took = best({"ours": ours, "theirs": theirs}, rounds=max(2, rounds // 8))
    once = best(
        {
            "ours": _each(lambda text: device_of(warm.model(text), None), raw[:60]),
            "theirs": _each(cold, stream[:60]),
            "hostile": _each(
                lambda text: device_of(warm.model(text), None), [t.encode() for t in hostile]
            ),
            "hostile theirs": _each(cold, hostile),
        },
        rounds=max(3, rounds // 3),
    )
    note = "with ua-parser-rs" if warm.warm_up() == "ua-parser-rs" else "no ua-parser-rs here"
    return [
        Row.of(
            "lookups.devices",
            f"user_agents.parse ÷ ours, {STREAM} requests, {len(set(stream))} distinct",
            took["theirs"] / took["ours"],
            note,
        ),
        Row.of("lookups.unseen", "the same, unseen user agents", once["theirs"] / once["ours"]),
        Row.of(
            "lookups.hostile",
            "8 kB user agents: ours ÷ user_agents.parse",
            once["hostile"] / once["hostile theirs"],
        ),
    ]


def _place_rows(rounds: int) -> list[Row]:
    rng = random.Random(16)
    texts = [address_of(rng.choice(PLACES), rng.randrange(1, 250)) for _ in range(4000)]
    packed = [ipaddress.ip_address(text).packed for text in texts]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "places.mmdb"
        networks = [(network, _city(place)) for place in PLACES for network in networks_of(place)]
        file.write_bytes(write(networks, kind="City", built=1_767_225_600))
        reader = maxminddb.open_database(file)
        places = Places(file)
        memo = places.memo(lambda place, prefix: (place, prefix))

        def ours(address: bytes) -> object:
            # As the hot path asks: settings/locate.py.
            key = address[:3] if len(address) == 4 else address[:6]
            return memo.young.get(key) or memo(address)

        took = best(
            {
                "floor": _each(lambda _: None, packed),
                "memo": _each(ours, packed),
                "get": _each(reader.get, texts),
            },
            rounds=rounds,
        )
        reader.close()
        places.close()
    net = {name: seconds - took["floor"] for name, seconds in took.items()}
    ratio = net["memo"] / net["get"]
    return [Row.of("lookups.places", "place and prefix ÷ maxminddb's get in C", ratio)]


def run(rounds: int) -> list[Row]:
    """Measure and return the rows."""
    return _device_rows(rounds) + _place_rows(rounds)
