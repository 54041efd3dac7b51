"""
A reader of TC strings in cookies such as ``euconsent-v2``: grants and refusals by purpose. Pure.

A string that cannot be read or may not be relied upon says nothing. Of two strings in one request
everything that one refuses is refused. A purpose with providers of Google's that the global vendor
list has not needs an AC string beside it, which by itself says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from privacykit.signals.choice.time import calendar_months
from privacykit.signals.read import (
    LONGEST_VALUE,
    NOTHING_HEARD,
    Heard,
    VoiceKind,
    all_of,
    granted_bit,
    refused_bit,
)
from privacykit.signals.readers.additional import NOTHING_ADDED, AdditionalSaid
from privacykit.signals.readers.listed import is_list, texts_in
from privacykit.signals.tcf.decode import decode
from privacykit.signals.tcf.model import TcString
from privacykit.signals.tcf.permission import TcfNeeds, permission
from privacykit.signals.tcf.validity import MAX_AGE_DAYS, TcFacts, unusable

AC_STARTS = ("1~", "2~")
"""How AC strings begin: their version."""


class TcfRule(msgspec.Struct, frozen=True):
    """
    What one of the site's purposes needs.

    Attributes:
        index: Of the purpose.
        needs: Of each of its uses that TCF speaks of.
        whole: Whether TCF speaks of all its uses, so that it can be granted.
        providers: Google's ids of its recipients that are not in the global vendor list.
    """

    index: int
    needs: tuple[TcfNeeds, ...]
    whole: bool = True
    providers: tuple[int, ...] = ()


class TcfMeaning(msgspec.Struct, frozen=True):
    """
    What TC strings mean to a site.

    Attributes:
        rules: For each purpose that TCF speaks of.
        vendor: The site's own id in the global vendor list, if it has one.
        max_age_days: How old a string may be.
    """

    rules: tuple[TcfRule, ...]
    vendor: int | None = None
    max_age_days: int = MAX_AGE_DAYS

    @property
    def everything(self) -> int:
        """The refused bits of all purposes that it speaks of."""
        return sum(refused_bit(index) for index in {rule.index for rule in self.rules})

    def of(self, text: str, now: float, added: AdditionalSaid = NOTHING_ADDED) -> Heard:
        """Return what the TC string *text* says at *now*, Unix seconds, with what is *added*."""
        string = decode(text)
        if not isinstance(string, TcString):
            return NOTHING_HEARD
        moment = datetime.fromtimestamp(now, UTC)
        if unusable(TcFacts.of(string), moment, self.max_age_days) is not None:
            return NOTHING_HEARD
        granted = refused = 0
        for rule in self.rules:
            said = {permission(string, needs, self.vendor) for needs in rule.needs}
            if rule.providers:
                said.add(added.permission(rule.providers))
            if "refused" in said:
                refused |= refused_bit(rule.index)
            elif said == {"consent"} and rule.whole:
                granted |= granted_bit(rule.index)
        made = min(string.created_at, string.last_updated_at).timestamp()
        return Heard(granted, refused, months=max(calendar_months(made, now), 0))


class TcfReader:
    """
    Reads TC strings.

    Args:
        names: The cookies they are in.
        meaning: What they mean.
        added: The cookies that AC strings are in, beside lists among *names*; none where no purpose
            needs one.
    """

    kind: VoiceKind = "string"

    def __init__(
        self, names: Sequence[str], meaning: TcfMeaning, added: Sequence[str] = ()
    ) -> None:
        self.names = tuple(name.encode() for name in (*names, *added))
        self._strings = len(names)
        self.everything = meaning.everything
        self._meaning = meaning

    def heard(self, values: Sequence[Sequence[bytes]], now: float) -> Heard:
        """Return what they say together."""
        found = [text_of(value) for listed in values[: self._strings] for value in listed]
        texts = [text for value in found for text in texts_in(value, "C")]
        beside = [value for value in found if is_list(value)]
        added = added_of(values[self._strings :], beside)
        return all_of([self._meaning.of(text, now, added) for text in texts])


def added_of(values: Sequence[Sequence[bytes]], lists: Sequence[str] = ()) -> AdditionalSaid:
    """Return what the AC strings among *values* and in *lists* say; a too long one is unknown."""
    found = [text_of(value) for listed in values for value in listed]
    return AdditionalSaid.of(
        [text for value in (*found, *lists) for text in texts_in(value, AC_STARTS)]
    )


def text_of(value: bytes) -> str:
    """Return a cookie's value as text; one that is too long is empty, and so says nothing."""
    return value.decode("latin-1") if len(value) <= LONGEST_VALUE else ""
