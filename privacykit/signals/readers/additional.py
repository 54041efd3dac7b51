"""
The permissions of AC strings to single providers, beside the TC string they belong to. Pure.

Consent is only what every AC string of a request gives, read whole. A provider that one of them
lists as shown and without consent was refused; one that stands in both lists has neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from privacykit.signals.additional_consent import AdditionalConsent, decode_additional_consent
from privacykit.signals.tcf.permission import Permission
from privacykit.signals.unknown import Unknown


class AdditionalSaid(msgspec.Struct, frozen=True):
    """
    The AC strings of a request.

    Attributes:
        strings: What each says, or why that is unknown.
    """

    strings: tuple[AdditionalConsent | Unknown, ...] = ()

    @classmethod
    def of(cls, texts: Iterable[str]) -> AdditionalSaid:
        """Return what *texts* say."""
        return cls(tuple(map(decode_additional_consent, texts)))

    def permission(self, providers: Sequence[int]) -> Permission:
        """
        Return what they permit.

        Args:
            providers: Ids of Google's ad technology providers, all of which are needed.

        Returns:
            ``consent`` where each has it; ``refused`` where one was shown and got none; ``unsaid``
            where there is no string, one that cannot be read, or one that is silent on a provider.
        """
        known = [string for string in self.strings if isinstance(string, AdditionalConsent)]
        refused, consented = False, bool(known) and len(known) == len(self.strings)
        for string in known:
            disclosed = string.disclosed or ()
            for provider in providers:
                agreed, shown = provider in string.consented, provider in disclosed
                consented = consented and agreed and not shown
                refused = refused or (shown and not agreed)
        if refused:
            return "refused"
        return "consent" if consented else "unsaid"


NOTHING_ADDED = AdditionalSaid()
