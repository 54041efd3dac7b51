"""Recipients and their answers, as a receipt names them (GDPR Art. 19). Pure."""

from __future__ import annotations

from typing import Literal

import msgspec

from privacykit.govern.words import Effect

Answered = Literal["pending", "acknowledged", "refused", "failed", "unable", "nothing_sent"]
"""
How a recipient answered.

*pending*: not yet, or it is at work. *failed*: somebody has to look. *unable*: it cannot be asked:
it has no deletion, or none that finds what was sent. *nothing_sent*: it got nothing of the person.
"""


class Propagation(msgspec.Struct, frozen=True):
    """
    Whom else we told (GDPR Art. 19).

    Attributes:
        recipient: Name of the recipient in the data map; of a sink with ``privacykit-`` before it.
        status: How it answered.
        at: Unix seconds of the last try.
        evidence: What the recipient answered with, an id or a signature; no data.
        effect: The level of the deletion there, where the recipient shows or says one.
    """

    recipient: str
    status: Answered
    at: float
    evidence: str = ""
    effect: Effect = Effect.NONE
