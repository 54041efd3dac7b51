"""The commands of ``privacykit site``. Drive a browser, write a file where one is named."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from privacykit.cli.terminal.commands import add
from privacykit.cli.terminal.console import JSON, say, say_json, warn
from privacykit.errors import BackendError, InputError
from privacykit.private_files import replacing
from privacykit.settings.paths import DEFAULT_FILE

if TYPE_CHECKING:
    from privacykit.verify.site.declared.declaration import CookieTerms
    from privacykit.verify.site.seen import SiteScan

_MOST_PAGES, _MOST_SECONDS, _MOST_MEGABYTES = 50, 3600, 1000


@dataclass(frozen=True, slots=True)
class ScanBounds:
    """How much of a site is looked at: an option set."""

    pages: Annotated[
        int,
        typer.Option("--pages", metavar="N", min=1, max=_MOST_PAGES, help="Pages in each phase."),
    ] = 5
    seconds: Annotated[
        int,
        typer.Option("--seconds", metavar="N", min=5, max=_MOST_SECONDS, help="Time for it all."),
    ] = 120
    megabytes: Annotated[
        int,
        typer.Option("--megabytes", metavar="N", min=1, max=_MOST_MEGABYTES, help="Most loaded."),
    ] = 50


def register(app: typer.Typer) -> None:
    """Add the group to *app*."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    add(group, "scan", scan, "privacykit site scan https://shop.example/ --out cookies.html")
    app.add_typer(group, name="site", help="A site as browsers see it.")


def scan(
    url: Annotated[str, typer.Argument(metavar="URL", help="Where the site begins.")],
    bounds: ScanBounds,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", help="Write the declaration: .html, .md, .json; or .toml."
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            "--report", metavar="FILE", help="Write a signed report of the cookies, for notices."
        ),
    ] = None,
    config: Annotated[
        str,
        typer.Option(
            "--config", "-c", metavar="FILE", help="The configuration; privacykit.toml if there."
        ),
    ] = "",
    as_json: JSON = False,
) -> None:
    """
    Visit a site before a choice, after refusing and after accepting, and say what it keeps.

    A real Chromium visits pages of that origin alone. Shows cookies, storage and others' hosts,
    never a value; then a proposal for [cookies].

    Raises:
        InputError: The address, or the name of a file, is none that can be used.
        ConfigurationError: There is no key to sign a report with.
        BackendError: There is no browser, or the site does not answer.
    """
    from privacykit.cli.site.proposal import proposal
    from privacykit.cli.site.render import lines_of
    from privacykit.cli.verify.site import signer_of, write_seen
    from privacykit.verify.site.declared.declaration import declaration
    from privacykit.verify.site.lives import seen_report
    from privacykit.verify.site.origin import SiteOrigin

    write = _writer(out)
    key = None if report is None else signer_of(config or DEFAULT_FILE)
    seen, terms = _look(url, bounds, config or _default())
    if report is not None and key is not None:
        write_seen(report, seen_report(SiteOrigin(url).root, seen.at, (), seen), key)
    told = declaration(seen, terms, f"{datetime.fromtimestamp(seen.at, UTC):%Y-%m-%d}")
    proposed = proposal(seen, terms)
    if out is not None:
        text = proposed if out.suffix == ".toml" else write(told)
        try:
            with replacing(out) as file:
                file.write(text.encode())
        except OSError:
            raise BackendError("the file named by --out cannot be written") from None
    if as_json:
        say_json({"scan": seen, "declaration": told, "proposal": proposed})
        return
    for line in lines_of(seen, terms):
        say(line)
    say()
    say(proposed.rstrip())
    if out is not None:
        warn(f"written: {out}")


def _default() -> str:
    return DEFAULT_FILE if Path(DEFAULT_FILE).exists() else ""


def _look(url: str, bounds: ScanBounds, config: str) -> tuple[SiteScan, CookieTerms]:
    from privacykit.settings.load import load
    from privacykit.settings.located import located
    from privacykit.verify.site.chromium.browser import chromium
    from privacykit.verify.site.chromium.scan import ScanOptions, SiteScanner
    from privacykit.verify.site.declared.terms import NOTHING_SAID, terms_of
    from privacykit.verify.site.origin import SiteOrigin

    SiteOrigin(url)
    options = ScanOptions(bounds.pages, bounds.seconds, bounds.megabytes)
    hosts: tuple[str, ...] = ()
    if config:
        settings = load(config)
        hosts = tuple(host for table in settings.site for host in table.hosts)
        options = options._replace(prefix=settings.choice.prefix)
    site = SiteOrigin(url, hosts)
    with chromium() as browser:
        seen = SiteScanner(browser, site, options).scan(time.time())
    if not config:
        return seen, NOTHING_SAID
    names = {one.name for phase in seen.phases for one in phase.cookies}
    with located(config):
        return seen, terms_of(config, names, site.host)


def _writer(out: Path | None) -> Callable[[Any], str]:
    from privacykit.verify.site.declared.declaration import to_html, to_markdown

    def to_json(told: object) -> str:
        return msgspec.json.format(msgspec.json.encode(told), indent=2).decode() + "\n"

    writers: dict[str, Callable[[Any], str]] = {
        ".html": to_html,
        ".md": to_markdown,
        ".json": to_json,
        ".toml": to_json,
    }
    suffix = ".json" if out is None else out.suffix.lower()
    if suffix not in writers:
        raise InputError("name the file of --out .html, .md, .json or .toml")
    return writers[suffix]
