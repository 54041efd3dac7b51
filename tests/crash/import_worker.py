"""An installation at work that notes what is imported once it has begun, by thread."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from pathlib import Path

from privacykit.app import engine_of, wrap
from tests.crash.fork_worker import _answer, _serve

SECONDS = 3.0
"""Long enough for each thread to have done its first chores, deliveries and upkeep."""


class Noted:
    """A finder that finds nothing and knows who asked."""

    def __init__(self) -> None:
        self.imports: set[tuple[str, str]] = set()

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> None:
        """Note *name*; the next finder finds it."""
        thread = threading.current_thread()
        if thread is not threading.main_thread():
            self.imports.add((thread.name, name))


async def _answer_and_emit(scope, receive, send):
    assert scope["state"]["privacy"].emit("signup", "analytics"), "not emitted"
    await _answer(scope, receive, send)


def main(config: str) -> None:
    """Serve, deliver and stop; print what other threads than the main one imported."""
    engine = engine_of(Path(config))
    noted = Noted()
    sys.meta_path.insert(0, noted)
    engine.start()
    asyncio.run(_serve(wrap(_answer_and_emit, engine)))
    time.sleep(SECONDS)
    print(*(len(file.read_text().splitlines()) for file in Path(config).parent.glob("*.jsonl")))
    for thread, name in sorted(noted.imports):
        print(thread, name)
    engine.stop(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
