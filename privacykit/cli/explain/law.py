"""
Policies and names that ``privacykit explain`` asks about. Reads privacykit.toml, policy files.

A name that nobody knows is an error, never an answer about something else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from privacykit.cli.explain.options import LawAsked
from privacykit.decide.case_members import meant
from privacykit.decide.case_words import WORDED
from privacykit.decide.decision import USES, property_names
from privacykit.decide.reason import Consent
from privacykit.errors import InputError
from privacykit.geo.spelling import place_hint
from privacykit.policy.place import NOWHERE, UNKNOWN, normalise_place
from privacykit.policy.policyset import PolicySet
from privacykit.settings.law import ConfiguredLaw
from privacykit.settings.load import DEFAULT_FILE, load
from privacykit.settings.model import Settings
from privacykit.settings.paths import Paths
from privacykit.settings.policies import load_policies, shipped_policies


@dataclass(frozen=True, slots=True)
class AskedLaw:
    """
    The law as it is asked.

    Attributes:
        policies: Those in force.
        own: Whether some of them are the operator's.
        gpc_scope: ``everywhere`` or ``mandated``.
        strict: Whether no risk is taken where the law is unsettled.
        settings: The configuration, ``None`` where there is none.
    """

    policies: PolicySet
    own: bool
    gpc_scope: str
    strict: bool
    settings: Settings | None = None

    def place(self, country: str | None, subdivision: str | None) -> str:
        """
        Return the place of a country and a subdivision; of neither, the unknown one.

        Raises:
            InputError: One of them is none, or they contradict each other.
        """
        full = subdivision
        if subdivision is not None and "-" not in subdivision:
            if country is None:
                raise InputError("--subdivision alone says little: write it as US-CA")
            full = f"{country}-{subdivision}"
        for option, text in (("--country", country), ("--subdivision", full)):
            if text is not None:
                self.check_place(option, text)
        place = normalise_place(country, subdivision)
        if place == UNKNOWN and full and (country or "").strip().upper() not in NOWHERE:
            raise InputError("--country and --subdivision contradict each other")
        return place

    def check_place(self, option: str, text: str) -> None:
        """
        Check that *text* names a place, or a policy that follows operators.

        Raises:
            InputError: It does not.
        """
        if self.policies.get(text) is not None:
            return
        names = {p.name: p.places[0] if p.places else p.id for p in self.policies}
        if hint := place_hint(text, names):
            raise InputError(f"{option} names no place: {hint}")

    def check_use(self, use: str) -> None:
        """
        Check that *use* is one of the law.

        Raises:
            InputError: It is not.
        """
        if use in USES:
            return
        purposes = self.settings.purposes if self.settings is not None else ()
        hint = f"for the purpose of the file write --purpose {use}" if use in purposes else ""
        hint = hint or meant(use, tuple(USES)) or "name one of " + ", ".join(USES)
        raise InputError(f"no such use: {hint}")


def check_property_names(names: Iterable[str], law: PolicySet) -> None:
    """
    Check that some policy, or we, ask about each of the properties *names*.

    Raises:
        InputError: Nobody does.
    """
    known = tuple(sorted(property_names(law) | WORDED))
    for name in names:
        if name not in known:
            hint = meant(name, known) or "see privacykit policy show"
            raise InputError(f"--property names what no policy asks about: {hint}")


def check_consent(consent: str) -> None:
    """
    Check that *consent* names a choice.

    Raises:
        InputError: It names none.
    """
    known = tuple(one.value for one in Consent)
    if consent not in known:
        hint = meant(consent, known) or "name one of " + ", ".join(known)
        raise InputError(f"--consent names no choice: {hint}")


def asked_law(config: str, options: LawAsked) -> AskedLaw:
    """
    Return what the configuration says, and over it what the options say.

    Args:
        config: The configuration file; where it is the default one, it need not be there.
        options: What goes over it.

    Raises:
        ConfigurationError: The file is wrong, or was named and is not there.
        PolicyError: A policy file is wrong.
    """
    settings = load(config) if config != DEFAULT_FILE or Path(config).exists() else None
    gpc_scope, strict = options.gpc_scope, options.strict
    if settings is not None:
        gpc_scope = gpc_scope or settings.signals.gpc_scope
        strict = settings.policies.strict if strict is None else strict
    own = bool(options.policies or (settings is not None and settings.policies.directories))
    if options.policies:
        law = load_policies(options.policies)
    elif settings is not None:
        law = ConfiguredLaw(settings, Paths.beside(config)).policies
    else:
        law = shipped_policies()
    return AskedLaw(law, own, gpc_scope or "everywhere", bool(strict), settings)
