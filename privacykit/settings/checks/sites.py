"""Sites: ids, host names and time zones that can be. Reads the time zone database."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo, available_timezones

from privacykit.errors import Problem
from privacykit.settings.checks.hosts import host_problem
from privacykit.settings.model import Settings
from privacykit.toml_files.words import did_you_mean


def site_problems(settings: Settings) -> Iterator[Problem]:
    """Yield what is wrong with the sites, each or together, and with the controller's zone."""
    if settings.collects != bool(settings.purposes):
        missing = "[purposes.NAME]" if settings.collects else "[[site]]"
        key = "purposes" if settings.collects else "site"
        hint = "without sites and purposes the file is for people's requests only"
        yield Problem("PK013", "", key, f"this is missing: add {missing}", hint)
    if settings.controller.timezone is not None:
        yield from _zone("controller.timezone", settings.controller.timezone)
    ids: set[str] = set()
    hosts: set[str] = set()
    for i, site in enumerate(settings.site):
        if site.id in ids:
            yield Problem("PK018", "", f"site.{i}.id", "two sites have this id", "rename one")
        ids.add(site.id)
        for j, host in enumerate(site.hosts):
            key = f"site.{i}.hosts.{j}"
            if (wrong := host_problem(host)) is not None:
                message, hint = wrong
                yield Problem("PK031", "", key, f"no request can match it: {message}", hint)
            elif host.lower() in hosts:
                yield Problem(
                    "PK019", "", f"site.{i}.hosts", "a host is listed twice", "list it once"
                )
            hosts.add(host.lower())
        yield from _zone(f"site.{i}.timezone", site.timezone)


def _zone(key: str, name: str) -> Iterator[Problem]:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        hint = "use an IANA name such as Europe/Berlin"
        zones = sorted(available_timezones())
        city = name.strip().replace(" ", "_").lower()
        there = next((zone for zone in zones if zone.lower().endswith(f"/{city}")), None)
        hint = did_you_mean(there or name, zones, hint)
        yield Problem("PK020", "", key, "no such time zone", hint)
