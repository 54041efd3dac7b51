"""
The old snapshots of an Iceberg table and the files that only they refer to, removed. Does I/O.

A tag or a branch keeps its snapshot: what it shows is said, and no level is claimed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from privacykit.connectors.lakehouse.parquet.places import FilePlace
from privacykit.connectors.lakehouse.tables import Freed
from privacykit.errors import StoreError


def live_files(table: Any, root: str) -> set[str]:  # noqa: ANN401 - of pyiceberg
    """
    Return the names, below *root*, of every file that some snapshot of the table refers to.

    Raises:
        StoreError: A manifest cannot be read: nothing may be removed.
    """
    found = {table.metadata_location}
    found |= {entry.metadata_file for entry in table.metadata.metadata_log}
    found |= {file.statistics_path for file in table.metadata.statistics}
    try:
        for snapshot in table.metadata.snapshots:
            found.add(snapshot.manifest_list)
            for manifest in snapshot.manifests(table.io):
                found.add(manifest.manifest_path)
                entries = manifest.fetch_manifest_entry(table.io, discard_deleted=True)
                found |= {entry.data_file.file_path for entry in entries}
    except Exception as error:  # noqa: BLE001 - a file system's client raises what it likes
        raise StoreError(f"reading manifests: {type(error).__name__}") from None
    return {str(path).removeprefix(root) for path in found if path}


def free_table(
    table: Any,  # noqa: ANN401 - of pyiceberg
    opened: Callable[[], Any],
    place: FilePlace,
    root: str,
    freed: Freed,
) -> None:
    """
    Expire every snapshot but the present one and remove what no snapshot refers to.

    Args:
        table: The table as it is.
        opened: Opens it anew.
        place: Its warehouse.
        root: The warehouse as the table spells it.
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
        table = opened()
    except StoreError:
        raise
    except Exception as error:  # noqa: BLE001 - a catalogue's client raises what it likes
        raise StoreError(f"expiring snapshots: {type(error).__name__}") from None
    for name in sorted(name for id_, name in kept.items() if id_ != now):
        freed.reached = False
        freed.remains.append(f"the tag or branch {name} keeps an older snapshot")
    live = live_files(table, root)
    folder = str(table.location()).removeprefix(root).strip("/") + "/"
    for file in place.files():
        if file.name.startswith(folder) and file.name not in live:
            place.delete(file.name)


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
