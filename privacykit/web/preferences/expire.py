"""The end of cookies that a refusal leaves in the browser, where scripts still read them. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from privacykit.collect.cookies.gate import CookieGate
from privacykit.collect.cookies.markers import MARKER, marked

MOST_BYTES = 2_000
"""For the lines of one response: nginx refuses one whose headers take more than a page of 4 KiB."""
LONGEST_LOOKED_AT = 8192
"""Bytes from there on, in which they are looked for."""
MOST_LOOKED_AT = 8
"""Cookies of one request, or a stranger's thousands would cost hundreds of ordinary requests."""
STEP = 47
"""Bytes by which each turn begins further on; fewer than so many cookies take."""
MOST_DOMAINS = 4
MOST_DIRECTORIES = 3
_NAME = re.compile(rb"[!#-+\--:<>-~]{1,128}")
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)+")
_PATH = re.compile(r"/[!#-:<-~]{1,200}")
_SECURE_ONLY = b"__Secure-"
_HOST_ONLY = b"__Host-"
_PREFIXES = (_SECURE_ONLY, _HOST_ONLY)
_SECURE, _PARTITIONED = "; Secure", "; Secure; Partitioned"
"""Jars: what reaches that of partitioned cookies (CHIPS), which are others of the same name."""
_HEADER = len("set-cookie: \r\n")


def expired(
    cookie: bytes,
    declared: CookieGate,
    purposes: Collection[str],
    host: str,
    *,
    ours: Collection[bytes],
    paths: Sequence[str] = ("/",),
    turn: int = 0,
) -> list[str]:
    """
    Return the ``Set-Cookie`` values that end the cookies of *purposes* which a browser still sends.

    Nobody tells which domain and path a cookie was set for, so each is ended for the host itself
    and for each of its parents, in both of the browser's jars, the common and the partitioned one;
    browsers pass over a parent that is a public suffix. What finds no room is ended by the next
    response: another one comes first at each *turn*.

    Args:
        cookie: The ``Cookie`` header.
        declared: Which cookie belongs to which purpose.
        purposes: Those that are refused.
        host: The ``Host`` header.
        ours: Names of the cookies that hold choices: nothing that anybody wrote ends a refusal.
        paths: The paths that the cookies may have been set for.
        turn: Any number that changes from response to response.
    """
    first = cookie.rfind(b";", 0, turn * STEP % (len(cookie) + 1)) + 1
    looked_at = _some(cookie[first : first + LONGEST_LOOKED_AT])
    if len(looked_at) < MOST_LOOKED_AT:
        looked_at = [*looked_at, *_some(cookie[: min(first, LONGEST_LOOKED_AT)])][:MOST_LOOKED_AT]
    sent = list(dict.fromkeys([part.partition(b"=")[0].strip() for part in looked_at]))
    named = _named(looked_at, purposes)
    names = [
        name
        for name, owner in zip(sent, declared.purposes_of(sent), strict=True)
        if (owner in purposes or name in named) and name not in ours and _NAME.fullmatch(name)
    ]
    if not names:
        return []
    room = MOST_BYTES
    lines: list[str] = []
    ends = ["", *[f"; Domain={domain}" for domain in _domains(host)]]
    for path in paths:
        for line in _lines(names, path, ends):
            room -= len(line) + _HEADER
            if room < 0:
                return lines
            lines.append(line)
    return lines


def _named(cookies: Sequence[bytes], purposes: Collection[str]) -> Collection[bytes]:
    """Return the names of *cookies* that were named for one of *purposes*."""
    if MARKER not in b";".join(cookies):
        return ()
    ending = {purpose.encode() for purpose in purposes}
    return {name for name, said in marked(cookies).items() if not said.isdisjoint(ending)}


def _some(cookies: bytes) -> list[bytes]:
    return cookies.split(b";", MOST_LOOKED_AT)[:MOST_LOOKED_AT]


def paths_of(path: str) -> list[str]:
    """
    Return the paths of cookies that a browser may send with a request for *path*.

    ``/`` and the directories above the page: scripts that name no path set theirs for the nearest
    (RFC 6265 §5.1.4).
    """
    steps = path.split("/")[1:-1]
    above = ["/" + "/".join(steps[:end]) for end in range(len(steps), 0, -1)]
    return ["/", *[each for each in above if _PATH.fullmatch(each)][:MOST_DIRECTORIES]]


def _lines(names: Sequence[bytes], path: str, ends: Sequence[str]) -> Iterator[str]:
    """Return the lines that end cookies at one *path*, those of one together."""
    common = _attributes(path, "", ends)
    return (
        start + rest
        for name in names
        for start in [f"{name.decode()}=; Max-Age=0; Path="]
        for rest in (_of_prefixed(name, path, ends) if name.startswith(_PREFIXES) else common)
    )


def _of_prefixed(name: bytes, path: str, ends: Sequence[str]) -> list[str]:
    """Return the attributes of *name*, which promises what each line must keep: RFC 6265bis."""
    if name.startswith(_HOST_ONLY):
        return _attributes(path, _SECURE, ends[:1]) if path == "/" else []
    return _attributes(path, _SECURE, ends)


def _attributes(path: str, secure: str, ends: Sequence[str]) -> list[str]:
    """Return what stands behind the name in the lines that end one cookie: one a jar and domain."""
    return [f"{path}{jar}{end}" for jar in (secure, _PARTITIONED) for end in ends]


def _domains(host: str) -> list[str]:
    """Return *host* and its parents, the widest of at least two labels last."""
    name = host.lower().partition(":")[0].rstrip(".")
    labels = name.split(".")
    if not _HOST.fullmatch(name) or labels[-1].isdecimal():  # or it is an IPv4 address
        return []
    return [".".join(labels[at:]) for at in range(len(labels) - 1)][-MOST_DOMAINS:]
