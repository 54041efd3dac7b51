"""Waiting for what other threads and processes do: as long as needed, and no longer."""

import time
from collections.abc import Callable


def eventually(condition: Callable[[], object], seconds: float = 60.0) -> bool:
    """Ask for *condition* until it holds, at least once; tell whether it ever did.

    It is not asked again after it held: what it does, such as sending a form, is done so often
    as it failed and once more.
    """
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= end:
            return False
        time.sleep(0.02)
    return True
