"""
The closed form of names in an event: its own, those of its properties and parameters. Pure.

A name is chosen by a programmer, once; a value is put into it by mistake (``f"view {path}"``). So a
name has a form that most values lack, and no detector finds anything in it: one to eight words,
each of letters with at most one group of up to four digits, parted by a blank or one of
``. _ - :``, at most 64 characters and six digits together, a letter first; ``_`` and ``$`` may
stand before it.
"""

from __future__ import annotations

import re
from unicodedata import is_normalized

from privacykit.pseudonym.texts.detectors import find

LONGEST_NAME = 64
MOST_DIGITS = 6

_WHO = frozenset({"email", "credential", "iban", "ip", "mac"})
_LETTER = r"[^\W\d_]"
_WORD = rf"(?:{_LETTER}+\d{{0,4}}{_LETTER}*|\d{{1,4}}{_LETTER}*)"
_NAME = re.compile(rf"[_$]{{0,2}}(?=[^\W\d_]){_WORD}(?:[ ._:-]{_WORD}){{0,7}}")


def is_name(text: str) -> bool:
    """
    Return whether *text* has the form of a name and holds nothing of persons or credentials.

    What has no form of its own (a word that is somebody's name) cannot be told from a name.
    """
    return (
        len(text) <= LONGEST_NAME
        and _NAME.fullmatch(text) is not None
        and sum(map(str.isdigit, text)) <= MOST_DIGITS
        and is_normalized("NFKC", text)
        and not find(text)
    )


def told_place(text: str) -> str:
    """
    Return *text*, the name of a file, table or column, with its kind in place of who is named.

    Somebody keys tables by e-mail addresses and calls files after people; what names a place is
    printed. Numbers and words that look random stay: versions, days and hashes are called so.
    """
    return _told(text, _WHO)


def told_member(text: str) -> str:
    """Return *text*, a name that stands in data and no schema has, without any finding."""
    return _told(text, None)


def _told(text: str, labels: frozenset[str] | None) -> str:
    for start, end, label in reversed(find(text)):
        if labels is None or label in labels:
            text = f"{text[:start]}[{label}]{text[end:]}"
    return text
