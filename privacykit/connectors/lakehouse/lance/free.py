"""
The files, indexes and older versions of a Lance dataset that keep rows which went. Does I/O.

An index is built anew from the rows that are there: a merge of it keeps the entries of a fragment
that is gone as a whole (found with lance 14: 256 of 256 in a B-tree, a bitmap and a full-text index
after compaction, merge and cleanup), and the centres of vectors were computed with rows that went.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from privacykit.connectors.lakehouse.tables import Freed

SCALAR = {
    "BTree": "BTREE",
    "Bitmap": "BITMAP",
    "LabelList": "LABEL_LIST",
    "Inverted": "INVERTED",
    "NGram": "NGRAM",
    "ZoneMap": "ZONEMAP",
    "BloomFilter": "BLOOMFILTER",
}
"""Kinds of indexes as a dataset names them, and as one asks for them."""


def free_dataset(dataset: Any, name: str, freed: Freed) -> set[str]:  # noqa: ANN401 - of lance
    """
    Remove what keeps old rows of a dataset; done again it does no harm.

    Args:
        dataset: As it is now.
        name: Its name, for words.
        freed: Told what stays.

    Returns:
        The ids of the indexes that were built anew.
    """
    dataset.optimize.compact_files(materialize_deletions=True, materialize_deletions_threshold=0.0)
    built = {it.name for it in dataset.describe_indices() if _is_built_anew(dataset, it)}
    dataset.cleanup_old_versions(
        older_than=timedelta(0), delete_unverified=True, error_if_tagged_old_versions=False
    )
    remains = [
        f"the index {it.name} ({it.index_type}) may keep rows that went; build it anew"
        for it in dataset.describe_indices()
        if it.name not in built
    ]
    remains += [f"the tag {tag} keeps an older version; remove it" for tag in dataset.tags.list()]
    remains += [
        f"the branch {branch} keeps an older version; remove it"
        for branch in dataset.branches.list()
    ]
    freed.remains += [f"{name}: {one}" for one in remains]
    freed.reached = freed.reached and not remains
    kept = (index.segments for index in dataset.describe_indices() if index.name in built)
    return {str(segment.uuid) for segments in kept for segment in segments}


def _is_built_anew(dataset: Any, index: Any) -> bool:  # noqa: ANN401 - of lance
    """Build *index* anew from the rows that are there, as it was made; say whether that can be."""
    kind = SCALAR.get(index.index_type)
    if kind is not None:
        column, how = index.field_names[0], _how(index)
        dataset.create_scalar_index(column, kind, name=index.name, replace=True, **how)
        return True
    if index.index_type.startswith("IVF") and dataset.count_rows():
        dataset.optimize.optimize_indices(index_names=[index.name], retrain=True)
        return True
    return False


def _how(index: Any) -> dict[str, Any]:  # noqa: ANN401 - of lance
    """Return the settings that *index* was made with, as one makes it."""
    from lance.query import DocumentGranularity

    found = {key: value for key, value in (index.details or {}).items() if value is not None}
    if "document_granularity" in found:
        found["document_granularity"] = DocumentGranularity(found["document_granularity"])
    return found
