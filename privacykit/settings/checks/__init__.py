"""Checks between keys of ``privacykit.toml``: names that must agree. Reads the time zones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from privacykit.errors import Problem
from privacykit.settings.checks.addresses import address_problems
from privacykit.settings.checks.consent_managers import consent_manager_problems
from privacykit.settings.checks.cookies import cookie_problems
from privacykit.settings.checks.purposes import purpose_problems
from privacykit.settings.checks.sinks import sink_problems
from privacykit.settings.checks.sites import site_problems
from privacykit.settings.checks.stores import salts_apart
from privacykit.settings.checks.texts import text_problems
from privacykit.settings.duties.reports import report_problems
from privacykit.settings.model import Settings
from privacykit.settings.requests.checks import request_problems

__all__ = ["cross_checks"]


def cross_checks(settings: Settings, file: str) -> Iterator[Problem]:
    """Yield all that is wrong between the keys of *settings*, which *file* holds."""
    for check in (
        purpose_problems,
        site_problems,
        cookie_problems,
        address_problems,
        text_problems,
        sink_problems,
        consent_manager_problems,
        request_problems,
        report_problems,
    ):
        for problem in check(settings):
            yield replace(problem, file=file)
    yield from salts_apart(settings, file)
