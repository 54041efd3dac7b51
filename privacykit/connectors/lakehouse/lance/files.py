"""
The files of a Lance dataset, decoded: data and indexes as rows, the rest as bytes. Does I/O.

Versions and transactions are protocol buffers, which show text as it is; what marks rows as gone
holds nothing but their numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from privacykit.errors import StoreError

FAILURES = (OSError, ValueError, RuntimeError, KeyError)
"""What `lance` raises; its words quote values and paths."""

_PACKED = (".lance", ".idx")
_PLAIN = {
    "_versions": (".manifest", ".json"),
    "_transactions": (".txn",),
    "_deletions": (".arrow", ".bin"),
}
"""Files of a dataset's own, by their folder: a file of that ending elsewhere is somebody else's."""


def is_plain(name: str) -> bool:
    """Say whether the file *name* shows each of its texts to a search of its bytes."""
    _, _, inside = name.partition("/")
    folder, _, file = inside.partition("/")
    return "/" not in file and file.endswith(_PLAIN.get(folder, ()))


def rows_in(uri: str, name: str, storage: Mapping[str, str]) -> tuple[Iterable[Any], bool]:
    """
    Return what the file at *uri* holds, and whether that is all.

    Args:
        uri: Where `lance` finds it.
        name: Its path below the dataset.
        storage: What `lance` needs to reach it.

    Returns:
        Arrow record batches, none for a file that has no rows, and ``False`` where `lance` cannot
        read it, or it holds values in a form of its own (the words of a full-text index).
    """
    if not name.endswith(_PACKED):
        return (), True
    from lance.file import LanceFileReader

    try:
        reader = LanceFileReader(uri, storage_options=dict(storage) or None)
        schema = reader.metadata().schema
    except FAILURES:
        return (), False
    own_form = any(_is_binary(field) for field in schema) and "/_indices/" in name
    return _batches(reader), not own_form


def _batches(reader: Any) -> Iterator[Any]:  # noqa: ANN401 - of lance
    """
    Yield the rows of a file.

    Raises:
        StoreError: It begins like one that can be read, and cannot.
    """
    try:
        yield from reader.read_all().to_batches()
    except FAILURES as error:
        raise StoreError(f"reading a file of a Lance dataset: {type(error).__name__}") from None


def _is_binary(field: Any) -> bool:  # noqa: ANN401 - of Arrow
    import pyarrow as pa

    return bool(pa.types.is_binary(field.type) or pa.types.is_large_binary(field.type))
