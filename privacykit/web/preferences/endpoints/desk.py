"""
The desk of a site's pages: what its endpoints share, from the state shown to the choice fulfilled.

Writes consent records.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import wraps
from typing import TypeVar
from urllib.parse import urlencode

from privacykit.collect.consent.shown import Interface, Presentation
from privacykit.collect.privacy import NoPrivacy
from privacykit.errors import BackendError
from privacykit.web.language.negotiation import LANG, named_of
from privacykit.web.language.switch import carried_of
from privacykit.web.preferences.choosing import (
    RequestedChoice,
    commit,
    cookies,
    refuse_everything,
)
from privacykit.web.preferences.context import RoutesContext
from privacykit.web.preferences.endpoints.following import (
    HELD,
    account_of,
    note_click,
    within,
)
from privacykit.web.preferences.expire import expired, paths_of
from privacykit.web.preferences.form import (
    Form,
    FormError,
    is_same_origin,
    safe_path,
)
from privacykit.web.preferences.http import ACCOUNT_PATH, PageRequest, PageResponse, page_response
from privacykit.web.preferences.limits import LimitError
from privacykit.web.preferences.notice import query_of
from privacykit.web.preferences.pages import PAGE_HEADERS, html_of, message
from privacykit.web.preferences.state import CurrentState, UndecidedError, current_state

NEXT_PATH = "next"
"""Parameter and field: where to go on."""
BESIDE_PAGE: Mapping[str, Interface] = {"banner": "banner", "placeholder": "placeholder"}
"""Where a form of ours may say that it was shown; nothing else is believed."""
NOTHING_TAKEN: Mapping[str, str] = {}
LOOKS = frozenset({"GET", "HEAD"})
"""Methods of a page that a link leads to."""
D = TypeVar("D", bound="Desk")
Endpoint = Callable[[D, PageRequest], PageResponse]


def reading(endpoint: Endpoint[D]) -> Endpoint[D]:
    """Let whatever fails in *endpoint*, which changes no choice, end as a page (P9)."""
    return _ending(endpoint, lambda desk, request: desk.unshown(request))


def guarded(endpoint: Endpoint[D]) -> Endpoint[D]:
    """
    Let whatever fails in *endpoint* end as a page (P9, P2).

    A failing post refuses; a look only offers to, as no page sets a cookie that nobody asked for.
    """

    def ended(desk: D, request: PageRequest) -> PageResponse:
        posted = request.method == "POST"
        return desk.failed(request, desk.everything) if posted else desk.unshown(request)

    return _ending(endpoint, ended)


def _ending(endpoint: Endpoint[D], ended: Endpoint[D]) -> Endpoint[D]:
    @wraps(endpoint)
    def answered(self: D, request: PageRequest) -> PageResponse:
        try:
            return endpoint(self, request)
        except FormError as error:
            return self.sorry(request, error.status, "error_400")
        except Exception as error:  # noqa: BLE001 - P9: ours must not fail, and P2: less data
            self.count(error)
            return ended(self, request)

    return answered


class Desk:
    """
    What the endpoints of one site share.

    Args:
        context: The site.
        headers: Of the pages that say one thing: what went wrong, most of all.
    """

    def __init__(self, context: RoutesContext, headers: Mapping[str, str] = PAGE_HEADERS) -> None:
        self.context = context
        self.headers = headers
        self.everything = refuse_everything(context).refused

    def nowhere(self, request: PageRequest) -> PageResponse:
        """Answer what is no page of ours."""
        return self.sorry(request, 404, "error_404")

    def sorry(self, request: PageRequest, status: int, words: str) -> PageResponse:
        """Say what did not work; nothing was changed."""
        return self.message(request, status, words, f"{words}_text", "")

    def failed(
        self, request: PageRequest, refused: Collection[str], status: int = 503
    ) -> PageResponse:
        """
        Say that it could not be stored, and refuse in the browser all the same.

        The grant cookie stays: the refusal wins over it, and it names the record that the next
        attempt must withdraw.
        """
        text = "error_503_refused" if refused else "error_503_text"
        button = "again" if refused == self.everything else ""
        response = self.message(request, status, "error_503", text, button)
        if not refused:
            return response
        refusal = self.context.refusal_cookie(refused, self.context.clock())
        return response.setting([refusal, *self.ended(request, refused)])

    def count(self, error: Exception) -> None:
        """Count *error*, but for one that was counted where it happened."""
        if not isinstance(error, UndecidedError):
            self.context.failed(error)

    def unshown(self, request: PageRequest) -> PageResponse:
        """Say that the page cannot be shown, and offer the choice that needs nothing of ours."""
        return self.message(request, 503, "error_503", "error_503_look", "opt_out")

    def message(
        self, request: PageRequest, status: int, heading: str, text: str, button: str = ""
    ) -> PageResponse:
        """Answer with the page that says one thing, and has one button or none."""
        base, query, headers = self.base(request), self.query(request), self.headers
        carried = "" if request.method in LOOKS else None
        words = {"heading": heading, "text": text, "button": button}
        return message(self.context, base, query, status, headers, carried, **words)

    def html(
        self,
        request: PageRequest,
        template: str,
        taken: Mapping[str, str] = NOTHING_TAKEN,
        **values: object,
    ) -> str:
        """
        Return a page as an answer to *request*.

        Args:
            request: The request.
            template: Name of the template.
            taken: Parameters of the request that the page took, for itself in other languages.
            values: What the template names.
        """
        base, query = self.base(request), self.query(request)
        # No link can send a form again.
        carried = carried_of(taken) if request.method in LOOKS else None
        return html_of(self.context, template, base, query, carried, **values)

    def fulfil(
        self, request: PageRequest, form: Form, present: CurrentState, wish: RequestedChoice
    ) -> PageResponse:
        """
        Commit *wish* and lead on to the next page, with the cookies that say so.

        Args:
            request: The request that carries the form.
            form: The form; its ``next`` is where to go on.
            present: What holds before.
            wish: What is asked for.
        """
        context, now, privacy = self.context, self.context.clock(), request.privacy
        address = None if isinstance(privacy, NoPrivacy) else privacy.packed
        held: tuple[str, ...] = ()
        try:
            ensure_thread(request)
            account = account_of(context, request)
            if account is not None:
                wish, held = within(context, present, account, wish)
            if held and _asks_by_script(request, form):
                return self.message(request, 409, "account_title", "account_told")
            if wish.barred and _asks_by_script(request, form):
                return self.message(request, 409, "error_409", "error_409_text")
            records = commit(context, present, wish, now, address, _shown(context, form))
        except BackendError as error:
            context.failed(error)
            status = 429 if isinstance(error, LimitError) else 503
            return self.failed(request, wish.refused, status)
        if account is not None:
            note_click(context, present, account, wish, records)
        headers = {**PAGE_HEADERS, "Location": self._next(request, form, wish, held)}
        response = page_response(b"", "text/plain", headers, 303)
        chosen = cookies(context, wish, records, now)
        off = context.choosable - present.allowed - set(wish.granted)
        ending = off.union(wish.refused) if wish.refused else ()
        return response.setting([*chosen, *self.ended(request, ending)])

    def _next(
        self, request: PageRequest, form: Form, wish: RequestedChoice, held: Sequence[str]
    ) -> str:
        """
        Return where the answer to *form* leads on to: first to what there is to say.

        What an account holds back is said on its page, what something else bars on ours.
        """
        base, query = self.base(request), self.query(request)
        start, onwards = f"{query}&" if query else "?", safe_path(form.one(NEXT_PATH), "")
        home = f"{base}/{start}{query_of(wish, self.context.places)}"
        if any(by != "account" for _, by in wish.barred):
            onwards = f"{home}&{urlencode({NEXT_PATH: onwards})}" if onwards else home
        if not held:
            return onwards or home
        told = {HELD: ",".join(held), "next": onwards}
        there = f"{base}{ACCOUNT_PATH}{start}"
        return there + urlencode({name: value for name, value in told.items() if value})

    def ended(self, request: PageRequest, refused: Collection[str]) -> list[str]:
        """Return what ends the cookies of *refused* purposes that the browser still sends."""
        context, host = self.context, request.header(b"host")
        return expired(
            request.cookie,
            context.declared,
            refused,
            host,
            ours=context.cookies.names,
            paths=paths_of(f"{self.base(request)}/"),
            turn=int(context.clock()),
        )

    def present(self, request: PageRequest) -> CurrentState:
        """
        Return what holds for *request* now.

        Raises:
            UndecidedError: Nothing was decided about it.
        """
        context = self.context
        return current_state(request, context.cookies, context.clock(), context.decided)

    def is_own_page(self, request: PageRequest) -> bool:
        """Tell whether *request* was sent by a page of the site itself."""
        context = self.context
        return is_same_origin(request, secure=context.cookies.secure, hosts=context.hosts)

    def query(self, request: PageRequest) -> str:
        """Return the query that keeps the language that *request* asks for, empty for none."""
        named = named_of(request.parameter(LANG), self.context.languages)
        return f"?{LANG}={named}" if named else ""

    def base(self, request: PageRequest) -> str:
        """Return the path of our pages as the browser sees it; a root that leads away is none."""
        return safe_path(request.root, "") + self.context.prefix


def ensure_thread(request: PageRequest) -> None:
    """
    Go on only where a thread of ours may wait for the store.

    Raises:
        BackendError: All of them wait.
    """
    if request.busy:
        raise BackendError("PK153 all our threads wait for a store")


def _asks_by_script(request: PageRequest, form: Form) -> bool:
    """
    Tell whether the banner's script sent *form*, which reads no answer.

    Unless it is led on, it has the browser send the form itself, which shows what there is to say.
    """
    mode = request.header(b"sec-fetch-mode")
    return form.one("interface") == "banner" and mode not in {"", "navigate"}


def _shown(context: RoutesContext, form: Form) -> Presentation:
    """Return what was shown: in the banner or a placeholder that says so, else on our page."""
    where = BESIDE_PAGE.get(form.one("interface"))
    return context.shown if where is None else Presentation(where, context.shown.text)
