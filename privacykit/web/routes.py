"""
The routes of a site: opt-out, preferences, status, well-known. Serves HTTP, writes consent records.

Laws, held by ``tests/web/``:

- a refusal is accepted from anywhere, a grant only from a page of the site's own;
- nothing is said to be done before it is committed; when it cannot be, the answer still says no;
- every page works without JavaScript.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from functools import wraps

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from privacykit.errors import BackendError
from privacykit.web.assets import asset
from privacykit.web.choosing import (
    Present,
    Wish,
    commit,
    cookies,
    lifts_refusal,
    read_wish,
    refusal_cookie,
    refuse_everything,
    take_back,
)
from privacykit.web.context import (
    WELL_KNOWN,
    PurposeText,
    RoutesContext,
    Shown,
    UndecidedError,
    owns,
)
from privacykit.web.form import Form, FormError, is_same_origin, read_form, safe_path
from privacykit.web.pages import PAGE_HEADERS, render, status_document, view
from privacykit.web.wellknown import gpc_resource

__all__ = ["PurposeText", "RoutesContext", "Shown", "build_routes", "owns"]

Endpoint = Callable[["Desk", Request], Awaitable[Response]]
NOTICES = frozenset({"refused", "saved", "withdrawn"})


def build_routes(context: RoutesContext) -> ASGIApp:
    """Return the ASGI application that serves the routes :func:`owns` names, for one site."""
    desk, prefix = Desk(context), context.prefix
    return Router(
        routes=[
            Route(prefix, desk.preferences, methods=["GET"]),
            Route(f"{prefix}/", desk.preferences, methods=["GET"]),
            Route(f"{prefix}/choice", desk.choose, methods=["POST"]),
            Route(f"{prefix}/opt-out", desk.show_opt_out, methods=["GET"]),
            Route(f"{prefix}/opt-out", desk.opt_out, methods=["POST"]),
            Route(f"{prefix}/withdraw", desk.withdraw, methods=["POST"]),
            Route(f"{prefix}/status.json", desk.status, methods=["GET"]),
            Route(f"{prefix}/static/{{name}}", desk.static, methods=["GET"]),
            Route(WELL_KNOWN, desk.well_known, methods=["GET"]),
        ],
        redirect_slashes=False,
        default=desk.nowhere,
    )


def _guarded(endpoint: Endpoint) -> Endpoint:
    """
    Let whatever fails in *endpoint* end as a page (P9, P2).

    A failing post refuses; a look only offers to, as no page sets a cookie that nobody asked for.
    """

    @wraps(endpoint)
    async def guarded(self: Desk, request: Request) -> Response:
        try:
            return await endpoint(self, request)
        except FormError as error:
            return self.sorry(request, error.status, "error_400")
        except Exception as error:  # noqa: BLE001 - P9: ours must not fail, and P2: less data
            if not isinstance(error, UndecidedError):  # which was counted where it happened
                self.context.failed(error)
            posted = request.method == "POST"
            return self.failed(request, self.everything) if posted else self.unshown(request)

    return guarded


class Desk:
    """The endpoints of one site."""

    def __init__(self, context: RoutesContext) -> None:
        self.context = context
        self.everything = refuse_everything(context).refused

    @_guarded
    async def preferences(self, request: Request) -> Response:
        """Show what is on, why, and the form to change it."""
        done = request.query_params.get("done", "")
        return self._page(request, "preferences.html", done=done if done in NOTICES else "")

    @_guarded
    async def show_opt_out(self, request: Request) -> Response:
        """Show the one button."""
        return self._page(request, "opt_out.html")

    @_guarded
    async def choose(self, request: Request) -> Response:
        """Take the form of the preferences page."""
        form = await read_form(request)
        present = self._present(request)
        wish = read_wish(form, self.context, present)
        gives = wish.granted or lifts_refusal(self.context, present, wish)
        if gives and not self._is_own_page(request):
            return self.sorry(request, 403, "error_403")
        return await self._fulfil(request, form, present, wish)

    @_guarded
    async def opt_out(self, request: Request) -> Response:
        """Refuse everything, whoever sent the request; its form may be missing or broken."""
        form = await _any_form(request)
        present = self._present(request)
        return await self._fulfil(request, form, present, refuse_everything(self.context))

    @_guarded
    async def withdraw(self, request: Request) -> Response:
        """Take back the grant, whoever sent the request."""
        form = await _any_form(request)
        present = self._present(request)
        return await self._fulfil(request, form, present, take_back(self.context, present))

    @_guarded
    async def status(self, request: Request) -> Response:
        """Answer as JSON what the page shows."""
        present = self._present(request)
        page = view(self.context, present.shown, present.choice)
        every = request.query_params.get("reasons") == "all"
        body = status_document(self.context, page, every_reason=every)
        return Response(body, 200, PAGE_HEADERS, "application/json")

    async def static(self, request: Request) -> Response:
        """Serve the style sheet and the script."""
        return asset(request.path_params["name"]) or self.sorry(request, 404, "error_404")

    async def well_known(self, _request: Request) -> Response:
        """Say that the site abides by GPC."""
        return gpc_resource(self.context.gpc_last_update)

    async def nowhere(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what is no route of ours; a websocket is refused."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
            return
        response = self.sorry(Request(scope), 404, "error_404")
        await response(scope, receive, send)

    def sorry(self, request: Request, status: int, words: str) -> Response:
        """Say what did not work; nothing was changed."""
        text = f"{words}_text"
        base = self._base(request)
        return render(
            self.context, "message.html", base, status, heading=words, text=text, button=""
        )

    def failed(self, request: Request, refused: Collection[str]) -> Response:
        """
        Say that it could not be stored, and refuse in the browser all the same.

        The grant cookie stays: the refusal wins over it, and it names the record that the next
        attempt must withdraw.
        """
        text = "error_503_refused" if refused else "error_503_text"
        button = "again" if refused == self.everything else ""
        response = self._out_of_order(request, text, button)
        if refused:
            now = self.context.clock()
            response.headers.append("set-cookie", refusal_cookie(self.context, refused, now))
        return response

    def unshown(self, request: Request) -> Response:
        """Say that the page cannot be shown, and offer the choice that needs nothing of ours."""
        return self._out_of_order(request, "error_503_look", "opt_out")

    def _out_of_order(self, request: Request, text: str, button: str) -> Response:
        context, base = self.context, self._base(request)
        return render(
            context, "message.html", base, 503, heading="error_503", text=text, button=button
        )

    def _page(self, request: Request, template: str, done: str = "") -> Response:
        context, present = self.context, self._present(request)
        response = render(
            context,
            template,
            self._base(request),
            page=view(context, present.shown, present.choice),
            next=safe_path(request.query_params.get("next", ""), ""),
            done=done,
        )
        renewal = context.cookies.renewal(_cookie(request))
        if renewal is not None:
            response.headers.append("set-cookie", renewal)
        return response

    async def _fulfil(self, request: Request, form: Form, present: Present, wish: Wish) -> Response:
        context, now = self.context, self.context.clock()
        try:
            records = await anyio.to_thread.run_sync(commit, context, present, wish, now)
        except BackendError as error:
            context.failed(error)
            return self.failed(request, wish.refused)
        home = f"{self._base(request)}/?done={wish.done}"
        response = RedirectResponse(safe_path(form.one("next"), home), 303, PAGE_HEADERS)
        for value in cookies(context, wish, records, now):
            response.headers.append("set-cookie", value)
        return response

    def _present(self, request: Request) -> Present:
        context, cookie = self.context, _cookie(request)
        now = context.clock()
        return Present(
            context.show(request.scope),
            context.cookies.read(cookie, now),
            context.cookies.records(cookie, now),
        )

    def _is_own_page(self, request: Request) -> bool:
        context = self.context
        return is_same_origin(request.headers, secure=context.cookies.secure, hosts=context.hosts)

    def _base(self, request: Request) -> str:
        return str(request.scope.get("root_path", "")) + self.context.prefix


async def _any_form(request: Request) -> Form:
    try:
        return await read_form(request)
    except FormError:
        return Form()


def _cookie(request: Request) -> bytes:
    return "; ".join(request.headers.getlist("cookie")).encode("latin-1")
