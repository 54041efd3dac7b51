"""
Standard forms and hashes of DROP: from a value as we hold it to the hash in a list. Pure.

A wrong form is silent: everything is "not found". So each rule has a published vector in
``tests/vectors/protocols/drop.json``, and a list of which nothing matches raises an alarm.
Source: privacy.ca.gov, technical specifications for data brokers, 1.2.0.
"""

# ruff: noqa: RUF001 - letters of other scripts are what one table is about

from __future__ import annotations

import re
import unicodedata
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Literal, get_args

DropList = Literal["Email", "Phone", "MAID", "CTVID", "NDZ", "NameVIN"]
LISTS: tuple[DropList, ...] = get_args(DropList)
ZIP_SIGNS, DATE_DIGITS, PLUS_FOUR = 5, 8, 9
MAID_SIGNS, VIN_SIGNS, CTVID_SIGNS = 32, 17, range(8, 33)
_HEX = frozenset("0123456789abcdef")
_AMERICAN = re.compile(r"(?:\+1|001|0111|1)?(?!00|011)([0-9]{10})")
"""A number of the country code 1, or without one; 00 and 011 are prefixes of going abroad."""

_LETTERS = str.maketrans(
    {
        "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l",
        "ħ": "h", "ı": "i", "ŋ": "n", "ŧ": "t", "ĸ": "k", "ſ": "s", "ə": "e",
        "α": "a", "β": "b", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "th",
        "ι": "i", "κ": "k", "λ": "l", "μ": "m", "ν": "n", "ξ": "x", "ο": "o", "π": "p",
        "ρ": "r", "σ": "s", "ς": "s", "τ": "t", "υ": "y", "φ": "f", "χ": "ch", "ψ": "ps",
        "ω": "o",
        "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ж": "zh", "з": "z",
        "и": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r",
        "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh",
        "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya", "є": "ye",
        "і": "i", "ґ": "g", "ђ": "dj", "ј": "j", "љ": "lj", "њ": "nj", "ћ": "c", "џ": "dz",
    }
)  # fmt: skip
"""
Letters that have no accent to lose: Latin ones, Greek and Cyrillic ones.

The text asks to transliterate and gives no table; this one follows ISO 843 and BGN/PCGN without
their accents, and is the part to compare with the regulator's first.
"""


def email(value: str) -> str:
    """Take all white space out and lower the case; dots and plus tags stay."""
    return "".join(value.split()).lower()


def phone(value: str) -> str:
    """
    Keep the ten digits of an American number; empty for every other one.

    The specification takes the last ten digits of whatever was typed in, all if there are fewer.
    Of a number as we hold it, that would make one of Berlin another one of Maryland. So ten digits
    are taken, or eleven that begin with 1, and nothing with another country code.
    """
    signs = "".join(it for it in unicodedata.normalize("NFKC", value) if it in "+0123456789")
    found = _AMERICAN.fullmatch(signs)
    return found[1] if found else ""


def birth_date(value: str) -> str:
    """Write a date as YYYYMMDD; empty where *value* is none of eight digits, year first."""
    digits = _digits(value[: DATE_DIGITS + 2])
    return digits if len(digits) == DATE_DIGITS else ""


def zip_code(value: str) -> str:
    """Drop the four digits after the code, then leading zeros; five signs at most."""
    code = "".join(it for it in value.partition("-")[0] if it.isalnum()).lower()
    if len(code) == PLUS_FOUR and code.isdigit():
        code = code[:ZIP_SIGNS]
    return code.lstrip("0")[:ZIP_SIGNS]


def name(value: str) -> str:
    """Lower the case, fold accents, transliterate; keep letters and digits."""
    # "й" and "ё" are letters with an accent to Unicode, and fold as such.
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", value).casefold())
    plain = "".join(it for it in apart if not unicodedata.combining(it)).translate(_LETTERS)
    return "".join(it for it in unicodedata.normalize("NFC", plain) if it.isalnum())


def maid(value: str) -> str:
    """Keep hexadecimal digits, 32 of them; empty where there are not so many."""
    kept = "".join(it for it in value.lower() if it in _HEX)
    return kept if len(kept) == MAID_SIGNS else ""


def vin(value: str) -> str:
    """Keep letters and digits, 17 of them; empty where there are not so many."""
    kept = _signs(value)
    return kept if len(kept) == VIN_SIGNS else ""


def ctvid(value: str) -> str:
    """Keep letters and digits, 8 to 32 of them; empty where there are not so many."""
    kept = _signs(value)
    return kept if len(kept) in CTVID_SIGNS else ""


FIELDS: Mapping[DropList, tuple[Callable[[str], str], ...]] = {
    "Email": (email,),
    "Phone": (phone,),
    "MAID": (maid,),
    "CTVID": (ctvid,),
    "NDZ": (name, name, birth_date, zip_code),
    "NameVIN": (name, name, vin),
}
"""The fields of each list, in the order of its hash."""


def hash_of(which: DropList, parts: Sequence[str]) -> bytes | None:
    """
    Return the hash that a list would have of *parts*, 32 bytes.

    Args:
        which: The list.
        parts: Values as they stand in a store, in the order of :data:`FIELDS`.

    Returns:
        ``None`` where a part is missing or has no standard form: nobody can be asked for by it.
    """
    fields = FIELDS[which]
    if len(parts) != len(fields):
        return None
    standard = [form(value) for form, value in zip(fields, parts, strict=True)]
    if not all(standard):
        return None
    hashes = [sha256(it.encode()).digest() for it in standard]
    if len(hashes) == 1:
        return hashes[0]
    return sha256(b"".join(map(b64encode, hashes))).digest()


def _digits(value: str) -> str:
    return "".join(it for it in value if it in "0123456789")


def _signs(value: str) -> str:
    return "".join(it for it in value.lower() if it.isascii() and it.isalnum())
