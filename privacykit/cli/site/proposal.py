"""A proposal for ``[cookies]`` and ``[purposes]``, from what a scan saw. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from privacykit.cli.init.text import PURPOSE_TABLES, quoted
from privacykit.collect.cookies.proposed import NECESSARY, purpose_of
from privacykit.verify.site.cookies import SeenCookie
from privacykit.verify.site.declared.declaration import CookieTerms
from privacykit.verify.site.seen import SiteScan

_HEAD = """\
# Proposed by `privacykit site scan` from what cookies are called: read each line, a name promises
# and code keeps or not. What has no purpose yet is commented out.
"""


def proposal(scan: SiteScan, terms: CookieTerms) -> str:
    """
    Return tables for the configuration file; what *terms* name already is left out.

    Args:
        scan: What was seen.
        terms: What the configuration says already.
    """
    return "".join(_parts(scan, terms))


def _parts(scan: SiteScan, terms: CookieTerms) -> Iterator[str]:
    new = _new(scan, terms)
    if not new:
        yield "# Every cookie that was seen has a purpose already.\n"
        return
    yield _HEAD
    guessed = {name: purpose_of(name) for name in new}
    for purpose, text in PURPOSE_TABLES.items():
        if purpose in guessed.values() and purpose not in terms.purposes:
            yield text
    yield "\n[cookies]\n"
    for name, found in guessed.items():
        one, phases = new[name]
        rule = f"{quoted(name)} = {quoted(found or NECESSARY)}   # {_said(one, phases)}\n"
        yield rule if found else f"# {rule.rstrip()}: what for?\n"


def _new(scan: SiteScan, terms: CookieTerms) -> dict[str, tuple[SeenCookie, list[str]]]:
    found: dict[str, tuple[SeenCookie, list[str]]] = {}
    for phase in scan.phases:
        for one in phase.cookies:
            if not one.is_ours and one.name not in terms.purpose_of:
                found.setdefault(one.name, (one, []))[1].append(phase.phase)
    return dict(sorted(found.items()))


def _said(one: SeenCookie, phases: list[str]) -> str:
    whose = "" if one.party == "first" else f" of {one.host},"
    return f"{one.party} party,{whose} seen {', '.join(dict.fromkeys(phases))}"
