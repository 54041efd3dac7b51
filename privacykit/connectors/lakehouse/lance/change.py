"""
The commit of an erasure in a Lance dataset: what goes is marked, what changes written anew.

Does I/O. A row is known by its address, fragment and place in it, and looked at again in the
version that the commit is made on; `lance` refuses a commit on top of somebody else's change of the
same fragments.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from privacykit.connectors.lakehouse.tables import Edited
from privacykit.errors import StoreError

ADDRESS = "_rowaddr"
CHANGED = "the Lance table was changed by somebody else meanwhile; run it again"

AT_ONCE = 5000
"""Rows that are looked at again together."""


def fragment_of(address: int) -> int:
    """Return the id of the fragment that a row at *address* is in."""
    return address >> 32


def commit_edits(dataset: Any, edits: Sequence[Edited], storage: Mapping[str, str]) -> None:  # noqa: ANN401 - of lance
    """
    Do *edits* in one commit.

    Args:
        dataset: As it is now.
        edits: Rows by their addresses.
        storage: What `lance` needs to reach it.

    Raises:
        StoreError: A row is no more what it was, or somebody else changes it; nothing is changed.
    """
    import lance
    from lance.commit import CommitConflictError
    from lance.fragment import write_fragments

    rows = {at: row for edit in edits for at, row in zip(edit.positions, _rows(edit), strict=True)}
    if any(rows[at] != row for at, row in _as_they_are(dataset, list(rows))):
        raise StoreError(CHANGED)
    places = defaultdict(list)
    for address in rows:
        places[fragment_of(address)].append(address)
    marked = {id_: _marked(dataset, id_, addresses) for id_, addresses in places.items()}
    anew, options = _anew(edits), dict(storage) or None
    change = lance.LanceOperation.Update(
        removed_fragment_ids=[id_ for id_, fragment in marked.items() if fragment is None],
        updated_fragments=[fragment for fragment in marked.values() if fragment is not None],
        new_fragments=write_fragments(anew, dataset, storage_options=options) if anew else [],
    )
    try:
        lance.LanceDataset.commit(
            dataset,
            change,
            read_version=dataset.version,
            storage_options=options,
            max_retries=0,
        )
    except CommitConflictError:
        raise StoreError(CHANGED) from None


def _rows(edit: Edited) -> list[str]:
    return list(map(repr, edit.old.to_pylist()))


def _as_they_are(dataset: Any, addresses: Sequence[int]) -> Iterator[tuple[int, str]]:  # noqa: ANN401 - of lance
    """Yield each row that is at one of *addresses* now; an address without one, with nothing."""
    for start in range(0, len(addresses), AT_ONCE):
        some = addresses[start : start + AT_ONCE]
        found = dataset.scanner(filter=_at(some), with_row_address=True).to_table()
        rows = map(repr, found.drop_columns([ADDRESS]).to_pylist())
        there = dict(zip(found.column(ADDRESS).to_pylist(), rows, strict=True))
        yield from ((address, there.get(address, "")) for address in some)


def _marked(dataset: Any, fragment_id: int, addresses: Sequence[int]) -> Any:  # noqa: ANN401 - of lance
    """Return a fragment without the rows at *addresses*; ``None`` where none stay."""
    return dataset.get_fragment(fragment_id).delete(_at(addresses))


def _at(addresses: Sequence[int]) -> str:
    return f"{ADDRESS} IN ({', '.join(map(str, addresses))})"


def _anew(edits: Sequence[Edited]) -> Any:  # noqa: ANN401 - of Arrow
    """Return the rows of *edits* that stay, with their new values; ``None`` where none do."""
    import pyarrow as pa

    old = pa.Table.from_batches([edit.old for edit in edits])
    news = list(chain.from_iterable(edit.new for edit in edits))
    kept = [number for number, new in enumerate(news) if new is not None]
    if not kept:
        return None
    rows = old.take(kept)
    for number, column in enumerate(old.schema.names):
        values = [news[at][column] for at in kept]  # type: ignore[index]
        if values != rows.column(number).to_pylist():
            made = pa.array(values, old.schema.field(number).type)
            rows = rows.set_column(number, old.schema.field(number), made)
    return rows
