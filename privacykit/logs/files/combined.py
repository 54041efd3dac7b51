"""
Access logs of Apache, nginx, gunicorn, Traefik and all that write as NCSA httpd did. Pure.

A line is cut at its quotes, which is several times cheaper than one pattern for all of it; what is
outside of fields is still checked to be a time, a status and a size.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from privacykit.logs.files.fields import NOTHING, Field, LogFields
from privacykit.logs.files.shape import AT, Line, rest

_CLIENT = rb"([^\s,]++(?:, ?[^\s,]++){0,20}+) (\S++) (\S++) "
_ANSWER = re.compile(rb" (?:\d{3}|-) (?:\d{1,15}|-)")
MOST_TIMES = 1024
QUOTE, ESCAPE, BLANK = b'"', b"\\", b" "
_BEGINS = b'] "'
"""The end of the time and the beginning of the request."""
_WITH_AGENT = 6
"""Pieces that a request, an answer, a referrer and a user agent are at least."""

_EXAMPLE = (
    b'203.0.113.7 - ann [28/Nov/2026:12:37:20 +0000] "GET /a?email=ann%40example.org HTTP/1.1" '
    b'200 2 "https://www.example.com/search?q=secret" "Mozilla/5.0 (X11; Linux x86_64)"'
)


@dataclass(frozen=True)
class Combined:
    """
    A format of the family: a client, a time, a request, an answer, and maybe more behind.

    Attributes:
        name: As ``--format`` names it.
        example: A line of it.
        host: Whether the name of the host stands before the client.
    """

    name: str
    example: bytes
    host: bool = False

    def bind(self, fields: LogFields, message: Field) -> Line:  # noqa: ARG002 - as Pattern has it
        """Return what weakens lines of this format."""
        request, referrer, agent = (fields.of(k) for k in ("request", "referrer", "agent"))
        client = _client(fields, host=self.host)
        answered = _ANSWER.fullmatch

        def line(raw: bytes) -> bytes | None:
            head, end = client(raw)
            if not end:
                return None
            tail = raw[end:]
            pieces = tail.split(QUOTE)
            if ESCAPE in tail:
                pieces = _joined(pieces)
            if len(pieces) >= _WITH_AGENT and pieces[3] == BLANK:
                after = QUOTE.join(pieces[5:])
                answer = pieces[1]
                if after[:1] in {b"", BLANK} and answer[-1:] == BLANK and answered(answer[:-1]):
                    more = rest(after, fields) if after else after
                    return b'%b"%b"%b"%b" "%b"%b' % (
                        head, request(pieces[0]), answer, referrer(pieces[2]), agent(pieces[4]),
                        more,
                    )  # fmt: skip
            if len(pieces) < 2:  # noqa: PLR2004 - the request and what follows
                return None
            after = QUOTE.join(pieces[1:])
            found = _ANSWER.match(after)
            if found is None or after[found.end() :][:1] not in {b"", BLANK}:
                return None
            more = rest(after[found.end() :], fields) if found.end() < len(after) else b""
            return b'%b"%b"%b%b' % (head, request(pieces[0]), found[0], more)

        return line


def _client(fields: LogFields, *, host: bool) -> Callable[[bytes], tuple[bytes, int]]:
    """
    Return what weakens all before the request, and says where that begins.

    It says 0 where the line begins otherwise.
    """
    pattern = re.compile((rb"(\S++) " if host else b"()") + _CLIENT + rb"(?=\[)")
    time = re.compile(AT + BLANK)
    named, address, user = (fields.of(kind) for kind in ("host", "address", "user"))
    times: set[bytes] = set()

    def client(raw: bytes) -> tuple[bytes, int]:
        found = pattern.match(raw)
        end = raw.find(_BEGINS, found.end()) if found else -1
        if found is None or end < 0:
            return b"", 0
        at = raw[found.end() : end + 2]
        if at not in times:
            if time.fullmatch(at) is None:
                return b"", 0
            if len(times) >= MOST_TIMES:
                times.clear()
            times.add(at)
        called, who, first, second = found.groups()
        shown = b"%b %b %b %b" % (address(who), user(first), user(second), at)
        return (b"%b %b" % (named(called), shown) if host else shown), end + len(_BEGINS)

    return client


def _joined(pieces: list[bytes]) -> list[bytes]:
    """Return *pieces* with those put together again that an escaped quote had parted."""
    joined = [pieces[0]]
    for piece in pieces[1:]:
        before = joined[-1]
        if len(joined) % 2 == 1 and (len(before) - len(before.rstrip(ESCAPE))) % 2:
            joined[-1] = before + QUOTE + piece
        else:
            joined.append(piece)
    return joined


COMBINED = Combined("combined", _EXAMPLE)
"""With ``common``, which ends after the size, and with more columns behind."""

VHOST = Combined("vhost", b"www.example.com:443 " + _EXAMPLE, host=True)
"""``vhost_combined`` of Debian's Apache."""

FIRST_COLUMN = "first-column"


def first_column(fields: LogFields, message: Field) -> Line:  # noqa: ARG001 - as the other formats have it
    """
    Return what weakens lines that begin with an address: it alone, and all the rest stays.

    For a log of which everything else was cut before; it is never recognised, only asked for.
    """
    address = fields.of("address")

    def line(raw: bytes) -> bytes | None:
        head, blank, after = raw.partition(b" ")
        shown = address(head)
        return None if shown == NOTHING else shown + blank + after

    return line
