"""
A process that sends, is forked, and sends from both sides; for contracts. Starts it, and is it.

It is one of its own, with nothing in it but the sink: what other tests of a process left behind,
threads of libraries above all, a fork would hand on in the middle of whatever they did.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import subprocess
import sys
from collections.abc import Mapping

from privacykit.sinks import SinkConfig, build
from privacykit.testing.samples import NOW, row

SECONDS = 60.0


def send_from_both_sides(type_: str, url: str, keys: Mapping[str, object]) -> None:
    """
    Send event 1, fork, send event 2 from the child and event 3 from the parent, in a new process.

    Args:
        type_: The kind of the sink: one of ours, or one that is found by its entry point.
        url: Where it sends to.
        keys: The other keys of its table.

    Raises:
        AssertionError: The child or the parent could not; it says how it ended and where it stood.
    """
    # Measuring coverage has a lock that no fork renews.
    unmeasured = {name: it for name, it in os.environ.items() if not name.startswith("COVERAGE_")}
    done = subprocess.run(  # noqa: S603 - the command is ours
        [sys.executable, "-W", "ignore", "-X", "faulthandler", "-m", __name__],
        input=json.dumps([type_, url, dict(keys)]),
        env=unmeasured,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if done.returncode:
        raise AssertionError(done.returncode, done.stderr)


def main() -> None:
    """Do it, and end as the child did."""
    type_, url, keys = json.load(sys.stdin)
    sink = build(SinkConfig(type_, type_, lambda: NOW, url=url, options=keys))
    with asyncio.Runner() as runner:
        runner.run(sink.send([row(1)]))
        child = os.fork()
        if child == 0:
            gc.disable()  # what it would collect may have threads that are not here
            with asyncio.Runner() as own:
                own.run(sink.send([row(2)]))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        runner.run(sink.send([row(3)]))
        runner.run(sink.close())
    sys.exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
