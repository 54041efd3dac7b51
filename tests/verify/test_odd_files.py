"""Files as people leave them: not of their format, and with names that are somebody's."""

from __future__ import annotations

import pytest

from privacykit.connectors.files import FilesConnector
from privacykit.errors import StoreError
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.erasure.inspection.check_map import check_dataset
from privacykit.settings.load import load
from privacykit.testing.layout import lay_out
from privacykit.verify.places.mapped import MappedFiles
from privacykit.verify.places.place import Chance
from privacykit.verify.stated import Stated
from privacykit.verify.tested.stored_values import IdentifierClaim, ValueReader

WHO = "zoe.marker@mail.example"
MAP = """version = 1
[datasets.ex]
path = "ex"
[collections.ex.orders]
subject = false
[collections.ex.orders.fields]
id = { exclude = "a number" }
"""
BROKEN = {
    "a lone carriage return": f"id,note\r1,{WHO}\r".encode(),
    "Latin-1": f"id,note\n1,Müller {WHO}\n".encode("latin-1"),
    "UTF-16": f"id,note\n1,{WHO}\n".encode("utf-16"),
    "a field without an end": b'id,note\n1,"' + b"x" * 200_000 + f" {WHO}\n".encode(),
}


def looked(tmp_path, folder):
    """Return what is found in *folder*, and why not all of it was read."""
    settings = load(str(lay_out(tmp_path)))
    claim = IdentifierClaim(ValueReader(Stated.of(settings, parse_datamap(MAP), 0.0)))
    why = ""
    try:
        for row in MappedFiles("ex", folder, ["orders"]).rows(Chance(None, lambda: 0.0)):
            claim.look(row)
    except StoreError as error:
        why = str(error)
    return [one.place for one in claim.result().violations], why


@pytest.mark.parametrize("kind", BROKEN)
def test_a_file_that_is_not_of_its_format_is_looked_at_by_its_lines(tmp_path, kind):
    """Nor does it hide the files behind it; that it could not be read as what it is, is said."""
    (tmp_path / "ex").mkdir()
    (tmp_path / "ex/orders.csv").write_bytes(BROKEN[kind])
    (tmp_path / "ex/zoo.csv").write_text(f"id,note\n1,{WHO}\n", encoding="utf-8")
    places, why = looked(tmp_path, tmp_path / "ex")
    assert places == ["ex: orders.line", "ex: zoo.csv.note"]
    assert "orders.csv" in why


def test_a_broken_file_is_an_answer_of_the_store(tmp_path):
    """It used to end the whole command as a fault of ours."""
    (tmp_path / "orders.csv").write_bytes(BROKEN["a lone carriage return"])
    with pytest.raises(StoreError, match="lone carriage return"):
        FilesConnector(parse_datamap(MAP), "ex", tmp_path)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("orders.csv", f"id,{WHO}\n1,1\n"),
        ("orders.jsonl", f'{{"id": 1, "{WHO}": 1}}\n'),
        ("orders.jsonl", f'{{"id": 1, "by": {{"{WHO}": {{"paid": 1}}}}}}\n'),
    ],
    ids=["a header", "a key", "a key inside"],
)
def test_a_name_that_is_somebodys_is_told_by_its_kind(tmp_path, name, text):
    """Rows are keyed by addresses: what is said of them names no value."""
    (tmp_path / "ex").mkdir()
    (tmp_path / "ex" / name).write_text(text, encoding="utf-8")
    datamap = parse_datamap(MAP)
    connector = FilesConnector(datamap, "ex", tmp_path / "ex")
    checked = [str(one.problem) for one in check_dataset(datamap, "ex", connector.schema())]
    places, why = looked(tmp_path, tmp_path / "ex")
    assert any("[email]" in one for one in checked)
    assert "zoe" not in " ".join((*checked, *places, why))
    assert places


def test_a_file_that_is_called_after_somebody_is_told_by_its_kind(tmp_path):
    """Where something is found in it."""
    (tmp_path / "ex").mkdir()
    (tmp_path / f"ex/{WHO}.txt").write_text(f"write to {WHO}\n", encoding="utf-8")
    assert looked(tmp_path, tmp_path / "ex")[0] == ["ex: [email].line"]
