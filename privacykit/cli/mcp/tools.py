"""Tools of an assistant: the commands that only look, each with the options that are offered."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal, TypeAlias

from mcp.server import MCPServer
from mcp.types import ToolAnnotations

from privacykit.cli.mcp.asking import ask, checked
from privacykit.cli.mcp.strict import StrictServer
from privacykit.errors import PrivacyKitError

Answer: TypeAlias = dict[str, Any]
Kind = Literal["overview", "segments", "journey", "cart", "retention"]
_LOOKS = ToolAnnotations(readOnlyHint=True, destructiveHint=False, openWorldHint=False)
_ABOUT = (
    "Asks privacykit, which decides what a web application may note of its visitors. Every figure"
    " is of at least as many people as the policies ask; what is refused is refused with its"
    " reason. Nothing can be changed from here, and no value of a person is shown."
)


def server_of(config: str) -> MCPServer[Any]:
    """Return the server whose tools ask about the installation of *config*."""
    server = StrictServer("privacykit", instructions=_ABOUT, version=version("privacykit"))
    _offer_rules(server, config)
    _offer_reports(server, config)
    return server


def _offer_rules(server: MCPServer[Any], config: str) -> None:
    @server.tool(annotations=_LOOKS)
    def explain(  # noqa: PLR0913, PLR0917 - what a visitor may be, each by its name
        purpose: str | None = None,
        country: str | None = None,
        subdivision: str | None = None,
        day: str | None = None,
        consent: Literal["none", "granted", "denied", "withdrawn"] = "none",
        gpc: bool = False,
        dnt: bool = False,
        opted_out: bool = False,
        age: int | None = None,
    ) -> Answer:
        """Say what would be decided about a visitor, by the clauses that make it."""
        options = {
            "--purpose": purpose,
            "--country": country,
            "--subdivision": subdivision,
            "--date": day,
            "--consent": consent,
            "--gpc": gpc,
            "--dnt": dnt,
            "--opted-out": opted_out,
            "--age": age,
        }
        return _answer(config, ["explain"], options)

    @server.tool(annotations=_LOOKS)
    def check() -> Answer:
        """Say what is wrong with the configuration, with file, key and line."""
        return _answer(config, ["check"], {})

    @server.tool(annotations=_LOOKS)
    def policy(id: str | None = None, day: str | None = None) -> Answer:  # noqa: A002 - its name
        """Show the policy of a place, such as DE or US-CA; without one list them all."""
        if id is None:
            return _answer(None, ["policy", "list"], {"--date": day})
        return _answer(None, ["policy", "show"], {"--date": day, "--all": True}, id)

    @server.tool(annotations=_LOOKS)
    def verify() -> Answer:
        """Say what the last run of `privacykit verify` found, claim by claim, and when it was."""
        from privacykit.settings.load import load
        from privacykit.settings.paths import Paths

        try:
            report = Paths.beside(config).file(load(config).verify.report)
        except PrivacyKitError as error:
            return _refused(error)
        if not Path(report).is_file():
            return {"answer": None, "exit": None, "said": "no run yet: `privacykit verify`"}
        return _answer(config, ["verify"], {"--check": str(report)})


def _offer_reports(server: MCPServer[Any], config: str) -> None:
    @server.tool(annotations=_LOOKS)
    def report(
        kind: Kind,
        first_day: str | None = None,
        last_day: str | None = None,
        site: str | None = None,
        compare: bool = False,
        segments: list[str] | None = None,
        by: list[str] | None = None,
    ) -> Answer:
        """Show a report, small groups hidden; segments as in 'country==DE'."""
        options = _period(first_day, last_day, site, segments)
        return _answer(
            config, ["report", kind], {**options, "--compare": compare, "--by": by or []}
        )

    @server.tool(annotations=_LOOKS)
    def funnel(
        steps: list[str],
        first_day: str | None = None,
        last_day: str | None = None,
        site: str | None = None,
        mode: Literal["closed", "open", "sequential", "strict", "loose"] = "closed",
        unit: Literal["visit", "visitor_day", "person"] = "visit",
        segments: list[str] | None = None,
    ) -> Answer:
        """Show how far people get through two to ten steps: names of events, or pages."""
        options = _period(first_day, last_day, site, segments)
        asked = {**options, "--steps": ",".join(steps), "--mode": mode, "--unit": unit}
        return _answer(config, ["report", "funnel"], asked)

    @server.tool(annotations=_LOOKS)
    def attribution(
        conversion: str,
        first_day: str | None = None,
        last_day: str | None = None,
        site: str | None = None,
        lookback: Literal["1", "7", "30", "90"] = "30",
        by: Literal["channel", "campaign", "content"] = "channel",
        segments: list[str] | None = None,
    ) -> Answer:
        """Show which channels get the credit for a conversion, by six models."""
        options = _period(first_day, last_day, site, segments)
        asked = {**options, "--conversion": conversion, "--lookback": lookback, "--by": by}
        return _answer(config, ["report", "attribution"], asked)


def _period(
    first_day: str | None, last_day: str | None, site: str | None, segments: list[str] | None
) -> dict[str, Any]:
    return {"--from": first_day, "--to": last_day, "--site": site, "--segment": segments or []}


def _answer(
    config: str | None, words: list[str], options: dict[str, Any], argument: str = ""
) -> Answer:
    try:
        return ask(config, [*words, *([checked(argument)] if argument else [])], options)
    except PrivacyKitError as error:
        return _refused(error)


def _refused(error: PrivacyKitError) -> Answer:
    return {"answer": None, "exit": None, "said": str(error)}
