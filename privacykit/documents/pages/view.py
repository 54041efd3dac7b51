"""The page view: headings, lines and tables in one language, in no markup yet. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec


class Run(msgspec.Struct, frozen=True):
    """
    A piece of text.

    Attributes:
        text: The text.
        lang: Its language, where that is not the page's.
        href: Where it leads, if it does.
    """

    text: str
    lang: str = ""
    href: str = ""


Runs = tuple[Run, ...]


class PageLine(msgspec.Struct, frozen=True):
    """
    A sentence.

    Attributes:
        runs: Its text.
        cite: The clause behind it, empty for none.
    """

    runs: Runs
    cite: str = ""


class PageTable(msgspec.Struct, frozen=True):
    """
    A table: *head*, then *rows* of as many cells.

    Attributes:
        caption: What it shows, for those who hear it.
        head: The names of its columns.
        rows: Its rows.
    """

    caption: Runs
    head: tuple[Runs, ...]
    rows: tuple[tuple[Runs, ...], ...]


class ViewSection(msgspec.Struct, frozen=True):
    """
    A section.

    Attributes:
        id: For links.
        heading: Its heading.
        lines: Sentences, as a list.
        tables: Tables below.
        folded: Whether it is closed until somebody opens it.
        inner: Sections inside.
    """

    id: str
    heading: Runs
    lines: tuple[PageLine, ...] = ()
    tables: tuple[PageTable, ...] = ()
    folded: bool = True
    inner: tuple[ViewSection, ...] = ()


class PageView(msgspec.Struct, frozen=True):
    """
    A whole page.

    Attributes:
        title: Its title.
        language: BCP 47 tag.
        direction: ``ltr`` or ``rtl``.
        sections: In order.
        foot: Closing lines.
        stamp: What machines find the version by; empty for none.
    """

    title: Runs
    language: str
    direction: str
    sections: tuple[ViewSection, ...]
    foot: tuple[PageLine, ...] = ()
    stamp: str = ""

    def runs(self) -> Iterator[Run]:
        """Yield every piece of text of the page."""
        yield from self.title
        for section in self.sections:
            yield from _runs(section)
        for line in self.foot:
            yield from line.runs


def text_of(runs: Runs) -> str:
    """Return *runs* as one text."""
    return "".join(run.text for run in runs)


def _runs(section: ViewSection) -> Iterator[Run]:
    yield from section.heading
    for line in section.lines:
        yield from line.runs
    for table in section.tables:
        yield from table.caption
        for row in (table.head, *table.rows):
            for cell in row:
                yield from cell
    for inner in section.inner:
        yield from _runs(inner)
