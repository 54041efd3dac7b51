"""An application that is forked while a thread holds one lock of ours, or all of them."""

from __future__ import annotations

import asyncio
import faulthandler
import gc
import os
import signal
import sys
import threading
from collections import defaultdict
from pathlib import Path

from privacykit import forks
from privacykit.app import engine_of, wrap
from privacykit.geo.synthetic import address_of

LOCKS = (type(threading.Lock()), type(threading.RLock()), threading.Event, threading.Condition)
SECONDS = 60
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


def attributes(owner):
    """Return the attributes of *owner* by name, wherever it keeps them."""
    found = dict(getattr(owner, "__dict__", {}))
    for cls in type(owner).__mro__:
        for name in getattr(cls, "__slots__", ()):
            if hasattr(owner, name):
                found[name] = getattr(owner, name)
    return found


def held_by_us():
    """Return every lock and event of objects and modules of ours, by the name of its place."""
    found = defaultdict(list)
    for owner in gc.get_objects():
        module = getattr(type(owner), "__module__", "") or ""
        if isinstance(owner, type) or not str(module).startswith("privacykit"):
            continue
        for name, value in attributes(owner).items():
            if isinstance(value, LOCKS):
                found[f"{type(owner).__name__}.{name}"].append((owner, value))
    for name, module in list(sys.modules.items()):
        if name.startswith("privacykit"):
            for key, value in vars(module).items():
                if isinstance(value, LOCKS):
                    found[f"{name}.{key}"].append((module, value))
    return found


async def _serve(app):
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    headers = {"host": "testserver", "x-forwarded-for": address_of("DE", 9), "user-agent": FIREFOX}
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "query_string": b"",
        "client": ("127.0.0.1", 5000),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    await app(scope, receive, send)
    return scope["state"]["privacy"]


async def _answer(scope, _receive, send):
    privacy = scope["state"]["privacy"]
    privacy.visitor, privacy.rate_limit_key(), privacy.identify(42)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})


async def _child(app, engine):
    """Serve until a request is served whole, then drain."""
    for _ in range(SECONDS * 20):
        privacy = await _serve(app)
        if privacy.place == "DE":
            break
        await asyncio.sleep(0.05)
    assert privacy.place == "DE", "never served whole"
    assert privacy.emit("signup", "analytics"), "not emitted"
    assert await privacy.emit_durably("order", "analytics"), "not committed"
    engine.counts()
    engine.runtime.days.rebuild()
    engine.stop(5)


def _hold(lock):
    ready, end = threading.Event(), threading.Event()

    def run():
        inner = getattr(lock, "_cond", lock)
        with inner:
            ready.set()
            end.wait()

    threading.Thread(target=run, daemon=True).start()
    ready.wait(2)  # else a thread of ours has it and waits for another that we hold: held it is
    return end


def _fork(app, engine, locks) -> str:
    """Fork while *locks* are held, and have the child serve; return how it ended."""
    faulthandler.dump_traceback_later(SECONDS + 20, exit=True)
    ends = [_hold(lock) for lock in locks]
    child = os.fork()
    if child == 0:
        faulthandler.register(signal.SIGALRM, chain=True)  # says where it stood, then ends
        signal.alarm(SECONDS)
        try:
            asyncio.run(_child(app, engine))
        except BaseException as error:  # noqa: BLE001
            print(repr(error), file=sys.stderr, flush=True)
            os._exit(1)
        os._exit(0)
    for end in ends:
        end.set()  # in the parent they are free again; the child has them as they were
    _, status = os.waitpid(child, 0)
    return f"child {os.waitstatus_to_exitcode(status)}"


def main(config: str) -> None:
    """Tell where locks are, and how a child fared while those of a place, and all, were held."""
    engine = engine_of(Path(config))
    app = wrap(_answer, engine)
    engine.start()
    asyncio.run(_serve(app))
    found = held_by_us()
    for place, several in sorted(found.items()):
        renewed = all(forks.renews(owner) for owner, _ in several)
        print(place, renewed, _fork(app, engine, [lock for _, lock in several]), flush=True)
    every = [lock for several in found.values() for _, lock in several]
    print("all", True, _fork(app, engine, every), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
