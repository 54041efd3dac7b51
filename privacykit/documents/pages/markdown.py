"""Markdown of a page view (CommonMark with tables of GitHub's). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from privacykit.documents.pages.view import PageLine, PageTable, PageView, Runs, ViewSection

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#])")


def markdown_page(page: PageView) -> str:
    """Return *page* as Markdown; what stands in another language is marked by it."""
    lines = [f"# {_runs(page.title)}", ""]
    for section in page.sections:
        lines += _section(section, 2)
    lines += [line for each in page.foot for line in (_line(each), "")]
    if page.stamp:
        lines.append(f"<!-- {page.stamp.replace('--', '')} -->")
    return "\n".join(lines).rstrip() + "\n"


def _section(section: ViewSection, level: int) -> Iterator[str]:
    yield f"{'#' * level} {_runs(section.heading)}"
    yield ""
    if section.lines:
        yield from (f"- {_line(line)}" for line in section.lines)
        yield ""
    for table in section.tables:
        yield from _table(table)
        yield ""
    for inner in section.inner:
        yield from _section(inner, level + 1)


def _table(table: PageTable) -> Iterator[str]:
    yield f"| {' | '.join(map(_runs, table.head))} |"
    yield f"|{' --- |' * len(table.head)}"
    for row in table.rows:
        yield f"| {' | '.join(map(_runs, row))} |"


def _line(line: PageLine) -> str:
    cite = f" ({_escaped(line.cite)})" if line.cite else ""
    return f"{_runs(line.runs)}{cite}"


def _runs(runs: Runs) -> str:
    return "".join(_run(run.text, run.lang, run.href) for run in runs)


def _run(text: str, lang: str, href: str) -> str:
    if href:
        return f"[{_escaped(text)}](<{href}>)"
    return f"{_escaped(text)} [{lang}]" if lang else _escaped(text)


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(text.split("\n")))
