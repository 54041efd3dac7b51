"""
The files of a table as Spark names them, and the plan of their rewriting. Pure.

Spark writes ``file:/lake/a%20b.parquet`` in one place and ``file:///lake/a%20b.parquet`` in
another: without the scheme both are the same text, and decoded they end as our name of it does.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import unquote

from privacykit.connectors.lakehouse.parquet.names import check_partition, partition_of
from privacykit.connectors.lakehouse.parquet.places import PlacedFile
from privacykit.connectors.lakehouse.tables import Edited
from privacykit.errors import StoreError

SCHEME = r"^[A-Za-z][A-Za-z0-9+.-]*:/+"
"""What is left out at the beginning of a path of Spark's; the same in Java and in Python."""

AT_ONCE = 128_000_000
"""Bytes of files whose rows are in memory at once where all of them are read."""


def known_files(told: Iterable[str], root: str, names: Iterable[str]) -> dict[str, str]:
    """
    Return for each file that Spark sees, as it writes it without the scheme, what we call it.

    Args:
        told: The files as Spark writes them.
        root: Where the dataset is for Spark, decoded, without the scheme.
        names: The files that we see, below the dataset.

    Raises:
        StoreError: PK440, Spark does not see the same files.
    """
    found = {}
    for path in told:
        key = re.sub(SCHEME, "/", path)
        found[key] = unquote(key).removeprefix(f"{root.rstrip('/')}/")
    if sorted(found.values()) != sorted(names):
        raise StoreError(
            f"Spark sees {len(found)} files of a table where we see others: is the folder at the"
            " same place for both (spark_path), and does every name end in .parquet (PK440)"
        )
    return found


def partitions_of(files: Mapping[str, str]) -> dict[str, dict[str, str | None]]:
    """Return for each file, as Spark names it, the columns that its folders give values."""
    return {key: partition_of(name) for key, name in files.items()}


def groups(files: Sequence[PlacedFile], size: int = AT_ONCE) -> Iterator[list[str]]:
    """Yield the names of *files*, so many together as have *size* bytes, or one that has more."""
    some, total = list[str](), 0
    for file in files:
        if some and total + file.size > size:
            yield some
            some, total = [], 0
        some.append(file.name)
        total += file.size
    if some:
        yield some


class RewritePlan(NamedTuple):
    """
    Which rows of which files go, and which take the place of others.

    Attributes:
        files: The files, in the order of their numbers.
        tags: How each was when it was read.
        gone: For each, how many of its rows go.
        numbers: For each row that is not to stay as it is, the number of its file.
        places: For each, its place in the file.
        fresh: Which of them have new values, an Arrow table in the same order; ``None`` for none.
        kept: Which of *numbers* and *places* those are.
    """

    files: tuple[str, ...]
    tags: tuple[str, ...]
    gone: tuple[int, ...]
    numbers: tuple[int, ...]
    places: tuple[int, ...]
    fresh: Any
    kept: tuple[int, ...]

    def __repr__(self) -> str:
        return f"<RewritePlan {len(self.files)} files>"


def rewrite_plan(edits: Sequence[Edited], schema: Any) -> RewritePlan:  # noqa: ANN401 - of Arrow
    """
    Return how *edits* are done, file by file.

    Args:
        edits: The rows by their places.
        schema: The Arrow schema of what the files themselves hold.

    Raises:
        StoreError: A row of a file is there twice, a column in a folder's name would have to
            change, or a new value does not fit its column.
    """
    import pyarrow as pa

    tags = {edit.part: edit.tag for edit in edits}
    files = sorted(tags)
    number_of = {file: number for number, file in enumerate(files)}
    numbers, places, news, gone = list[int](), list[int](), list[Any](), defaultdict[str, int](int)
    for edit in edits:
        check_partition(edit.part, edit.new)
        for place, new in zip(edit.positions, edit.new, strict=True):
            numbers.append(number_of[edit.part])
            places.append(place)
            news.append(new)
            gone[edit.part] += new is None
    if len(set(zip(numbers, places, strict=True))) < len(places):
        raise StoreError("a row of a file was read twice; nothing was changed")
    kept = [at for at, new in enumerate(news) if new is not None]
    rows = [{name: news[at].get(name) for name in schema.names} for at in kept]
    try:
        fresh = pa.Table.from_pylist(rows, schema=schema) if rows else None
    except (pa.ArrowException, TypeError) as error:
        raise StoreError(f"a new value does not fit its column: {type(error).__name__}") from None
    return RewritePlan(
        tuple(files),
        tuple(tags[file] for file in files),
        tuple(gone[file] for file in files),
        tuple(numbers),
        tuple(places),
        fresh,
        tuple(kept),
    )


def over_folders(
    files: Iterable[str], column: str, is_over: Callable[[str], bool]
) -> dict[str, list[str]]:
    """Return the folders whose name says that each row in them is over, with their files."""
    found: dict[str, list[str]] = defaultdict(list)
    for file in files:
        value = partition_of(file).get(column)
        if value is not None and is_over(value):
            found[file.rpartition("/")[0]].append(file)
    return dict(found)
