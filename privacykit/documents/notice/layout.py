"""The arrangement of the notice: a short first layer, then a folded section a matter. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from privacykit.documents.model import DocumentModel
from privacykit.documents.notice.stamp import stamp_of
from privacykit.documents.pages.view import (
    PageLine,
    PageTable,
    PageView,
    Run,
    Runs,
    ViewSection,
    text_of,
)
from privacykit.documents.pages.writer import Writer
from privacykit.documents.saying.rights import OPTING
from privacykit.documents.statement import NoticeItem, NoticeStatement
from privacykit.documents.values import Value, Word, listed

RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})
SECTIONS: tuple[tuple[str, tuple[NoticeItem, ...]], ...] = (
    ("controller", (NoticeItem.CONTROLLER, NoticeItem.OFFICER)),
    ("purposes", (NoticeItem.PURPOSES, NoticeItem.ORIGIN)),
    ("categories", (NoticeItem.CATEGORIES,)),
    ("retention", (NoticeItem.RETENTION,)),
    ("recipients", (NoticeItem.RECIPIENTS, NoticeItem.TRANSFERS)),
    ("cookies", (NoticeItem.COOKIES,)),
    ("rights", (NoticeItem.WITHDRAWAL, NoticeItem.RIGHTS, NoticeItem.OPT_OUT)),
    ("protection", (NoticeItem.PROTECTION,)),
    ("other", (NoticeItem.MUST_GIVE, NoticeItem.AUTOMATED, NoticeItem.BASIS, NoticeItem.FIXED)),
)
"""Sections that hold whatever the law; statements of certain laws have sections of their own."""
COLUMNS: dict[str, tuple[str, ...]] = {
    "category": ("category", "purposes"),
    "kept": ("label", "span"),
    "kept_cap": ("label", "span"),
    "kept_words": ("label", "words"),
    "recipient": ("name", "kind", "where", "role", "purposes", "contact"),
    "recipient_for": ("name", "kind", "where", "role", "purposes", "contact"),
    "cookie": ("name", "purpose", "says", "life", "seen", "by", "kind", "leave"),
    "california_category": (
        "letter", "statutory", "categories", "purposes", "kept", "sold", "told",
    ),
}  # fmt: skip
"""Statements that are rows of tables: their values, in the order of the columns."""
HEADS: dict[str, tuple[str, ...]] = {
    "category": ("category", "purpose"),
    "kept": ("purpose", "kept"),
    "recipient": ("recipient", "kind", "country", "role", "purpose", "contact"),
    "cookie": ("cookie", "purpose", "says", "life", "seen", "by", "kind", "leave"),
    "california_category": (
        "letter", "statutory", "category", "purpose", "kept", "sold", "told",
    ),
}  # fmt: skip
UNCITED = "no text cited"
"""How a clause says that no text was read for it."""
VERBATIM = "verbatim"
"""Words of statutes that must stand where the notice itself does: in its first layer."""
UNSURE = frozenset({"reported", "unsure", "quoted"})


def notice_page(
    model: DocumentModel, writer: Writer, *, first: Sequence[str] = (), changes: str = ""
) -> PageView:
    """
    Return the notice.

    Args:
        model: What is said.
        writer: Writes it in one language.
        first: Families of laws to tell of at once; the others stand folded behind.
        changes: Where the list of changes is, empty for nowhere.
    """
    common = [one for one in model.statements if not one.laws]
    sections = [_short(model, writer)]
    for name, items in SECTIONS:
        lines = [one for one in common if one.item in items]
        if lines:
            heading = writer.say(f"heading_{name}")
            sections.append(_section(name, heading, lines, writer))
    sections += _laws(model, writer, first)
    stamp = stamp_of(model.version, model.statements)
    return _whole("title", sections, stamp, model, writer, changes)


def cookie_statements(model: DocumentModel) -> list[NoticeStatement]:
    """Return what the cookie declaration says."""
    lines = [s for s in model.statements if s.item is NoticeItem.COOKIES or s.id == "cookies.all"]
    return lines + [s for s in model.statements if s.item is NoticeItem.WITHDRAWAL]


def cookie_page(model: DocumentModel, writer: Writer) -> PageView:
    """Return the cookie declaration alone."""
    lines = cookie_statements(model)
    stamp = stamp_of(model.version, lines, only_cookies=True)
    section = _section("cookies", writer.say("heading_cookies"), lines, writer, folded=False)
    return _whole("cookies_title", [section], stamp, model, writer, "")


def _whole(
    title: str,
    sections: Sequence[ViewSection],
    stamp: str,
    model: DocumentModel,
    writer: Writer,
    changes: str,
) -> PageView:
    """Return the page with its foot, which says so where something stands in another language."""
    page = PageView(
        writer.say(title),
        writer.language,
        "rtl" if writer.language in RIGHT_TO_LEFT else "ltr",
        tuple(sections),
        _foot(model, writer, changes),
        stamp,
    )
    if not any(run.lang for run in page.runs()):
        return page
    foreign = PageLine(writer.say("foreign"))
    return msgspec.structs.replace(page, foot=(*page.foot, foreign))


def _short(model: DocumentModel, writer: Writer) -> ViewSection:
    """Return the first layer: who, what for, who else, how to choose, whom to ask."""
    by_id = {one.id: one for one in model.statements}
    lines = []
    who, hosts = by_id.get("controller"), by_id.get("hosts")
    if who is not None and hosts is not None:
        names = {"name": who.value("name"), "hosts": hosts.value("hosts")}
        lines.append(writer.say("short_controller", **names))
    labels = [one.label for one in model.facts.activities if one.origin != "own" and one.purpose]
    if labels:
        told = listed(list(dict.fromkeys(labels)))
        lines.append(writer.say("short_purposes", purposes=told))
    named: list[Value] = [one.name for one in model.facts.recipients if one.name]
    if named:
        lines.append(writer.say("short_recipients", names=listed(named)))
    elif not model.facts.recipients:
        lines.append(writer.say("short_recipients_none"))
    if (choice := by_id.get("withdraw")) is not None:
        lines.append(writer.say("short_choice", path=choice.value("path")))
    if (contact := by_id.get("contact")) is not None:
        lines.append(writer.say("short_contact", contact=contact.value("contact")))
    lines += [writer.statement(one) for one in model.statements if one.words == VERBATIM]
    told_lines = tuple(PageLine(line) for line in lines)
    return ViewSection("short", writer.say("short"), told_lines, folded=False)


def _laws(model: DocumentModel, writer: Writer, first: Sequence[str]) -> Iterator[ViewSection]:
    """Yield what certain laws want told: those of *first* in front, the others in one section."""
    families = [law.family for law in model.facts.laws]
    made = {
        family: _section(
            f"law-{family}",
            writer.say(f"heading_{family}"),
            [one for one in model.statements if _is_of(one, family)],
            writer,
        )
        for family in families
    }
    front = [family for family in first if family in made] or (families if not first else [])
    for family in front:
        yield made[family]
    behind = tuple(made[family] for family in families if family not in front)
    if behind:
        yield ViewSection("elsewhere", writer.say("elsewhere"), inner=behind)


def _is_of(statement: NoticeStatement, family: str) -> bool:
    """Say whether *statement* stands in the section of *family*: of two American ones, once."""
    if family not in statement.laws or statement.words == VERBATIM:
        return False
    return statement.laws[0] == family or not set(statement.laws) <= set(OPTING)


def _section(
    id_: str,
    heading: Runs,
    statements: Iterable[NoticeStatement],
    writer: Writer,
    *,
    folded: bool = True,
) -> ViewSection:
    lines: list[PageLine] = []
    rows: dict[str, list[NoticeStatement]] = {}
    last = ""  # what several in a row rest on is said once
    for one in statements:
        head = _head_of(one.words)
        if head:
            rows.setdefault(head, []).append(one)
        else:
            cite = cite_of(one, writer)
            lines.append(PageLine(writer.statement(one), "" if cite == last else cite))
            last = cite
    tables = tuple(_table(head, found, heading, writer) for head, found in rows.items())
    return ViewSection(id_, heading, tuple(lines), tables, folded)


def cite_of(statement: NoticeStatement, writer: Writer) -> str:
    """Return the first clause behind *statement*, with how sure we are, and how many more."""
    cited = [source for source in statement.sources if source.citation and "@" in source.file]
    if not cited:
        return ""
    first = cited[0]
    told = [] if UNCITED in first.citation else [first.citation]
    if first.confidence in UNSURE:
        word = Word(f"confidence_{first.confidence}")
        told.append(text_of(writer.say("law_read", confidence=word)))
    if len(cited) > 1:
        told.append(text_of(writer.say("more_laws", count=str(len(cited) - 1))))
    return "; ".join(told)


def _head_of(words: str) -> str:
    if words not in COLUMNS:
        return ""
    return {"kept_cap": "kept", "kept_words": "kept", "recipient_for": "recipient"}.get(
        words, words
    )


def _table(
    head: str, statements: Sequence[NoticeStatement], caption: Runs, writer: Writer
) -> PageTable:
    columns = HEADS[head]
    rows = [_row(one, writer) for one in statements]
    # A column in which nobody has anything to say is no column.
    used = [i for i in range(len(columns)) if i == 0 or any(row[i] for row in rows)]
    names = tuple(writer.say(f"column_{columns[i]}") for i in used)
    return PageTable(caption, names, tuple(tuple(row[i] for i in used) for row in rows))


def _row(one: NoticeStatement, writer: Writer) -> tuple[Runs, ...]:
    if one.words == "kept_cap":
        return writer.value(one.value("label")), writer.say("capped", span=one.value("span"))
    return tuple(writer.value(one.value(name)) for name in COLUMNS[one.words])


def _foot(model: DocumentModel, writer: Writer, changes: str) -> tuple[PageLine, ...]:
    if model.effective:
        told = writer.say("version", version=model.version, day=model.effective)
    else:
        told = writer.say("version_undated", version=model.version)
    lines = [PageLine(told), PageLine(writer.say("made"))]
    if model.seen_on:
        lines.append(PageLine(writer.say("seen_on", day=model.seen_on)))
    if changes:
        text = "".join(run.text for run in writer.say("changes_link"))
        lines.append(PageLine((Run(text, href=changes),)))
    return tuple(lines)
