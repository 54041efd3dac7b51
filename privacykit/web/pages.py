"""
The pages that visitors see, from decision to HTML or JSON. Reads its templates from the package.

Laws: refusing and allowing are equally prominent; nothing is pre-ticked that is not on already;
nothing from another site is loaded; no page sets a cookie that the visitor did not ask for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import Response

from privacykit.collect.codes import Code
from privacykit.collect.decision import Reason
from privacykit.policy.verdict import Verdict
from privacykit.signals.choice import (
    GRANT_AFTER_GPC,
    REFUSED,
    Choice,
    age_months,
    granted,
    refused,
)
from privacykit.web.assets import hashed
from privacykit.web.context import PurposeText, RoutesContext, Shown

PAGE_HEADERS = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src data:; connect-src 'self'; form-action 'self'; frame-ancestors 'self'; "
    "base-uri 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    # Not "no-referrer": that makes browsers send `Origin: null` with our own form.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Vary": "Cookie, Sec-GPC, DNT",
}
UNKNOWN_PLACE = "ZZ"
UNSURE = "unsure"
_SENTENCES = {str(code): code.words for code in Code}
SHOWN_REASONS = 3
"""Reasons on the page, the deciding ones; the status document has them all."""


@dataclass(frozen=True, slots=True)
class PurposeView:
    """A purpose as the page shows it."""

    id: str
    label: str
    description: str
    necessary: bool
    allowed: bool
    fixed: bool
    state: str
    verdict: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class PageView:
    """Everything the preferences page and the status document say."""

    place: str
    signal: str
    dnt: bool
    choice: Choice
    purposes: tuple[PurposeView, ...]
    policies: tuple[str, ...]

    @property
    def months(self) -> int:
        """Whole months since the grant in force, else since the refusal."""
        return age_months(self.choice.mask)

    @property
    def conflicts(self) -> bool:
        """Whether a permission given now would go against the GPC signal, which must be said."""
        can_grant = any(not (each.allowed or each.fixed) for each in self.purposes)
        return self.signal == "overridden" or (self.signal != "no_signal" and can_grant)

    @property
    def opted_out(self) -> bool:
        """Whether the visitor refused everything."""
        return bool(self.choice.mask & REFUSED)

    @property
    def has_grant(self) -> bool:
        """Whether a grant is in force, so that there is something to withdraw."""
        return self.choice.record is not None


def view(context: RoutesContext, shown: Shown, choice: Choice) -> PageView:
    """Put together what the visitor is shown."""
    return PageView(
        shown.place,
        signal_state(shown, choice),
        shown.dnt,
        choice,
        tuple(
            _purpose(index, purpose, shown, choice)
            for index, purpose in enumerate(context.purposes)
        ),
        tuple(dict.fromkeys(p for made in shown.decisions.values() for p in made.policies)),
    )


def signal_state(shown: Shown, choice: Choice) -> str:
    """Return which words describe what became of the GPC signal (11 CCR 7025(c)(6))."""
    if not shown.gpc:
        return "no_signal"
    if choice.mask & GRANT_AFTER_GPC:
        return "overridden"
    return "honoured" if shown.gpc_honoured else "not_applied"


def _purpose(index: int, purpose: PurposeText, shown: Shown, choice: Choice) -> PurposeView:
    made = shown.decisions.get(purpose.id)
    verdict = Verdict.DENY if made is None else made.verdict
    allowed = purpose.necessary or verdict is Verdict.ALLOW
    return PurposeView(
        purpose.id,
        purpose.label or purpose.id,
        purpose.description,
        purpose.necessary,
        allowed,
        not allowed and purpose.id not in shown.grantable,
        _state(purpose, verdict, shown, was_refused=refused(choice.mask, index)),
        Verdict.ALLOW.word if purpose.necessary else verdict.word,
        () if made is None else made.reasons,
    )


def _state(purpose: PurposeText, verdict: Verdict, shown: Shown, *, was_refused: bool) -> str:
    if purpose.necessary:
        return "necessary"
    if verdict is Verdict.ALLOW:
        return "on"
    if was_refused:
        return "off_refused"
    if purpose.id not in shown.grantable:
        return "off_fixed"
    return "off_consent" if verdict is Verdict.NEEDS_CONSENT else "off"


def status_document(context: RoutesContext, page: PageView, *, every_reason: bool = False) -> bytes:
    """
    Return the JSON status: signals, choices and verdicts with their reasons; no identifier.

    Args:
        context: The site.
        page: What is shown.
        every_reason: Whether to give all reasons instead of the deciding ones; where the place is
            unknown every policy has one.
    """
    count = None if every_reason else SHOWN_REASONS
    mask = page.choice.mask
    indexed = list(enumerate(context.purposes))
    return msgspec.json.encode(
        {
            "site": context.site,
            "place": page.place,
            "signals": {
                "gpc": page.signal != "no_signal",
                "gpc_honoured": page.signal == "honoured",
                "dnt": page.dnt,
            },
            "message": context.wording[page.signal],
            "choice": {
                "opted_out": page.opted_out,
                "refused": [p.id for i, p in indexed if refused(mask, i) and not p.necessary],
                "granted": [p.id for i, p in indexed if granted(mask, i)],
                "months": page.months if mask else None,
                "after_gpc": bool(mask & GRANT_AFTER_GPC),
            },
            "purposes": [
                {
                    "id": purpose.id,
                    "label": purpose.label,
                    "necessary": purpose.necessary,
                    "verdict": purpose.verdict,
                    "reasons": purpose.reasons[:count],
                }
                for purpose in page.purposes
            ],
            "policies": page.policies,
            "text_version": context.version,
        }
    )


def render(
    context: RoutesContext,
    template: str,
    base: str,
    status: int = 200,
    **values: Any,  # noqa: ANN401 (a template takes what it names; StrictUndefined checks it)
) -> Response:
    """
    Return the page *template* filled with *values*, with the headers every page has.

    Args:
        context: The site.
        template: Name of the template.
        base: Path of our routes as the browser sees it.
        status: The HTTP status.
        values: What the template names besides.
    """
    html = (
        _environment()
        .get_template(template)
        .render(
            context=context,
            base=base,
            t=_Words(context.wording),
            css=f"{base}/static/{hashed('privacy.css')}",
            js=f"{base}/static/{hashed('privacy.js')}",
            age=_age,
            place_name=_place_name,
            sentence=_sentence,
            shown_reasons=SHOWN_REASONS,
            contact_link=_contact_link(context.contact),
            unsure=UNSURE,
            **values,
        )
    )
    return Response(html, status, PAGE_HEADERS, "text/html")


class _Words:
    """The wording, with its placeholders filled in when called."""

    def __init__(self, wording: Mapping[str, str]) -> None:
        self._wording = wording

    def __call__(self, key: str, /, **values: object) -> str:
        return self._wording[key].format(**values)


def _age(words: _Words, months: int) -> str:
    if months == 0:
        return words("this_month")
    return words("one_month") if months == 1 else words("months", months=months)


def _place_name(words: _Words, place: str) -> str:
    return words("place_unknown") if place == UNKNOWN_PLACE else place


def _sentence(context: RoutesContext, reason: Reason) -> str:
    """Return in words what *reason* says: the site's own words, else ours."""
    own = context.wording.get(f"reason_{reason.code}")
    return own or _SENTENCES.get(reason.code, reason.code)


def _contact_link(contact: str) -> Markup:
    """Return *contact* as a link where it is an address or a URL, else as words."""
    text = escape(contact)
    if contact.startswith(("https://", "http://")):
        return Markup("<a href='{}' rel='noreferrer'>{}</a>").format(text, text)
    if "@" in contact and " " not in contact:
        return Markup("<a href='mailto:{}'>{}</a>").format(text, text)
    return text


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("privacykit.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
