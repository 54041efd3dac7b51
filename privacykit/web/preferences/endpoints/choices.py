"""
The endpoints of the choice pages: opt-out, preferences, status, well-known. Writes consent records.

Laws, held by ``tests/web/preferences/``:

- a refusal of everything is accepted from anywhere, a grant only from a page of the site's own, and
  what refuses a part elsewhere refuses everything: no other site can make a refusal smaller;
- nothing is said to be done before it is committed and the browser sends it back; when it cannot
  be, the answer still says no;
- every page works without JavaScript.
"""

from __future__ import annotations

from collections.abc import Mapping

from privacykit.web.language.switch import carried_of
from privacykit.web.preferences.assets import asset, gpc_resource
from privacykit.web.preferences.choosing import (
    read_requested_choice,
    refuse_everything,
    take_back,
)
from privacykit.web.preferences.context import WELL_KNOWN, RoutesContext
from privacykit.web.preferences.endpoints.desk import NEXT_PATH, Desk, guarded
from privacykit.web.preferences.form import AGAIN, Form, FormError, read_form, safe_path
from privacykit.web.preferences.http import PageRequest, PageResponse, Pages, page_response
from privacykit.web.preferences.notice import BARRED, DONE, KEPT, NO_NOTICE, notice_of
from privacykit.web.preferences.pages import PAGE_HEADERS, Shown, SitePages, status_document
from privacykit.web.preferences.state import conflicts, lines


def choice_routes(context: RoutesContext) -> Mapping[str, Mapping[str, Pages]]:
    """Return the routes of the choice pages of the site of *context*."""
    desk, prefix = ChoiceEndpoints(context), context.prefix
    return {
        prefix: {"GET": desk.preferences},
        f"{prefix}/": {"GET": desk.preferences},
        f"{prefix}/choice": {"POST": desk.choose},
        f"{prefix}/opt-out": {"GET": desk.show_opt_out, "POST": desk.opt_out},
        f"{prefix}/withdraw": {"POST": desk.withdraw},
        f"{prefix}/status.json": {"GET": desk.status},
        WELL_KNOWN: {"GET": desk.well_known},
    }


def static_routes(context: RoutesContext) -> Mapping[str, Mapping[str, Pages]]:
    """Return the route of style sheets and scripts, which all pages share."""
    return {f"{context.prefix}/static/*": {"GET": ChoiceEndpoints(context).static}}


class ChoiceEndpoints(Desk):
    """
    The endpoints of the choice pages of one site.

    Args:
        context: The site.
    """

    def __init__(self, context: RoutesContext) -> None:
        super().__init__(context)
        self._pages = SitePages(context)

    @guarded
    def preferences(self, request: PageRequest) -> PageResponse:
        """Show what is on, why, and the form to change it."""
        return self._page(request, "preferences.html")

    @guarded
    def show_opt_out(self, request: PageRequest) -> PageResponse:
        """Show the one button."""
        return self._page(request, "opt_out.html")

    @guarded
    def choose(self, request: PageRequest) -> PageResponse:
        """
        Take the form of the preferences page.

        Raises:
            FormError: It asks about purposes of which none is the site's.
        """
        form = read_form(request)
        present = self.present(request)
        wish = read_requested_choice(form, self.context, present)
        if not self.is_own_page(request):
            if wish.granted or not wish.refused:
                return self.sorry(request, 403, "error_403")
            # What was refused before, a browser does not show with the form of another site.
            wish = refuse_everything(self.context, again=form.one(AGAIN) == "1")
        elif wish.done == "cleared" and not self._asks(form):
            raise FormError(400)
        return self.fulfil(request, form, present, wish)

    @guarded
    def opt_out(self, request: PageRequest) -> PageResponse:
        """Refuse everything, whoever sent the request; its form may be missing or broken."""
        form = _any_form(request)
        wish = refuse_everything(self.context, again=form.one(AGAIN) == "1")
        return self.fulfil(request, form, self.present(request), wish)

    @guarded
    def withdraw(self, request: PageRequest) -> PageResponse:
        """Take back the grant, whoever sent the request."""
        form = _any_form(request)
        present = self.present(request)
        return self.fulfil(request, form, present, take_back(self.context, present))

    @guarded
    def status(self, request: PageRequest) -> PageResponse:
        """Answer as JSON what the page shows."""
        body = status_document(self.context, self.present(request))
        return page_response(body, "application/json", PAGE_HEADERS)

    def static(self, request: PageRequest) -> PageResponse:
        """Serve the style sheet and the script."""
        return asset(request.local_path.rpartition("/")[2]) or self.nowhere(request)

    def well_known(self, _request: PageRequest) -> PageResponse:
        """Say that the site abides by GPC."""
        return gpc_resource(self.context.gpc_last_update)

    def _asks(self, form: Form) -> bool:
        """Tell whether *form* asks about a purpose of the site's: of others nothing was cleared."""
        asked = form.all("asked")
        return not (asked and asked.isdisjoint(purpose.id for purpose in self.context.purposes))

    def _page(self, request: PageRequest, template: str) -> PageResponse:
        context, present = self.context, self.present(request)
        purposes = lines(context.purposes, present)
        notice = notice_of(request, context, present)
        leads_to = safe_path(request.parameter(NEXT_PATH), "")
        shown = Shown(
            present.signal,
            present.dnt,
            present.opted_out,
            present.has_grant,
            present.months if present.has_grant else 0,
            conflicts(purposes, present),
            notice.done,
            notice.barred,
            notice.trouble,
            bool(leads_to),
            self.query(request),
        )
        taken = {NEXT_PATH: leads_to}
        if notice != NO_NOTICE:
            taken[DONE] = request.parameter(DONE)
        # Then it was compared, and is none of a stranger's.
        compared = (KEPT, BARRED) if notice.barred else (KEPT,) if notice.done == "saved" else ()
        taken |= {name: request.parameter(name) for name in compared}
        base, place, carried = self.base(request), present.place, carried_of(taken)
        response = self._pages.page(template, base, shown, purposes, place, leads_to, carried)
        renewal = context.cookies.renewal(request.cookie)
        ended = self.ended(request, present.to_end(context.purposes))
        return response.setting([*([renewal] if renewal is not None else []), *ended])


def _any_form(request: PageRequest) -> Form:
    try:
        return read_form(request)
    except FormError:
        return Form()
