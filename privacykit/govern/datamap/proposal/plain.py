"""Names of tables and columns, brought into one spelling. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

_ALONE = str.maketrans(
    {"ß": "ss", "ł": "l", "\u0131": "i", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe"}
)
"""Letters that no decomposition parts from their accent."""


def snake(name: str) -> str:
    """Return *name*, however it joins its words, with underscores and in lower case."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[\s-]+", "_", name).lower()


@cache
def plain(name: str) -> str:
    """
    Return *name* without its schema, without accents, its words joined with underscores.

    ``crm.Prénom Usuel`` is ``prenom_usuel``.
    """
    split = snake(name.rpartition(".")[2]).translate(_ALONE)
    parted = unicodedata.normalize("NFKD", split)
    return "".join(each for each in parted if not unicodedata.combining(each)).strip("_")


def joined(name: str) -> str:
    """Return *name* plain, its words put together: ``Geburts_Datum`` is ``geburtsdatum``."""
    return plain(name).replace("_", "")


def runs(name: str) -> Iterator[str]:
    """Yield every run of the words of *name*, put together, the longest first."""
    words = [word for word in plain(name).split("_") if word]
    for length in range(len(words), 0, -1):
        for start in range(len(words) - length + 1):
            yield "".join(words[start : start + length])


def words(text: str) -> frozenset[str]:
    """Return the words of a list that is written out, as :func:`plain` makes them."""
    return frozenset(map(plain, text.split()))
