"""Weakened, encoded pieces of events that come from headers and the query. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import msgspec

from privacykit.collect.channel.campaign import Campaign, campaign_of, is_known_source
from privacykit.collect.channel.classify import channel
from privacykit.collect.memo import MEBIBYTE, Memo
from privacykit.collect.site import Site
from privacykit.personal.objects import unmarked
from privacykit.pseudonym.texts.text import scrub_props
from privacykit.pseudonym.url.referrer import host_of, reduce_referrer
from privacykit.pseudonym.url.urls import scrub_query

_encode = msgspec.json.Encoder().encode

LONGEST_SCHEME = len("https://")
SLASH, AT = b"/@"
"""As numbers: looking for a byte is far cheaper than looking for bytes."""
BY_HOST = frozenset({"none", "host"})
"""Referrer levels that depend on nothing but the host, so that answers can be remembered."""


class Fragments:
    """Members of an event's ``data`` for one site, encoded; each starts with a comma."""

    __slots__ = ("_by_host", "_languages", "_own", "_referrers", "_site")

    def __init__(self, site: Site, most_bytes: int = MEBIBYTE) -> None:
        self._site = site
        self._by_host = site.referrer in BY_HOST
        self._own = frozenset(host.removeprefix("www.") for host in site.hosts)
        self._languages: Memo[bytes, str] = Memo(subtag, most_bytes // 16)
        self._referrers: Memo[bytes, str] = Memo(
            lambda host: self._came_from(host, None), most_bytes * 15 // 16
        )

    def of(
        self, language: bytes | None, referrer: bytes | None, query: bytes, campaign: bool
    ) -> str:
        """
        Return what referrer, language and query add to an event.

        Args:
            language: The ``Accept-Language`` header.
            referrer: The ``Referer`` header.
            query: The raw query; only campaign and listed parameters of it are kept.
            campaign: Whether campaign values may be kept.
        """
        more = "" if language is None else self._languages[language[:3]]
        raw = referrer or b""
        if query:
            return more + self._asked(raw, query, campaign=campaign)
        known = self._referrers.get(raw)  # browsers send strangers no more than an origin
        if known is not None:
            return more + known
        end = raw.find(SLASH, LONGEST_SCHEME)
        if self._by_host and (end > 0 or not raw) and AT not in raw:
            return more + self._referrers[raw[: end + 1]]
        return more + self._came_from(raw, None)

    def campaign(self, query: bytes) -> str:
        """Return what the campaign in *query* adds to an event, empty where there is none."""
        found = campaign_of(self._site.sources, query)
        if found is None or not (named := _named(found)):
            return ""
        return self._came_from(b"", found) + _member("campaign", named)

    def _asked(self, raw: bytes, query: bytes, *, campaign: bool) -> str:
        found = campaign_of(self._site.sources, query)
        more = self._came_from(raw, found)
        if found is not None and campaign:
            more += _member("campaign", _named(found))
        if self._site.query_keep:
            known = partial(is_known_source, self._site.sources)
            kept = scrub_query(query, self._site.query_keep, known=known)
            more += _member("query", kept) if kept else ""
        return more

    def _came_from(self, raw: bytes, campaign: Campaign | None) -> str:
        host = host_of(raw)
        came = channel(self._site.sources, host, campaign, self._own)
        if came == "internal":
            return ""
        told = {"channel": str(came)}
        level = self._site.referrer
        if level != "none" and host and host not in self._own:
            told["host"] = host
            if level != "host":
                told["url"] = reduce_referrer(raw, level, self._site.query_keep)
        return _member("referrer", told)


def _named(campaign: Campaign) -> dict[str, str]:
    told = {
        "source": campaign.source,
        "medium": campaign.medium,
        "name": campaign.name,
        "content": campaign.content,
        "term": campaign.term,
        "click_ids": ",".join(campaign.click_ids),
    }
    return {name: value for name, value in told.items() if value}


def subtag(start: bytes) -> str:
    """Return the primary subtag as a member, from the first three bytes of ``Accept-Language``."""
    tag = start.replace(b"-", b",").replace(b";", b",").partition(b",")[0].lower()
    if not tag.isalpha() or len(tag) < 2:  # noqa: PLR2004 - ISO 639 has two or three letters
        return ""
    return _member("language", tag.decode("ascii"))


def encode_props(props: object) -> str:
    """
    Return *props*, scrubbed, as a member; nothing when nothing is left of them.

    Args:
        props: A mapping, or an instance of a model: its fields, without those that are marked as
            personal (:class:`~privacykit.personal.mark.Personal`).

    Raises:
        TypeError: It is neither.
        ConfigurationError: PK213, a mark of the model names no data category.
    """
    told = props if type(props) is dict or isinstance(props, Mapping) else unmarked(props)
    if told is None:
        raise TypeError("props are a mapping, or an instance of a dataclass or model")
    kept = scrub_props(told)
    return f',"props":{_encode(kept).decode()}' if kept else ""


def _member(name: str, value: object) -> str:
    return f',"{name}":{_encode(value).decode()}'
