"""Every data map that the documentation or an example shows loads, and passes its own check."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from privacykit.govern.datamap import parse_datamap
from privacykit.govern.datamap.schema import Column, ForeignKey, Table
from privacykit.govern.erasure.inspection.check_map import check_dataset

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```toml\n(.*?)^```", re.MULTILINE | re.DOTALL)
_OF_A_MAP = re.compile(r"^\[\[?(collections|datasets)\.", re.MULTILINE)
_PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
_FILES = sorted((ROOT / "examples").rglob("datamap.toml"))
SHOWN = {
    f"{page.relative_to(ROOT)} {number}": block
    for page in _PAGES
    if "_build" not in page.parts
    for number, block in enumerate(_BLOCK.findall(page.read_text(encoding="utf-8")))
    if _OF_A_MAP.search(block)
} | {str(file.relative_to(ROOT)): file.read_text(encoding="utf-8") for file in _FILES}


def _whole(shown):
    """Return *shown* with what its reader has already: the datasets and fields that it names."""
    told = tomllib.loads(shown)
    collections = told.get("collections", {})
    where = 'connector = "django"' if "via = " in shown else 'url = "sqlite:///app.db"'
    more = [f"[datasets.{name}]\n{where}" for name in collections.keys() - told.get("datasets", {})]
    for dataset, name in ((one, name) for one, its in collections.items() for name in its):
        it = collections[dataset][name]
        if "fields" not in it:
            lines = (f'{column} = {{ exclude = "a number" }}' for column in sorted(_named(it)))
            more += [f"[collections.{dataset}.{name}.fields]", *lines]
    return parse_datamap("\n".join((shown, *more)) + "\n")


def _named(collection):
    """Return the columns that a *collection* without fields speaks of."""
    found = {collection["retention"]["from"]} if "retention" in collection else {"id"}
    for relation in collection.get("relations", ()):
        found |= {*relation["columns"], *relation.get("type", relation)["columns"]}
        found |= {word for one in relation.get("where", ()) for word in re.findall(r"(\w+) =", one)}
    return found


@pytest.mark.parametrize("shown", SHOWN.values(), ids=SHOWN)
def test_a_map_that_is_shown_loads(shown):
    """Whoever copies it has a map."""
    assert _whole(shown).datasets


def _tables(datamap, dataset):
    """Return tables as the map says that they are, each key declared."""
    collections = datamap.of(dataset)
    people = [name for name, it in collections.items() if it.subject]
    for name, it in collections.items():
        keys = [field for field, one in it.fields.items() if one.relation] if people else []
        yield Table(
            name,
            tuple(Column(field, nullable=field != "id") for field in it.fields),
            key=("id",),
            foreign_keys=tuple(ForeignKey((key,), people[0], ("id",)) for key in keys),
        )


@pytest.mark.parametrize("shown", SHOWN.values(), ids=SHOWN)
def test_a_map_that_is_shown_passes_its_check(shown):
    """Of a store whose tables are as it says; what only the store knows is not asked."""
    datamap = _whole(shown)
    found = {
        (one.problem.id, one.problem.key)
        for dataset in datamap.datasets
        for one in check_dataset(datamap, dataset, list(_tables(datamap, dataset)))
        if not one.advice
    }
    beyond = {"PK222", "PK224", "PK277"}  # tables and keys that a part of a map does not name
    assert {one for one in found if one[0] not in beyond} == set()


def test_there_are_some():
    """Otherwise the above would show nothing."""
    assert len(SHOWN) > 10
    assert any("anonymise" in one for one in SHOWN.values())
