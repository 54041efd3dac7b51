"""``privacykit notice``: the privacy notice from what runs, and whether it is still true."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privacykit.cli.documents.made import OUT, DocumentOptions, end, made, placed, put
from privacykit.cli.terminal.commands import add
from privacykit.cli.terminal.console import Exit, say, say_json, stop
from privacykit.errors import InputError

if TYPE_CHECKING:
    from privacykit.documents.facts.gather import DocumentInput
    from privacykit.documents.model import DocumentModel
    from privacykit.documents.notice.public import NoticeChange
    from privacykit.documents.pages.writer import Writer


class NoticeFormat(StrEnum):
    """How a notice is written."""

    HTML = "html"
    MARKDOWN = "markdown"
    JSON = "json"
    DPV = "dpv"


LAW = Annotated[
    list[str] | None,
    typer.Option("--law", metavar="LAW", help="gdpr, california, lgpd, pipl, app, kvkk, us-states"),
]
SHOWN = Annotated[NoticeFormat, typer.Option("--format", help="How it is written.")]
LANG = Annotated[
    str, typer.Option("--lang", metavar="TAGS", help="Languages, as in en,de; each in a file.")
]


@dataclass(frozen=True, slots=True)
class NoticeWish:
    """What is wanted besides the whole notice: an option set."""

    cookies: Annotated[bool, typer.Option("--cookies", help="The cookie declaration alone.")] = (
        False
    )
    explain: Annotated[
        bool, typer.Option("--explain", help="Say of every statement where it comes from.")
    ] = False
    diff: Annotated[
        Path | None, typer.Option("--diff", metavar="OLD.json", help="What changed since then.")
    ] = None
    check: Annotated[
        Path | None,
        typer.Option("--check", metavar="FILE", help="Whether what is published is still true."),
    ] = None


def register(app: typer.Typer) -> None:
    """Add ``notice`` to *app*."""
    add(app, "notice", notice, "privacykit notice --lang en,de --out notice.html")


def notice(
    options: DocumentOptions,
    wish: NoticeWish,
    *,
    law: LAW = None,
    shown: SHOWN = NoticeFormat.HTML,
    lang: LANG = "",
    out: OUT = None,
) -> None:
    """
    Print the privacy notice that configuration, data map and laws come to.

    Nothing is guessed: what only a person knows stands in [notice], and what is missing there is
    said. Ends with 1 where something is missing, disproved, or changed since it was published.

    Raises:
        InputError: A file or a language is none, or several languages have no file to go to.
    """
    from privacykit.runtime.documents.inputs import writer_of

    given, model = made(options, _families(law))
    tags = _languages(lang, given.settings.choice.language)
    writers = [writer_of(given.settings, tag) for tag in tags]
    if wish.explain:
        _explain(model, writers[0], options)
    elif wish.diff is not None:
        _tell_changes(_changes_since(wish.diff, model, writers[0]), options)
    elif wish.check is not None:
        _check(wish.check, model, writers[0], options, given)
    else:
        form = NoticeFormat.JSON if options.as_json else shown
        if len(writers) > 1 and out is None:
            raise InputError("several languages need --out: each is a file of its own")
        for writer in writers:
            text = _written(model, writer, form, cookies=wish.cookies)
            put(text, _file_of(out, writer.language, several=len(writers) > 1))
        end(model.problems, options)


def _families(law: list[str] | None) -> list[str] | None:
    from privacykit.documents.facts.laws import FAMILIES

    asked = [name for one in law or () for name in one.split(",")]
    if any(name not in FAMILIES for name in asked):
        raise InputError(f"--law takes {', '.join(FAMILIES)}")
    return asked or None


def _languages(lang: str, otherwise: str) -> list[str]:
    from privacykit.web.notice_page.messages import messages

    tags = [tag.strip() for tag in lang.split(",") if tag.strip()] or [otherwise]
    for tag in tags:
        if not tag.isalpha() or not messages(tag):
            raise InputError("--lang names a language that there is no notice in: en, de, …")
    return tags


def _written(model: DocumentModel, writer: Writer, form: NoticeFormat, *, cookies: bool) -> str:
    from privacykit.documents.notice.layout import cookie_page, notice_page

    if form is NoticeFormat.JSON:
        return _json(model, writer)
    if form is NoticeFormat.DPV:
        from privacykit.documents.notice.dpv import dpv_text

        return dpv_text(model, writer)
    page = cookie_page(model, writer) if cookies else notice_page(model, writer)
    if form is NoticeFormat.HTML:
        from privacykit.documents.pages.html import html_page

        return html_page(page)
    from privacykit.documents.pages.markdown import markdown_page

    return markdown_page(page)


def _json(model: DocumentModel, writer: Writer) -> str:
    import msgspec

    from privacykit.documents.notice.public import public_document

    encoded = msgspec.json.encode(public_document(model, writer))
    return msgspec.json.format(encoded, indent=2).decode() + "\n"


def _file_of(out: Path | None, tag: str, *, several: bool) -> Path | None:
    if out is None or not several:
        return out
    return out.with_name(f"{out.stem}.{tag}{out.suffix}")


def _explain(model: DocumentModel, writer: Writer, options: DocumentOptions) -> None:
    from privacykit.documents.notice.explained import explained

    told = explained(model, writer, lambda problems: placed(problems, options))
    if options.as_json:
        say_json(told)
        end(model.problems, options)
        return
    for one in told:
        say(f"{one.kind:<9} {one.text}")
        for source in one.sources:
            say(f"          {source}")
    end(model.problems, options)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise InputError(f"PK345 {file.name} cannot be read") from None


def _changes_since(file: Path, model: DocumentModel, writer: Writer) -> tuple[NoticeChange, ...]:
    from privacykit.documents.notice.public import changes_between, old_document

    return changes_between(old_document(_read(file)), model, writer)


def _published(file: Path, model: DocumentModel, writer: Writer) -> tuple[NoticeChange, ...]:
    from privacykit.documents.notice.layout import cookie_statements
    from privacykit.documents.notice.public import changes_of_stamp
    from privacykit.documents.notice.stamp import read_stamp

    stamp = read_stamp(_read(file))
    if stamp is None:
        return _changes_since(file, model, writer)
    shown = cookie_statements(model) if stamp.only_cookies else model.statements
    return changes_of_stamp(stamp.digests, shown, writer)


def _edited(file: Path, model: DocumentModel, given: DocumentInput) -> tuple[NoticeChange, ...]:
    """Return the sentences that the page should have, in its own language, and has not."""
    from privacykit.documents.notice.edited import edited, lines_of
    from privacykit.documents.notice.layout import cookie_page, notice_page
    from privacykit.documents.notice.public import NoticeChange
    from privacykit.documents.notice.stamp import read_stamp
    from privacykit.documents.pages.view import text_of
    from privacykit.runtime.documents.inputs import writer_of
    from privacykit.web.notice_page.messages import languages

    published = _read(file)
    stamp = read_stamp(published)

    def candidates() -> Iterator[tuple[str, ...]]:
        for tag in languages():
            writer = writer_of(given.settings, tag)
            if stamp is None:
                yield tuple(text_of(writer.statement(one)) for one in model.statements)
            elif stamp.only_cookies:
                yield lines_of(cookie_page(model, writer))
            else:
                yield lines_of(notice_page(model, writer))

    missing = edited(published, candidates())
    return tuple(NoticeChange("edited", "", new=line) for line in missing)


def _check(
    file: Path,
    model: DocumentModel,
    writer: Writer,
    options: DocumentOptions,
    given: DocumentInput,
) -> None:
    changes = _published(file, model, writer) or _edited(file, model, given)
    if options.as_json:
        say_json(
            {
                "version": model.version,
                "true": not changes and not model.problems,
                "changes": changes,
                "problems": placed(model.problems, options),
            }
        )
        if changes or model.problems:
            stop(Exit.FOUND)
        return
    for change in changes:
        say(f"PK343 {_line_of(change)}")
    end(model.problems, options)
    if changes:
        stop(Exit.FOUND, f"{file.name} is no longer true: publish it again")
    say(f"{file.name} is true: version {model.version}")


def _tell_changes(changes: tuple[NoticeChange, ...], options: DocumentOptions) -> None:
    if options.as_json:
        say_json(changes)
    else:
        for change in changes:
            say(_line_of(change))
        if not changes:
            say("nothing changed")
    if changes:
        stop(Exit.FOUND)


def _line_of(change: NoticeChange) -> str:
    if change.how == "changed" and change.old:
        return f"changed  {change.old}\n      to {change.new}"
    if change.how == "edited":
        return f"edited   it does not say: {change.new}"
    told = change.new or change.old or "a statement that is no longer made"
    return f"{change.how:<8} {told}"
