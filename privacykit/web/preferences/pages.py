"""
The pages that visitors see, from decision to HTML or JSON. Reads its templates from the package.

Laws: refusing and allowing are equally prominent; nothing is pre-ticked that is not on already;
nothing from another site is loaded; no page sets a cookie that the visitor did not ask for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache, partial
from typing import Any

import msgspec
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from privacykit.collect.consent.standing import NO_STANDING
from privacykit.decide.decision import Reason
from privacykit.signals.choice.mask import GRANT_AFTER_GPC
from privacykit.web.language.spans import life_words
from privacykit.web.language.switch import OWN_NAMES, language_links, spoken
from privacykit.web.preferences.assets import hashed
from privacykit.web.preferences.context import RoutesContext
from privacykit.web.preferences.http import PageResponse, page_response
from privacykit.web.preferences.state import CurrentState, PurposeLine, lines

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
    "Vary": "Cookie, Sec-GPC, DNT, Accept-Language",
}
QUIET_HEADERS = {**PAGE_HEADERS, "Referrer-Policy": "strict-origin"}
"""Of pages whose address may hold a token: it is told nobody, and a form still says its origin."""
UNKNOWN_PLACE = "ZZ"
UNSURE = "unsure"
KEPT_ITEMS = 128
"""Purposes as pages show them that are remembered, of all places; about 1.5 KB each."""
ROOMS = ("preferences", "data_page", "requests")
"""Rooms with templates; a name stands in one of them only."""
KEPT_FRAMES = 32
"""Pages without their purposes that are remembered; about 4 KB each. Both in each language."""
ITEMS, NEXT, CARRIED = "\0items\0", "\0next\0", "\0carried\0"
"""Stand in a frame where purposes, the next path and what links carry on go; no text has such."""


def status_document(context: RoutesContext, state: CurrentState) -> bytes:
    """
    Return the JSON status: signals, choices and verdicts with their reasons; no identifier.

    Of each verdict the deciding reasons are told and how many policies have a say besides:
    ``privacykit explain`` tells the operator all of them.

    Args:
        context: The site.
        state: What holds.
    """
    mask = state.choice.mask
    return msgspec.json.encode(
        {
            "site": context.site,
            "place": state.place,
            "signals": {
                "gpc": state.signal != "no_signal",
                "gpc_honoured": state.signal == "honoured",
                "dnt": state.dnt,
            },
            "message": context.wording[state.signal],
            "choice": {
                "opted_out": state.opted_out,
                "refused": state.refusing(context.purposes),
                "granted": state.granting(context.purposes),
                "months": state.months if mask else None,
                "after_gpc": bool(mask & GRANT_AFTER_GPC),
            },
            "purposes": [
                {
                    "id": line.id,
                    "label": line.label,
                    "necessary": line.necessary,
                    "changeable": not (line.necessary or line.fixed),
                    "against": state.standings.get(line.id, NO_STANDING).against,
                    "verdict": line.verdict,
                    "reasons": line.reasons,
                    "more": line.more,
                }
                for line in lines(context.purposes, state)
            ],
            "policies": state.policies,
            "text_version": context.version,
        }
    )


def message(
    context: RoutesContext,
    base: str,
    query: str,
    status: int,
    headers: Mapping[str, str] = PAGE_HEADERS,
    carried: str | None = None,
    **words: str,
) -> PageResponse:
    """Return the page that says one thing, with *status*; *words* are keys of the wording."""
    html = html_of(context, "message.html", base, query, carried, **words)
    return page_response(html.encode(), "text/html; charset=utf-8", headers, status)


def html_of(
    context: RoutesContext,
    template: str,
    base: str,
    query: str = "",
    carried: str | None = None,
    **values: Any,  # noqa: ANN401 (a template takes what it names; StrictUndefined checks it)
) -> str:
    """
    Return the page *template* filled with *values*.

    Args:
        context: The site.
        template: Name of the template.
        base: Path of our routes as the browser sees it.
        query: The query that keeps a language asked for; empty, or with its question mark.
        carried: What links to this page in other languages carry on; ``None`` for no such links.
        values: What the template names besides.
    """
    links = () if carried is None else language_links(context.languages, carried)
    return (
        _environment()
        .get_template(template)
        .render(
            context=context,
            base=base,
            query=query,
            lang=query.partition("=")[2],
            languages=links,
            own_name=OWN_NAMES.get(context.language, context.language),
            t=_Words(context.wording),
            css=f"{base}/static/{hashed('privacy.css')}",
            js=f"{base}/static/{hashed('privacy.js')}",
            age=_age,
            contact_link=_contact_link(context.contact),
            **values,
        )
    )


class Shown(msgspec.Struct, frozen=True):
    """
    What a page shows of a visitor beside the purposes: of few different values.

    Attributes:
        signal: Which words tell what became of Global Privacy Control.
        months: Whole months since the grant in force; 0 where there is none.
        conflicts: Whether a permission given now would go against the signal.
        done: What was done, if anything was.
        barred: Purposes that were to be allowed by it, and are off.
        trouble: Why it did not hold.
        goes_on: Whether the page leads on to another.
        query: The query that keeps a language asked for.
    """

    signal: str
    dnt: bool
    opted_out: bool
    has_grant: bool
    months: int
    conflicts: bool
    done: str
    barred: tuple[str, ...]
    trouble: str
    goes_on: bool
    query: str = ""


class SitePages:
    """
    Makes the pages of one site, on which many visitors see the same: that is rendered once.

    Args:
        context: The site.
    """

    def __init__(self, context: RoutesContext) -> None:
        self._context = context
        self._frame = lru_cache(maxsize=KEPT_FRAMES)(self._rendered)
        self._item = lru_cache(maxsize=KEPT_ITEMS)(partial(purpose_item, context))

    def page(
        self,
        template: str,
        base: str,
        shown: Shown,
        purposes: Sequence[PurposeLine],
        place: str,
        leads_to: str,
        carried: str,
    ) -> PageResponse:
        """
        Return the page *template*.

        Args:
            template: Its name.
            base: Path of our routes as the browser sees it.
            shown: What it shows of the visitor.
            purposes: The purposes as they stand.
            place: Where the visitor is.
            leads_to: The path to which it leads on, empty where to none.
            carried: What links to it in other languages carry on.
        """
        html = self._frame(template, base, shown).replace(NEXT, escape(leads_to))
        html = html.replace(CARRIED, escape(carried))
        if ITEMS in html:
            items = [self._item(line, place, index) for index, line in enumerate(purposes, 1)]
            html = html.replace(ITEMS, "\n".join(items))
        return page_response(html.encode(), "text/html; charset=utf-8", PAGE_HEADERS)

    def _rendered(self, template: str, base: str, shown: Shown) -> str:
        labels = [p.label or p.id for p in self._context.purposes if p.id in shown.barred]
        values = {"page": shown, "items": ITEMS, "next": NEXT if shown.goes_on else ""}
        values["barred"] = ", ".join(labels)
        return html_of(self._context, template, base, shown.query, CARRIED, **values)


def purpose_item(context: RoutesContext, line: PurposeLine, place: str, index: int) -> str:
    """
    Return the list item of one purpose: of the page the larger part, and of few different values.

    Args:
        context: The site.
        line: The purpose as it stands.
        place: Where the visitor is.
        index: Its place on the page, from 1.
    """
    template = _environment().get_template("purpose.html")
    words = _Words(context.wording)
    return template.render(
        t=words,
        purpose=line,
        where=_place_name(words, place),
        index=index,
        sentence=partial(_sentence, context),
        unsure=UNSURE,
        kept=[(it, life_words(words, it)) for it in context.kept_for(line.id)],
    )


class _Words:
    """The wording, with its placeholders filled in when called."""

    def __init__(self, wording: Mapping[str, str]) -> None:
        self._wording = wording

    def __call__(self, key: str, /, **values: object) -> str:
        return self._wording[key].format(**values)


def _age(words: _Words, months: int) -> str:
    return words({0: "this_month", 1: "one_month"}.get(months, "months"), months=months)


def _place_name(words: _Words, place: str) -> str:
    return words("place_unknown") if place == UNKNOWN_PLACE else place


def _sentence(context: RoutesContext, reason: Reason) -> str:
    """Return in words what *reason* says."""
    return context.wording.get(f"reason_{reason.code}", reason.code)


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
    made = Environment(
        loader=ChoiceLoader([PackageLoader(f"privacykit.web.{room}") for room in ROOMS]),
        autoescape=True,
        auto_reload=False,  # else each page looks at three files
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["spoken"] = spoken
    return made
