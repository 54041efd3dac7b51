"""
Identities that name nobody: empty, placeholders, malformed. Pure.

One rule for every identity type. Such a value never finds and never teaches: in three people's rows
it would make them one person. A value that is refused by mistake costs a question; one that is
taken by mistake costs a stranger their data.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from hashlib import md5, sha1, sha256

from privacykit.errors import InputError
from privacykit.govern.identity.placeholders import MAIL_DOMAINS, MAIL_ROLES, WORDS
from privacykit.govern.identity.spelling import compact, digits, trimmed
from privacykit.govern.identity.types import (
    EMAIL,
    PHONE,
    WEAK_IDENTITIES,
    names_an_account,
)
from privacykit.govern.records import Identity

FEWEST_DIGITS = 6
"""A shorter telephone number is an extension or a typing error (national numbers have more)."""

REPEATED = 5
"""So many times the same digit is nobody's number; ids count up and may be 11 or 222."""

LONGEST = 1000
"""A longer value is a document and no identity."""

EMPTY, PLACEHOLDER, MALFORMED = "empty", "a placeholder", "malformed"

HASHES = {"sha256": sha256, "sha1": sha1, "md5": md5}
_HEX_LENGTHS = {"sha256": 64, "sha1": 40, "md5": 32}
_HEX = re.compile(r"[0-9a-f]+")
_MAIL = re.compile(r"([^\s@]+)@([^\s@]+)")
_ERASED = re.compile(r"pk-[0-9a-f]{8,}.*|\[erased\]", re.DOTALL)
"""What our own strategies leave in a field."""

_HASHED_AS = (
    "",
    " ",
    "-",
    "--",
    "0",
    "n/a",
    "na",
    "none",
    "null",
    "nil",
    "unknown",
    "undefined",
    "x",
)


_NOWHERE = ("example.com", "example.org", "test.com", "none.com", "mail.com", "email.com")


@lru_cache(maxsize=4096)
def why_unusable(identity_type: str, value: str, written: str = "raw") -> str | None:
    """
    Say why *value* names nobody, or ``None`` when it may name somebody.

    Args:
        identity_type: What kind of identity it is.
        value: As it stands in a column or was given.
        written: ``raw``, or the hash that it is written as.

    Returns:
        ``empty``, ``a placeholder`` or ``malformed``.
    """
    if written != "raw":
        return _hashed(value.strip().lower(), written)
    text = trimmed(value)
    if not text:
        return EMPTY
    plain = compact(value)
    if _ERASED.fullmatch(text) or _placeholder(identity_type, plain):
        return PLACEHOLDER
    if len(text) > LONGEST:
        return MALFORMED
    if identity_type == EMAIL:
        return _mail(text)
    return _phone(text) if identity_type == PHONE else _account(identity_type, text)


def names_somebody(identity: Identity) -> bool:
    """Say whether *identity* may name a person: every part of it, where it has several."""
    if identity.parts:
        return all(why_unusable(name, value) is None for name, value in identity.parts)
    return why_unusable(identity.type, identity.value, identity.format) is None


def check_given(identities: Iterable[Identity]) -> tuple[Identity, ...]:
    """
    Return the identities that somebody gave to be found by, without those that prove nobody.

    Args:
        identities: As given; IP addresses are left out.

    Raises:
        InputError: One is empty, a placeholder or malformed, or none is left. Names its type, no
            value.
    """
    given = tuple(i for i in identities if i.type not in WEAK_IDENTITIES)
    for identity in given:
        if not names_somebody(identity):
            why = _why(identity)
            raise InputError(f"the {identity.type} given is {why} and names nobody; give another")
    if not given:
        raise InputError("an identity is needed; an IP address alone finds and proves nobody")
    return given


def _why(identity: Identity) -> str:
    pairs = identity.parts or ((identity.type, identity.value),)
    found = (why_unusable(name, value, identity.format) for name, value in pairs)
    return next((why for why in found if why), PLACEHOLDER)


def _hashed(value: str, written: str) -> str | None:
    if not value:
        return EMPTY
    if len(value) != _HEX_LENGTHS[written] or not _HEX.fullmatch(value):
        return MALFORMED
    return PLACEHOLDER if value in _hashes_of_nobody(written) or len(set(value)) == 1 else None


@cache
def _hashes_of_nobody(written: str) -> frozenset[str]:
    hashed = HASHES[written]
    mails = (f"{word}@{domain}" for word in WORDS for domain in (word, *_domains(word)))
    return frozenset(hashed(word.encode()).hexdigest() for word in (*_HASHED_AS, *WORDS, *mails))


def _domains(word: str) -> tuple[str, ...]:
    """Return where mail to *word* is said to go by those who have no address."""
    return (f"{word}.com", f"{word}.org", f"{word}.net", f"{word}.de", *_NOWHERE)


def _placeholder(identity_type: str, plain: str) -> bool:
    """Say whether the letters and digits of a value say that there is none."""
    if not plain or not plain.strip("0"):
        return True
    if plain.isdecimal():
        # Ids count up: 7, 11 and 22222 are customers like any other.
        same = len(set(plain)) == 1 and len(plain) >= REPEATED
        return same and not names_an_account(identity_type)
    if len(set(plain)) == 1 or plain in WORDS:
        return True
    return any(word * (len(plain) // len(word)) == plain for word in _halves(plain))


def _halves(plain: str) -> Iterable[str]:
    """A word that is written again and again: ``none none``, ``testtest``."""
    starts = (plain[:size] for size in range(2, len(plain) // 2 + 1) if len(plain) % size == 0)
    return (start for start in starts if start in WORDS)


def _mail(text: str) -> str | None:
    found = _MAIL.fullmatch(text)
    if not found or found[2].startswith(".") or found[2].endswith("."):
        return MALFORMED
    box, domain = compact(found[1].partition("+")[0]), found[2].split(".")
    first = compact(domain[0])
    if not box or not compact(found[2]):
        return PLACEHOLDER
    nobody, nowhere = box.startswith(MAIL_ROLES), first in MAIL_DOMAINS or domain[-1] == "invalid"
    # Who is called Nan or Null has a mailbox somewhere: only a domain that says nothing either
    # makes it nobody's.
    idle = box in WORDS and (first in WORDS or len(set(first)) == 1 or found[2] in _NOWHERE)
    # b@b.de is somebody's; a@a.a is not, for no such domain is.
    same = len(set(box + first)) == 1 and (
        len(box) > 1 or box == "x" or len(compact(domain[-1])) == 1
    )
    return PLACEHOLDER if nobody or nowhere or idle or same else None


def _phone(text: str) -> str | None:
    number = digits(text)
    if len(number) < FEWEST_DIGITS:
        return MALFORMED
    tail = number.lstrip("0")
    counted = "01234567890123456789"
    if len(set(tail)) == 1 or number in counted or number in counted[::-1]:
        return PLACEHOLDER
    return None


def _account(identity_type: str, text: str) -> str | None:
    """A negative number stands for no number where a store counts from one."""
    negative = names_an_account(identity_type) and re.fullmatch(r"[-\u2212]\s*\d+", text)
    return PLACEHOLDER if negative else None
