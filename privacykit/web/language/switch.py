"""
The language switch: links to the same page in each language that it has, by its own name. Pure.

Words that a page has in no language but another are marked as what they are.

Laws, held by ``tests/web/preferences/test_languages.py``: a link leads to the page it stands on,
carries what the page itself has read and taken, and is there only where a link can ask again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from urllib.parse import urlencode

import msgspec
from markupsafe import Markup, escape

from privacykit.web.language.negotiation import LANG, direction_of

OWN_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "en": "English",
        "fr": "Français",
        "de": "Deutsch",
        "it": "Italiano",
        "es": "Español",
        "pt": "Português",
        "nl": "Nederlands",
        "pl": "Polski",
        "tr": "Türkçe",
        "zh": "中文",
        "ja": "日本語",
        "ar": "العربية",
    }
)
"""What each language calls itself, by tag."""


class LanguageLink(msgspec.Struct, frozen=True):
    """
    A link to this page in another language.

    Attributes:
        tag: BCP 47 tag of the language.
        name: What the language calls itself.
        query: The whole reference: by RFC 3986 §5.2 a query alone leaves the path as it is.
    """

    tag: str
    name: str
    query: str


def language_links(offered: Iterable[str], carried: str) -> tuple[LanguageLink, ...]:
    """
    Return a link for each of the languages *offered*; none where there is no other.

    Args:
        offered: Tags.
        carried: What stands behind the language in the query, with its ``&``.
    """
    links = [
        LanguageLink(tag, OWN_NAMES.get(tag, tag), f"?{LANG}={tag}{carried}") for tag in offered
    ]
    return tuple(links) if len(links) > 1 else ()


def carried_of(values: Mapping[str, str]) -> str:
    """Return what is not empty of *values* as a part of a query, with its ``&``."""
    kept = {name: value for name, value in values.items() if value}
    return f"&{urlencode(kept)}" if kept else ""


def spoken(text: str, tag: str) -> Markup:
    """
    Return *text* as HTML, marked where it is of another language than the page around it.

    Args:
        text: Words of the operator's.
        tag: The language that they are in; empty where it is the page's.
    """
    if not tag or not text:
        return escape(text)
    marked = Markup('<span lang="{}" dir="{}">{}</span>')
    return marked.format(tag, direction_of(tag), text)
