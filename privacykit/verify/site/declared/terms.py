"""Terms of cookies as a configuration says them, for declarations. Reads policies and keys."""

from __future__ import annotations

from collections.abc import Iterable

from privacykit.collect.cookies.gate import CookieGate
from privacykit.collect.plans.purpose_terms import LIFETIME
from privacykit.policy.verdict import Verdict
from privacykit.runtime.explained import SiteQuestions
from privacykit.settings.law import ConfiguredLaw
from privacykit.settings.load import load
from privacykit.settings.model import PurposeTable, Settings
from privacykit.settings.paths import Paths
from privacykit.verify.site.declared.declaration import CookieTerms, DeclaredPurpose

NOTHING_SAID = CookieTerms({}, {}, {})
"""Where there is no configuration."""


def terms_of(config: str, names: Iterable[str], host: str = "") -> CookieTerms:
    """
    Return what the file *config* says of cookies.

    Args:
        config: Path of the configuration file.
        names: Names of cookies that were seen.
        host: The host that was looked at; the first site counts where none lists it.

    Raises:
        ConfigurationError: The configuration is wrong.
    """
    settings = load(config)
    gate = CookieGate(tuple(settings.cookies.items()))
    known = {name: purpose for name in names if (purpose := gate.purpose_of(name)) is not None}
    needs = _consent_places(settings, config, host) if settings.collects else {}
    purposes = {
        id_: _purpose(id_, table, settings, needs.get(id_, ()))
        for id_, table in settings.purposes.items()
    }
    return CookieTerms(dict(settings.cookies), known, purposes)


def _purpose(
    id_: str, table: PurposeTable, settings: Settings, needs: tuple[str, ...]
) -> DeclaredPurpose:
    months = table.properties.get(LIFETIME)
    told = [
        sink.recipient or (sink.name or sink.type)
        for sink in settings.sinks
        if id_ in sink.purposes and (sink.recipient or sink.role == "third_party")
    ]
    return DeclaredPurpose(
        table.label or id_,
        tuple(table.uses),
        table.description,
        months if isinstance(months, int) and not isinstance(months, bool) else None,
        tuple(dict.fromkeys([*table.recipients, *told])),
        needs,
    )


def _consent_places(settings: Settings, config: str, host: str) -> dict[str, tuple[str, ...]]:
    law = ConfiguredLaw(settings, Paths.beside(config)).policies
    questions = SiteQuestions(settings, config, law)
    wanted = next((table.id for table in settings.site if host in table.hosts), settings.site[0].id)
    day = questions.day(questions.site(wanted))
    found: dict[str, list[str]] = {}
    for place in sorted(law.places()):
        for id_, decision in day.plans[place, 0].decisions.items():
            if decision.verdict is Verdict.NEEDS_CONSENT:
                found.setdefault(id_, []).append(place)
    return {id_: tuple(places) for id_, places in found.items()}
