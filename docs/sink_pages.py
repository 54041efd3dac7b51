"""
Write what can be told of each kind of sink from its own data: keys, fields, what is lost.

The page of each kind under ``how-to/sinks`` ends with it, so that the page is whole wherever it is
read. The data is the truth: a test compares, and this writes anew::

    python docs/sink_pages.py
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import msgspec

from privacykit.sinks import OURS, kind_of
from privacykit.sinks.kind import SinkKind
from privacykit.sinks.mapping.rules import EventMapping

EVERYWHERE = {"type", "name", "role", "purposes", "url", "token", "key"}
PAGES = Path(__file__).parent / "how-to" / "sinks"
MARK = "<!-- What follows is written from the sink's own data by docs/sink_pages.py. -->"
_WRITTEN = re.compile(rf"({re.escape(MARK)}|```{{include}}).*", re.DOTALL)


def write_pages(pages: Path = PAGES) -> None:
    """Write the end of each page in *pages* anew."""
    for name in OURS:
        path = pages / f"{name}.md"
        path.write_text(whole(name, path.read_text(encoding="utf-8")), encoding="utf-8")


def whole(name: str, page: str) -> str:
    """Return *page*, that of the kind called *name*, with the end that its data tells."""
    kind = kind_of(name)
    told = "\n".join(part(kind)).rstrip() if kind else ""
    return f"{_WRITTEN.sub('', page).rstrip()}\n\n{MARK}\n\n{told}\n"


def part(kind: SinkKind) -> Iterator[str]:
    """Yield the lines of what the data of *kind* tells."""
    if kind.extra:
        yield from [
            f"It needs the extra `{kind.extra}`: `pip install 'privacykit[{kind.extra}]'`.",
            "",
        ]
    keys = list(_keys(kind.options))
    if keys:
        yield from [
            "## Keys of its own",
            "",
            "| key | default | means |",
            "|---|---|---|",
            *keys,
            "",
        ]
    if kind.facts:
        yield from ["## How it is sent", "", "| | |", "|---|---|"]
        yield from [*(f"| {_cell(name)} | {_cell(said)} |" for name, said in kind.facts), ""]
    if kind.mapping:
        yield from _mapping(kind.mapping)
    yield from ["## The same event twice", ""]
    if kind.deduplicates:
        yield f"It knows an event that comes again by {kind.deduplicates}."
    else:
        told = "see [what perhaps arrived](../sinks.md#what-perhaps-arrived)"
        yield f"It cannot tell that an event came again: {told}."
    yield from ["", "## Erasing", "", kind.erasure, ""]
    yield from _deletion(kind)


def _deletion(kind: SinkKind) -> Iterator[str]:
    if kind.deleter is None:
        yield "An erasure cannot ask for it: the receipt says so, unless nothing was sent there."
        return
    yield "An erasure asks for it: see [what sinks sent](../requests.md#what-sinks-sent)."
    yield ""
    if kind.deletion:
        yield from ["| | |", "|---|---|"]
        yield from [*(f"| {_cell(name)} | {_cell(said)} |" for name, said in kind.deletion), ""]
    keys = list(_keys(kind.deletion_options))
    if keys:
        yield from ["Keys of `[sinks.deletion]` besides `url` and `token`:", ""]
        yield from ["| key | default | means |", "|---|---|---|", *keys, ""]


def _keys(options: type[msgspec.Struct]) -> Iterator[str]:
    for field in msgspec.structs.fields(options):
        if field.required:
            default = "must be said"
        elif field.default in (None, msgspec.NODEFAULT):
            default = ""
        else:
            default = f"`{_toml(field.default)}`"
        told = next((m.description for m in _metas(field.type) if m.description), "")
        yield f"| `{field.encode_name}` | {default} | {_cell(told)} |"


def _metas(kind: object) -> Iterator[msgspec.Meta]:
    for inner in get_args(kind):
        if isinstance(inner, msgspec.Meta):
            yield inner
        else:
            yield from _metas(inner)


def _toml(value: object) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else f"{value}"


def _mapping(mapping: EventMapping) -> Iterator[str]:
    yield from ["## What goes", "", "| field | holds |", "|---|---|"]
    rules = [(f"`{field.to.replace('/', '.')}`", field) for field in mapping.fields]
    rules += [(f"header `{field.to}`", field) for field in mapping.headers]
    for name, field in rules:
        note = f"; {field.note}" if field.note else ""
        needed = "; an event without it is rejected" if field.needed else ""
        yield f"| {name} | {_cell(field.source.words() + note + needed)} |"
    yield from ["", "A field without a value is left out; nothing else of an event is sent.", ""]
    yield from ["## What is lost", "", ", ".join(f"`{path}`" for path in mapping.lost()), ""]
    if mapping.filled:
        yield from [
            "## What it would fill in by itself",
            "",
            "| what | how that is suppressed |",
            "|---|---|",
        ]
    for one in mapping.filled:
        by = f" (`{one.by.replace('/', '.')}`)" if one.by else ""
        yield f"| {_cell(one.what)} | {_cell(one.stopped)}{by} |"
    yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    write_pages()
