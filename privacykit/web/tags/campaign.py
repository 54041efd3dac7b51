"""
The campaign of a visit, emitted with the consent that allows it to be known. Pure.

What it is and when is said by :mod:`privacykit.collect.events.known_after`.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from privacykit.collect.events.known_after import campaign_event
from privacykit.collect.privacy import OUTBOX_FULL, NoPrivacy
from privacykit.web.preferences.http import LONGEST_QUERY, PageRequest, PageResponse

SEE_OTHER = 303


def know_after(request: PageRequest, response: PageResponse) -> PageResponse:
    """
    Return *response* to a choice; where it is a consent, the campaign of its page is emitted.

    Args:
        request: The posted form; the page that it came from is its ``next``, else its ``Referer``
            where that is a page of the same host.
        response: What was answered, after everything was committed.
    """
    privacy = request.privacy
    if request.method != "POST" or response.status != SEE_OTHER or isinstance(privacy, NoPrivacy):
        return response
    try:
        query = _query_of(request, response)
        item = campaign_event(privacy, query, _choice_in(response)) if query else None
        if item is not None and not privacy.services.accept(item):
            privacy.services.withheld[OUTBOX_FULL.reason].n += 1
    except Exception as error:  # noqa: BLE001 - P9: the response outlives us
        privacy.services.failed("know_after", error)
    return response


def _query_of(request: PageRequest, response: PageResponse) -> bytes:
    """Return the query of the page that the form came from, empty where that is not known."""
    leads_to = next((value for name, value in response.headers if name == b"location"), b"")
    found = _query_in(leads_to.decode("latin-1"))
    here = request.root + request.local_path
    ours = f"{here.rpartition('/')[0]}/?".encode()  # our own page, which says what was done
    if found and not leads_to.startswith(ours):
        return found.encode("latin-1")
    referrer = request.header(b"referer")
    if "?" not in referrer:
        return b""
    page = urlsplit(referrer)
    if page.netloc.lower() != request.header(b"host").lower() or len(page.query) > LONGEST_QUERY:
        return b""
    return page.query.encode("latin-1")


def _query_in(address: str) -> str:
    query = address.partition("#")[0].partition("?")[2]
    return query if len(query) <= LONGEST_QUERY else ""


def _choice_in(response: PageResponse) -> bytes:
    """Return the cookies that *response* sets, as the browser will send them."""
    lines = [value for name, value in response.headers if name == b"set-cookie"]
    pairs = (line.partition(b";")[0] for line in lines)
    return b"; ".join(pair for pair in pairs if pair.partition(b"=")[2])
