"""
The account page: the choices of a signed-in person on all of their devices. Writes consent records.

Laws, held by ``tests/runtime/test_account_choice.py``:

- it shows what the account says to whoever is signed in, and lets no other page frame it;
- it can only make a choice stricter, so that whoever leads a browser here harms nobody;
- whatever fails leads on to where the application wanted (P9), and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from privacykit.web.preferences.context import RoutesContext
from privacykit.web.preferences.endpoints.desk import NEXT_PATH, Desk, ensure_thread
from privacykit.web.preferences.endpoints.following import (
    HELD,
    Account,
    Met,
    account_of,
    meet,
    met_cookies,
)
from privacykit.web.preferences.form import safe_path
from privacykit.web.preferences.http import (
    ACCOUNT_PATH,
    PageRequest,
    PageResponse,
    Pages,
    page_response,
)
from privacykit.web.preferences.pages import PAGE_HEADERS
from privacykit.web.preferences.state import CurrentState

HTML = "text/html; charset=utf-8"


def account_routes(context: RoutesContext) -> Mapping[str, Mapping[str, Pages]]:
    """Return the route of the account page."""
    return {f"{context.prefix}{ACCOUNT_PATH}": {"GET": AccountEndpoints(context).show}}


class AccountEndpoints(Desk):
    """
    The endpoint of one site.

    Args:
        context: The site.
    """

    def show(self, request: PageRequest) -> PageResponse:
        """
        Let the account's choice and the browser's meet, and show what came of it.

        There is no such page until the application tells who is signed in.
        Where a ``next`` says where to go on, a meeting that changed nothing leads there at once.
        """
        if not self.context.follows:
            return self.nowhere(request)
        leads_to = safe_path(request.parameter(NEXT_PATH), "")
        try:
            ensure_thread(request)
            present = self.present(request)  # where nothing was decided, nobody is asked
            account = None if _is_part(request) else account_of(self.context, request)
            if account is None:
                return self._on(leads_to) if leads_to else self._nobody(request)
            return self._met(request, present, account, leads_to)
        except Exception as error:  # noqa: BLE001 - P9: ours must not fail
            self.count(error)
            return self._on(leads_to) if leads_to else self.unshown(request)

    def _met(
        self, request: PageRequest, present: CurrentState, account: Account, leads_to: str
    ) -> PageResponse:
        context, now = self.context, self.context.clock()
        met = meet(context, present, account, now)
        told = (*met.held, *self._held_before(request, present, met))
        ended = self.ended(request, met.held)
        cookies = [*met_cookies(context, present, met.held, now), *ended]
        if leads_to and not (told or met.given):
            return self._on(leads_to).setting(cookies)
        offers = [] if present.gpc else self._offers(present, met)
        html = self.html(
            request,
            "account.html",
            {NEXT_PATH: leads_to, HELD: ",".join(told)},
            held=self._names(told),
            given=self._names(met.given),
            offers=offers,
            offered=self._names(offers),
            next=leads_to,
        )
        return page_response(html.encode(), HTML, PAGE_HEADERS).setting(cookies)

    def _held_before(self, request: PageRequest, present: CurrentState, met: Met) -> list[str]:
        """Return what the form before this page could not allow: its address is not believed."""
        asked = set(request.parameter(HELD).split(","))
        refused = met.choice.refusing(asked)
        return [id_ for id_ in present.refusing(self.context.purposes) if id_ in refused & asked]

    def _offers(self, present: CurrentState, met: Met) -> list[str]:
        """Return what the account allows and the browser has not answered."""
        answered = {*present.refusing(self.context.purposes), *met.held}
        answered.update(present.granting(self.context.purposes))
        open_ = [p.id for p in self.context.optional if p.id in met.choice.allowed - answered]
        return [id_ for id_ in open_ if id_ in present.grantable and not present.allows(id_)]

    def _names(self, ids: Iterable[str]) -> str:
        wanted = set(ids)
        return ", ".join(p.label or p.id for p in self.context.purposes if p.id in wanted)

    def _nobody(self, request: PageRequest) -> PageResponse:
        return self.message(request, 200, "account_nobody", "account_nobody_text")

    def _on(self, leads_to: str) -> PageResponse:
        return page_response(b"", "text/plain", {**PAGE_HEADERS, "Location": leads_to}, 303)


def _is_part(request: PageRequest) -> bool:
    """
    Tell whether *request* is for a part of another site's page: a picture, a frame.

    It may come without the cookies that say what was refused, so what it is told would be less.
    """
    elsewhere = request.header(b"sec-fetch-site") == "cross-site"
    return elsewhere and request.header(b"sec-fetch-dest") != "document"
