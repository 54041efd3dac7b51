"""Delta tables with deletion vectors in their log, as Spark writes them: shown, refused, searched."""

import json
import struct

import pytest
from deltalake import DeltaTable

from privacykit.errors import StoreError
from privacykit.govern.erasure.ports.work import Work
from privacykit.govern.records import Action, Effect
from tests.connectors.lakehouse.lakes import (
    ANNA,
    DeltaLake,
    connector,
    files_with,
    means,
    plan,
    rows_of,
    visits,
    whom,
)

ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
"""Of Z85, in which the log has vectors that are short."""


def z85(data):
    """Return *data*, padded to whole words, as text."""
    words = struct.unpack(f">{-(-len(data) // 4)}I", data + b"\0" * (-len(data) % 4))
    return "".join(ALPHABET[word // 85**n % 85] for word in words for n in (4, 3, 2, 1, 0))


def vector(rows):
    """Return the member ``deletionVector`` that masks *rows*: one bitmap, one array container."""
    bitmap = struct.pack(f"<IIHHI{len(rows)}H", 12346, 1, 0, len(rows) - 1, 16, *rows)
    data = struct.pack("<IQI", 1681511377, 1, 0) + bitmap
    return {
        "storageType": "i",
        "pathOrInlineDv": z85(data),
        "sizeInBytes": len(data),
        "cardinality": len(rows),
    }


@pytest.fixture
def lake(tmp_path):
    """A table in which somebody masked Anna's rows of one month, and nothing else."""
    made = DeltaLake(tmp_path)
    made.write(visits())
    log = tmp_path / "visits" / "_delta_log"
    first = [json.loads(line) for line in (log / f"{0:020}.json").read_text().splitlines()]
    # The protocol of a table that may have vectors.
    feature = {
        "protocol": {
            "minReaderVersion": 3,
            "minWriterVersion": 7,
            "readerFeatures": ["deletionVectors"],
            "writerFeatures": ["deletionVectors", "changeDataFeed", "appendOnly", "invariants"],
        }
    }
    added = next(
        it["add"] for it in first if it.get("add", {}).get("path", "").startswith("month=2026-10")
    )
    masked = [
        n
        for n, row in enumerate(r for r in visits() if r["month"] == "2026-10")
        if row["email"] == ANNA
    ]
    actions = (
        {"commitInfo": {"timestamp": 1, "operation": "DELETE"}},
        feature,
        {"remove": {"path": added["path"], "deletionTimestamp": 1, "dataChange": True}},
        {"add": {**added, "deletionVector": vector(masked)}},
    )
    (log / f"{1:020}.json").write_text("".join(json.dumps(it) + "\n" for it in actions))
    return made


SHOWN = [r for r in visits() if not (r["email"] == ANNA and r["month"] == "2026-10")]


def test_masked_rows_are_not_shown_and_not_counted(lake):
    """The log counts them."""
    assert DeltaTable(str(lake.folder / "visits")).count() == len(visits())
    assert (rows_of(lake), connector(lake).size("visits")) == (SHOWN, len(SHOWN))


def test_the_plan_says_what_has_to_be_run_first(lake):
    """Before anybody says yes."""
    notes = plan(means(lake)).notes
    assert any("lake.visits: has deletion vectors; run REORG TABLE" in note for note in notes)


def test_a_table_with_vectors_is_not_changed(lake):
    """`deltalake` would write what they mask into the new file."""
    at = connector(lake)
    keys = [target.key for target in at.find("visits", whom())]
    with pytest.raises(StoreError, match=r"REORG TABLE .* \(PK383\)"):
        at.apply([Work(at.step("visits", Action.DELETE, None), keys)], whom())
    assert rows_of(lake) == SHOWN


def test_no_level_is_claimed_over_masked_rows(lake):
    """Bytes of them stand in the file; nothing is vacuumed, either."""
    before = files_with(lake.folder, ANNA)
    with pytest.raises(StoreError, match="PK383"):
        connector(lake).settle(["visits"], Effect.ERASED, [ANNA])
    assert files_with(lake.folder, ANNA) == before
    told = connector(lake).settle([], Effect.ERASED, [ANNA])
    assert told.effect is Effect.LOGICAL
    assert told.byte_hits


def test_a_partition_with_vectors_goes_whole(lake):
    """What they mask goes with it."""
    at = lake.tables()
    (part,) = [it for it in at.droppable("visits", "month", "2026-11-15") if "10" in it.name]
    assert at.drop("visits", part.name)
    assert not [row for row in rows_of(lake) if row["month"] == "2026-10"]


@pytest.mark.parametrize(
    "told",
    [{"pathOrInlineDv": "nope!"}, {"storageType": "u", "pathOrInlineDv": "ab^-aqEH.-t@S}K{vb[*k^"}],
)
def test_a_vector_that_cannot_be_read_is_said(lake, told):
    """Broken, or in a file that is gone: not taken for none."""
    log = lake.folder / "visits" / "_delta_log" / f"{1:020}.json"
    *head, last = log.read_text().splitlines()
    added = json.loads(last)
    added["add"]["deletionVector"] |= told
    log.write_text("\n".join([*head, json.dumps(added)]) + "\n")
    with pytest.raises(StoreError, match="PK383"):
        lake.tables().change("visits", [])
    with pytest.raises(StoreError, match="visits"):
        rows_of(lake)
