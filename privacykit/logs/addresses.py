"""The client address in a log: as coarse as any policy asks for, or coarser. Pure."""

from __future__ import annotations

from collections.abc import Callable

from privacykit.pseudonym.addresses.address import pack
from privacykit.pseudonym.addresses.ip import IPMethod, Truncate, no_finer

NOTHING = "-"
"""What stands where something was left out."""
LOGGED_IPV4_BITS = 16
LOGGED_IPV6_BITS = 48
"""As few as any policy asks for: a log line is written without knowing the place."""

Weaken = Callable[[str], str | None]

truncate_logged: Weaken = Truncate(LOGGED_IPV4_BITS, LOGGED_IPV6_BITS).text
"""The first 16 bits of IPv4 and 48 of IPv6, ``None`` for what is no address."""


def weaken_logged(method: IPMethod) -> Weaken:
    """
    Return what weakens addresses in logs where *method* weakens them elsewhere: never finer.

    A method that hides the whole address behind a key would be a pseudonym in a log, where nobody
    expects one: such addresses are truncated.
    """
    coarse = no_finer(method, LOGGED_IPV4_BITS, LOGGED_IPV6_BITS)
    if isinstance(coarse, Truncate):
        return coarse.text

    def weaken(text: str) -> str | None:
        packed = pack(text)
        return None if packed is None else coarse.weaken(packed)

    return weaken
