"""
Named cookies: those whose purpose an application names where it sets them. Pure.

Law of this file: a cookie passes by the strictest of what ``[cookies]`` and everybody who named it
say. The functions are methods of :class:`privacykit.collect.privacy.Privacy`: a class that it had
as a base would make every request dearer.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Protocol

from privacykit.collect.site import Purpose, Site
from privacykit.errors import InputError
from privacykit.policy.words import Use

if TYPE_CHECKING:
    from privacykit.collect.runtime import Services
    from privacykit.collect.site_day import SiteDay

Named = dict[bytes, tuple[str, ...]]
"""The purposes that were named for each cookie of one answer."""
_NEVER = frozenset(b'()<>@,;:\\"/[]?={}') | frozenset(range(33)) | frozenset(range(127, 256))
"""Characters that are in no name of a cookie (RFC 6265 §4.1.1)."""


class TakesCookies(Protocol):
    """A response of a framework: Starlette, FastAPI, Flask, Quart and Django call it alike."""

    def set_cookie(self, *name_and_value: Any, **attributes: Any) -> object:  # noqa: ANN401
        """Set a cookie."""
        ...


class DecidesCookies(Protocol):
    """What naming a cookie asks of a decision about a request."""

    named: Named | None
    services: Services

    @property
    def site_day(self) -> SiteDay:
        """The site's present day."""
        ...

    def allows(self, purpose: str) -> bool:
        """Tell whether *purpose* may happen."""
        ...


def name_cookie(privacy: DecidesCookies, name: str, purpose: str) -> bool:
    """
    Say that the answer to this request sets the cookie *name* for *purpose*.

    However it is set and by whom: a line that may not pass does not reach the browser, and the
    cookie is gated from then on as if ``[cookies]`` listed it.

    Args:
        privacy: The decision about the request.
        name: The cookie's name.
        purpose: One purpose of the configuration.

    Returns:
        Whether the cookie may be set now.

    Raises:
        InputError: No such purpose, one that stores nothing, or no name of a cookie.
    """
    key = _key(name)
    allowed = privacy.allows(purpose)
    try:
        site = privacy.site_day.site
        _check_storing(site, site.purpose(purpose))
        listed = site.cookies.purpose_of(name)
        known = privacy.named = privacy.named or {}
        known[key] = tuple(dict.fromkeys((*known.get(key, ()), purpose)))
    except InputError:
        raise
    except Exception as error:  # noqa: BLE001 - P9: the application outlives us
        privacy.services.failed("name_cookie", error)
        return False
    return allowed and (listed is None or privacy.allows(listed))


def set_cookie(
    privacy: DecidesCookies,
    response: TakesCookies,
    name: str,
    value: str = "",
    *,
    purpose: str,
    **attributes: Any,  # noqa: ANN401 - each framework has its own
) -> bool:
    """
    Set a cookie on *response*, if *purpose* may happen.

    Args:
        privacy: The decision about the request.
        response: Of any framework whose responses have ``set_cookie``.
        name: The cookie's name.
        value: Its value.
        purpose: One purpose of the configuration.
        attributes: What the framework's ``set_cookie`` takes besides: ``max_age``, ``path``, …

    Returns:
        Whether it is set.

    Raises:
        InputError: No such purpose, one that stores nothing, or no name of a cookie.
    """
    allowed = name_cookie(privacy, name, purpose)
    if allowed:
        response.set_cookie(name, value, **attributes)
    return allowed


class NamesNoCookies:
    """The same where no decision was made: no cookie may be set."""

    __slots__ = ()

    def name_cookie(self, *_: object, **__: object) -> bool:
        """No cookie may be set."""
        return False

    set_cookie = name_cookie


def is_listed(site: Site, name: bytes, purposes: Collection[str]) -> bool:
    """Tell whether ``[cookies]`` says all that *purposes* do of the cookie *name*."""
    return set(purposes) == set(site.cookies.purposes_of([name]))


def _check_storing(site: Site, purpose: Purpose) -> None:
    """
    Refuse a cookie that would belie why *purpose* may happen: that nothing is stored for it.

    Raises:
        InputError: It would.
    """
    listed = any(owner == purpose.id for _, owner in site.cookies.rules)
    if Use.ANALYTICS_NO_STORAGE in purpose.uses and not listed:
        raise InputError("that purpose stores nothing: list the cookie under [cookies]")


def _key(name: object) -> bytes:
    key = name.encode("utf-8", "replace") if isinstance(name, str) else b""
    if not key or not _NEVER.isdisjoint(key):
        raise InputError("not a name of a cookie (RFC 6265 §4.1.1)")
    return key
