"""
Statements for tables of a catalogue that Spark reaches and we do not: Delta, Iceberg. Pure.

No value stands in one: rows go by a join with their own content. They are those of the formats'
documentation; none was run on a cluster by our tests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from privacykit.connectors.lakehouse.spark.query import quoted

GONE = "privacykit_gone"
"""What the rows to join with are called in a merge."""

CHECK = "spark.databricks.delta.retentionDurationCheck.enabled"
"""What has to be ``false`` where old files of Delta go at once."""


def named(namespace: Sequence[str], table: str) -> str:
    """Return a table of a catalogue as SQL takes it."""
    return ".".join(map(quoted, (*namespace, table)))


def merge_statement(table: str, joined: str, gone: str, updates: Mapping[str, str]) -> str:
    """
    Return the statement that takes rows out of *table*, or changes them.

    Args:
        table: As SQL takes it.
        joined: How it, ``t``, is joined with the rows ``s``.
        gone: Which of these go.
        updates: What is written into which column of the others.
    """
    changes = ", ".join(f"t.{column} = {value}" for column, value in updates.items())
    rest = f" WHEN MATCHED THEN UPDATE SET {changes}" if changes else ""
    into = f"MERGE INTO {table} AS t USING {GONE} AS s ON {joined}"
    return f"{into} WHEN MATCHED AND {gone} THEN DELETE{rest}"


def freeing(kind: str, namespace: Sequence[str], table: str) -> tuple[str, ...]:
    """
    Return the statements that make old files of a table go, as far as its format has any.

    Args:
        kind: Its format, ``delta`` or ``iceberg``.
        namespace: Where it is; of Iceberg with its catalogue first.
        table: Its name.
    """
    if kind == "delta":
        whole = named(namespace, table)
        return (f"REORG TABLE {whole} APPLY (PURGE)", f"VACUUM {whole} RETAIN 0 HOURS")
    catalogue, *inside = namespace
    # A procedure takes the name as a text; it is a name, and quoted in that.
    text = named(inside, table).replace("'", "\\'")
    call = f"CALL {quoted(catalogue)}.system"
    masked = "options => map('delete-file-threshold', '1')"
    old = "older_than => current_timestamp(), retain_last => 1"
    return (
        f"{call}.rewrite_data_files(table => '{text}', {masked})",
        f"{call}.rewrite_manifests(table => '{text}')",
        f"{call}.expire_snapshots(table => '{text}', {old})",
        f"{call}.remove_orphan_files(table => '{text}')",
    )
