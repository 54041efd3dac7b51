"""
The words of notices and records, in each language, by key. Reads the package's files.

A file a language, in TOML, which translators edit; what one lacks is said in English and marked.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from privacykit.personal.categories import CATEGORIES

SOURCE = "en"
"""The language in which every sentence stands."""


def languages() -> tuple[str, ...]:
    """Return the tags of all languages that have words, English first."""
    there = (files("privacykit.web.notice_page") / "messages").iterdir()
    tags = sorted(file.name.removesuffix(".toml") for file in there)
    return (SOURCE, *(tag for tag in tags if tag != SOURCE))


@cache
def messages(tag: str) -> Mapping[str, str]:
    """
    Return the words in the language *tag*, only those that it has; nothing for an unknown one.

    Args:
        tag: A BCP 47 tag; English has every word.
    """
    place = files("privacykit.web.notice_page") / "messages" / f"{tag}.toml"
    if not place.is_file():
        return MappingProxyType({})
    known: dict[str, str] = tomllib.loads(place.read_text(encoding="utf-8"))
    if tag == SOURCE:
        known = {f"category_{key}": words for key, words in CATEGORIES.items()} | known
    return MappingProxyType(known)
