"""
A reader of GPP strings and the sections that apply: opt-outs by US state, and TCF in it. Pure.

Only the sections that ``__gpp_sid`` names are applied; where that is absent or unknown, every
section is. A US section that cannot be read counts as opted out, and so does a string that cannot:
somebody said something that we must not take for "no".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from privacykit.signals.gpp.layouts import LAYOUTS
from privacykit.signals.gpp.opt_outs import OptOuts, opt_outs
from privacykit.signals.gpp.sid import Applicable, decode_sid
from privacykit.signals.gpp.string import EUROPE, US_PRIVACY, GppString, decode_gpp
from privacykit.signals.gpp.us import UsSection
from privacykit.signals.read import NOTHING_HEARD, Heard, VoiceKind, all_of
from privacykit.signals.readers.additional import AdditionalSaid
from privacykit.signals.readers.listed import is_list, texts_in
from privacykit.signals.readers.tcf import TcfMeaning, added_of, text_of
from privacykit.signals.unknown import Unknown
from privacykit.signals.us_privacy import decode_us_privacy, says_opted_out

OPTED_OUT_OF_ALL = OptOuts(True, True, True, True)


class OptOutMeaning(msgspec.Struct, frozen=True):
    """
    The refused bits that each opt-out stands for.

    Attributes:
        sale: Of purposes that sell.
        advertising: Of purposes with targeted advertising, which sharing is for.
        sensitive: Of purposes with sensitive data.
    """

    sale: int = 0
    advertising: int = 0
    sensitive: int = 0

    def of(self, said: OptOuts) -> Heard:
        """Return what the opt-outs of a section mean."""
        refused = self.sale if said.sale else 0
        refused |= self.advertising if said.sharing or said.targeted_advertising else 0
        refused |= self.sensitive if said.sensitive else 0
        return Heard(refused=refused, gpc=bool(said.gpc))


class GppReader:
    """
    Reads GPP strings.

    Args:
        names: The cookies they are in.
        sid_names: The cookies that list the sections that apply.
        meaning: What opt-outs mean.
        tcf: What a TC string in section 2 means, if anything.
        added: The cookies that AC strings are in, beside lists among *names*; none where no purpose
            needs one.
    """

    kind: VoiceKind = "string"

    def __init__(
        self,
        names: Sequence[str],
        sid_names: Sequence[str],
        meaning: OptOutMeaning,
        tcf: TcfMeaning | None = None,
        added: Sequence[str] = (),
    ) -> None:
        self.names = tuple(name.encode() for name in (*names, *sid_names, *added))
        self.everything = meaning.of(OPTED_OUT_OF_ALL).refused | (tcf.everything if tcf else 0)
        self._strings = len(names)
        self._lists = len(names) + len(sid_names)
        self._meaning = meaning
        self._tcf = tcf

    def heard(self, values: Sequence[Sequence[bytes]], now: float) -> Heard:
        """Return what they say together."""
        lists = [value for listed in values[self._strings : self._lists] for value in listed]
        applicable = decode_sid(text_of(lists[0])) if len(set(lists)) == 1 else None
        found = [text_of(value) for listed in values[: self._strings] for value in listed]
        texts = [text for value in found for text in texts_in(value, "DB")]
        added = added_of(values[self._lists :], [value for value in found if is_list(value)])
        return all_of([one for text in texts for one in self._of(text, applicable, now, added)])

    def _of(
        self, text: str, applicable: Applicable | Unknown | None, now: float, added: AdditionalSaid
    ) -> Iterator[Heard]:
        if isinstance(applicable, Applicable) and applicable.none_applies:
            return
        string = decode_gpp(text)
        if isinstance(string, Unknown):
            yield self._meaning.of(OPTED_OUT_OF_ALL)
            return
        for section_id, section in zip(string.header.section_ids, string.texts, strict=True):
            if not isinstance(applicable, Applicable) or section_id in applicable.ids:
                yield self._section(string, section_id, section, now, added)

    def _section(
        self, string: GppString, section_id: int, text: str, now: float, added: AdditionalSaid
    ) -> Heard:
        if section_id in LAYOUTS:
            section = string.section(section_id)
            if isinstance(section, UsSection):
                return self._meaning.of(opt_outs(section))
            return self._meaning.of(OPTED_OUT_OF_ALL)
        if section_id == US_PRIVACY:
            return self._meaning.of(of_us_privacy(text))
        if section_id == EUROPE and self._tcf is not None:
            return self._tcf.of(text, now, added)
        return NOTHING_HEARD


class UsPrivacyReader:
    """
    Reads US Privacy strings.

    Args:
        names: The cookies they are in.
        meaning: What an opt-out of sale means.
    """

    kind: VoiceKind = "string"

    def __init__(self, names: Sequence[str], meaning: OptOutMeaning) -> None:
        self.names = tuple(name.encode() for name in names)
        self.everything = meaning.sale
        self._meaning = meaning

    def heard(self, values: Sequence[Sequence[bytes]], now: float) -> Heard:  # noqa: ARG002
        """Return what they say together."""
        texts = [text_of(value) for listed in values for value in listed]
        return all_of([self._meaning.of(of_us_privacy(text)) for text in texts])


def of_us_privacy(text: str) -> OptOuts:
    """Return the opt-out in a US Privacy string; a ``Y`` in third place counts in any version."""
    string = decode_us_privacy(text)
    if isinstance(string, Unknown):
        return OptOuts(says_opted_out(text))
    return OptOuts(string.opted_out_of_sale)
