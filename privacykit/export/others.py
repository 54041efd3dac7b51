"""
Addresses in a copy that are not known as the person's: counted and told, and left. Pure.

Somebody's own words may name somebody else. Whether that may be handed out is a person's to judge
(GDPR Art. 15(4)), who has to know that there is something to judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from privacykit.govern.erasure.ports.connector import Selection, Subject
from privacykit.govern.identity.types import EMAIL

OTHERS = "an address that is not known as the person's; it may be somebody else's, and is left"
_ADDRESS = re.compile(rb"[\w.%+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
_BLANKS = re.compile(rb"\\[nrtbf]")
"""As which a line of JSON writes what stands between words."""


class OtherAddresses:
    """
    Rows of a collection in which somebody else's address may stand.

    Args:
        selection: Whose rows; of a condition nobody is known.

    Attributes:
        rows: How many so far.
    """

    def __init__(self, selection: Selection) -> None:
        known = (*selection.identities, *selection.known) if isinstance(selection, Subject) else ()
        self._mine = {it.value.strip().lower().encode() for it in known if it.type == EMAIL}
        self.rows = 0

    def see(self, line: bytes) -> None:
        """Look into a row, as JSON."""
        if b"@" in line:
            found = _ADDRESS.findall(_BLANKS.sub(b" ", line).lower())
            self.rows += not self._mine.issuperset(found)

    def told(self, place: str) -> Iterator[str]:
        """Say of *place* how many rows have one, if any has."""
        if self.rows:
            yield f"{place}: {'1 row has' if self.rows == 1 else f'{self.rows} rows have'} {OTHERS}"
