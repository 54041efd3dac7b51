"""
The catalogues: the words that visitors read, in each language, by key. Reads the package's files.

Each ``.po`` is what translators edit; the ``.mo`` beside it is the same compiled, which the
standard library reads: a server needs no further package, and an installation no further step.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from gettext import GNUTranslations
from importlib.resources import files
from types import MappingProxyType

from privacykit.web.preferences.wording import ENGLISH

DOMAIN = "privacykit"
SOURCE = "en"
"""The language of the message ids, which needs no catalogue."""


@cache
def catalogue(tag: str) -> Mapping[str, str]:
    """
    Return the words in the language *tag*; what a catalogue lacks stays English.

    The key of a text is its message context, so that two that are alike in English may differ.

    Args:
        tag: A BCP 47 tag of a language that has a catalogue.
    """
    if tag == SOURCE:
        return ENGLISH
    place = files("privacykit.web.language") / "locale" / tag / "LC_MESSAGES" / f"{DOMAIN}.mo"
    with place.open("rb") as file:
        known = GNUTranslations(file)
    return MappingProxyType({key: known.pgettext(key, text) for key, text in ENGLISH.items()})
