"""The banners whose cookies are read, by the name that ``[[banners]] type`` has. Pure."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from privacykit.signals.banners import (
    cookiebot,
    didomi,
    fides,
    klaro,
    matomo,
    onetrust,
    orestbida,
    tarteaucitron,
)
from privacykit.signals.readers.banner import Categories


class BannerKind(msgspec.Struct, frozen=True):
    """
    A banner.

    Attributes:
        cookies: The cookies it writes.
        read: Reads a cookie's value, given its name.
        categories: Its categories where they are the same on every site; else none.
        given_at: Tells when the consent in a cookie was given, given its name and value, in Unix
            seconds; ``None`` where its cookies tell no time.
    """

    cookies: tuple[str, ...]
    read: Callable[[str, str], Categories]
    categories: tuple[str, ...] = ()
    given_at: Callable[[str, str], float | None] | None = None


KINDS = {
    name: BannerKind(
        room.COOKIES, room.categories, room.CATEGORIES, getattr(room, "given_at", None)
    )
    for name, room in {
        "cookiebot": cookiebot,
        "didomi": didomi,
        "fides": fides,
        "klaro": klaro,
        "matomo": matomo,
        "onetrust": onetrust,
        "orestbida": orestbida,
        "tarteaucitron": tarteaucitron,
    }.items()
}
"""Every banner by its name."""
