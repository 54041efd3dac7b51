"""
Read the campaign that a URL names. Pure.

Campaign texts are scrubbed; of click identifiers only the parameter's *name* is read, because its
value recognises a person.
"""

from __future__ import annotations

import re

import msgspec

from privacykit.collect.channel.source import Sources
from privacykit.pseudonym.texts.sensitive import CLICK_IDS
from privacykit.pseudonym.url.urls import read_query, scrub_value

LONGEST_VALUE = 100

_UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")
_OTHER_SOURCES = ("ref", "source")
_SOURCES = frozenset({"utm_source", *_OTHER_SOURCES})
_MAY_NAME_ONE = re.compile(
    rb"(?:^|[&;])[\x00-\x20+]*(?:utm_|ref|source|%b|[^=&;]{0,200}[%%\\\x80-\xff])"
    % "|".join(sorted(CLICK_IDS)).encode(),
    re.IGNORECASE,
)
"""Most queries name no campaign, and cost one search; a name in escapes may be anything."""


class Campaign(msgspec.Struct, frozen=True):
    """
    What the URL says of the campaign; texts scrubbed, at most 100 characters, empty where absent.

    Attributes:
        source: ``utm_source``, or ``ref`` and ``source`` where they name a source everybody knows.
        medium: ``utm_medium``.
        name: ``utm_campaign``.
        content: ``utm_content``.
        term: ``utm_term``.
        click_ids: Names of the click identifiers that were there; never their values.
    """

    source: str = ""
    medium: str = ""
    name: str = ""
    content: str = ""
    term: str = ""
    click_ids: tuple[str, ...] = ()


def campaign_of(sources: Sources, query: bytes) -> Campaign | None:
    """
    Return the campaign that the raw *query* names, ``None`` where there is none.

    Of a parameter that comes twice the first that says something counts. Values may be kept only
    where the policy lets campaigns be kept; the channel may be told from them and they be dropped.
    """
    if not _MAY_NAME_ONE.search(query):
        return None
    values = dict.fromkeys((*_UTM, *_OTHER_SOURCES), "")
    clicks: dict[str, None] = {}
    for name, value in read_query(query):
        if name in CLICK_IDS and value != "":
            clicks[name] = None
        elif values.get(name) == "":
            text = value if is_known_source(sources, name, value) else scrub_value(value)
            values[name] = (text or "")[:LONGEST_VALUE].strip()
    source, medium, title, content, term = (values[name] for name in _UTM)
    known = (values[name] for name in _OTHER_SOURCES if sources.knows(values[name].lower()))
    found = Campaign(
        source or next(known, ""), medium, title, content, term, click_ids=tuple(clicks)
    )
    return None if found == Campaign() else found


def is_known_source(sources: Sources, name: str, value: str | None) -> bool:
    """
    Return whether *value*, under the parameter *name*, is a source everybody knows.

    Its name is known; a detector could only be wrong about it.
    """
    return name in _SOURCES and bool(value) and sources.knows((value or "").strip().lower())
