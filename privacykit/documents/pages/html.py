"""HTML of a page view: one file, no script, nothing from elsewhere. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from markupsafe import Markup, escape

from privacykit.documents.pages.style import STYLE
from privacykit.documents.pages.view import (
    PageLine,
    PageTable,
    PageView,
    Runs,
    ViewSection,
    text_of,
)

NAMED_COLUMNS = 1
"""Columns that name their row: the first."""
CLOSED_COMMENT = "--"


def html_page(page: PageView, *, link: str = "", top: str = "") -> str:
    """
    Return *page* as a whole HTML document.

    Args:
        page: The page.
        link: A line for the head, such as a ``<link>``; empty for none.
        top: HTML that stands before the page's own; empty for none.
    """
    body = "\n".join(_section(section) for section in page.sections)
    foot = "\n".join(f"<p>{_line(line)}</p>" for line in page.foot)
    title = escape(text_of(page.title))
    stamp = f"\n<!-- {page.stamp.replace(CLOSED_COMMENT, '')} -->" if page.stamp else ""
    return (
        f'<!doctype html>\n<html lang="{escape(page.language)}" dir="{page.direction}">\n<head>\n'
        '<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{title}</title>\n<link rel="icon" href="data:,">\n{link}'
        f"<style>{STYLE}</style>\n</head>\n<body>\n{top}<main>\n"
        f"<h1{_lang_of(page.title)}>{_runs(page.title)}</h1>\n{body}\n</main>\n"
        f"<footer>\n{foot}\n</footer>{stamp}\n</body>\n</html>\n"
    )


def _section(section: ViewSection, level: int = 2) -> str:
    inside = "\n".join(_inside(section, level))
    heading = f"<h{level}>{_runs(section.heading)}</h{level}>"
    if section.folded:
        return f'<details id="{section.id}">\n<summary>{heading}</summary>\n{inside}\n</details>'
    return f'<section id="{section.id}">\n{heading}\n{inside}\n</section>'


def _inside(section: ViewSection, level: int) -> Iterator[str]:
    if section.lines:
        items = "\n".join(f"<li>{_line(line)}</li>" for line in section.lines)
        yield f"<ul>\n{items}\n</ul>"
    for number, table in enumerate(section.tables):
        yield _table(table, f"{section.id}-{number}")
    for inner in section.inner:
        yield _section(inner, level + 1)


def _table(table: PageTable, id_: str) -> str:
    head = "".join(f'<th scope="col">{_runs(cell)}</th>' for cell in table.head)
    rows = "\n".join(f"<tr>{''.join(_cells(row))}</tr>" for row in table.rows)
    # A region that scrolls must be reachable without a mouse, and then needs a name.
    return (
        f'<div class="wide" tabindex="0" role="region" aria-labelledby="{id_}">\n<table>\n'
        f'<caption id="{id_}">{_runs(table.caption)}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>\n</div>"
    )


def _cells(row: Iterable[Runs]) -> Iterator[str]:
    for number, cell in enumerate(row):
        if number < NAMED_COLUMNS:
            yield f'<th scope="row">{_runs(cell)}</th>'
        else:
            yield f"<td>{_runs(cell)}</td>"


def _line(line: PageLine) -> str:
    cite = f" <cite>{escape(line.cite)}</cite>" if line.cite else ""
    return f"{_runs(line.runs)}{cite}"


def _runs(runs: Runs) -> Markup:
    return Markup("").join(_run(run.text, run.lang, run.href) for run in runs)


def _run(text: str, lang: str, href: str) -> Markup:
    if href:
        return Markup('<a href="{}">{}</a>').format(href, text)
    return Markup('<span lang="{}">{}</span>').format(lang, text) if lang else escape(text)


def _lang_of(runs: Runs) -> str:
    return f' lang="{runs[0].lang}"' if runs and runs[0].lang else ""
