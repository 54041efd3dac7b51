"""Tests of answers: what caches may keep, the GPC support resource, our page. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import msgspec

from privacykit.verify.claims import Violation
from privacykit.verify.site.http import SiteAnswer
from privacykit.verify.site.seen import SiteScan
from privacykit.verify.site.voices import (
    AGAIN,
    DNT,
    GPC,
    PLAIN,
    REFUSED,
    VARIES,
    SiteHeard,
    VoiceHeard,
)

_DAY = re.compile(r"\d{4}-\d\d-\d\d(T.*)?")
SEE_OTHER = 303


def cache_violations(heard: SiteHeard, _: SiteScan | None) -> Iterator[Violation]:
    """
    Yield pages that differ by what the visitor said, and that a shared cache may mix up.

    A page whose answers differ without reason, to the same request asked twice, cannot be told.
    """
    for url in heard.pages:
        plain = heard.voices[PLAIN].answers[url]
        if not _is_same(plain, heard.voices[AGAIN].answers[url]):
            continue
        mixed = [said for said in (GPC, DNT, REFUSED) if _mixes(plain, heard.voices[said], url)]
        if mixed:
            yield Violation(
                "PK325",
                f"page {urlsplit(url).path}",
                len(mixed),
                f"the page differs by {', '.join(mixed)}, and caches may show one for the other",
                "Cache-Control: private, or Vary by what it differs with; what reads the decision "
                "behind our middleware gets it by itself: does something in front take it away?",
            )


def _mixes(plain: SiteAnswer, voice: VoiceHeard, url: str) -> bool:
    answer = voice.answers[url]
    if _is_same(plain, answer):
        return False
    return any(not _is_kept_apart(one, VARIES[voice.said]) for one in (plain, answer))


def _is_same(one: SiteAnswer, other: SiteAnswer) -> bool:
    names = [sorted(_cookie_names(answer)) for answer in (one, other)]
    return one.body == other.body and one.status == other.status and names[0] == names[1]


def _cookie_names(answer: SiteAnswer) -> Iterator[str]:
    return (line.partition("=")[0].strip() for line in answer.all("set-cookie"))


def _is_kept_apart(answer: SiteAnswer, header: str) -> bool:
    told = {word.strip().lower() for word in answer.one("cache-control").split(",")}
    if told & {"private", "no-store"}:
        return True
    varies = {word.strip().lower() for word in answer.one("vary").split(",")}
    return header in varies or "*" in varies


class _Support(msgspec.Struct):
    """The GPC support resource, as the W3C draft has it."""

    gpc: bool
    last_update: str = msgspec.field(name="lastUpdate", default="")


def gpc_file_violations(heard: SiteHeard, _: SiteScan | None) -> Iterator[Violation]:
    """Yield what is wrong with ``/.well-known/gpc.json`` (W3C Global Privacy Control, §4)."""
    answer = heard.more["gpc.json"]
    wrong = _wrong_with(answer)
    if wrong:
        yield Violation(
            "PK327",
            "/.well-known/gpc.json",
            1,
            wrong,
            "our middleware answers it: does something in front take the path?",
        )


def _wrong_with(answer: SiteAnswer) -> str:
    if not answer.is_ok:
        return "it is not there"
    if "json" not in answer.one("content-type").lower():
        return "it is not told to be JSON"
    try:
        told = msgspec.json.decode(answer.body, type=_Support)
    except msgspec.MsgspecError:
        return "it is no JSON of the form that GPC asks for"
    if not told.gpc:
        return "it says that GPC is not obeyed"
    return "" if _DAY.fullmatch(told.last_update) else "it does not say since when"


def page_violations(heard: SiteHeard, _: SiteScan | None) -> Iterator[Violation]:
    """Yield what is wrong with the page about choices, and with refusing by it."""
    prefix, more = heard.expected.prefix, heard.more
    page = more["page"]
    if not (page.is_page and 'id="choices"' in page.text):
        yield _unreachable(f"{prefix}/", "the page about choices does not answer with its form")
    if not more["status"].is_ok:
        yield _unreachable(f"{prefix}/status.json", "what holds for a visitor is not told")
    refusing = more["opt-out"]
    name = heard.expected.refusal[0]
    sets = any(line.startswith(f"{name}=") for line in refusing.all("set-cookie"))
    if refusing.status != SEE_OTHER or not sets:
        yield _unreachable(f"{prefix}/opt-out", "a refusal is not taken")


def _unreachable(path: str, what: str) -> Violation:
    advice = "our middleware answers it: does something in front take the path, or the cookie?"
    return Violation("PK328", path, 1, what, advice)
