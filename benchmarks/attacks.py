"""
Lines 40 and 41: the costliest request a stranger can send, in instructions, and the memory bought.

Each attack fills about the 32 KiB of headers that nginx lets through, or sends what was never sent.
"""

from __future__ import annotations

import asyncio
import gc
import random
import tracemalloc
from collections.abc import Awaitable, Callable, Iterator
from functools import cache
from itertools import count
from typing import Any

from benchmarks.apps import CONFIG, raw, wrapped
from benchmarks.instructions import counted
from benchmarks.measure import Case, Row
from benchmarks.scopes import scopes, send

MORE = ("sale", "targeted_ads", "analytics_storage", "profiling_significant", "sensitive_data")
PURPOSES = 12
REQUESTS = 100
COUNTED = 40
FEW = 3
"""Forms that come before those counted: a network may have sixty written down."""
HOSTILE = 2000
MEBIBYTE = 2**20

Pair = tuple[bytes, bytes]
QUERY, PATH, BODY = b":query", b":path", b":body"
"""Stand among the headers of an attack for what is no header; a request with a body is a POST."""
PSEUDO = frozenset({QUERY, PATH, BODY})
BODY_OF = "benchmarks.body"
FORM = (b"content-type", b"application/x-www-form-urlencoded")
Attack = Callable[[int], list[Pair]]
"""From a number, never the same twice, the headers of a request that nobody has sent before."""


def config() -> str:
    """Return the configuration of a site with twelve purposes."""
    tables = [
        f'[purposes.more{i}]\nuses = ["{MORE[i % len(MORE)]}"]\nretention = "6 months"\n'
        for i in range(PURPOSES - 3)
    ]
    return CONFIG + "".join(tables)


def _purposes(dice: random.Random) -> str:
    names = [f"more{i}" for i in range(PURPOSES - 3)] + ["ads", "analytics"]
    return "/".join(dice.sample(names, dice.randrange(1, len(names))))


def _refusals(n: int) -> list[Pair]:
    cookie = f"pk-no={_purposes(random.Random(n))}:{1990 + n % 36}-{1 + n % 12:02d}"
    signals = [(b"sec-gpc", b"1")] * (n & 1) + [(b"dnt", b"1")] * (n >> 1 & 1)
    return [(b"cookie", cookie.encode()), *signals]


def _agents(n: int) -> list[Pair]:
    return [(b"user-agent", b"Mozilla/5.0 (%d; %s) Chrome/%d" % (n, b"x (" * 150, n))]


def _hints(n: int) -> list[Pair]:
    return [(b"sec-ch-ua", b'"Chromium";v="%d", "%d";v="1"' % (n, n)), (b"user-agent", b"%d" % n)]


def _referrers(n: int) -> list[Pair]:
    return [(b"referer", b"https://%d.%s.example/?%s" % (n, b"a" * 60, b"q=1&" * 6000))]


def _header_names(n: int) -> list[Pair]:
    return [(b"x-%d-%d" % (n, i), b"1") for i in range(100)]


def _pieces(n: int) -> list[Pair]:
    return [(b"x-%d-%d-ip-client-a-b-c-d-e-f-ix" % (n, i), b"1") for i in range(100)]


def _near_addresses(_: int) -> list[Pair]:
    return [(b"x-near-%d" % i, b"1.2.3.x," * 40) for i in range(100)]


def _paths(n: int) -> list[Pair]:
    return [(PATH, b"/%d" % n + b"/a1b2c3d4e5f6-4f9c.7Kq2" * 1300)]


def _path_names(n: int) -> list[Pair]:
    return [(PATH, b"/" + b"-".join(b"Kq%d" % (n * i) for i in range(5000)))]


def _hosts(n: int) -> list[Pair]:
    return [(b"host", b"%d.%s.example" % (n, b"a." * 15_000))]


def _forwarded(_: int) -> list[Pair]:
    return [(b"x-forwarded-for", b", ".join(b"127.0.0.%d" % (i % 250) for i in range(2500)) + b"x")]


def _cookies(n: int) -> list[Pair]:
    return [(b"cookie", b"; ".join(b"_ga%d%d=1" % (n, i) for i in range(3000)))]


def _refused_cookies(n: int) -> list[Pair]:
    refusal = b"pk-no=%s:2026-01; " % _purposes(random.Random(n)).encode()
    return [(b"cookie", refusal + b"; ".join(b"_ga%d%d=1" % (n, i) for i in range(3000)))]


def _tokens(n: int) -> list[Pair]:
    return [(b"cookie", b"; ".join(b"pk-yes=1:r%d:abc:ads::%d" % (n, i) for i in range(16)))]


def _forwarded_field(_: int) -> list[Pair]:
    return [
        (b"forwarded", b", ".join(b"for=127.0.0.%d;proto=https" % (i % 250) for i in range(1000)))
    ]


def _repeated(_: int) -> list[Pair]:
    """Return as many lines as are read."""
    return [(b"x-forwarded-for", b"127.0.0.%d" % (i % 250)) for i in range(240)]


def _parted_cookies(n: int) -> list[Pair]:
    return [(b"cookie", b"_ga%d%d=1" % (n, i)) for i in range(240)]


def _thousands_of_lines(_: int) -> list[Pair]:
    return [(b"dnt", b"1") for _ in range(6000)]


def _repeated_refusals(n: int) -> list[Pair]:
    one = f"pk-no={'/'.join(['ads'] * 740)}:{1990 + n % 36}-01"
    return [(b"cookie", "; ".join([one] * 16).encode())]


def _long_agents(n: int) -> list[Pair]:
    return [(b"user-agent", b"Mozilla/5.0 (%d; " % n + b"Android " * 3900)]


def _long_hints(n: int) -> list[Pair]:
    brands = b", ".join(b'"%d";v="%d"' % (n, i) for i in range(2500))
    return [(b"sec-ch-ua", brands), (b"user-agent", b"%d" % n)]


def _queries(n: int) -> list[Pair]:
    return [(QUERY, b"&".join(b"utm_source=%d%%41%%42" % i for i in range(1300)) + b"&n=%d" % n)]


def _signals(n: int) -> list[Pair]:
    return [
        (b"sec-gpc", b"1" * 16_000),
        (b"dnt", b"1" + b" x" * 6000),
        (b"accept-language", b"%d" % n),
    ]


def _page(path: bytes, *attacks: Attack) -> Attack:
    """Return the requests of *attacks*, sent to one of our own pages."""

    def made(n: int) -> list[Pair]:
        return [(PATH, path), *(pair for attack in attacks for pair in attack(n))]

    return made


def _choices(n: int) -> list[Pair]:
    body = b"action=save&purpose=ads&next=/%d" % n
    return [FORM, (BODY, body), (b"origin", b"http://example.org"), (b"host", b"example.org")]


def _long_forms(n: int) -> list[Pair]:
    return [FORM, (BODY, b"action=refuse&next=/%d" % n + b"%41" * 5400)]


ATTACKS: dict[str, Attack] = {
    "our page": _page(b"/privacy/", _refusals),
    "our page, many cookies": _page(b"/privacy/", _refused_cookies),
    "our page, a long query": _page(b"/privacy/", _refusals, _queries),
    "our opt-out page": _page(b"/privacy/opt-out", _refusals),
    "our status": _page(b"/privacy/status.json", _refusals),
    "our 404": _page(b"/privacy/" + b"x" * 30_000),
    "forms": _page(b"/privacy/choice", _choices),
    "long forms": _page(b"/privacy/choice", _long_forms),
    "made-up refusals": _refusals,
    "made-up user agents": _agents,
    "made-up client hints": _hints,
    "made-up referrers": _referrers,
    "made-up header names": _header_names,
    "names of many pieces": _pieces,
    "near addresses": _near_addresses,
    "long paths": _paths,
    "long names in paths": _path_names,
    "made-up hosts": _hosts,
    "forwarded chains": _forwarded,
    "many cookies": _cookies,
    "many cookies after a refusal": _refused_cookies,
    "forged grants": _tokens,
    "long user agents": _long_agents,
    "long client hints": _long_hints,
    "long signals": _signals,
    "Forwarded chains": _forwarded_field,
    "repeated headers": _repeated,
    "parted cookies": _parted_cookies,
    "thousands of lines": _thousands_of_lines,
    "repeated refusals": _repeated_refusals,
    "long queries": _queries,
}


WRITTEN = "a form"
ORDINARY = "an ordinary request"


def _requests(attack: Attack | None, first: int, many: int) -> list[dict[str, Any]]:
    made = []
    for n, scope in zip(count(first), _from_nowhere(many), strict=False):
        own = attack(n) if attack is not None else []
        names = {name for name, _ in own}
        scope["query_string"] = dict(own).get(QUERY, b"")
        scope["raw_path"] = dict(own).get(PATH, scope["path"].encode())
        scope["path"] = scope["raw_path"].decode()
        body = dict(own).get(BODY)
        scope["method"] = "GET" if body is None else "POST"
        scope[BODY_OF] = body or b""
        own = [pair for pair in own if pair[0] not in PSEUDO]
        scope["headers"] = [pair for pair in scope["headers"] if pair[0] not in names] + own
        made.append(scope)
    return made


def _from_nowhere(many: int) -> Iterator[dict[str, Any]]:
    """Yield browser-like requests from an address without a place: all policies apply."""
    for scope in scopes(many):
        kept = [pair for pair in scope["headers"] if pair[0] != b"x-forwarded-for"]
        yield {**scope, "headers": [*kept, (b"x-forwarded-for", b"192.0.2.1")]}


def _receiving(body: bytes) -> Callable[[], Awaitable[dict[str, Any]]]:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _serve(loop: asyncio.AbstractEventLoop, app: Any, requests: list[dict[str, Any]]) -> None:
    gc.collect()
    _all_of_them(loop, app, requests)


def _all_of_them(loop: asyncio.AbstractEventLoop, app: Any, requests: list[dict[str, Any]]) -> None:
    async def serve() -> None:
        for scope in requests:
            await app(scope, _receiving(scope.pop(BODY_OF)), send)

    loop.run_until_complete(serve())


@cache
def _site(_name: str) -> Any:
    """Return a site of twelve purposes behind privacykit; one for each name."""
    return wrapped(raw, durable=False, config=config())


def case_of(loop: asyncio.AbstractEventLoop, name: str) -> tuple[Case, int]:
    """Return what sends new requests of the attack *name*, and how many; others came before."""
    app = _site(name if name == WRITTEN else "")
    attack = ATTACKS["forms"] if name == WRITTEN else ATTACKS.get(name)
    if name == WRITTEN:  # the browsers are known, as those of the others are
        _all_of_them(loop, app, _requests(None, 0, REQUESTS))
    _all_of_them(loop, app, _requests(attack, 0, FEW if name == WRITTEN else REQUESTS))
    requests = _requests(attack, REQUESTS, COUNTED)
    return lambda _: _all_of_them(loop, app, requests), COUNTED


def ratios() -> dict[str, float]:
    """Return the instructions of a request of each attack, over those of an ordinary one."""
    k = counted([ORDINARY, *ATTACKS, WRITTEN])
    return {name: k[name] / k[ORDINARY] for name in (*ATTACKS, WRITTEN)}


def memory() -> dict[str, float]:
    """Return the MiB that two thousand requests of each attack leave behind, one after another."""
    loop = asyncio.new_event_loop()
    app = wrapped(raw, durable=False, config=config())
    _serve(loop, app, _requests(None, 0, REQUESTS))
    taken = {}
    tracemalloc.start()
    for name, attack in ATTACKS.items():
        before = tracemalloc.get_traced_memory()[0]
        for first in range(0, HOSTILE, 100):
            _serve(loop, app, _requests(attack, first, 100))
        gc.collect()
        taken[name] = (tracemalloc.get_traced_memory()[0] - before) / MEBIBYTE
    tracemalloc.stop()
    return taken


def run(_rounds: int) -> list[Row]:
    """Measure and return the rows."""
    cost, taken = ratios(), memory()
    written = cost.pop(WRITTEN)
    dearest, largest = max(cost, key=cost.__getitem__), max(taken, key=taken.__getitem__)
    what = "instructions of the costliest request"
    return [
        Row.of("attacks.costliest", f"{what} ({dearest}) ÷ an ordinary one", cost[dearest]),
        Row.of(
            "attacks.written",
            f"instructions of a choice that is written down ({WRITTEN}) ÷ an ordinary request",
            written,
            note="its store included",
        ),
        Row.of("attacks.memory", f"MiB after 2000 requests ({largest})", taken[largest]),
    ]
