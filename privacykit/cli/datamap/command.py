"""``privacykit datamap``: where personal data lives. Reads schemas and maps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privacykit.cli.datamap.draft import OUTPUT, scan, write_map
from privacykit.cli.findings import FORMAT, Findings, Format, format_of, say_findings
from privacykit.cli.terminal.commands import add
from privacykit.cli.terminal.console import CONFIG, JSON, Exit, say, say_json, stop, warn
from privacykit.cli.terminal.words import hanging
from privacykit.errors import (
    ConfigurationError,
    InputError,
    MissingExtraError,
    Problem,
    StoreError,
)
from privacykit.settings.paths import DEFAULT_FILE

if TYPE_CHECKING:
    from privacykit.govern.erasure.inspection.check_map import MapFinding
    from privacykit.govern.erasure.ports.connector import Connector
    from privacykit.operate.context import OperatorContext

_HINT = "is it there, and can it be read?"
SMALL_ROWS = 10_000
"""Up to so many rows a table without an index costs a request some milliseconds: advice only."""


def register(app: typer.Typer) -> None:
    """Add the group to *app*."""
    group = typer.Typer(no_args_is_help=True)
    add(group, "scan", scan, "privacykit datamap scan sqlite:///shop.db -o datamap.toml")
    add(group, "check", check, "privacykit datamap check")
    add(group, "import", import_map, "privacykit datamap import fides.yml -o datamap.toml")
    add(group, "categories", categories, "privacykit datamap categories")
    app.add_typer(group, name="datamap")


def check(
    ignore: Annotated[
        list[str] | None, typer.Option("--ignore", metavar="PKnnn", help="Do not count these.")
    ] = None,
    config: CONFIG = DEFAULT_FILE,
    shown: FORMAT = Format.TEXT,
    as_json: JSON = False,
) -> None:
    """
    Compare the data map with the live schemas: every table and column mapped, or excluded and why.

    Ends with 0 when nothing is wrong, with 1 when something is. Advice is said and is not wrong.
    """
    wrong, advice = examine(config, frozenset(ignore or ()))
    found = Findings("privacykit datamap check", wrong, advice, Path(config).absolute().parent)
    lines = [f"error    {problem}" for problem in wrong]
    lines += [f"advice   {problem}" for problem in advice]
    lines.append("something is wrong" if wrong else "the data map is in order")
    document = {"problems": wrong, "advice": advice}
    say_findings(found, format_of(shown, as_json=as_json), lines=lines, document=document)
    if wrong:
        stop(Exit.FOUND)


def examine(config: str, ignore: frozenset[str]) -> tuple[list[Problem], list[Problem]]:
    """Return what is wrong between the map and the stores, and advice; *ignore* names ids."""
    from privacykit.operate.context import OperatorContext
    from privacykit.settings.located import located, with_places

    with located(config):
        context = OperatorContext(config, look=True)
        context.datamap  # noqa: B018 - read here, so that what is wrong with it has its line
    wrong: list[Problem] = []
    advice: list[Problem] = []
    keys: dict[str, Mapping[str, str]] = {}
    found = [
        finding for name in context.datamap.datasets for finding in _dataset(context, name, keys)
    ]
    found += _between(context, keys)
    for finding in found:
        if finding.problem.id not in ignore:
            (advice if finding.advice else wrong).append(finding.problem)
    return list(with_places(wrong, config)), list(with_places(advice, config))


def _between(
    context: OperatorContext, keys: Mapping[str, Mapping[str, str]]
) -> Iterator[MapFinding]:
    """Say which tables of people of two datasets call their own keys by one type."""
    from privacykit.govern.erasure.inspection.check_map import MapFinding
    from privacykit.govern.erasure.inspection.check_people import HINTS, shared_keys

    inside = {found for name in keys for found in shared_keys({name: keys[name]})}
    for number, key, words in shared_keys(keys):
        if (number, key, words) not in inside:
            file = context.settings.datamap.file
            yield MapFinding(Problem(number, file, key, words, HINTS[number]))


def _dataset(
    context: OperatorContext, name: str, keys: dict[str, Mapping[str, str]]
) -> Iterator[MapFinding]:
    """Compare one dataset, note its keys of people; one that does not answer is wrong."""
    from privacykit.govern.erasure.inspection.check_map import MapFinding, check_dataset
    from privacykit.govern.erasure.inspection.check_people import own_keys
    from privacykit.govern.erasure.ownership import build_ownership
    from privacykit.govern.erasure.ports.capability import inspection
    from privacykit.settings.datasets import open_connector

    file = context.settings.datamap.file
    try:
        connector = open_connector(context.datamap, name, context.paths, file)
    except ConfigurationError as error:
        yield from (MapFinding(problem) for problem in error.problems)
        return
    except StoreError as error:
        yield MapFinding(Problem("PK241", file, f"datasets.{name}", str(error), _HINT))
        return
    try:
        schema, beyond = connector.schema(), inspection(connector)
        keys[name] = own_keys(build_ownership(context.datamap, name, schema))
        for finding in check_dataset(context.datamap, name, schema, file, beyond):
            yield replace(finding, advice=finding.advice or _small(connector, finding))
    except StoreError as error:
        yield MapFinding(Problem("PK241", file, f"datasets.{name}", str(error), _HINT))
    finally:
        connector.close()


def _small(connector: Connector, finding: MapFinding) -> bool:
    """Tell whether what *finding* would cost is not worth an error: the table is read at once."""
    return finding.problem.id == "PK230" and connector.size(finding.collection) <= SMALL_ROWS


def import_map(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A Fides dataset, YAML.")],
    output: OUTPUT = None,
) -> None:
    """
    Turn a Fides dataset into a data map; what cannot be carried over is said.

    Raises:
        MissingExtraError: YAML needs the extra ``fides``.
        InputError: The file cannot be read, or the one to write is there already.
    """
    from privacykit.govern.datamap.fides import import_fides
    from privacykit.govern.datamap.toml import write_toml

    if output is not None and output.exists():
        raise InputError("the file is there already")
    try:
        from ruamel.yaml import YAML
        from ruamel.yaml.error import YAMLError
    except ImportError:
        raise MissingExtraError("fides", "importing from Fides") from None
    try:
        document = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, YAMLError):
        raise InputError("the file cannot be read as YAML") from None
    found, notes = import_fides(document if isinstance(document, dict) else {}, str(file))
    for note in notes:
        warn(f"note: {note}")
    write_map(write_toml(found), output)


def categories(as_json: JSON = False) -> None:
    """List the kinds of personal data and what they mean."""
    from privacykit.personal.categories import CATEGORIES

    if as_json:
        say_json(CATEGORIES)
        return
    width = max(map(len, CATEGORIES))
    for key, words in sorted(CATEGORIES.items()):
        for line in hanging(f"{key:<{width}}  ", words):
            say(line)
