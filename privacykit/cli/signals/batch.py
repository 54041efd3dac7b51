"""``privacykit signals decode --batch``: a file, answered line by line. Reads a file or stdin."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import BinaryIO

import msgspec

from privacykit.cli.signals.answers import SignalLine, answer
from privacykit.cli.signals.members import wrong_member
from privacykit.cli.terminal.console import Exit, stop

LONGEST_LINE = 1 << 20
"""Bytes of a line that are read; no input of a signal is near it."""

_UNREAD = {"id": None, "valid": False, "reason": "bad_value: not a line of a batch"}


class _Named(msgspec.Struct):
    id: str | int | None = None


def answer_all(source: str) -> int:
    """
    Answer every line of *source*, one JSON line each, in order; blank lines are passed over.

    Args:
        source: The file, or ``-`` for standard input.

    Returns:
        How many could not be read; they were answered too.
    """
    with nullcontext(sys.stdin.buffer) if source == "-" else _open(source) as lines:
        return _answer_lines(lines, sys.stdout.buffer)


def _open(source: str) -> BinaryIO:
    try:
        return Path(source).open("rb")
    except OSError:
        stop(Exit.MISUSE, f"cannot read {source}")


def _answer_lines(lines: Iterable[bytes], out: BinaryIO) -> int:
    decode, encode, unread = (
        msgspec.json.Decoder(SignalLine).decode,
        msgspec.json.Encoder().encode,
        0,
    )
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            asked = decode(line[:LONGEST_LINE])
        except (msgspec.DecodeError, RecursionError) as error:
            told = {**_UNREAD, "reason": f"{_UNREAD['reason']}{wrong_member(error)}"}
            out.write(encode({**told, "id": _id_of(line), "line": number}) + b"\n")
            unread += 1
            continue
        out.write(encode({"id": asked.id, **answer(asked)}) + b"\n")
    out.flush()
    return unread


def _id_of(line: bytes) -> str | int | None:
    """Return the id of a line that is otherwise no line of a batch, if it has one."""
    try:
        return msgspec.json.decode(line[:LONGEST_LINE], type=_Named).id
    except (msgspec.DecodeError, RecursionError):
        return None
