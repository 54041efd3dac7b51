"""
The running process: a name under which it takes leases, and whether the one of a name is gone.

Reads ``/proc``. Where there is none (macOS, Windows) nobody is ever said to be gone: their leases
end by themselves. The name holds no address and no user.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from functools import cache
from pathlib import Path

_PROC = Path("/proc")
_START = 19
"""Where the start time stands after the name in ``/proc/PID/stat`` (proc(5): field 22)."""


def process_name() -> str:
    """
    Return a name for a run in this process: ``MACHINE.PID.START.RANDOM``.

    *MACHINE* is a hash of the boot and the process-id namespace: in another container the same
    number is another process. *START* tells a process from a later one of the same number.
    """
    pid = os.getpid()
    return f"{_machine()}.{pid}.{_started(pid)}.{secrets.token_hex(8)}"


def is_gone(name: str) -> bool:
    """Tell whether the process of *name* has certainly ended; ``False`` where it cannot be told."""
    parts = name.split(".")
    if len(parts) != 4 or not parts[1].isdecimal():  # noqa: PLR2004 - the parts of a name
        return False
    machine, pid, start, _ = parts
    if not start or not machine or machine != _machine():
        return False
    return _started(int(pid)) != start


@cache
def _machine() -> str:
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii")
        room = (_PROC / "self/ns/pid").readlink()
    except OSError:
        return ""
    return hashlib.sha256(f"{boot}{room}".encode()).hexdigest()[:16]


def _started(pid: int) -> str:
    """Return when the process began, in ticks since boot; empty where there is no such process."""
    try:
        stat = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    after = stat.rpartition(")")[2].split()
    # A zombie only waits to be read: it does nothing any more.
    return "" if after[0] in {"Z", "X"} else after[_START]
