"""
The endpoints of the data page: show, export, delete, ask. Writes what its desk and the pages write.

Laws, held by ``tests/runtime/test_data_page.py``:

- looking at the page shows nothing about anybody, asks the application nothing and waits for no
  store: data is shown in answer to a form of the site's own page, never to an address;
- what cannot be shown or done says so and changes nothing: unlike a choice that fails, it refuses
  nothing in the browser either;
- how often anybody may ask is limited.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import wraps
from http import HTTPStatus

import msgspec

from privacykit.collect.privacy import NoPrivacy
from privacykit.errors import InputError
from privacykit.web.data_page.holder import holder_of
from privacykit.web.data_page.person import is_told
from privacykit.web.data_page.ports import RIGHTS, DataDesk, DataHolder, HeldData, Right
from privacykit.web.data_page.show import document, page_values
from privacykit.web.preferences.choosing import take_back
from privacykit.web.preferences.context import RoutesContext
from privacykit.web.preferences.endpoints.desk import NOTHING_TAKEN, Desk
from privacykit.web.preferences.form import Form, FormError, read_form
from privacykit.web.preferences.http import PageRequest, PageResponse, Pages, page_response
from privacykit.web.preferences.pages import PAGE_HEADERS

HTML = "text/html; charset=utf-8"
FILE_NAME = "my-data.zip"

_Answer = Callable[["DataEndpoints", PageRequest, DataDesk], PageResponse]


def data_routes(context: RoutesContext) -> Mapping[str, Mapping[str, Pages]]:
    """Return the routes of the data page of the site of *context*; none where it has no desk."""
    desk = context.data
    if desk is None:
        return {}
    room, prefix = DataEndpoints(context, desk), f"{context.prefix}/data"
    return {
        prefix: {"GET": room.look, "POST": room.show},
        f"{prefix}.json": {"POST": room.tell},
        f"{prefix}/export": {"POST": room.export},
        f"{prefix}/delete": {"POST": room.delete},
        f"{prefix}/request": {"POST": room.ask},
    }


def _answered(answer: _Answer) -> Callable[[DataEndpoints, PageRequest], PageResponse]:
    """Let only the site's own page ask, not too often, and whatever fails end as a page."""

    @wraps(answer)
    def answered(self: DataEndpoints, request: PageRequest) -> PageResponse:
        try:
            if not self.is_own_page(request):
                return self.sorry(request, 403, "error_data_foreign")
            if request.busy or not self.may_ask(request):
                return self.sorry(request, 429, "error_data_busy")
            return answer(self, request, self.desk)
        except FormError as error:
            return self.sorry(request, error.status, "error_400")
        except Exception as error:  # noqa: BLE001 - P9: ours must not fail, and P2: less data
            self.context.failed(error)
            return self.sorry(request, 503, "error_data_sorry")

    return answered


class DataEndpoints(Desk):
    """
    The endpoints of one site.

    Args:
        context: The site.
        desk: Answers out of the stores.

    Attributes:
        desk: The same.
    """

    def __init__(self, context: RoutesContext, desk: DataDesk) -> None:
        super().__init__(context)
        self.desk = desk

    def may_ask(self, request: PageRequest) -> bool:
        """Count *request*, and tell whether it is not one too many."""
        privacy = request.privacy
        address = None if isinstance(privacy, NoPrivacy) else privacy.packed
        return self.context.data_limits.allow(address, self.context.clock())

    def look(self, request: PageRequest) -> PageResponse:
        """Show the page as everybody sees it."""
        return self._html(request, "data.html", accounts=is_told(self.context.person))

    @_answered
    def show(self, request: PageRequest, desk: DataDesk) -> PageResponse:
        """Show what is held about who asks."""
        holder, held = self._held(request, desk)
        values = page_values(self.context.purposes, held)
        asks = holder.user_id is not None and desk.takes_requests()
        return self._html(request, "data_held.html", holder=holder, held=held, asks=asks, **values)

    @_answered
    def tell(self, request: PageRequest, desk: DataDesk) -> PageResponse:
        """Tell the same as JSON."""
        holder, held = self._held(request, desk)
        words = self.context.wording["data_not_here_text"]
        body = msgspec.json.encode(document(holder, held, words))
        return page_response(body, "application/json", PAGE_HEADERS)

    @_answered
    def export(self, request: PageRequest, desk: DataDesk) -> PageResponse:
        """Give all of it out as a file."""
        holder = self._holder(request, desk)
        if not holder.known:
            return self.sorry(request, 403, "data_nobody")
        package = desk.package(holder)
        headers = {**PAGE_HEADERS, "Content-Disposition": f'attachment; filename="{FILE_NAME}"'}
        return page_response(package, "application/zip", headers)

    @_answered
    def delete(self, request: PageRequest, desk: DataDesk) -> PageResponse:
        """
        Delete what is tied to the browser's consent, and take the consent back.

        First the events: whoever has to send it again still holds the cookie that finds them. It
        is answered by a page and not by leading on to one, which would have to believe its address.
        """
        if read_form(request).one("sure") != "1":
            return self.sorry(request, 400, "error_data_unsure")
        holder = holder_of(self.context, request)
        if not holder.records:
            return self.sorry(request, 403, "data_nobody")
        rows = desk.erase(holder)
        present = self.present(request)
        taken = self.fulfil(request, Form(), present, take_back(self.context, present))
        if taken.status != HTTPStatus.SEE_OTHER:
            return taken
        page = self._html(request, "data_deleted.html", rows=rows)
        kept = [line for line in taken.headers if line[0] == b"set-cookie"]
        return PageResponse(page.status, [*page.headers, *kept], page.body)

    @_answered
    def ask(self, request: PageRequest, desk: DataDesk) -> PageResponse:
        """File what somebody who is signed in asks for."""
        right = _right(read_form(request).one("right"))
        holder = holder_of(self.context, request)
        if holder.user_id is None:
            return self.sorry(request, 403, "data_nobody")
        if not desk.takes_requests():
            return self.sorry(request, 409, "error_data_unfiled")
        try:
            due = desk.file(holder, right)
        except InputError as error:
            self.context.failed(error)
            return self.sorry(request, 409, "error_data_unfiled")
        day = "" if due is None else f"{datetime.fromtimestamp(due, UTC):%Y-%m-%d}"
        return self._html(request, "data_filed.html", due=day)

    def _held(self, request: PageRequest, desk: DataDesk) -> tuple[DataHolder, HeldData]:
        holder = self._holder(request, desk)
        return holder, desk.held(holder) if holder.known else HeldData()

    def _holder(self, request: PageRequest, desk: DataDesk) -> DataHolder:
        holder = holder_of(self.context, request)
        return desk.standing(holder) if holder.records else holder

    def _html(self, request: PageRequest, template: str, **values: object) -> PageResponse:
        html = self.html(request, template, NOTHING_TAKEN, **values)
        return page_response(html.encode(), HTML, PAGE_HEADERS)


def _right(text: str) -> Right:
    """
    Return the right that a form names.

    Raises:
        FormError: It names none.
    """
    for right in RIGHTS:
        if text == right:
            return right
    raise FormError(400)
