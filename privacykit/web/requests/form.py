"""
The endpoints of the request form: ask, confirm by mail, look, take back. Writes what its desk does.

Every page works without JavaScript and without a cookie. The laws stand with the ports.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import wraps
from hashlib import blake2b
from unicodedata import category, is_normalized

from privacykit.collect.privacy import NoPrivacy
from privacykit.errors import InputError
from privacykit.web.preferences.context import RoutesContext
from privacykit.web.preferences.endpoints.desk import Desk
from privacykit.web.preferences.form import Form, FormError, read_form
from privacykit.web.preferences.http import PageRequest, PageResponse, Pages, page_response
from privacykit.web.preferences.limits import Rate, WriteLimits
from privacykit.web.preferences.pages import QUIET_HEADERS
from privacykit.web.requests.ports import (
    RELATIONS,
    AskedRequest,
    ConfirmationMail,
    RequestDesk,
    RequestRelation,
    RequestView,
)

HTML = "text/html; charset=utf-8"
TOKEN = "t"  # noqa: S105 - the name of a parameter
LONGEST_ADDRESS = 254
"""Of an e-mail address (RFC 5321 §4.5.3.1.3)."""
UNKNOWN_PLACE = "ZZ"
EVERYBODY, NETWORK = Rate(120, 0.5), Rate(20, 0.05)
"""Forms of one process, and of one network."""
LOOKS_OF_ALL, LOOKS = Rate(600, 5), Rate(120, 0.5)
"""Pages behind a link, likewise: programs that look into mail open them, too."""
ADDRESSES, ADDRESS = Rate(1_000_000, 1000), Rate(3, 1 / 3600)
"""Mails to one address: three, then one an hour; there is no limit for all of them together."""
_ATOM = r"[A-Za-z0-9!#$%&'*+/=^_`{|}~\x80-\U0010ffff-]+"
_LABEL = r"[A-Za-z0-9\x80-\U0010ffff-]+"
_ADDRESS = re.compile(rf"(?=[^@]{{1,64}}@){_ATOM}(\.{_ATOM})*@({_LABEL}\.)+(?![0-9]+\Z){_LABEL}")
"""RFC 5321's Dot-string of RFC 5322's atoms, without ``?``: no encoded word of RFC 2047 is one."""
_WRITTEN = frozenset("LMN")
"""Letters, marks and numbers: of what is not ASCII, an address (RFC 6531) has these only."""

_Answer = Callable[["RequestForm", PageRequest], PageResponse]


def form_routes(
    context: RoutesContext, desk: RequestDesk, limits: FormLimits
) -> Mapping[str, Mapping[str, Pages]]:
    """Return the routes of the form of the site of *context*."""
    room, prefix = RequestForm(context, desk, limits), f"{context.prefix}/request"
    return {
        prefix: {"GET": room.blank, "POST": room.ask},
        f"{prefix}/confirm": {"GET": room.look_first, "POST": room.confirm},
        f"{prefix}/status": {"GET": room.status},
        f"{prefix}/cancel": {"POST": room.cancel},
    }


class FormLimits:
    """How much strangers may ask: of a network, and about one address. Keeps no address."""

    def __init__(self) -> None:
        self.forms = WriteLimits(EVERYBODY, NETWORK)
        self.looks = WriteLimits(LOOKS_OF_ALL, LOOKS)
        self._mails = WriteLimits(ADDRESSES, ADDRESS)
        self._key = secrets.token_bytes(32)

    def may_mail(self, address: str, now: float) -> bool:
        """Count one more mail to *address*, and tell whether it is not one too many."""
        digest = blake2b(address.lower().encode(), digest_size=16, key=self._key).digest()
        return self._mails.allow(digest, now)


def _answered(*, own: bool) -> Callable[[_Answer], _Answer]:
    """Let nobody ask too often, only the site's own page if *own*, and whatever fails be a page."""

    def wrapped(answer: _Answer) -> _Answer:
        @wraps(answer)
        def answered(self: RequestForm, request: PageRequest) -> PageResponse:
            try:
                if own and not self.is_own_page(request):
                    return self.sorry(request, 403, "error_data_foreign")
                if request.busy or not self.may_ask(request, sends=own):
                    return self.sorry(request, 429, "error_data_busy")
                return answer(self, request)
            except FormError as error:
                return self.sorry(request, error.status, "error_400")
            except Exception as error:  # noqa: BLE001 - P9: ours must not fail
                self.context.failed(error)
                return self.sorry(request, 503, "error_data_sorry")

        return answered

    return wrapped


class RequestForm(Desk):
    """
    The endpoints of one site.

    Args:
        context: The site.
        desk: Sends, files, answers.
        limits: How much strangers may ask.
    """

    def __init__(self, context: RoutesContext, desk: RequestDesk, limits: FormLimits) -> None:
        super().__init__(context, QUIET_HEADERS)
        self.desk = desk
        self._limits = limits

    def may_ask(self, request: PageRequest, *, sends: bool) -> bool:
        """Count *request*, which *sends* a form or looks, and tell whether it is not too many."""
        privacy = request.privacy
        address = None if isinstance(privacy, NoPrivacy) else privacy.packed
        limits = self._limits.forms if sends else self._limits.looks
        return limits.allow(address, self.context.clock())

    def blank(self, request: PageRequest) -> PageResponse:
        """Show the empty form."""
        desk = self.desk
        return self._html(request, "request.html", rights=desk.rights, relations=desk.relations)

    @_answered(own=True)
    def ask(self, request: PageRequest) -> PageResponse:
        """Send the link; whether somebody is known is not looked at."""
        asked = self._read(request, read_form(request))
        if asked is None or not self.desk.names_somebody(asked):
            return self.sorry(request, 400, "error_request_invalid")
        if self._limits.may_mail(asked.email, self.context.clock()):
            self.desk.send(self._mail(request, asked), self.context.failed)
        return self._html(request, "request_mailed.html", days=self.desk.days)

    @_answered(own=False)
    def look_first(self, request: PageRequest) -> PageResponse:
        """Show what the link would confirm: programs that look into mail open it, too."""
        text = request.parameter(TOKEN)
        asked = self.desk.opened(text)
        if asked is None:
            return self.sorry(request, 400, "error_request_link")
        about = "" if asked.relation == "self" else _masked(asked.about)
        values = {"right": asked.right, "relation": asked.relation, "about": about}
        return self._html(request, "request_confirm.html", token=text, **values)

    @_answered(own=True)
    def confirm(self, request: PageRequest) -> PageResponse:
        """File what the link holds; the second time it is there already."""
        asked = self.desk.opened(read_form(request).one(TOKEN))
        if asked is None:
            return self.sorry(request, 400, "error_request_link")
        try:
            view = self.desk.file(asked)
        except InputError:
            return self.sorry(request, 400, "error_request_invalid")
        there = self._there(request, f"status?{TOKEN}={asked.token}")
        return self._shown(request, "request_filed.html", view, there=there)

    @_answered(own=False)
    def status(self, request: PageRequest) -> PageResponse:
        """Show how a request stands."""
        token = request.parameter(TOKEN)
        view = self.desk.look(token) if token else None
        if view is None:
            return self.sorry(request, 404, "error_request_link")
        return self._shown(request, "request_status.html", view, token=token)

    @_answered(own=True)
    def cancel(self, request: PageRequest) -> PageResponse:
        """Take a request back."""
        token = read_form(request).one(TOKEN)
        view = self.desk.look(token) if token else None
        if view is None:
            return self.sorry(request, 404, "error_request_link")
        try:
            if view.progress != "cancelled":  # somebody may press twice
                view = self.desk.cancel(token)
        except InputError:
            return self.sorry(request, 409, "error_request_late")
        return self._shown(request, "request_status.html", view, token=token)

    def _read(self, request: PageRequest, form: Form) -> AskedRequest | None:
        right, email = form.one("right"), form.one("email").strip()
        relation = _relation(form.one("who") or "self", self.desk.relations)
        about = email if relation == "self" else form.one("about").strip()
        if right not in self.desk.rights or relation is None:
            return None
        if not (_is_address(email) and _is_address(about)):
            return None
        now, token = int(self.context.clock()), secrets.token_urlsafe(32)
        return AskedRequest(right, email, relation, about, _place(request), now, token)

    def _mail(self, request: PageRequest, asked: AskedRequest) -> ConfirmationMail:
        words, site = self.context.wording, self.desk.origin(self.context.site)
        path = self._there(request, f"confirm?{TOKEN}={self.desk.seal(asked)}")
        right = words[f"request_{asked.right}"]
        host = site.partition("://")[2]
        lines = (
            words["request_mail_asked"].format(site=host, right=right),
            words["request_mail_open"],
            f"{site}{path}",
            words["request_mail_else"],
        )
        subject = f"{words['request_mail_subject']} ({host})"
        return ConfirmationMail(asked.email, subject, "\n\n".join(lines), self.context.language)

    def _there(self, request: PageRequest, page: str) -> str:
        """Return the path of *page* of ours, in the language that *request* asks for."""
        query = self.query(request).replace("?", "&")
        return f"{self.base(request)}/request/{page}{query}"

    def _shown(
        self, request: PageRequest, template: str, view: RequestView, **values: object
    ) -> PageResponse:
        day = "" if view.due is None else f"{datetime.fromtimestamp(view.due, UTC):%Y-%m-%d}"
        return self._html(request, template, view=view, day=day, **values)

    def _html(self, request: PageRequest, template: str, **values: object) -> PageResponse:
        html = self.html(request, template, {TOKEN: str(values.get("token", ""))}, **values)
        return page_response(html.encode(), HTML, self.headers)


def _relation(text: str, offered: tuple[RequestRelation, ...]) -> RequestRelation | None:
    return next((known for known in RELATIONS if known == text and known in offered), None)


def _masked(address: str) -> str:
    """Return *address* as whoever wrote it knows it again, and nobody else reads it."""
    name, _, host = address.rpartition("@")
    return f"{name[:1]}…@{host}"


def _is_address(text: str) -> bool:
    """Tell whether *text* is one address and is read as the same one by whoever handles mail."""
    if len(text) > LONGEST_ADDRESS or not is_normalized("NFKC", text):
        return False
    written = all(sign.isascii() or category(sign)[0] in _WRITTEN for sign in text)
    return written and _ADDRESS.fullmatch(text) is not None


def _place(request: PageRequest) -> str:
    privacy = request.privacy
    return UNKNOWN_PLACE if isinstance(privacy, NoPrivacy) else privacy.plan.place
