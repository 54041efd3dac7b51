"""
The lives of cookies as they were seen at a site, in a signed report. Pure.

An operator has a site looked at and keeps the report; documents tell what stands in it. Nothing is
looked at by making a document. It holds names and seconds, and no value of any cookie.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from fnmatch import fnmatchcase

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from privacykit.documents.evidence import Measured
from privacykit.documents.signed import SignedKind, read_signed, sign
from privacykit.errors import InputError

KIND = SignedKind("privacykit.site", 1, "PK395", "what a site sets (`verify --site --report`)")


class SeenLife(msgspec.Struct, frozen=True, order=True):
    """
    How long a cookie lives.

    Attributes:
        name: Its name.
        life: Seconds, the longest seen; nought until the browser is closed.
    """

    name: str
    life: int


class SeenReport(msgspec.Struct, frozen=True):
    """
    What a site was seen to set.

    Attributes:
        at: Unix seconds.
        site: Its scheme, host and port.
        pages: How many pages were looked at.
        cookies: The cookies that are not our own, each name once.
    """

    at: int
    site: str
    pages: int
    cookies: tuple[SeenLife, ...]


def signed_seen(report: SeenReport, key: Ed25519PrivateKey) -> bytes:
    """Return *report* as a signed JSON document."""
    return sign(msgspec.to_builtins(report), KIND, key)


def read_seen(document: bytes, keys: Iterable[Ed25519PublicKey]) -> SeenReport:
    """
    Read a report that one of *keys* signed.

    Raises:
        InputError: PK395, it is none, or none of *keys* signed it as it stands.
    """
    fields, _ = read_signed(document, KIND, keys)
    try:
        return msgspec.convert(fields, SeenReport)
    except msgspec.ValidationError:
        raise InputError(f"PK395 not a report of {KIND.name}") from None


def measured_lives(report: SeenReport, globs: Iterable[str], file: str) -> Measured:
    """
    Return what *report* says of the cookies that each of *globs* names: the longest life.

    Args:
        report: What was seen.
        globs: Names and patterns, in the order of the file: the first that fits names a cookie.
        file: What the report is called.
    """
    names = tuple(globs)
    lives: dict[str, int] = {}
    for one in report.cookies:
        glob = next((glob for glob in names if fnmatchcase(one.name, glob)), None)
        if glob is not None:
            lives[glob] = max(one.life, lives.get(glob, 0))
    day = f"{datetime.fromtimestamp(report.at, UTC):%Y-%m-%d}"
    return Measured(tuple(sorted(lives.items())), seen_on=day, seen_in=file)
