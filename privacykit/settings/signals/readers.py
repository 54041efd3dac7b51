"""
Readers of consent managers' cookies, made from the configuration. Pure.

The uses of the law are the bridge: a purpose of the site is granted by a TC string where all its
uses are, and refused by an opt-out where one of its uses is what was opted out of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from privacykit.policy.words import Use
from privacykit.settings.model import Settings
from privacykit.settings.signals.banners import banner_kind
from privacykit.settings.signals.tables import BannerTable, TcfTable
from privacykit.signals.banners.kinds import BannerKind
from privacykit.signals.read import CookieReader, refused_bit
from privacykit.signals.readers.banner import BannerReader
from privacykit.signals.readers.gpp import GppReader, OptOutMeaning, UsPrivacyReader
from privacykit.signals.readers.tcf import TcfMeaning, TcfReader, TcfRule
from privacykit.signals.tcf.permission import TcfNeeds

DEFAULT_NEEDS: Mapping[str, TcfNeeds] = {
    Use.ANALYTICS_STORAGE: TcfNeeds((1, 8, 9)),
    Use.ANALYTICS_NO_STORAGE: TcfNeeds((8, 9)),
    Use.TARGETED_ADS: TcfNeeds((1, 2, 3, 4, 7)),
}
"""What uses need of a TC string; TCF has no counterpart of the others (Policies, Appendix A)."""

_SALE = {Use.SALE, Use.SENSITIVE_SALE}
_ADVERTISING = {Use.TARGETED_ADS}
_SENSITIVE = {Use.SENSITIVE_DATA, Use.SENSITIVE_SALE}


def cookie_readers(settings: Settings) -> tuple[CookieReader, ...]:
    """Return the readers that *settings* asks for; nearly always none."""
    readers: list[CookieReader] = []
    meaning = _tcf_meaning(settings, settings.tcf) if settings.tcf is not None else None
    if settings.tcf is not None and meaning is not None:
        readers.append(TcfReader(settings.tcf.cookies, meaning, _added(settings.tcf)))
    if settings.gpp is not None:
        gpp, opt_outs = settings.gpp, _opt_outs(settings)
        added = () if settings.tcf is None else _added(settings.tcf)
        readers.append(GppReader(gpp.cookies, gpp.sid_cookies, opt_outs, meaning, added))
        readers.append(UsPrivacyReader(gpp.us_privacy_cookies, opt_outs))
    for table in settings.banners:
        kind = banner_kind(table.type)
        if kind is not None:  # else the check of the file has said so
            readers.append(_banner(settings, table, kind))
    return tuple(readers)


def query_readers(settings: Settings) -> tuple[CookieReader, ...]:
    """Return the readers of parameters of addresses, which *settings* seldom asks for."""
    readers: list[CookieReader] = []
    tcf, gpp = settings.tcf, settings.gpp
    meaning = None if tcf is None else _tcf_meaning(settings, tcf)
    added = () if tcf is None else _added(tcf, tcf.additional_consent_parameters)
    if tcf is not None and meaning is not None and tcf.parameters:
        readers.append(TcfReader(tcf.parameters, meaning, added))
    if gpp is not None and gpp.parameters:
        opt_outs = _opt_outs(settings)
        readers.append(GppReader(gpp.parameters, gpp.sid_parameters, opt_outs, meaning, added))
    if gpp is not None and gpp.us_privacy_parameters:
        readers.append(UsPrivacyReader(gpp.us_privacy_parameters, _opt_outs(settings)))
    return tuple(readers)


def _opt_outs(settings: Settings) -> OptOutMeaning:
    uses = _SALE, _ADVERTISING, _SENSITIVE
    return OptOutMeaning(*(_refused(settings, each) for each in uses))


def _tcf_meaning(settings: Settings, table: TcfTable) -> TcfMeaning:
    needs = dict(DEFAULT_NEEDS)
    for use, needed in table.uses.items():
        needs[use] = TcfNeeds(tuple(needed.purposes), tuple(needed.special_features))
    rules = []
    for index, (id_, purpose) in enumerate(settings.purposes.items()):
        uses = [use for use in purpose.uses if use != Use.STRICTLY_NECESSARY]
        spoken_of = tuple(needs[use] for use in uses if use in needs)
        if spoken_of:
            providers = tuple(table.google_providers.get(id_, ()))
            rules.append(TcfRule(index, spoken_of, len(spoken_of) == len(uses), providers))
    return TcfMeaning(tuple(rules), table.vendor, table.max_age_days)


def unspoken(settings: Settings) -> tuple[str, ...]:
    """Return the purposes with providers of Google's of whose uses no TC string speaks."""
    if settings.tcf is None:
        return ()
    spoken_of = {rule.index for rule in _tcf_meaning(settings, settings.tcf).rules}
    known = [id_ for index, id_ in enumerate(settings.purposes) if index not in spoken_of]
    return tuple(id_ for id_ in known if id_ in settings.tcf.google_providers)


def _added(table: TcfTable, names: Sequence[str] | None = None) -> Sequence[str]:
    """Return *names* of AC strings, else those of cookies; none where no purpose needs one."""
    if not table.google_providers:
        return ()
    return table.additional_consent_cookies if names is None else names


def _refused(settings: Settings, uses: set[Use]) -> int:
    """Return the refused bits of the purposes with one of *uses*."""
    return sum(
        refused_bit(index)
        for index, purpose in enumerate(settings.purposes.values())
        if not uses.isdisjoint(purpose.uses)
    )


def _banner(settings: Settings, table: BannerTable, kind: BannerKind) -> BannerReader:
    places = {id_: i for i, id_ in enumerate(settings.purposes)}
    purposes = {
        category: [places[name] for name in names] for category, names in table.categories.items()
    }
    own = dict(zip(table.cookies or kind.cookies, kind.cookies, strict=True))
    told = kind.given_at
    return BannerReader(
        tuple(own),
        lambda name, value: kind.read(own[name], value),
        purposes,
        None if told is None else lambda name, value: told(own[name], value),
    )
