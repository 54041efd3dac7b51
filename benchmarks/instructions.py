"""
Lines 1 to 4 and 42 in instructions: the same number whatever else the machine does.

``counted`` starts this file under callgrind, which counts what the processor is told to do; Python's
hashes are fixed, collections happen between the cases, and every place and browser was seen before.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import itertools
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmarks import environs
from benchmarks.apps import NoOp, raw, starlette, wrapped
from benchmarks.measure import Case, Row
from benchmarks.scopes import receive, scopes, send, sending

HERE = Path(__file__).parent
VISITORS = 500
"""Requests that differ by visitor; their 313 places are all warmed but in the line of a new one."""
REQUESTS = 500
LIBRARY, COUNTS = "COUNTER_LIBRARY", "COUNTER_OUT"
OURS = ("raw", "starlette", "raw+privacy", "raw+privacy, opted out", "starlette+privacy")
PEERS = ("raw+noop", "raw+id", "starlette+id")
WSGI = ("wsgi", "wsgi+privacy", "wsgi+ProxyFix", "flask", "flask+privacy")
DJANGO = ("django", "django+privacy", "django+Security")
NEW_PLACE = "a request from a new place"


def counted(names: Iterable[str]) -> dict[str, float]:
    """Return thousands of instructions a request takes in each of the cases *names*."""
    with tempfile.TemporaryDirectory(prefix="privacykit-count-") as folder:
        library, out = f"{folder}/counter.so", f"{folder}/out"
        build = ["gcc", "-O2", "-shared", "-fPIC", "-o", library, str(HERE / "counter.c")]
        subprocess.run(build, check=True)
        own = {LIBRARY: library, COUNTS: out, "PYTHONHASHSEED": "0"}
        run = [
            *("valgrind", "-q", "--tool=callgrind", "--instr-atstart=no"),
            *(f"--callgrind-out-file={out}", sys.executable, "-m", "benchmarks.instructions"),
        ]
        done = subprocess.run(
            [*run, *names],
            cwd=HERE.parent,
            env={k: v for k, v in os.environ.items() if not k.startswith("COVERAGE_")} | own,
            stdout=subprocess.PIPE,
            check=True,
        )
        return json.loads(done.stdout)


def _measure(cases: Mapping[str, tuple[Case, int]]) -> dict[str, float]:
    """Return what each case takes; runs under callgrind, in the process that :func:`counted` began."""
    counter = ctypes.CDLL(os.environ[LIBRARY])
    gc.collect()
    gc.freeze()
    gc.disable()
    counter.counter_start()
    for number, (case, n) in enumerate(cases.values()):
        counter.counter_zero()
        case(n)
        counter.counter_dump(b"case %d" % number)
    counter.counter_stop()
    found = {}
    out = Path(os.environ[COUNTS])
    for file in out.parent.glob(f"{out.name}.*"):
        text = file.read_text()
        which = re.search(r"Trigger: Client Request: case (\d+)", text)
        total = re.search(r"(?:totals|summary): (\d+)", text)
        if which is not None and total is not None:
            name = list(cases)[int(which[1])]
            found[name] = int(total[1]) / cases[name][1] / 1000
    return {name: found[name] for name in cases}


def _with_id(app: Any) -> Any:
    from asgi_correlation_id import CorrelationIdMiddleware

    return CorrelationIdMiddleware(app)


LAYERS: dict[str, Callable[[], Any]] = {
    "raw": lambda: raw,
    "raw+noop": lambda: NoOp(raw),
    "raw+id": lambda: _with_id(raw),
    "raw+privacy": lambda: wrapped(raw, durable=False),
    "raw+privacy, opted out": lambda: wrapped(raw, durable=False),
    "starlette": starlette,
    "starlette+id": lambda: _with_id(starlette()),
    "starlette+privacy": lambda: wrapped(starlette(), durable=False),
}


WSGI_LAYERS: dict[str, Callable[[], Any]] = {
    "wsgi": lambda: environs.raw,
    "wsgi+privacy": lambda: wrapped(environs.raw, durable=False),
    "wsgi+ProxyFix": lambda: environs.proxy_fix(environs.raw),
    "flask": environs.flask,
    "flask+privacy": lambda: wrapped(environs.flask(), durable=False),
    "django": environs.django,
    "django+privacy": lambda: environs.django("benchmarks.environs.django_privacy"),
    "django+Security": lambda: environs.django("django.middleware.security.SecurityMiddleware"),
}


def _cases(names: Iterable[str]) -> dict[str, tuple[Case, int]]:
    from benchmarks import attacks
    from privacykit.geo.synthetic import PLACES, address_of
    from privacykit.runtime.refresher import RuntimeRefresher

    RuntimeRefresher._run = lambda _: None  # no chores within the counts  # noqa: SLF001
    # A clock that a slow run moves no faster: the text of a second is made once in it.
    time.time = itertools.count(time.time(), 0.001).__next__
    loop = asyncio.new_event_loop()
    plain, refused = scopes(VISITORS), scopes(VISITORS, cookie=b"; pk-no=*:2026-11")
    cases = {}
    for name in names:
        if name in WSGI_LAYERS:
            requests = environs.environs(plain)
            cases[name] = environs.serving(WSGI_LAYERS[name](), requests), REQUESTS
        elif name not in (*LAYERS, NEW_PLACE):
            cases[name] = attacks.case_of(loop, name)
        elif name == NEW_PLACE:
            cases[name] = _new_places(loop, [address_of(place, 7) for place in PLACES], plain)
        else:
            requests = refused if "opted out" in name else plain
            cases[name] = sending(loop, LAYERS[name](), requests), REQUESTS
    return cases


def _new_places(
    loop: asyncio.AbstractEventLoop, addresses: list[str], plain: list[dict[str, Any]]
) -> tuple[Case, int]:
    """Return a case whose every request comes from a place that sent none before."""
    app, requests = wrapped(raw, durable=False), []
    for scope, address in zip(plain, addresses, strict=False):
        kept = [pair for pair in scope["headers"] if pair[0] != b"x-forwarded-for"]
        requests.append({**scope, "headers": [*kept, (b"x-forwarded-for", address.encode())]})

    async def serve(n: int) -> None:
        for scope in requests[:n]:
            await app({**scope, "state": {}}, receive, send)

    return lambda n: loop.run_until_complete(serve(n)), len(requests)


def run(_rounds: int) -> list[Row]:
    """Count and return the rows."""
    k = counted([*OURS, *PEERS, NEW_PLACE, *WSGI, *DJANGO])
    added = {name: k[name] - k[name.partition("+")[0]] for name in k if "+" in name}
    peer, over = added["raw+id"], "instructions added over"
    return [
        Row.of(
            "instructions.raw",
            f"{over} a raw ASGI app ÷ asgi-correlation-id's",
            added["raw+privacy"] / peer,
            note=f"{VISITORS} visitors of 313 places, all warmed",
        ),
        Row.of(
            "instructions.starlette",
            f"{over} Starlette ÷ asgi-correlation-id's",
            added["starlette+privacy"] / added["starlette+id"],
        ),
        Row.of(
            "instructions.opted-out",
            "opted-out visitor: the same as line 1",
            added["raw+privacy, opted out"] / peer,
        ),
        Row.of(
            "instructions.new-place",
            "first request of a place ÷ later ones",
            k[NEW_PLACE] / k["raw+privacy"],
        ),
        Row.of(
            "instructions.wsgi",
            f"{over} a raw WSGI app ÷ over a raw ASGI app",
            added["wsgi+privacy"] / added["raw+privacy"],
        ),
        Row.of(
            "instructions.proxy-fix",
            f"{over} a raw WSGI app ÷ ProxyFix's with a layer that does nothing",
            added["wsgi+privacy"] / added["wsgi+ProxyFix"],
        ),
        Row.of(
            "instructions.django",
            f"{over} Django ÷ over a raw ASGI app",
            added["django+privacy"] / added["raw+privacy"],
        ),
        Row.of(
            "instructions.security",
            f"{over} Django ÷ its SecurityMiddleware's",
            added["django+privacy"] / added["django+Security"],
        ),
    ]


if __name__ == "__main__":
    print(json.dumps(_measure(_cases(sys.argv[1:]))))
