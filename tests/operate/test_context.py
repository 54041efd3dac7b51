"""the operator context: stores of flow 2 from a configuration."""

import time
from datetime import UTC, datetime

import pytest

from privacykit.errors import DataMapError, InputError, StoreError
from privacykit.govern.audit.operator_names import spellings
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.words import RequestType
from privacykit.operate.context import OperatorContext
from privacykit.operate.records.operators import Operators
from privacykit.settings import datasets
from privacykit.settings.datasets import open_connector
from privacykit.settings.paths import Paths
from privacykit.stores.keys import init_keys, rotate_key
from privacykit.stores.records.checkpoint_file import read_checkpoint

CONFIG = """\
[[site]]
id = "shop"
hosts = ["*.Shop.example"]
timezone = "Europe/Berlin"
establishments = ["FR"]
[purposes.analytics]
uses = ["analytics_storage"]
[requests]
weekend = ["friday", "saturday"]
holidays = [2026-12-25]
"""
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def context(tmp_path):
    """The operator context with new keys."""
    (tmp_path / "privacykit.toml").write_text(CONFIG)
    init_keys(tmp_path / "privacykit.keys", NOW)
    context = OperatorContext(str(tmp_path / "privacykit.toml"), NOW.timestamp)
    yield context
    context.close()


def _map(text):
    return parse_datamap(text + "\n[collections.d.c.fields]\nid = { exclude = 'a number' }\n")


def test_log_is_named_after_the_first_site(context):
    """Lower case, without wildcard."""
    assert context.origin == "shop.example/privacykit"


def test_days_of_rest_come_from_the_configuration(context):
    """Friday and Saturday, and a holiday."""
    assert context.applicable.calendar.weekend == {4, 5}
    assert len(context.applicable.calendar.holidays) == 1


def test_law_of_the_operator_applies_to_everybody(context):
    """A French shop owes a Brazilian the GDPR too; the shorter time counts."""
    note, granted = context.applicable.deadline(RequestType.ACCESS, "BR", NOW.timestamp())

    assert note.policy.startswith("BR@")
    assert {policy.partition("@")[0] for policy in note.considered} >= {"BR", "FR"}
    assert "FR" in granted


def test_caps_come_from_the_laws_of_the_establishments(context):
    """France caps audience measurement."""
    cap = context.applicable.caps(NOW.timestamp())["analytics"]

    assert cap.policy.startswith("FR@")
    assert 700 < cap.days < 800


def test_checkpoint_is_written_once_per_size_and_only_forwards(context, tmp_path):
    """The same log gives the same file; a longer one a newer."""
    context.audit.append("system", "a.b")
    first = context.seal()
    assert context.seal() == first == context.witness()
    context.audit.append("system", "a.b")

    assert context.seal().size == 2
    assert read_checkpoint(tmp_path / "privacykit.checkpoint").size == 2


def test_checkpoint_that_is_none_is_said(context, tmp_path):
    """A file of something else is neither read as one nor replaced."""
    (tmp_path / "privacykit.checkpoint").write_text("hello")

    with pytest.raises(InputError, match="not a checkpoint of an audit log"):
        context.seal()
    assert (tmp_path / "privacykit.checkpoint").read_text() == "hello"


def test_checkpoint_of_another_log_is_not_replaced(context, tmp_path):
    """Two installations must not share the file."""
    context.seal()
    note = (tmp_path / "privacykit.checkpoint").read_text()
    (tmp_path / "privacykit.toml").write_text(CONFIG + '[audit]\norigin = "other"\n')
    other = OperatorContext(str(tmp_path / "privacykit.toml"), NOW.timestamp)

    with pytest.raises(StoreError, match="PK253"):
        other.seal()
    assert (tmp_path / "privacykit.checkpoint").read_text() == note
    other.close()


def test_folder_in_the_place_of_the_file_is_said(context, tmp_path):
    """Neither readable nor writable."""
    (tmp_path / "privacykit.checkpoint").mkdir()

    with pytest.raises(StoreError, match="PK254"):
        context.witness()


@pytest.mark.usefixtures("context")
def test_checkpoint_that_cannot_be_written_is_said(tmp_path):
    """A folder that does not exist."""
    (tmp_path / "privacykit.toml").write_text(CONFIG + '[audit]\ncheckpoint = "no/where"\n')
    other = OperatorContext(str(tmp_path / "privacykit.toml"), NOW.timestamp)

    with pytest.raises(StoreError, match="PK254"):
        other.seal()
    other.close()


def test_rotated_keys_go_on_verifying(context, tmp_path):
    """New entries under the new keys, old ones and old checkpoints still good."""
    context.audit.append("system", "a.b")
    context.seal()
    for use in ("audit", "audit_sign"):
        rotate_key(tmp_path / "privacykit.keys", use, NOW)
    later = OperatorContext(str(tmp_path / "privacykit.toml"), NOW.timestamp)
    kept = later.witness()
    later.audit.append("system", "c.d")
    newer = later.seal()

    report = later.audit.verify([kept, newer], later.public_keys)

    assert (report.standing.value, report.entries) == ("whole", 2)
    later.close()


def test_operator_is_the_name_given_or_that_of_the_login(context, monkeypatch):
    """The environment speaks for cron."""
    monkeypatch.setenv("PRIVACYKIT_OPERATOR", "cron")

    assert context.operator() == context.operator("cron")
    assert context.operator("anna") != context.operator("cron")
    monkeypatch.delenv("PRIVACYKIT_OPERATOR")
    assert context.operator().startswith("op-")


def test_store_that_cannot_be_opened_closes_the_others(context, tmp_path):
    """Nothing is half opened."""
    (tmp_path / "here").mkdir()
    (tmp_path / "datamap.toml").write_text(
        "[datasets.a]\npath = 'here'\n[datasets.b]\npath = 'nowhere'\n"
        "[collections.a.c.fields]\nid = { exclude = 'a number' }\n"
        "[collections.b.c.fields]\nid = { exclude = 'a number' }\n"
    )

    with pytest.raises(StoreError):
        _ = context.connectors


def test_office_without_an_event_store_has_none(tmp_path):
    """Events may live elsewhere."""
    (tmp_path / "privacykit.toml").write_text(CONFIG)
    context = OperatorContext(str(tmp_path / "privacykit.toml"), time.time)
    silent = context.settings.events.model_copy(update={"url": None})
    context.settings = context.settings.model_copy(update={"events": silent})

    with context.events() as store:
        assert store is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[datasets.d]\n", "PK218"),
        ('[datasets.d]\nurl = { env = "NOT_SET_ANYWHERE" }\n', "PK218"),
        ('[datasets.d]\nconnector = "files"\n', "PK218"),
        ('[datasets.d]\nconnector = "carrier-pigeon"\n', "PK218"),
    ],
)
def test_dataset_that_nothing_can_open_is_said(tmp_path, text, code):
    """No URL, no directory, no such connector."""
    with pytest.raises(DataMapError, match=code):
        open_connector(_map(text), "d", Paths(tmp_path), "datamap.toml")


def test_connector_of_somebody_else_is_found_by_its_entry_point(tmp_path, monkeypatch):
    """It is called with the map, the dataset and the folder."""

    class _Entry:
        def load(self):
            return lambda *given: given

    monkeypatch.setattr(datasets, "entry_points", lambda **_: [_Entry()])
    datamap = _map('[datasets.d]\nconnector = "pigeon"\n')

    assert open_connector(datamap, "d", Paths(tmp_path), "f") == (datamap, "d", tmp_path)


def test_who_has_no_name_is_asked_for_one(monkeypatch):
    """A container's user may have no entry; a name of blanks is none, an undecodable one is one."""
    monkeypatch.delenv("PRIVACYKIT_OPERATOR", raising=False)
    monkeypatch.setattr("getpass.getuser", lambda: {}["uid not found: 4711"])
    operators = Operators(lambda: lambda name: [f"op-{name}"])

    with pytest.raises(InputError, match="say who you are: --operator NAME"):
        operators.id("  ")
    assert operators.id("eve") == "op-eve"
    assert spellings("\udcffa") == ("?a",)
