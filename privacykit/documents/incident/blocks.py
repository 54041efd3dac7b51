"""
Blocks of a document, printed as Markdown and as HTML that needs nothing from elsewhere. Pure.

The same blocks always give the same bytes. What an operator wrote is escaped in both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import TypeAlias

_MARKS = re.compile(r"([\\`*_\[\]<>|#])")
STYLE = (
    "body{font:1rem/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}th,td{border:1px solid #767676;padding:.3rem .5rem;"
    "text-align:left;vertical-align:top}mark{background:#fff3b0}"
    "@media print{body{margin:0}}"
)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of *level* 1 to 3."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Para:
    """A paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that nobody stated yet and somebody has to write."""

    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Commands:
    """Command lines, as they are typed."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CellGrid:
    """A table."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


DocumentBlock: TypeAlias = Heading | Para | Gap | Items | Commands | CellGrid

TO_FILL = "TO FILL IN"
"""How a gap begins: what is searched for before a letter goes out."""


def as_markdown(blocks: Iterable[DocumentBlock]) -> str:
    """Return *blocks* as Markdown (CommonMark with tables)."""
    return "\n\n".join("\n".join(_markdown(block)) for block in blocks) + "\n"


def as_html(title: str, blocks: Iterable[DocumentBlock], language: str = "en") -> str:
    """Return *blocks* as one page of HTML: valid, printable, without scripts or requests."""
    body = "\n".join(line for block in blocks for line in _html(block))
    return (
        f'<!doctype html>\n<html lang="{escape(language)}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        '<meta name="robots" content="noindex">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"{body}\n</main>\n</body>\n</html>\n"
    )


def gaps(blocks: Iterable[DocumentBlock]) -> list[str]:
    """Return the labels of what is still to fill in."""
    return [block.label for block in blocks if isinstance(block, Gap)]


def _plain(text: str) -> str:
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


def _markdown(block: DocumentBlock) -> Iterator[str]:
    match block:
        case Heading(level, text):
            yield f"{'#' * level} {_plain(text)}"
        case Para(text):
            yield _plain(text)
        case Gap(label, hint):
            yield f"**[{TO_FILL}: {_plain(label)}]**" + (f" {_plain(hint)}" if hint else "")
        case Items(items):
            yield from (f"- {_plain(item)}" for item in items)
        case Commands(lines):
            yield from ("```console", *(f"$ {line}" for line in lines), "```")
        case CellGrid(header, rows):
            yield _row(header)
            yield _row(["---"] * len(header), plain=False)
            yield from map(_row, rows)


def _row(cells: Sequence[str], *, plain: bool = True) -> str:
    return f"| {' | '.join(_plain(cell) if plain else cell for cell in cells)} |"


def _html(block: DocumentBlock) -> Iterator[str]:
    match block:
        case Heading(level, text):
            yield f"<h{level}>{escape(text)}</h{level}>"
        case Para(text):
            yield f"<p>{escape(text)}</p>"
        case Gap(label, hint):
            told = f" {escape(hint)}" if hint else ""
            yield f"<p><mark>[{TO_FILL}: {escape(label)}]</mark>{told}</p>"
        case Items(items):
            yield "<ul>"
            yield from (f"<li>{escape(item)}</li>" for item in items)
            yield "</ul>"
        case Commands(lines):
            yield f"<pre>{escape(chr(10).join(lines))}</pre>"
        case CellGrid(header, rows):
            yield "<table>\n<thead><tr>"
            yield from (f'<th scope="col">{escape(cell)}</th>' for cell in header)
            yield "</tr></thead>\n<tbody>"
            for row in rows:
                yield f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>"
            yield "</tbody>\n</table>"
