"""The verification of a site: asked, scanned where there is a browser, and its claims. Does I/O."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import NamedTuple

from privacykit.documents.seen import SeenReport
from privacykit.errors import BackendError
from privacykit.settings.load import check_serving, load
from privacykit.verify.claims import ClaimResult
from privacykit.verify.site.claims import claims_of, not_tested
from privacykit.verify.site.expected import SiteExpectations
from privacykit.verify.site.http import Transport, over_network
from privacykit.verify.site.lives import seen_report
from privacykit.verify.site.origin import SiteOrigin
from privacykit.verify.site.seen import SiteScan
from privacykit.verify.site.voices import VoiceTrial


class SiteTrial(NamedTuple):
    """
    How a site is looked at.

    Attributes:
        pages: Pages that are visited at most.
        browser: Whether a browser looks too; ``None`` is: where there is one.
        seconds: Of the browser's time.
        headers: What is sent with everything, names in lower case.
        transport: Carries what is asked; over the network if absent.
        clock: Unix seconds.
    """

    pages: int = 5
    browser: bool | None = None
    seconds: float = 120.0
    headers: Mapping[str, str] = {}
    transport: Transport | None = None
    clock: Callable[[], float] = time.time


class SiteVerification(NamedTuple):
    """
    What a look at a site came to.

    Attributes:
        results: The result of each claim.
        seen: The cookies that were seen; ``None`` where the site did not answer.
    """

    results: list[ClaimResult]
    seen: SeenReport | None = None


def verify_site(config: str, url: str, trial: SiteTrial | None = None) -> list[ClaimResult]:
    """
    Return the result of each claim about the site at *url*; see :func:`verification_of`.

    Raises:
        ConfigurationError: As there.
        InputError: As there.
        MissingExtraError: As there.
        BackendError: As there.
    """
    return verification_of(config, url, trial).results


def verification_of(config: str, url: str, trial: SiteTrial | None = None) -> SiteVerification:
    """
    Return what the site at *url* came to; of one that does not answer no claim is tested.

    Args:
        config: Path of the configuration file.
        url: Where the site begins.
        trial: How it is looked at, if not as :class:`SiteTrial` says by itself.

    Raises:
        ConfigurationError: The configuration is wrong, or has no site.
        InputError: *url* is no address of a site.
        MissingExtraError: The extra ``http`` is not installed, or ``site``, which was asked for.
        BackendError: PK334, there is no browser, which was asked for.
    """
    trial = SiteTrial() if trial is None else trial
    settings = load(config)
    check_serving(settings, config)
    hosts = tuple(host for table in settings.site for host in table.hosts)
    site = SiteOrigin(url, hosts)
    expected = SiteExpectations(settings, config, site.host, trial.clock())
    given = trial.transport
    try:
        with over_network() if given is None else nullcontext(given) as carry:
            voices = VoiceTrial(site, expected, carry, trial.clock, trial.headers)
            heard = voices.hear(trial.pages)
    except BackendError as error:
        return SiteVerification(not_tested(str(error)))
    scan = _scanned(site, expected.prefix, trial)
    answered = [one for voice in heard.voices.values() for _, one in voice.cookies]
    seen = seen_report(site.root, trial.clock(), answered, scan, len(heard.pages))
    return SiteVerification(claims_of(heard, scan), seen)


def _scanned(site: SiteOrigin, prefix: str, trial: SiteTrial) -> SiteScan | None:
    from privacykit.verify.site.chromium.browser import chromium, has_browser
    from privacykit.verify.site.chromium.scan import ScanOptions, SiteScanner

    if trial.browser is False or (trial.browser is None and not has_browser()):
        return None
    options = ScanOptions(trial.pages, trial.seconds, prefix=prefix, headers=dict(trial.headers))
    with chromium() as browser:
        return SiteScanner(browser, site, options).scan(trial.clock())
