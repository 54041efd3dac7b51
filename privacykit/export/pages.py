"""The pages of an export that people read: one index, one page a collection. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from privacykit.export.manifest import Manifest, PackagePart
from privacykit.personal.categories import CATEGORIES

MOST_ROWS = 500
"""Rows shown on a page; the files beside it have them all."""

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;"
    "}table{border-collapse:collapse;width:100%}"
    "caption{text-align:left;font-weight:600;padding:.5rem 0}"
    "th,td{border:1px solid #999;padding:.3rem .5rem;text-align:left;vertical-align:top;"
    "overflow-wrap:anywhere}th{background:#eee}.scroll{overflow-x:auto}"
)


def index_page(manifest: Manifest) -> str:
    """Write the page that opens the package."""
    rows = "".join(_index_row(part) for part in manifest.parts)
    missing = "".join(f"<li>{escape(line)}</li>" for line in manifest.incomplete)
    warning = f"<h2>What is missing</h2><ul>{missing}</ul>" if missing else ""
    notes = "".join(f"<p>{escape(line)}</p>" for line in manifest.notes)
    head = "".join(
        f'<th scope="col">{name}</th>'
        for name in (
            "What",
            "Rows",
            "Kinds of data",
            "Why we have it",
            "Who else gets it",
            "How long",
        )
    )
    return _page(
        "Your data",
        f"<h1>Your data</h1><p>Made on {escape(manifest.created_at)}.</p>{_who(manifest)}{warning}"
        f'<div class="scroll"><table><caption>What we hold about you</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>{notes}"
        f"<h2>Your rights</h2><p>{escape(manifest.rights)}</p>{_complaints(manifest)}"
        "<h2>For programs</h2><p>Each collection is also there as JSON lines and as CSV;"
        " <code>manifest.json</code> describes every file and its SHA-256.</p>",
    )


def _who(manifest: Manifest) -> str:
    """Say who is responsible and what was searched for."""
    us = manifest.controller
    told = (
        ("Responsible", ", ".join(filter(None, (us.name, us.address)))),
        ("Contact", us.contact),
        ("Data protection officer", us.officer),
        ("Searched for", "; ".join(f"{s.type} {s.value}" for s in manifest.searched)),
    )
    rows = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in told if text)
    return f"<dl>{rows}</dl>" if rows else ""


def _complaints(manifest: Manifest) -> str:
    authority = manifest.controller.authority
    return f"<p>Supervisory authority: {escape(authority)}</p>" if authority else ""


def _index_row(part: PackagePart) -> str:
    kinds = sorted({CATEGORIES[key] for field in part.fields for key in field["categories"]})
    page = next((file.path for file in part.files if file.path.endswith(".html")), "")
    name = escape(part.description or f"{part.dataset}: {part.collection}")
    link = f'<a href="{escape(page)}">{name}</a>' if page else name
    who = ", ".join(recipient["name"] for recipient in part.recipients) or "nobody"
    long = ", ".join(part.retention) or "no time limit is set"
    kept = f" Kept by law: {', '.join(part.kept)}." if part.kept else ""
    cells = (
        f'<th scope="row">{link}</th>',
        f"<td>{part.rows}</td>",
        f"<td>{escape(', '.join(kinds))}</td>",
        f"<td>{escape(', '.join(part.purposes))}</td>",
        f"<td>{escape(who)}</td>",
        f"<td>{escape(long + '.' + kept)}</td>",
    )
    return f"<tr>{''.join(cells)}</tr>"


def collection_page(
    title: str, fields: Sequence[str], shown: Sequence[Mapping[str, Any]], total: int
) -> str:
    """Write the page of one collection."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in fields)
    body = "".join(
        "<tr>" + "".join(f"<td>{_cell(row.get(name))}</td>" for name in fields) + "</tr>"
        for row in shown
    )
    more = f"<p>{total - len(shown)} more rows are in the files.</p>" if total > len(shown) else ""
    return _page(
        title,
        f'<p><a href="../../index.html">Your data</a></p><h1>{escape(title)}</h1>'
        f'<div class="scroll"><table><caption>{total} rows</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>{more}",
    )


def _cell(value: Any) -> str:  # noqa: ANN401 - a column's value
    return "" if value is None else escape(str(value))


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main>{body}</main>"
        "</body></html>\n"
    )
