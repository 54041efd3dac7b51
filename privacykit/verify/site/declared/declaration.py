"""
The cookie declaration: what a site keeps in browsers, what for, for how long. Pure.

Derived from the configuration and measured by a scan, each said as such (CJEU C-673/17 *Planet49*:
duration and recipients belong to the information). The same scan and configuration give the same
declaration. It holds no value of any cookie.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import NamedTuple

import msgspec

from privacykit.verify.site.cookies import FIRST, THIRD, SeenCookie, life_in_words
from privacykit.verify.site.seen import ACCEPTED, BEFORE, REFUSED, SiteScan, StoredKey

OUR_PURPOSE = "your choice"
_OUR_TEXT = {
    "no": "Remembers what you refused. It holds no identifier.",
    "yes": "Remembers what you allowed, with the number of the record that proves it.",
}
_OUR_LIFE = {"no": "for ever; browsers cut that to 400 days", "yes": "13 months, or less"}
UNNAMED = ""


class DeclaredPurpose(NamedTuple):
    """
    A purpose as a declaration tells of it.

    Attributes:
        label: What visitors read.
        uses: The uses of the law it stands for.
        description: What for.
        months: How long its cookies live as the configuration declares, if it does.
        recipients: Who else receives its data.
        consent_in: Places where it needs consent.
        allowed_in: Places where it may happen until somebody objects, or always.
    """

    label: str
    uses: tuple[str, ...] = ()
    description: str = ""
    months: int | None = None
    recipients: tuple[str, ...] = ()
    consent_in: tuple[str, ...] = ()
    allowed_in: tuple[str, ...] = ()


class DeclaredRow(msgspec.Struct, frozen=True):
    """
    One line of the declaration.

    Attributes:
        name: The cookie's name, the key, or the glob of the configuration.
        kind: ``cookie``, ``local storage``, ``session storage`` or ``IndexedDB``.
        party: ``first`` or ``third``.
        host: Whose it is; empty for what is declared and was not seen.
        purpose: What for, by the configuration; empty where nothing names it.
        uses: The uses of the law.
        text: What it is for, in words.
        declared_life: How long it lives as the configuration or the answer that set it says.
        observed_life: How long the browser keeps it; empty for what was not seen.
        recipients: Who else receives what it tells.
        seen: The phases in which it was seen; empty for what was not seen.
        consent_in: Places where it needs consent.
    """

    name: str
    kind: str
    party: str
    host: str
    purpose: str
    uses: tuple[str, ...]
    text: str
    declared_life: str
    observed_life: str
    recipients: tuple[str, ...]
    seen: tuple[str, ...]
    consent_in: tuple[str, ...] = ()


class CookieDeclaration(msgspec.Struct, frozen=True):
    """
    The whole declaration.

    Attributes:
        site: Where the scan began.
        measured_at: The day of the scan, ISO, UTC.
        phases: What was looked at.
        left_out: What could not be looked at, and why.
        rows: What is kept in browsers.
    """

    site: str
    measured_at: str
    phases: tuple[str, ...]
    left_out: tuple[str, ...]
    rows: tuple[DeclaredRow, ...]


class CookieTerms(NamedTuple):
    """
    What a configuration says of cookies.

    Attributes:
        globs: Globs over names and the purpose of each, in the order of the file.
        purpose_of: Returns the purpose of a cookie's name, if one names it.
        purposes: The purposes, by id.
    """

    globs: Mapping[str, str]
    purpose_of: Mapping[str, str]
    purposes: Mapping[str, DeclaredPurpose]


def declaration(scan: SiteScan, terms: CookieTerms, day: str) -> CookieDeclaration:
    """
    Return the declaration of what *scan* saw.

    Args:
        scan: The scan.
        terms: What the configuration says; ``purpose_of`` of the names that were seen.
        day: The day of the scan, ISO.
    """
    rows = [_of_cookie(one, phases, terms) for one, phases in _cookies(scan)]
    rows += [_of_key(one, phases) for one, phases in _keys(scan)]
    seen = {terms.purpose_of.get(one.name) for one, _ in _cookies(scan)}
    for glob, purpose in terms.globs.items():
        if purpose not in seen:
            rows.append(_not_seen(glob, purpose, terms))
    names = tuple(phase.phase for phase in scan.phases)
    return CookieDeclaration(scan.url, day, names, scan.left_out, tuple(rows))


def _cookies(scan: SiteScan) -> list[tuple[SeenCookie, tuple[str, ...]]]:
    """Return each cookie as it lived longest, and the phases in which it was seen."""
    found: dict[tuple[str, str], SeenCookie] = {}
    phases: dict[tuple[str, str], list[str]] = {}
    for phase in scan.phases:
        for one in phase.cookies:
            known = found.get(one.key)
            if known is None or (one.life or 0) > (known.life or 0):
                found[one.key] = one
            phases.setdefault(one.key, []).append(phase.phase)
    ordered = sorted(found.values(), key=lambda one: (one.party, one.name, one.host))
    return [(one, tuple(phases[one.key])) for one in ordered]


def _keys(scan: SiteScan) -> list[tuple[StoredKey, tuple[str, ...]]]:
    phases: dict[StoredKey, list[str]] = {}
    for phase in scan.phases:
        for one in phase.stored:
            phases.setdefault(one, []).append(phase.phase)
    return [(one, tuple(found)) for one, found in sorted(phases.items())]


def _of_cookie(one: SeenCookie, phases: tuple[str, ...], terms: CookieTerms) -> DeclaredRow:
    purpose = terms.purpose_of.get(one.name, UNNAMED)
    said = terms.purposes.get(purpose, DeclaredPurpose(purpose))
    asked = one.life if one.asked is None and one.by == "http" else one.asked
    declared = life_in_words(asked) if one.by == "http" else "set by a script"
    text, label = said.description, said.label
    if one.is_ours:
        end = one.name.rpartition("-")[2]
        label, text = OUR_PURPOSE, _OUR_TEXT.get(end, "")
        declared = _OUR_LIFE.get(end, declared)
    elif said.months is not None:
        declared = f"{said.months} months"
    return DeclaredRow(
        one.name,
        "cookie",
        one.party,
        one.host,
        label,
        said.uses,
        text,
        declared,
        life_in_words(one.life),
        said.recipients,
        phases,
        said.consent_in,
    )


def _of_key(one: StoredKey, phases: tuple[str, ...]) -> DeclaredRow:
    life = "until the tab closes" if one.kind == "session storage" else "until it is cleared"
    return DeclaredRow(one.key, one.kind, FIRST, one.host, UNNAMED, (), "", life, life, (), phases)


def _not_seen(glob: str, purpose: str, terms: CookieTerms) -> DeclaredRow:
    said = terms.purposes.get(purpose, DeclaredPurpose(purpose))
    life = f"{said.months} months" if said.months is not None else ""
    return DeclaredRow(
        glob,
        "cookie",
        FIRST,
        "",
        said.label,
        said.uses,
        said.description,
        life,
        "",
        said.recipients,
        (),
        said.consent_in,
    )


_HEADS = (
    "name",
    "kind",
    "party",
    "what for",
    "declared life",
    "observed life",
    "recipients",
    "seen",
)
_SHORT = {BEFORE: "before", REFUSED: "refused", ACCEPTED: "accepted"}
_NOTE = (
    "Measured on {day} on {site}, by a browser that visited some pages; what other pages set is not"
    " here. Browsers may end cookies earlier than declared: Chrome after 400 days, Safari what"
    " scripts set after 7 days."
)


def _cells(row: DeclaredRow) -> tuple[str, ...]:
    what = row.purpose or "(no purpose named)"
    if row.text:
        what += f": {row.text}"
    elif row.consent_in:
        what += "."
    if row.consent_in:
        what += (
            " Needs consent in many places."
            if len(row.consent_in) > _MANY
            else (f" Needs consent in {', '.join(row.consent_in)}.")
        )
    party = row.party if row.party == FIRST else f"{THIRD}: {row.host}"
    seen = ", ".join(_SHORT[phase] for phase in row.seen) or "not seen"
    recipients = ", ".join(row.recipients) or "none named"
    life = row.observed_life or "not seen"
    return row.name, row.kind, party, what, row.declared_life, life, recipients, seen


_MANY = 6


def to_markdown(told: CookieDeclaration) -> str:
    """Return *told* as Markdown."""
    lines = ["# What this site keeps in your browser", ""]
    lines += [_NOTE.format(day=told.measured_at, site=told.site), ""]
    lines += [_row(_HEADS), _row("---" for _ in _HEADS)]
    lines += [_row(_cells(row)) for row in told.rows]
    lines += [f"\nNot looked at: {one}." for one in told.left_out]
    return "\n".join(lines) + "\n"


def _row(cells: Iterable[str]) -> str:
    kept = (cell.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;") for cell in cells)
    return f"| {' | '.join(kept)} |"


def to_html(told: CookieDeclaration, language: str = "en") -> str:
    """Return *told* as a page that needs no script, style or picture of anybody's."""
    heads = "".join(f'<th scope="col">{escape(head)}</th>' for head in _HEADS)
    rows = "\n".join(_html_row(_cells(row)) for row in told.rows)
    left = "".join(f"<p>Not looked at: {escape(one)}.</p>\n" for one in told.left_out)
    title = "What this site keeps in your browser"
    return (
        f'<!doctype html>\n<html lang="{escape(language)}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
        f"<p>{escape(_NOTE.format(day=told.measured_at, site=told.site))}</p>\n"
        f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>\n"
        f"{left}</main>\n</body>\n</html>\n"
    )


def _html_row(cells: tuple[str, ...]) -> str:
    first, *rest = cells
    more = "".join(f"<td>{escape(cell)}</td>" for cell in rest)
    return f'<tr><th scope="row">{escape(first)}</th>{more}</tr>'
