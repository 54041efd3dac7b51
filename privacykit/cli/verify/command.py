"""The command ``verify``: a run over all stores, a report's check, a statement log."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privacykit.cli.findings import FORMAT, Findings, Format, format_of, say_findings
from privacykit.cli.terminal.console import CONFIG, JSON, Exit, say_json, stop, warn
from privacykit.cli.verify.statements import LogFormat
from privacykit.errors import InputError, PrivacyKitError
from privacykit.settings.paths import DEFAULT_FILE

if TYPE_CHECKING:
    from privacykit.verify.last import LastRun

DEFAULT_SAMPLE = 10_000


@dataclass(frozen=True, slots=True)
class Looking:
    """What is tested, and how much of it is looked at."""

    claim: Annotated[
        list[str] | None,
        typer.Option(
            "--claim",
            metavar="NAME",
            help="Test this claim alone; may be given again. addresses, user-agents, "
            "identifiers, visitors, salts, consent, retention, erased, datamap, sinks, policies, "
            "logs, transport or audit.",
        ),
    ] = None
    sample: Annotated[
        int,
        typer.Option("--sample", metavar="N", min=1, help="Rows of each table, lines of each log."),
    ] = DEFAULT_SAMPLE
    everything: Annotated[bool, typer.Option("--all", help="Every row and line.")] = False


@dataclass(frozen=True, slots=True)
class Reporting:
    """What is written of a run, or checked of an earlier one."""

    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="Write a signed report.")
    ] = None
    check: Annotated[
        Path | None, typer.Option("--check", metavar="FILE", help="Check a signed report instead.")
    ] = None
    key: Annotated[
        list[str] | None,
        typer.Option("--key", metavar="KEY", help="Public key to trust; ours by default."),
    ] = None


@dataclass(frozen=True, slots=True)
class Statements:
    """A statement log to judge instead."""

    query_log: Annotated[
        Path | None,
        typer.Option(
            "--query-log",
            metavar="FILE",
            help="Judge a database's statement log by the purposes of its roles instead.",
        ),
    ] = None
    log_format: Annotated[
        LogFormat, typer.Option("--log-format", help="How the statement log is written.")
    ] = LogFormat.POSTGRESQL


@dataclass(frozen=True, slots=True)
class FromOutside:
    """The site as its visitors see it, looked at instead."""

    site: Annotated[
        str, typer.Option("--site", metavar="URL", help="Hold this site to its claims instead.")
    ] = ""
    watching: Annotated[
        bool, typer.Option("--watch", help="Send made-up people to the site instead, for ever.")
    ] = False
    pages: Annotated[
        int, typer.Option("--pages", metavar="N", min=1, max=50, help="With --site, how many.")
    ] = 5
    browser: Annotated[
        bool | None,
        typer.Option("--browser/--no-browser", help="With --site: Chromium too; if there."),
    ] = None
    every: Annotated[
        str, typer.Option("--every", metavar="SPAN", help="With --watch, how often: 15m, 2h.")
    ] = ""
    once: Annotated[bool, typer.Option("--once", help="With --watch, once.")] = False


def verify(
    looking: Looking,
    reporting: Reporting,
    statements: Statements,
    outside: FromOutside,
    config: CONFIG = DEFAULT_FILE,
    shown: FORMAT = Format.TEXT,
    as_json: JSON = False,
) -> None:
    """
    Test what is really stored against the configuration, the data map and the policies.

    Ends with 0 when every claim holds, with 1 when one fails or a store could not be read. No
    value is printed: places, kinds and counts only. The run is noted in the audit log.

    Raises:
        InputError: A file cannot be read, or there is no claim of a name.
    """
    how = format_of(shown, as_json=as_json)
    if outside.watching or outside.site:
        _from_outside(outside, config, how, reporting.report)
        return
    if reporting.check is not None:
        _only_text_or_json(how, "--check")
        _check(reporting.check, reporting.key or [], config, as_json=how is Format.JSON)
        return
    if statements.query_log is not None:
        from privacykit.cli.verify.statements import judge_log

        judge_log(statements.query_log, statements.log_format, config, how)
        return
    run = tested(config, looking)
    _tell(run, config, how, most=None if looking.everything else looking.sample)
    noted = _note(run, config, reporting.report, whole=not looking.claim)
    if not run.holds or not noted:
        stop(Exit.FOUND)


def _from_outside(outside: FromOutside, config: str, how: Format, report: Path | None) -> None:
    """
    Look at the site, or send made-up people to it.

    Raises:
        InputError: A watch has no report, and no format for findings.
    """
    if outside.watching:
        from privacykit.cli.verify.watch import watch

        _only_text_or_json(how, "--watch")
        if report is not None:
            raise InputError("--report is of the stores, or of --site without --watch")
        as_json = how is Format.JSON
        watch(outside.site, outside.every, config, once=outside.once, as_json=as_json)
        return
    from privacykit.cli.verify.site import hold_site

    hold_site(outside, config, how, report)


def _only_text_or_json(how: Format, option: str) -> None:
    """
    Check that a format is one of those that every command has.

    Raises:
        InputError: It is for tools that read findings, which are none here.
    """
    if how not in {Format.TEXT, Format.JSON}:
        raise InputError(f"{option} is written as text or json")


def tested(config: str, looking: Looking) -> LastRun:
    """
    Test the claims, and say what became of them.

    Raises:
        ConfigurationError: The configuration or the data map is wrong.
        InputError: There is no claim of a name.
    """
    import time
    from random import SystemRandom

    from privacykit.cli.datamap.command import examine
    from privacykit.settings.located import located
    from privacykit.verify.asked import Sampling, Verification, policy_digest
    from privacykit.verify.last import LastRun
    from privacykit.verify.run import run

    most = None if looking.everything else looking.sample
    sampling = Sampling(most, SystemRandom().random)
    with located(config):
        asked = Verification(config, sampling, lambda: examine(config, frozenset()), time.time)
    try:
        claims = asked.claims(looking.claim or [])
        results = run(claims, asked.places(), most, sampling.random)
        folder, name = asked.context.paths.folder, asked.context.settings.datamap.file
        policy = policy_digest(config, asked.datamap, folder, name)
    finally:
        asked.close()
    return LastRun(int(time.time()), tuple(results), policy)


def _tell(run: LastRun, config: str, how: Format, most: int | None) -> None:
    from privacykit.cli.verify.render import advice_of, lines_of, problems_of

    found = Findings(
        "privacykit verify",
        problems_of(run.results),
        advice_of(run.results),
        Path(config).absolute().parent,
    )
    document = {"holds": run.holds, "at": run.at, "sample": most, "claims": run.results}
    say_findings(found, how, lines=lines_of(run), document=document)


def _note(run: LastRun, config: str, report: Path | None, *, whole: bool) -> bool:
    """
    Write the signed report and note the run in the audit log; tell whether that was done.

    Only a run of all claims takes the place of the last report that documents read.
    """
    from privacykit.cli.terminal.opened import opened
    from privacykit.documents.signed import digest_of
    from privacykit.private_files import replacing
    from privacykit.verify.last import signed_report

    try:
        with opened(config, changes=True) as context:
            document = signed_report(run, context.signer)
            detail = {
                "digest": digest_of(document),
                "holds": run.holds,
                "claims": len(run.results),
                "failed": list(run.failed),
            }
            context.audit.append(context.operator(), "verify.ran", detail=detail)
            kept = [context.paths.file(context.settings.verify.report)] if whole else []
        for path in [*kept, *([report] if report else [])]:
            with replacing(path) as file:
                file.write(document)
    except (PrivacyKitError, OSError) as error:
        told = str(error) if isinstance(error, PrivacyKitError) else type(error).__name__
        warn(f"the run is not noted: {told}")
        return False
    return True


def _check(path: Path, keys: list[str], config: str, *, as_json: bool) -> None:
    """
    Check the report at *path*; end with 1 where it is not ours, or a claim in it failed.

    Raises:
        InputError: It cannot be read.
    """
    from privacykit.cli.terminal.opened import opened
    from privacykit.cli.verify.render import lines_of
    from privacykit.govern.audit.checkpoint import public_key
    from privacykit.verify.last import read_report

    try:
        document = path.read_bytes()
    except OSError:
        raise InputError(f"{path.name} cannot be read") from None
    trusted = [public_key(text) for text in keys]
    if not trusted:
        with opened(config, look=True) as context:
            trusted = list(context.public_keys)
    try:
        run = read_report(document, trusted)
    except InputError as error:
        stop(Exit.FOUND, str(error))
    if as_json:
        say_json({"genuine": True, "holds": run.holds, "run": run})
    else:
        from privacykit.cli.terminal.console import say
        from privacykit.cli.terminal.words import moment

        say(f"The report is genuine: a run of {moment(run.at)} UTC, digest {run.digest[:16]}.")
        for line in lines_of(run):
            say(line)
    if not run.holds:
        stop(Exit.FOUND)
