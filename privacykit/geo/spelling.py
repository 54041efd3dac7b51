"""Places as people write them: whether a code names one, and which was meant. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from privacykit.geo.names import COUNTRIES, fold, subdivision_code
from privacykit.policy.place import NOWHERE, UNKNOWN, normalise_place

_ASK = "write a code of ISO 3166, such as DE or US-CA"
_CLOSE = 0.75


def place_hint(text: str, names: Mapping[str, str]) -> str | None:
    """
    Return what to write instead of *text*, ``None`` where it is a place.

    The codes by which geo databases and networks say that they do not know are places here: asking
    for them asks what holds where nobody knows.

    Args:
        text: A country (``DE``) or a subdivision (``US-CA``).
        names: Names of places to their codes.
    """
    code = text.strip().upper()
    if code in NOWHERE:
        return None
    place, asked = normalise_place(code), code.partition("-")[2]
    land, _, region = place.partition("-")
    if place == UNKNOWN or land not in COUNTRIES:
        return _meant(asked or code, names)
    if region:
        return None if subdivision_code(land, region) else _meant(asked, names, land)
    dropped = asked and land == normalise_place(code[:2])
    return _meant(asked, names, land) if dropped else None


def _meant(text: str, names: Mapping[str, str], land: str = "") -> str:
    among = {fold(name): code for name, code in names.items() if code.startswith(land)}
    close = get_close_matches(fold(text), among, 1, _CLOSE)
    return f"did you mean {among[close[0]]}?" if close else _ASK
