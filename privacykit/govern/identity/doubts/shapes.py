"""
Shapes of values that tell two people apart, in columns of which no word says what they hold. Pure.

No list of names of columns is ever whole: ``kundenname``, ``nom_client``, ``efternamn``. What
stands in a column has a shape in any language. What is missed costs a stranger their data and what
is taken by mistake a question, so that a list here may only say what is *no* name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from privacykit.govern.datamap import Field
from privacykit.govern.datamap.proposal.field_words import THINGS
from privacykit.govern.datamap.proposal.people_words import OWNERS, PEOPLE
from privacykit.govern.datamap.proposal.plain import joined, plain, runs, words
from privacykit.govern.identity.usable import why_unusable

MOST_WORDS, LONGEST_NAME, LONGEST_PARTICLE = 6, 80, 5
"""Words of a name, its letters, and those of a word in it that is written small: ``della``."""

_STEM = 5
"""Letters of a word for people that is known inside a longer one."""

OLDEST, YOUNGEST = 1900, 12
"""
The first year of birth, and years of age.

Who leaves an address somewhere is older; what was ordered is mostly later.
"""

FEWEST, SELDOM = 20, 10
"""From so many addresses on, a column with a tenth as many values tells nobody apart."""

_VAGUE = frozenset({"user", "user.content", "user.contact", "user.account", "user.demographic"})
"""Categories that say of a person and not what."""

_NAMED = re.compile(r"na(m|vn|fn)|nom|nimi|nev$|^nev|imi?e|isim|\u0438\u043c\u044f|\u540d|\u59d3")
"""What a column of names is called in many languages, anywhere in the word."""

_MARKS = frozenset(" -'\u2019.,\u00b7\u30fb\u3000\u2010")
_DAY = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})|(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")


def vague(column: str, field: Field) -> bool:
    """Say whether neither the map nor the name of *column* says that it holds no name."""
    if field.relation or field.references or field.identity:
        return False
    unsaid = any(
        key in _VAGUE or key.startswith(("system", "user.unique_id")) for key in field.category
    )
    return unsaid and joined(column) not in _PLAIN_THINGS and plain(column) not in _THINGS


def tells(column: str, value: object, now: float) -> bool:
    """
    Say whether *value* is shaped like a person's name, day of birth or number.

    Args:
        column: Its column; named after people, it holds their numbers.
        value: The value.
        now: Unix seconds.
    """
    if isinstance(value, date) and not isinstance(value, datetime):
        return _is_birthday(value.year, now)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return False
    text = str(value).strip()
    if not text or why_unusable("", text) is not None:
        return False
    if found := _DAY.fullmatch(text):
        return _is_birthday(int(found[1] or found[6]), now)
    if any(each.isdigit() for each in text):
        return _numbers_people(column)
    return _like_a_name(text, named=called_a_name(column))


def tells_nobody(mine: Iterable[str], pairs: Sequence[tuple[str, str]]) -> bool:
    """
    Say whether rows of everybody show that a column's values are many people's each.

    Args:
        mine: Values that stand in rows of the one asked for.
        pairs: Rows of the collection: by what somebody is found, and the column's value.
    """
    holders: dict[str, set[str]] = {}
    for found_by, value in pairs:
        holders.setdefault(value, set()).add(found_by)
    everybody = {found_by for found_by, _ in pairs}
    common = len(everybody) >= FEWEST and len(holders) * SELDOM <= len(everybody)
    return common and all(len(holders.get(value, ())) > 1 for value in mine)


def called_a_name(column: str) -> bool:
    """Say whether a column is called after names, in many a language."""
    return bool(_NAMED.search(plain(column)))


def _is_birthday(year: int, now: float) -> bool:
    return OLDEST <= year <= 1970 + now / 31_556_952 - YOUNGEST


def _numbers_people(column: str) -> bool:
    """Say whether *column* is named after people: ``kundennr``, ``member_id``."""
    return bool({*runs(column)} & _PEOPLE or _NUMBERED.fullmatch(joined(column)))


_PEOPLE = PEOPLE | OWNERS
_STEMS = sorted({re.escape(word.rstrip("aeo")) for word in _PEOPLE if len(word) >= _STEM})
_NUMBERED = re.compile(
    rf"({'|'.join(_STEMS)})(s|e|en|n|er|a|o)?"
    r"(id|nr|no|num(ber|mer|ero|er)?|key|code|kode?|ref|uuid|tunnus|szam|cislo)"
)
_THINGS = words(THINGS)
_PLAIN_THINGS = frozenset(map(joined, _THINGS))


def _like_a_name(text: str, *, named: bool) -> bool:
    if len(text) > LONGEST_NAME or not all(_in_names(each) for each in text):
        return False
    parts = [part.strip("".join(_MARKS)) for part in text.split()]
    parts = [part for part in parts if part]
    if not 0 < len(parts) <= MOST_WORDS:
        return False
    small = [part for part in parts if part[0].islower()]
    if named or not small:
        return True  # a script without capitals has no small letters
    high = len(parts) - len(small)
    return high >= len(small) and all(len(part) <= LONGEST_PARTICLE for part in small)


def _in_names(each: str) -> bool:
    return each in _MARKS or unicodedata.category(each)[0] in "LM"
