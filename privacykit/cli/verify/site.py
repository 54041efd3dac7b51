"""``privacykit verify --site``: a site held against how it answers. Visits it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from privacykit.cli.findings import Findings, Format, say_findings
from privacykit.cli.terminal.console import Exit, stop
from privacykit.errors import InputError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from privacykit.cli.verify.command import FromOutside
    from privacykit.documents.seen import SeenReport
    from privacykit.verify.claims import ClaimResult


def hold_site(asked: FromOutside, config: str, how: Format, report: Path | None) -> None:
    """
    Hold a site to its claims: cookies, signals, caches, others' hosts, the page about choices.

    Asks as visitors who say nothing, GPC, DNT or a refusal. Ends with 1 where a claim fails, with
    3 where the site could not be asked.

    Args:
        asked: Where the site begins, how many pages are visited, whether Chromium looks too.
        config: Path of the configuration file.
        how: As what the results are written.
        report: Where a signed report of the cookies that were seen is written, if anywhere.

    Raises:
        ConfigurationError: The configuration is wrong, has no site, or no key to sign with.
        InputError: The address is none.
        BackendError: A browser was asked for, and there is none.
    """
    from privacykit.cli.verify.render import advice_of, problems_of
    from privacykit.settings.located import located
    from privacykit.verify.claims import ClaimOutcome
    from privacykit.verify.site.origin import SiteOrigin
    from privacykit.verify.site.verify import SiteTrial, verification_of

    with located(config):
        key = None if report is None else signer_of(config)
        trial = SiteTrial(asked.pages, asked.browser)
        results, seen = verification_of(config, asked.site, trial)
    root = SiteOrigin(asked.site).root
    found = Findings(
        "privacykit verify --site",
        problems_of(results, root),
        advice_of(results, root),
        Path(config).absolute().parent,
    )
    say_findings(found, how, lines=told(results), document={"claims": results})
    if report is not None and key is not None and seen is not None:
        write_seen(report, seen, key)
    outcomes = {result.outcome for result in results}
    if ClaimOutcome.FAILS in outcomes:
        stop(Exit.FOUND)
    if ClaimOutcome.NOT_TESTED in outcomes:
        stop(Exit.PARTLY)


def signer_of(config: str) -> Ed25519PrivateKey:
    """
    Return the key that signs reports, before anything is looked at.

    Raises:
        ConfigurationError: There is none.
    """
    from privacykit.settings.load import load
    from privacykit.settings.paths import Paths
    from privacykit.stores.keys import load_keys

    return load_keys(Paths.beside(config).file(load(config).keys.file)).signer()


def write_seen(file: Path, seen: SeenReport, key: Ed25519PrivateKey) -> None:
    """
    Write the signed report of what was *seen* into *file*.

    Raises:
        InputError: It cannot be written.
    """
    from privacykit.documents.seen import signed_seen
    from privacykit.private_files import replacing

    try:
        with replacing(file) as out:
            out.write(signed_seen(seen, key))
    except OSError:
        raise InputError("the file named by --report cannot be written") from None


def told(results: list[ClaimResult]) -> Iterator[str]:
    """Yield a line for each of *results* and for what disproves it."""
    for result in results:
        why = f": {result.why}" if result.why else ""
        yield f"{result.outcome:<13} {result.claim:<18} {result.says}{why}"
        for one in result.violations:
            yield f"  {one.id} {one.place} ({one.count}): {one.text}"
            yield f"    {one.advice}"
    if results:
        yield f"looked at: {results[0].scope}; not shown: {results[0].cannot_show}"
