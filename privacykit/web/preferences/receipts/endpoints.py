"""
The routes of consent receipts. Reads the consent store; call it in a thread.

Laws:

- a receipt is handed to whoever shows the signed grant that names its record, and never by an id:
  there is nothing to guess;
- it is made for a POST only, is stored by no cache, and strangers get no more of them than the
  limits allow;
- what fails here changes no choice.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import uuid4

from privacykit.collect.consent.receipts import FORMATS, ReceiptFormat, ReceiptMaker
from privacykit.collect.privacy import NoPrivacy
from privacykit.web.preferences.context import RoutesContext
from privacykit.web.preferences.endpoints.desk import Desk, ensure_thread, reading
from privacykit.web.preferences.form import FormError, read_form
from privacykit.web.preferences.http import PageRequest, PageResponse, Pages, page_response
from privacykit.web.preferences.pages import PAGE_HEADERS

KEYS_AGE = 3600
"""Seconds that the public keys may be remembered: a new one signs before caches forget the old."""
_TYPES: dict[ReceiptFormat, tuple[str, str]] = {
    "iso-27560": ("application/ld+json", "consent-receipt.jsonld"),
    "kantara": ("application/json", "consent-receipt-kantara.json"),
}


def receipt_routes(context: RoutesContext) -> Mapping[str, Mapping[str, Pages]]:
    """Return the routes of receipts; none where the site of *context* makes no receipts."""
    if context.receipts is None:
        return {}
    desk, prefix = ReceiptEndpoints(context, context.receipts), context.prefix
    return {
        f"{prefix}/receipt": {"GET": desk.offer, "POST": desk.give},
        f"{prefix}/receipt-keys.json": {"GET": desk.keys},
    }


class ReceiptEndpoints(Desk):
    """
    The endpoints of receipts of one site.

    Args:
        context: The site.
        maker: Makes its receipts.
    """

    def __init__(self, context: RoutesContext, maker: ReceiptMaker) -> None:
        super().__init__(context)
        self._maker = maker

    @reading
    def offer(self, request: PageRequest) -> PageResponse:
        """Show the page with a button for each form; it says so where there is nothing to show."""
        there = bool(self._records(request))
        html = self.html(request, "receipt.html", there=there)
        return page_response(html.encode(), "text/html; charset=utf-8", PAGE_HEADERS)

    @reading
    def give(self, request: PageRequest) -> PageResponse:
        """
        Hand out the receipt of the grant that the request shows.

        Raises:
            FormError: The form names no receipt of ours.
            BackendError: The store cannot be asked.
        """
        wanted = read_form(request).one("format") or FORMATS[0]
        form = next((it for it in FORMATS if it == wanted), None)
        if form is None:
            raise FormError(400)
        context, privacy, now = self.context, request.privacy, self.context.clock()
        ensure_thread(request)
        address = None if isinstance(privacy, NoPrivacy) else privacy.packed
        if not context.receipt_limits.allow(address, now):
            return self.message(request, 429, "error_503", "receipt_later")
        records = self._records(request)
        found = context.consents.get(records[0]) if records else None
        if found is None or found.site != context.site:
            return self.message(request, 404, "receipt_title", "receipt_none")
        text = context.consents.text(found.text_hash)
        body = self._maker.make(form, found, text, at=now, id_=str(uuid4()))
        kind, name = _TYPES[form]
        headers = {**PAGE_HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
        return page_response(body, kind, headers)

    def keys(self, _request: PageRequest) -> PageResponse:
        """Publish the keys that others check receipts with."""
        headers = {
            "Cache-Control": f"public, max-age={KEYS_AGE}",
            "Access-Control-Allow-Origin": "*",
            "X-Content-Type-Options": "nosniff",
        }
        return page_response(self._maker.keys(), "application/json", headers)

    def _records(self, request: PageRequest) -> tuple[str, ...]:
        """Return the records that signed grants of the request name, the one in force first."""
        present = self.present(request)
        named = (present.choice.record, present.choice.ended, *present.records())
        return tuple(dict.fromkeys(record for record in named if record))
