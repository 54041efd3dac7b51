"""
Write a reference page for each policy and a table that compares them, from the files themselves.

Sphinx calls it at every build, so the pages cannot fall behind; they are not kept in the
repository.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from privacykit.policy.clause import Clause
from privacykit.policy.model import Policy
from privacykit.policy.override import statements
from privacykit.policy.policyset import PolicySet
from privacykit.policy.review.calendar import calendar
from privacykit.policy.review.wording import in_words
from privacykit.policy.strictness import Stated
from privacykit.policy.words import RULED_USES
from privacykit.settings.policies import shipped_policies

if TYPE_CHECKING:
    from sphinx.application import Sphinx

SECTIONS = {
    "What may happen": ("rules.",),
    "Children and teenagers": ("consent_age", "minors."),
    "Signals": ("gpc", "dnt"),
    "Consent": ("consent.",),
    "Handling and retention": ("handling", "retention", "ip_address", "visitor_id"),
    "Rights and deadlines": ("rights", "deadlines.", "requests."),
    "Breaches": ("breach.",),
    "Scope": ("scope", "threshold"),
    "Records, interface, enforcement": ("records", "ux", "fine", "regulator", "transfers"),
}
NO_ADVICE = "This is not legal advice; see [what the data does not know](../../limitations.md)."


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", lambda app: write_pages(Path(app.srcdir), shipped_policies()))
    return {"parallel_read_safe": True}


def write_pages(docs: Path, law: PolicySet) -> None:
    """Write ``reference/jurisdictions.md`` and a page for each policy under it."""
    directory = docs / "reference" / "jurisdictions"
    directory.mkdir(parents=True, exist_ok=True)
    wanted = {directory / f"{policy.id}.md": "\n".join(page(policy, law)) for policy in law}
    wanted[docs / "reference" / "jurisdictions.md"] = "\n".join(comparison(law))
    for stale in set(directory.glob("*.md")) - set(wanted):
        stale.unlink()
    for path, text in wanted.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def page(policy: Policy, law: PolicySet) -> Iterator[str]:
    yield f"# {policy.name}"
    yield ""
    yield f"`{policy.id}`, {policy.kind.value.replace('_', ' ')}, set {law.hash}."
    yield NO_ADVICE
    yield ""
    if policy.law is not None:
        start = f", in force since {policy.law.in_force}" if policy.law.in_force else ""
        yield f"- Law: {escape(policy.law.title)}{start} ({escape(policy.law.clause.citation)})"
    if policy.extends:
        yield f"- Builds on [{policy.extends}]({policy.extends}.md)"
    if policy.over:
        yield f"- Lies over every policy of `{policy.over}`"
    yield f"- Follows: {', '.join(sorted(policy.follows))}"
    yield f"- Covers: {' '.join(f'`{place}`' for place in policy.places) or 'no place of its own'}"
    yield from (f"- {escape(note)}" for note in policy.notes)
    said = statements(policy)
    for title, prefixes in SECTIONS.items():
        paths = [path for path in said if path.startswith(prefixes)]
        if paths:
            yield from [
                "",
                f"## {title}",
                "",
                "| key | says | source | sure | read |",
                "|---|---|---|---|---|",
            ]
        for path in paths:
            yield from _rows(path, said[path])
    yield from _dated(policy)
    yield ""


def _rows(path: str, one: Stated) -> Iterator[str]:
    clause = one.clause
    note = f"<br>{escape(clause.note)}" if clause.note else ""
    if (other := clause.practice) is not None:
        found = f"{other.says} ({other.citation}; {other.confidence.value})"
        note += f"<br>In practice: {escape(found)}"
    origin = f"{clause.path.partition(': ')[0]}: " if ": " in clause.path else ""
    source = f"{origin}{escape(clause.citation)}"
    row = [f"`{path}`", f"{escape(in_words(one))}{note}", source, *_sure(clause)]
    yield f"| {' | '.join(row)} |"
    older = getattr(one, "before", None)
    if older is not None:
        words, cited = escape(in_words(older)), escape(older.clause.citation)
        yield f"| … before | {words} | {cited} | {' | '.join(_sure(older.clause))} |"


def _dated(policy: Policy) -> Iterator[str]:
    if policy.amendments:
        yield from ["", "## What changes when", ""]
    for one in policy.amendments:
        yield f"- {one.on}: {escape(one.what)} ({_source(one.clause)})"
    if policy.pending:
        yield from ["", "## What may change", ""]
    for pending in policy.pending:
        expected = f"{pending.expected}: " if pending.expected else ""
        yield f"- {expected}{escape(pending.what)} ({_source(pending.clause)})"


def _source(clause: Clause) -> str:
    return f"{escape(clause.citation)}; {clause.confidence.value}"


def comparison(law: PolicySet) -> Iterator[str]:
    yield "# Jurisdictions compared"
    yield ""
    yield f"{len(law)} policies, {len(law.places())} codes, set {law.hash}, written from the files."
    yield "A model followed by a day holds from that day; the pages say what held before."
    yield "`?` is unknown; the cautious answer then holds."
    yield NO_ADVICE.replace("../../", "../")
    yield ""
    heads = [*(use.value.replace("_", " ") for use in RULED_USES), "GPC", "DNT", "age"]
    yield f"| | {' | '.join(heads)} |"
    yield "|---" * (len(heads) + 1) + "|"
    for policy in law:
        cells = [_model(policy, use) for use in RULED_USES]
        cells.append(policy.gpc.status.value.replace("_", " ") if policy.gpc else "?")
        cells.append(policy.dnt.effect.value.replace("_", " ") if policy.dnt else "?")
        cells.append(str(policy.age.years or "none") if policy.age else "?")
        yield f"| [{policy.name}](jurisdictions/{policy.id}.md) | {' | '.join(cells)} |"
    yield from ["", "## Calendar", ""]
    for entry in calendar(law):
        if entry.on >= date(2026, 1, 1):
            what, cited = escape(entry.what), escape(entry.citation)
            yield f"- {entry.on} `{entry.policy}` {what} ({cited}; {entry.confidence})"
    yield from ["", "```{toctree}", ":hidden:", ":glob:", "", "jurisdictions/*", "```", ""]


def escape(text: str) -> str:
    for mark in "\\|*_<>[]`":
        text = text.replace(mark, f"\\{mark}")
    return text


def _sure(clause: Clause) -> list[str]:
    return [clause.confidence.value, str(clause.read or "")]


def _model(policy: Policy, use: str) -> str:
    rule = policy.rules.get(use)
    if rule is None:
        return "?"
    since = f" {rule.since}" if rule.since else ""
    return f"{rule.model.value.replace('_', ' ')}{since}"
