"""What fails in a store of the data map names the dataset: an operator has many."""

from __future__ import annotations

import pyarrow as pa
import pytest
from pyarrow import parquet

from privacykit.errors import StoreError
from privacykit.govern.datamap import parse_datamap
from privacykit.settings.datasets import open_connector
from privacykit.settings.paths import Paths

MAP = """
version = 1
[datasets.crm]
{store}
[collections.crm.people]
subject = true
[collections.crm.people.fields]
email = {{ category = "user.contact.email", identity = "email" }}
"""


def _opened(folder, store):
    datamap = parse_datamap(MAP.format(store=store), "datamap.toml")
    return open_connector(datamap, "crm", Paths.beside(folder / "privacykit.toml"), "datamap.toml")


def test_a_server_that_does_not_answer(tmp_path):
    """Nor is its address in the message."""
    with pytest.raises(StoreError, match=r"^crm: ") as failed:
        _opened(tmp_path, 'url = "postgresql://somebody:secret@127.0.0.1:9/db"')
    assert "secret" not in str(failed.value)


def test_a_file_that_breaks_while_it_is_read(tmp_path):
    """The collection is named, too; what broke is told by its id and kind."""
    (tmp_path / "lake").mkdir()
    file = tmp_path / "lake" / "people.parquet"
    parquet.write_table(pa.table({"email": ["anna@home.example"] * 2000}), file)
    connector = _opened(tmp_path, 'connector = "parquet"\npath = "lake"')
    file.write_bytes(file.read_bytes()[:60])
    with pytest.raises(StoreError, match=r"^crm\.people: .*PK381"):
        list(connector.iter_identities())
    connector.close()


def test_a_file_of_a_folder_that_is_broken(tmp_path):
    """Of files that are no lake, too."""
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "people.parquet").write_bytes(b"PAR1 broken")
    with pytest.raises(StoreError, match=r"^crm\.people: "):
        _opened(tmp_path, 'path = "files"')
