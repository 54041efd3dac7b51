"""``privacykit verify --site``: a site held against how it answers. Visits it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from privacykit.cli.console import Exit, stop
from privacykit.cli.findings import Findings, Format, say_findings

if TYPE_CHECKING:
    from privacykit.verify.claims import ClaimResult


def hold_site(url: str, pages: int, browser: bool | None, config: str, how: Format) -> None:
    """
    Hold a site to its claims: cookies, signals, caches, others' hosts, the page about choices.

    Asks as visitors who say nothing, GPC, DNT or a refusal. Ends with 1 where a claim fails, with
    3 where the site could not be asked.

    Args:
        url: Where the site begins.
        pages: How many are visited.
        browser: Whether Chromium looks too; ``None`` is: where there is one.
        config: Path of the configuration file.
        how: As what the results are written.

    Raises:
        ConfigurationError: The configuration is wrong, or has no site.
        InputError: The address is none.
        BackendError: A browser was asked for, and there is none.
    """
    from privacykit.cli.verify.render import advice_of, problems_of
    from privacykit.settings.located import located
    from privacykit.verify.claims import ClaimOutcome
    from privacykit.verify.site.origin import SiteOrigin
    from privacykit.verify.site.verify import SiteTrial, verify_site

    with located(config):
        results = verify_site(config, url, SiteTrial(pages, browser))
    root = SiteOrigin(url).root
    found = Findings(
        "privacykit verify --site",
        problems_of(results, root),
        advice_of(results, root),
        Path(config).absolute().parent,
    )
    say_findings(found, how, lines=told(results), document={"claims": results})
    outcomes = {result.outcome for result in results}
    if ClaimOutcome.FAILS in outcomes:
        stop(Exit.FOUND)
    if ClaimOutcome.NOT_TESTED in outcomes:
        stop(Exit.PARTLY)


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
