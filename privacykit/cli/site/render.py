"""A scan as lines for a terminal. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from privacykit.verify.site.cookies import SeenCookie, life_in_words
from privacykit.verify.site.declared.declaration import CookieTerms
from privacykit.verify.site.seen import PhaseScan, SiteScan


def lines_of(scan: SiteScan, terms: CookieTerms) -> Iterator[str]:
    """
    Yield the table of *scan*.

    Args:
        scan: What was seen.
        terms: What the configuration says of cookies.
    """
    by = f", choices by {scan.banner}" if scan.banner else ""
    yield f"{scan.url}{by}"
    for phase in scan.phases:
        yield ""
        yield from _phase(phase, terms)
    if scan.left_out:
        yield ""
    yield from (f"not looked at: {one}" for one in scan.left_out)


def _phase(phase: PhaseScan, terms: CookieTerms) -> Iterator[str]:
    pages = f"{len(phase.pages)} page{'' if len(phase.pages) == 1 else 's'}"
    cut = f"; cut short: {phase.cut}" if phase.cut else ""
    yield f"{phase.phase} ({pages}{cut})"
    if not (phase.cookies or phase.stored or phase.others):
        yield "  nothing is kept, and nobody else is asked"
    for one in phase.cookies:
        purpose = "its own" if one.is_ours else terms.purpose_of.get(one.name, "no purpose")
        yield f"  cookie   {one.name:<26} {_where(one):<24} {life_in_words(one.life):<12} {purpose}"
        yield f"           {_attributes(one)}"
    for key in phase.stored:
        yield f"  storage  {key.key:<26} {key.host:<24} {key.kind}"
    for other in phase.others:
        yield f"  host     {other.host:<26} {other.requests} requests: {', '.join(other.kinds)}"


def _where(one: SeenCookie) -> str:
    return one.host if one.party == "first" else f"{one.host} (third)"


def _attributes(one: SeenCookie) -> str:
    said = [
        *(["Secure"] if one.secure else []),
        *(["HttpOnly"] if one.http_only else []),
        f"SameSite={one.same_site}" if one.same_site else "no SameSite",
        *(["Partitioned"] if one.partitioned else []),
        f"set by {'an answer' if one.by == 'http' else 'a script'}",
    ]
    if one.asked is not None and one.asked != one.life and _differs(one.asked, one.life):
        said.append(f"asked to live {life_in_words(one.asked)}")
    return ", ".join(said)


def _differs(asked: int, kept: int | None) -> bool:
    return life_in_words(asked) != life_in_words(kept)
