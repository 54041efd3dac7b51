"""
Purposes of a configuration as their sites ask the law: with what is declared and measured.

Reads privacykit.toml and the operator's policies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from privacykit.collect.site import Purpose, Site, measured
from privacykit.decide.impact.change import AskedPurpose, Policies
from privacykit.policy.handling import handling
from privacykit.policy.model import Policy
from privacykit.policy.policyset import PolicySet
from privacykit.pseudonym.addresses.ip import IPMethod, no_finer
from privacykit.runtime.sites import ip_method_of, sites_of
from privacykit.settings.law import ConfiguredLaw
from privacykit.settings.load import check_serving, load
from privacykit.settings.named_stores import sink_rules
from privacykit.settings.paths import Paths
from privacykit.settings.policies import read_directory


@dataclass(frozen=True, slots=True)
class Asking:
    """
    The sites of a configuration as they ask.

    Attributes:
        subjects: Every purpose that needs leave, of every site.
        establishments: Where their operators are established.
        law: The policies in force, the operator's own over ours.
        own: The operator's own policies as written.
        located: Whether anything tells where a visitor is.
    """

    subjects: tuple[AskedPurpose, ...]
    establishments: tuple[str, ...]
    law: PolicySet
    own: tuple[Policy, ...]
    located: bool


def asking(config: Path) -> Asking:
    """
    Return what the sites of *config* ask.

    Raises:
        ConfigurationError: It cannot be used, or has no site.
        PolicyError: A policy file of the operator is wrong.
    """
    base = str(config)
    settings, paths = load(base), Paths.beside(base)
    check_serving(settings, base)
    sites = tuple(sites_of(settings, sink_rules(settings)).values())
    ip, geo = ip_method_of(settings), settings.geo
    folders = [Path(paths.file(name)) for name in settings.policies.directories]
    own = tuple(one.policy for folder in folders for one in read_directory(folder))
    subjects = [s for site in sites for s in _subjects(site, ip, alone=len(sites) == 1)]
    return Asking(
        tuple(subjects),
        tuple(dict.fromkeys(code for site in sites for code in site.audience.establishments)),
        ConfiguredLaw(settings, paths).policies,
        own,
        bool(geo.database or geo.edge or geo.country_header),
    )


def _subjects(site: Site, ip: IPMethod, *, alone: bool) -> Iterator[AskedPurpose]:
    shown = "" if alone else site.id
    for purpose in site.purposes:
        if purpose.necessary:
            continue
        stated = _stated(site, purpose, ip)
        rest = (site.audience, stated, site.gpc_scope, site.strict)
        yield AskedPurpose(purpose.id, shown, purpose.uses, *rest)
        if any(rule.role == "third_party" and purpose.id in rule.purposes for rule in site.sinks):
            yield AskedPurpose(f"{purpose.id} (to third parties)", shown, ("sale",), *rest)


def _stated(
    site: Site, purpose: Purpose, ip: IPMethod
) -> Callable[[Policies], Mapping[str, object]]:
    """Return what gives the properties under some policies, which may ask for a weaker address."""
    known: dict[tuple[int, int], Mapping[str, object]] = {}

    def stated(policies: Policies) -> Mapping[str, object]:
        asked = handling(policies, date.min)  # they are resolved for their day
        bits = asked.ipv4_bits, asked.ipv6_bits
        if bits not in known:
            known[bits] = measured(site, purpose, no_finer(ip, *bits))
        return known[bits]

    return stated
