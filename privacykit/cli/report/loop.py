"""``privacykit report loop``: from visitors to customers, by the links people consented to."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from privacykit.cli.report.answering import ReportKind, report
from privacykit.cli.report.options import EventOptions, OutputOptions, ScopeOptions
from privacykit.errors import ConfigurationError, InputError, Problem, ReportRefusalError

if TYPE_CHECKING:
    from privacykit.reports.asking import Answer
    from privacykit.reports.loop.links import CrmMap
    from privacykit.reports.result import Ids

DEFAULT_HISTORY_DAYS = 90
LONGEST_HISTORY_DAYS = 750
HUBSPOT = "hubspot"


class LoopQuestion(msgspec.Struct, frozen=True):
    """
    What became of whose leads.

    Attributes:
        links: The file of links, absolute.
        crm: The file of what became of leads, absolute.
        crm_columns: The map of its columns, absolute; or ``hubspot``, or empty.
        company: Whether companies are counted.
        history_days: How long before the period a first contact is looked for.
    """

    links: str
    crm: str
    crm_columns: str
    company: bool
    history_days: int


@dataclass(frozen=True, slots=True)
class LoopOptions:
    """Whose leads: an option set."""

    links: Annotated[
        str,
        typer.Option(
            "--links",
            metavar="FILE.csv",
            help="Links by consent: columns lead_key, visitor, time, consent; also first_channel, "
            "first_time, company, self_reported.",
        ),
    ]
    crm: Annotated[
        str,
        typer.Option(
            "--crm",
            metavar="FILE.csv",
            help="What became of leads: columns lead_key, stage, time, value, currency.",
        ),
    ]
    crm_columns: Annotated[
        str,
        typer.Option(
            "--crm-columns",
            metavar="MAP.toml",
            help="Where an export keeps them; hubspot for its contacts.",
        ),
    ] = ""
    company: Annotated[
        bool, typer.Option("--company", help="Count companies instead of people.")
    ] = False
    history: Annotated[
        int,
        typer.Option(
            "--history",
            metavar="DAYS",
            min=1,
            max=LONGEST_HISTORY_DAYS,
            help="How long before the period a first contact is looked for.",
        ),
    ] = DEFAULT_HISTORY_DAYS
    costs: Annotated[
        str,
        typer.Option("--costs", metavar="FILE.csv", help="What channels cost: channel, cost."),
    ] = ""


def loop(
    events: EventOptions, scope: ScopeOptions, leads: LoopOptions, output: OutputOptions
) -> None:
    """
    Show what became of visitors: leads, opportunities, customers, by channel and month.

    Only people whose link rests on their consent are leads here; without the link nothing is left
    of them in any figure.

    Raises:
        InputError: An option or a file is wrong, or the ids end at midnight.
    """
    if scope.segment:
        raise InputError("the loop is of people, not of visits: ask without --segment")
    if leads.costs and scope.compare:
        raise InputError("--costs are those of one period: ask without --compare")

    def answer(ids: Ids) -> tuple[Answer, tuple[str, ...], tuple[str, ...]]:
        from privacykit.cli.report.kinds.costs import read_costs
        from privacykit.reports.answers import loop as answers
        from privacykit.reports.loop.links import read_crm, read_links

        if ids == "daily":
            raise ReportRefusalError(
                "needs_person_id: visitor ids end at midnight; a link needs lasting ids"
            )
        columns = _columns(leads.crm_columns)
        links = read_links(_rows(leads.links), leads.links, synthetic=events.synthetic)
        crm = read_crm(_rows(leads.crm), columns, leads.crm)
        spent = read_costs(leads.costs, "channel", columns.digits) if leads.costs else {}
        notes = (*answers.NOTES, *((answers.COMPANY_NOTE,) if leads.company else ()))
        return answers.answer(links, crm, spent, by_company=leads.company), notes, ()

    unit = "company" if leads.company else "person"
    fields = frozenset({"channel", "campaign"})
    kind = ReportKind(
        "loop",
        "from visitor to customer",
        unit,
        fields,
        answer,
        leads.history,
        question=None if leads.costs else _question(leads),
    )
    report(kind, events, scope, output)


def _question(leads: LoopOptions) -> LoopQuestion:
    files = (leads.links, leads.crm, leads.crm_columns)
    links, crm, columns = (
        one if one in {"", HUBSPOT} else str(Path(one).resolve()) for one in files
    )
    return LoopQuestion(links, crm, columns, leads.company, leads.history)


def _rows(path: str) -> Iterator[tuple[int, dict[str, str]]]:
    """
    Yield the line numbers and cells of a CSV file.

    Raises:
        InputError: It cannot be read.
    """
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, restval="", restkey="")
            for row in rows:
                yield rows.line_num, row
    except (OSError, UnicodeDecodeError, csv.Error):
        raise InputError(f"cannot read {path} as CSV in UTF-8") from None


def _columns(path: str) -> CrmMap:
    """
    Return the map of a CRM's columns.

    Raises:
        InputError: It cannot be read.
        ConfigurationError: It is no TOML, or a key of it is wrong.
    """
    from pydantic import ValidationError

    from privacykit.reports.loop.links import HUBSPOT as HUBSPOT_MAP
    from privacykit.reports.loop.links import CrmMap
    from privacykit.toml_files.lines import with_lines

    if not path:
        return CrmMap()
    if path == HUBSPOT:
        return HUBSPOT_MAP
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise InputError(f"cannot read {path}") from None
    try:
        return CrmMap.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(Problem("PK280", path, "", f"no TOML: {error}")) from None
    except ValidationError as error:
        problems = [
            Problem("PK280", path, ".".join(str(part) for part in one["loc"]), one["msg"])
            for one in error.errors(include_input=False, include_url=False)
        ]
        raise ConfigurationError(*with_lines(problems, text)) from None
