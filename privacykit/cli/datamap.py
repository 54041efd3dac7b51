"""``privacykit datamap``: where personal data lives. Reads schemas and, for drafts, some values."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privacykit.cli.console import CONFIG, JSON, Exit, say, say_json, stop, warn
from privacykit.errors import (
    ConfigurationError,
    InputError,
    MissingExtraError,
    Problem,
    StoreError,
)
from privacykit.govern.categories import CATEGORIES
from privacykit.settings.load import DEFAULT_FILE

if TYPE_CHECKING:
    from privacykit.govern.datamap.check import Finding
    from privacykit.settings.office import Office

OUTPUT = Annotated[
    Path | None, typer.Option("--output", "-o", help="Write here instead of the terminal.")
]
SAMPLES = 200


def register(app: typer.Typer) -> None:
    """Add the group to *app*."""
    group = typer.Typer(no_args_is_help=True, help="Where personal data lives.")
    group.command("scan")(scan)
    group.command("check")(check)
    group.command("import")(import_map)
    group.command("categories")(categories)
    app.add_typer(group, name="datamap")


def scan(
    place: Annotated[
        str,
        typer.Argument(metavar="URL", help="A database's URL, env:NAME for one, or a directory."),
    ],
    name: Annotated[str, typer.Option("--name", help="The dataset's name in the map.")] = "app",
    samples: Annotated[
        int, typer.Option("--samples", min=0, help="Values looked at per column; 0 for none.")
    ] = SAMPLES,
    output: OUTPUT = None,
) -> None:
    """
    Propose a data map from a live schema; no value of it is printed or kept.

    Raises:
        InputError: The variable is not set, or the file to write is there already.
    """
    from privacykit.connectors.files import FilesConnector
    from privacykit.connectors.sql import SqlConnector
    from privacykit.govern.datamap import parse_datamap
    from privacykit.govern.datamap.draft import draft_map
    from privacykit.govern.datamap.toml import write_toml

    if output is not None and output.exists():
        raise InputError("the file is there already")
    variable = f"{name.upper().replace('-', '_')}_URL"
    url = place
    if place.startswith("env:"):
        variable = place.removeprefix("env:")
        url = os.environ.get(variable, "")
        if not url:
            raise InputError("that variable is not set")
    empty = parse_datamap(f'[datasets.{name}]\npath = "."\n')
    folder = "://" not in url
    connector = (
        FilesConnector(empty, name, Path(url)) if folder else SqlConnector.open(empty, name, url)
    )
    try:
        draft = draft_map(
            name,
            variable,
            connector.schema(),
            lambda table, column: _labels(connector, table, column, samples),
        )
    finally:
        connector.close()
    if folder:
        draft["datasets"][name]["path"] = place
        del draft["datasets"][name]["url"]
    _write(write_toml(draft), output)


def _labels(connector: object, table: str, column: str, samples: int) -> Mapping[str, float]:
    """Return the share of sampled values that are wholly what each detector looks for."""
    from privacykit.pseudonym.detectors import find

    values = [str(v) for v in connector.sample(table, column, samples)] if samples else []  # type: ignore[attr-defined]
    counts: Counter[str] = Counter()
    for value in values:
        text = value.strip()
        for start, end, label in find(text):
            if text and end - start >= 0.9 * len(text):
                counts[label] += 1
    return {label: count / len(values) for label, count in counts.items()}


def check(
    ignore: Annotated[
        list[str] | None, typer.Option("--ignore", metavar="PKnnn", help="Do not count these.")
    ] = None,
    config: CONFIG = DEFAULT_FILE,
    as_json: JSON = False,
) -> None:
    """
    Compare the data map with the live schemas: every table and column mapped, or excluded and why.

    Ends with 0 when nothing is wrong, with 1 when something is. Advice is said and is not wrong.
    """
    wrong, advice = examine(config, frozenset(ignore or ()))
    if as_json:
        say_json({"problems": wrong, "advice": advice})
    else:
        for problem in wrong:
            say(f"error    {problem}")
        for problem in advice:
            say(f"advice   {problem}")
        say("something is wrong" if wrong else "the data map is in order")
    if wrong:
        stop(Exit.FOUND)


def examine(config: str, ignore: frozenset[str]) -> tuple[list[Problem], list[Problem]]:
    """Return what is wrong between the map and the stores, and advice; *ignore* names ids."""
    from privacykit.settings.office import Office

    office = Office(config)
    wrong: list[Problem] = []
    advice: list[Problem] = []
    for name in office.datamap.datasets:
        for finding in _dataset(office, name):
            if finding.problem.id not in ignore:
                (advice if finding.advice else wrong).append(finding.problem)
    return wrong, advice


def _dataset(office: Office, name: str) -> Iterator[Finding]:
    """Compare one dataset; one that does not answer is wrong, not empty."""
    from privacykit.govern.datamap.check import Finding, check_dataset
    from privacykit.settings.datasets import open_connector

    file = office.settings.datamap.file
    try:
        connector = open_connector(office.datamap, name, office.paths, file)
    except ConfigurationError as error:
        yield from (Finding(problem) for problem in error.problems)
    except StoreError as error:
        yield Finding(Problem("PK241", file, f"datasets.{name}", str(error), "is it up?"))
    else:
        yield from check_dataset(office.datamap, name, connector.schema(), file)
        connector.close()


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
    _write(write_toml(found), output)


def categories(as_json: JSON = False) -> None:
    """List the kinds of personal data and what they mean."""
    if as_json:
        say_json(CATEGORIES)
        return
    width = max(map(len, CATEGORIES))
    for key, words in sorted(CATEGORIES.items()):
        say(f"{key:<{width}}  {words}")


def _write(text: str, output: Path | None) -> None:
    if output is None:
        say(text.rstrip())
        return
    output.write_text(text, encoding="utf-8")
    say(f"{output}: read it, correct it, then run `privacykit datamap check`")
