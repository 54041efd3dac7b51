"""The holder of a request: whom its signed cookie and the application prove it to be of. Pure."""

from __future__ import annotations

from privacykit.collect.privacy import NoPrivacy
from privacykit.signals.choice.cookies import ChoiceCookies
from privacykit.signals.cookie_values import cookie_values
from privacykit.web.data_page.person import person_of
from privacykit.web.data_page.ports import DataHolder
from privacykit.web.preferences.context import RoutesContext
from privacykit.web.preferences.http import PageRequest

UNKNOWN_PLACE = "ZZ"


def holder_of(context: RoutesContext, request: PageRequest) -> DataHolder:
    """Return who asks by *request*; the application is asked who is signed in."""
    privacy = request.privacy
    return DataHolder(
        context.site,
        proven_records(context.cookies, request.cookie, context.clock()),
        person_of(context.person, request, context.failed),
        UNKNOWN_PLACE if isinstance(privacy, NoPrivacy) else privacy.plan.place,
    )


def proven_records(cookies: ChoiceCookies, header: bytes, now: float) -> tuple[str, ...]:
    """
    Return the consent records that the grant cookie in *header* proves.

    A second grant that differs proves nothing: one of the two was put there by somebody. A refusal
    beside it takes nothing away: who refused has a right to know, too.
    """
    if len(set(cookie_values(header, cookies.names[1]))) != 1:
        return ()
    return cookies.records(header, now)
