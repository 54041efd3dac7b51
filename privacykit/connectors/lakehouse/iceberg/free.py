"""
The old snapshots of an Iceberg table and the files that only they refer to, removed. Does I/O.

A tag or a branch keeps its snapshot: what it shows is said, and no level is claimed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from privacykit.connectors.lakehouse.parquet.places import FilePlace
from privacykit.connectors.lakehouse.tables import Freed
from privacykit.errors import StoreError

OUTSIDE = "what the table {} refers to no more stays: it has files outside the dataset's path"


def referred(table: Any, name: str) -> set[str]:  # noqa: ANN401 - of pyiceberg
    """
    Return the paths of every file that some snapshot of a table refers to, as it spells them.

    Raises:
        StoreError: A manifest cannot be read: nothing may be removed.
    """
    found = {table.metadata_location}
    found |= {entry.metadata_file for entry in table.metadata.metadata_log}
    found |= {file.statistics_path for file in table.metadata.statistics}
    found |= {file.statistics_path for file in table.metadata.partition_statistics}
    try:
        for snapshot in table.metadata.snapshots:
            found.add(snapshot.manifest_list)
            for manifest in snapshot.manifests(table.io):
                found.add(manifest.manifest_path)
                entries = manifest.fetch_manifest_entry(table.io, discard_deleted=True)
                found |= {entry.data_file.file_path for entry in entries}
    except Exception as error:  # noqa: BLE001 - a file system's client raises what it likes
        words = f"reading manifests of the Iceberg table {name}: {type(error).__name__}"
        raise StoreError(f"{words}; no file was removed") from None
    return {str(path) for path in found if path}


def folder_of(table: Any, root: str) -> str:  # noqa: ANN401 - of pyiceberg
    """Return the folder of a table below *root*, with a slash at its end."""
    return str(table.location()).removeprefix(root).strip("/") + "/"


def expire_table(table: Any, opened: Callable[[], Any], freed: Freed) -> None:  # noqa: ANN401
    """
    Expire every snapshot but the present one.

    Args:
        table: The table as it is, of `pyiceberg`.
        opened: Opens it anew.
        freed: Told what stays.

    Raises:
        StoreError: It cannot be read or written.
    """
    # A manifest names what its own snapshot removed, with its bounds; the next one drops it.
    table = _with_fresh_snapshot(table, opened)
    current = table.current_snapshot()
    kept = {ref.snapshot_id: name for name, ref in table.refs().items()}
    now = current.snapshot_id if current else None
    old = [s.snapshot_id for s in table.metadata.snapshots if s.snapshot_id not in {*kept, now}]
    try:
        if old:
            table.maintenance.expire_snapshots().by_ids(old).commit()
    except Exception as error:  # noqa: BLE001 - a catalogue's client raises what it likes
        raise StoreError(f"expiring snapshots: {type(error).__name__}") from None
    for name in sorted(name for id_, name in kept.items() if id_ != now):
        freed.reached = False
        freed.remains.append(f"the tag or branch {name} keeps an older snapshot")


def remove_dead(
    names: Sequence[str],
    tables: Callable[[], Mapping[str, Any]],
    place: FilePlace,
    root: str,
    freed: Freed,
) -> None:
    """
    Remove from the folders of some tables what no table of the catalogue refers to.

    Two tables may share a folder: one that was renamed, and one made under its old name.

    Args:
        names: Their names in the catalogue.
        tables: Opens every table of the catalogue, by name.
        place: The warehouse.
        root: The warehouse as the tables spell it.
        freed: Told what stays.

    Raises:
        StoreError: Some table cannot be read: no file was removed.
    """
    # Listed first: what somebody commits after that is not among them.
    files = [file.name for file in place.files()]
    every = tables()
    live = {name: referred(table, name) for name, table in every.items()}
    below = {path.removeprefix(root) for paths in live.values() for path in paths}
    # Spelt otherwise, a path may still lead here: its own name keeps the file.
    outside = {path for paths in live.values() for path in paths if not path.startswith(root)}
    kept = {path.rpartition("/")[2] for path in outside}
    folders = []
    for name in names:
        if live[name] & outside:
            freed.reached = False
            freed.remains.append(OUTSIDE.format(name))
        else:
            folders.append(folder_of(every[name], root))
    for name in files:
        mine = name.startswith(tuple(folders))
        if mine and name not in below and name.rpartition("/")[2] not in kept:
            place.delete(name)


def _with_fresh_snapshot(table: Any, opened: Callable[[], Any]) -> Any:  # noqa: ANN401 - of pyiceberg
    """
    Return the table after a commit of nothing, if its last one removed files.

    Raises:
        StoreError: It cannot be written.
    """
    snapshot = table.current_snapshot()
    if snapshot is None:
        return table
    try:
        if any(manifest.deleted_files_count for manifest in snapshot.manifests(table.io)):
            with table.transaction() as work, work.update_snapshot().fast_append():
                pass
            return opened()
    except Exception as error:  # noqa: BLE001 - a catalogue's client raises what it likes
        raise StoreError(f"writing a snapshot: {type(error).__name__}") from None
    return table
