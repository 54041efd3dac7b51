"""
Pages that need nothing else: no script, no outside address, one style named by its hash. Pure.

Reads its templates from the package. Everything that is put in is escaped.
"""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from privacykit.reports.output.numbers_text import figure, printable

PACKAGE: Final = "privacykit.reports.output"


def page_text(template: str, *, form: bool = False, **values: Any) -> str:
    """
    Return a whole page.

    Args:
        template: Its name.
        form: Whether it has a form that its own server answers.
        values: What the template names.
    """
    made = _environment().get_template(template)
    return made.render(css=_css(), policy=policy(form=form), **values)


def part_text(template: str, **values: Any) -> Markup:
    """Return a part of a page: the template *template* filled with *values*."""
    made = _environment().get_template(template).render(**values)
    return Markup(made)  # noqa: S704 - our templates escape what they are filled with


def policy(*, form: bool = False) -> str:
    """Return the content security policy of a page."""
    digest = b64encode(sha256(_css().encode()).digest()).decode()
    target = "'self'" if form else "'none'"
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; "
        f"form-action {target}"
    )


@cache
def _css() -> Markup:
    """Return the style, as it stands in every page: it is ours, and has no end tag in it."""
    return Markup((files(PACKAGE) / "templates" / "report.css").read_text(encoding="utf-8"))  # noqa: S704


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader(PACKAGE),
        autoescape=True,
        auto_reload=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_steady,
    )
    made.globals["figure"] = figure
    return made


def _steady(value: Any) -> Any:
    """Return *value* without signs that nobody sees and that would turn what follows them."""
    return printable(value) if type(value) is str else value
