"""
The files of a Lance dataset, decoded: data and indexes as rows, the rest as bytes. Does I/O.

Versions and transactions are protocol buffers, which show text as it is; what marks rows as gone
holds nothing but their numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_PACKED = (".lance", ".idx")
_PLAIN = (".manifest", ".txn", ".arrow", ".bin", ".json")


def is_plain(name: str) -> bool:
    """Say whether the file *name* shows each of its texts to a search of its bytes."""
    return name.endswith(_PLAIN)


def rows_in(uri: str, name: str, storage: Mapping[str, str]) -> tuple[Iterator[Any], bool]:
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
        return iter(()), True
    from lance.file import LanceFileReader

    try:
        reader = LanceFileReader(uri, storage_options=dict(storage) or None)
        schema = reader.metadata().schema
    except (OSError, ValueError, RuntimeError):
        return iter(()), False
    own_form = any(_is_binary(field) for field in schema) and "/_indices/" in name
    return reader.read_all().to_batches(), not own_form


def _is_binary(field: Any) -> bool:  # noqa: ANN401 - of Arrow
    import pyarrow as pa

    return bool(pa.types.is_binary(field.type) or pa.types.is_large_binary(field.type))
