"""The pages of a server of reports: a list of them, each with a form. Asks for reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from privacykit.cli.report.pages.application import ShownPage
from privacykit.cli.report.pages.kinds import AskedPage
from privacykit.cli.terminal.console import failed
from privacykit.errors import BackendError, PrivacyKitError
from privacykit.reports.output.html import page_text, part_text
from privacykit.reports.output.page import text

Given = Mapping[str, Sequence[str]]


def shown_by(
    pages: Sequence[AskedPage], shared: Mapping[str, Any]
) -> Callable[[str, Given], ShownPage]:
    """
    Return what makes the page of a path and a query.

    Args:
        pages: The reports that can be asked.
        shared: Values that hold for all of them: whose events, ``k``.
    """
    by_path = {f"/{one.name}": one for one in pages}

    def shown(path: str, query: Given) -> ShownPage:
        try:
            return page_of(path, query)
        except Exception as error:  # noqa: BLE001 - a server goes on, and a traceback quotes values
            words, status = _trouble(error)
            return said(status, words)

    def page_of(path: str, query: Given) -> ShownPage:
        if path == "/":
            return _list(pages)
        if (page := by_path.get(path)) is None:
            return said(404, "There is no such report here.")
        return _report(pages, page, query, shared)

    return shown


def said(status: int, words: str) -> ShownPage:
    """Return the page that says *words*."""
    title = "Reports"
    html = page_text("message.html", form=True, title=title, above="", words=words, lead="/")
    return ShownPage(status, html)


def _list(pages: Sequence[AskedPage]) -> ShownPage:
    entries = [
        {"href": f"/{one.name}", "title": _title(one), "about": one.command.about} for one in pages
    ]
    return ShownPage(200, page_text("index.html", form=True, entries=entries, title="Reports"))


def _report(
    pages: Sequence[AskedPage], page: AskedPage, query: Given, shared: Mapping[str, Any]
) -> ShownPage:
    """Return the report that *query* asks for; what it leaves out is what the page asks itself."""
    told = {
        one.name: [value for value in query[one.name] if value.strip()]
        for one in page.command.asked
        if one.name in query
    }
    given = {**page.given, **told}
    above = _above(pages, page, given)
    try:
        reports = page.command.reports(given, shared)
    except Exception as error:  # noqa: BLE001 - a traceback quotes values
        words, status = _trouble(error)
        if status < 500 and not query and not page.given:  # noqa: PLR2004 - RFC 9110 §15.6
            status, words = 200, f"Fill in the form: {words}."
        html = page_text(
            "message.html", form=True, title=_title(page), above=above, words=words, lead=""
        )
        return ShownPage(status, html)
    which = _place(query.get("part", ()), len(reports))
    return ShownPage(200, text(reports[which], above=above, form=True))


def _trouble(error: Exception) -> tuple[str, int]:
    """Return what is said of *error*, and the status of HTTP; the terminal is told our faults."""
    if not isinstance(error, PrivacyKitError):
        failed(error)
        return f"PK007 privacykit failed ({type(error).__name__}): report this", 500
    return str(error), 500 if isinstance(error, BackendError) else 400


def _place(told: Sequence[str], number: int) -> int:
    """Return which of several reports of one command is meant, from 0."""
    asked = told[-1] if told else "1"
    return min(max(int(asked), 1), number) - 1 if asked.isdecimal() and len(asked) < 3 else 0  # noqa: PLR2004


def _above(pages: Sequence[AskedPage], page: AskedPage, given: Given) -> Markup:
    entries = [{"href": f"/{one.name}", "title": _title(one), "here": one is page} for one in pages]
    return part_text(
        "form.html", entries=entries, fields=page.command.asked, given=given, here=page.name
    )


def _title(page: AskedPage) -> str:
    words = page.command.name.capitalize()
    told = " ".join(value for values in page.given.values() for value in values)
    return f"{words}: {told}" if told else words
