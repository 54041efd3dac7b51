"""What the engine of ClickHouse does with the statements of our connector, in memory."""

import io
import json
import re
from decimal import Decimal
from itertools import count

import pyarrow as pa

from privacykit.testing.stubs.storage.clickhouse import ClickHouseError
from tests.connectors.lakehouse.lakes import SCHEMA

TYPES = {
    "id": "Int64",
    "email": "Nullable(String)",
    "month": "LowCardinality(String)",
    "page": "String",
    "amount": "Decimal(10, 2)",
}
_TABLE = re.compile(r"(?:FROM|TABLE|table =) [`'](\w+)[`']")


class StandInEngine:
    """
    The one table ``visits``, parted by month, and what a test says of others.

    Attributes:
        rows: Its rows by number; one that is masked is in :attr:`masked`.
        others: Further rows of ``system.tables``.
        old: How often old parts are told before they are gone.
        detached: Parts that are detached.
        hidden: Rows that a row policy keeps from us.
        refuses: What a statement begins with that is refused -> the code.
        keeps: Whether a change changes nothing.
        cut: How many bytes of an answer come.
        mask_stays: Whether a mask is applied in vain.
        partition_key: What the table is parted by.
        types: Names of types by column.
        distributed: Names and engines of tables that show rows of several servers.
        clusters: Name, servers, and how many of them are this one.
        facts: Further facts of the table: projected, expires, views.
    """

    def __init__(self):
        self._numbers = count(1)
        self.rows, self.masked, self.keys = {}, {}, {}
        self.others, self.old, self.detached, self.refuses = [], 1, 0, {}
        self.keeps, self.cut, self.mask_stays = False, None, False
        self.partition_key, self.types, self.facts = "month", dict(TYPES), (0, 0, [])
        self.pending, self.hidden = 0, 0
        self.distributed, self.clusters = [], []

    def insert(self, rows):
        """Add rows."""
        self.rows |= {next(self._numbers): dict(row) for row in rows}

    def run(self, statement, data, asked):
        """Run a statement that reads no rows."""
        del asked
        for start, code in self.refuses.items():
            if statement.startswith(start):
                raise ClickHouseError(f"Code: {code}. DB::Exception: no. (…)")
        if statement.startswith("INSERT INTO"):
            lines = [json.loads(line) for line in data.splitlines()]
            self.keys = {int(line["key"]): line for line in lines}
            return ""
        if not statement.startswith("SELECT"):
            self._change(statement)
            return ""
        told = self._told(statement)
        return "".join(json.dumps(line) + "\n" for line in told) if isinstance(told, list) else told

    def _change(self, statement):
        gone = [key for key, line in self.keys.items() if line["gone"] and key in self.rows]
        if statement.startswith("DELETE FROM") and not self.keeps:
            self.masked |= {key: self.rows.pop(key) for key in gone}
        elif " DELETE WHERE " in statement:
            for key in gone:
                del self.rows[key]
        elif " UPDATE " in statement:
            columns = list(self.types)
            for key, line in self.keys.items():
                if not line["gone"]:
                    row = self.rows.pop(key)
                    for n, name in enumerate(columns):
                        if line.get(f"set_{n}"):
                            row[name] = line[f"new_{n}"]
                    self.insert([row])
        elif "APPLY DELETED MASK" in statement and not self.mask_stays:
            self.masked.clear()
        elif "DROP PARTITION ID" in statement:
            part = statement.rpartition(" ")[2].strip("'")
            self.rows = {key: it for key, it in self.rows.items() if it["month"] != part}

    def _told(self, statement):
        answers = {
            "SELECT name, engine": self._tables,
            "engine_full FROM": lambda _: self.distributed,
            "system.clusters": lambda _: self.clusters,
            "system.columns": lambda it: [[*one] for one in self._types_of(it)],
            "has_lightweight_delete": lambda _: [["visits"]] if self.masked else [],
            "NOT active": self._old,
            "detached_parts": lambda _: [["visits", self.detached]] if self.detached else [],
            "metadata_modification_time": lambda _: [["privacykit_keys_0"]],
            "SELECT partition_id": lambda _: [[month, 1, 100] for month in self._months()],
            "SELECT _partition_id": self._counted,
            "sum(rows)": lambda _: f"{len(self.rows) + len(self.masked) + self.hidden}\n",
            "sum(bytes_on_disk)": lambda _: "100\n",
            "system.parts": self._there,
            "system.mutations": lambda _: f"{self.pending}\n",
            "_partition_id": lambda _: f"{len(self.keys.keys() & self.rows.keys())}\n",
            "": lambda _: f"{len(self.rows)}\n",
        }
        return next(answer(statement) for word, answer in answers.items() if word in statement)

    def _tables(self, _):
        return [["visits", "MergeTree", self.partition_key, "id", *self.facts], *self.others]

    def _types_of(self, statement):
        return self.types.items() if _TABLE.search(statement)[1] == "visits" else ()

    def _old(self, _):
        self.old -= 1
        return [["visits", "old"]] if self.old >= 0 else []

    def _months(self):
        return sorted({row["month"] for row in self.rows.values()})

    def _counted(self, _):
        each = [row["month"] for row in self.rows.values()]
        return [[month, each.count(month), month] for month in self._months()]

    def _there(self, statement):
        return f"{int(any(repr(month) in statement for month in self._months()))}\n"

    def ask(self, statement, asked, tables):
        """Return rows as Arrow, or what :meth:`run` says; all of them, whatever is looked for."""
        del tables
        if "ArrowStream" not in statement:
            return self.run(statement, None, asked).encode()
        hidden = asked.get("apply_deleted_mask") == "0"
        found = {**self.rows, **(self.masked if hidden else {})}
        schema = pa.schema(
            [
                ("privacykit_row", pa.binary(16)),
                ("privacykit_part", pa.string()),
                *((f"privacykit_{n}", field.type) for n, field in enumerate(SCHEMA)),
            ]
        )
        columns = [
            [number.to_bytes(16, "little") for number in found],
            [row["month"] for row in found.values()],
            *([_value(row[field.name], field) for row in found.values()] for field in SCHEMA),
        ]
        out = io.BytesIO()
        with pa.ipc.new_stream(out, schema) as writer:
            if found and "LIMIT 0" not in statement:
                arrays = [pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)]
                writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))
        return out.getvalue()[: self.cut]


def _value(value, field):
    return Decimal(value) if field.name == "amount" and value is not None else value
