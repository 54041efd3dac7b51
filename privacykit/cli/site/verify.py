"""``privacykit site verify``: what a site claims, held against how it answers. Visits the site."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from privacykit.cli.console import CONFIG, JSON, Exit, say, say_json, stop
from privacykit.settings.paths import DEFAULT_FILE

if TYPE_CHECKING:
    from privacykit.verify.claims import ClaimResult

_MOST_PAGES = 50


def verify(
    url: Annotated[str, typer.Argument(metavar="URL", help="Where the site begins.")],
    pages: Annotated[
        int, typer.Option("--pages", metavar="N", min=1, max=_MOST_PAGES, help="Pages to visit.")
    ] = 5,
    browser: Annotated[
        bool | None,
        typer.Option("--browser/--no-browser", help="Look by Chromium too; by itself if there."),
    ] = None,
    config: CONFIG = DEFAULT_FILE,
    as_json: JSON = False,
) -> None:
    """
    Hold a site to its claims: cookies, signals, caches, others' hosts, the page about choices.

    Asks as visitors who say nothing, GPC, DNT or a refusal. Ends with 1 where a claim fails, with
    3 where the site could not be asked.

    Raises:
        ConfigurationError: The configuration is wrong, or has no site.
        InputError: The address is none.
        BackendError: A browser was asked for, and there is none.
    """
    from privacykit.settings.located import located
    from privacykit.verify.claims import ClaimOutcome
    from privacykit.verify.site.verify import SiteTrial, verify_site

    with located(config):
        results = verify_site(config, url, SiteTrial(pages, browser))
    if as_json:
        say_json({"claims": results})
    else:
        for line in told(results):
            say(line)
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
