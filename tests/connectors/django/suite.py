"""Worker: the contract of connectors, and what the ORM adds, over real databases of Django's."""

from __future__ import annotations

import pytest
from django.conf import settings

settings.configure(INSTALLED_APPS=["django.contrib.contenttypes"], DATABASES={"default": {}})

import django  # noqa: E402

django.setup()

from django.db import connections, models  # noqa: E402
from django.db.models.signals import post_delete, pre_delete  # noqa: E402
from sqlalchemy import make_url  # noqa: E402

from privacykit.connectors.django.connector import DjangoConnector  # noqa: E402
from privacykit.connectors.django.start import url_of  # noqa: E402
from privacykit.errors import ConfigurationError, DataMapError, StoreError  # noqa: E402
from privacykit.govern.datamap import parse_datamap  # noqa: E402
from privacykit.govern.records import Action  # noqa: E402
from privacykit.testing.connector_contract import ConnectorContract  # noqa: E402
from privacykit.testing.connector_rows import COLUMNS, CONTRACT_MAP  # noqa: E402


class Named(models.Model):
    """Rows with numbers that the tests choose."""

    id = models.IntegerField(primary_key=True)

    class Meta:
        abstract = True


def key(to, on_delete=models.CASCADE):
    """Return a key that may be empty."""
    return models.ForeignKey(to, on_delete, null=True, related_name="+")


class Person(Named):
    """Somebody."""

    email = models.CharField(max_length=100, null=True)
    name = models.CharField(max_length=100, null=True)

    class Meta:
        app_label, db_table = "contenttypes", "people"


class Note(Named):
    """Goes with its owner."""

    owner = models.ForeignKey(Person, models.CASCADE, null=True, db_column="owner")
    body = models.CharField(max_length=100, null=True)
    mark = models.CharField(max_length=100, null=True)

    class Meta:
        app_label, db_table = "contenttypes", "notes"


class Bill(Named):
    """Stays without its owner."""

    owner = models.ForeignKey(Person, models.SET_NULL, null=True, db_column="owner")
    paid = models.CharField(max_length=100, null=True)
    street = models.CharField(max_length=100, null=True)

    class Meta:
        app_label, db_table = "contenttypes", "bills"


class Letter(Named):
    """Of two."""

    sender = models.ForeignKey(
        Person, models.CASCADE, null=True, db_column="sender", related_name="+"
    )
    receiver = models.ForeignKey(
        Person, models.CASCADE, null=True, db_column="receiver", related_name="+"
    )
    sender_name = models.CharField(max_length=100, null=True)
    body = models.CharField(max_length=100, null=True)

    class Meta:
        app_label, db_table = "contenttypes", "letters"


class Photo(models.Model):
    """What no map knows; it would go with a note."""

    note = models.ForeignKey(Note, models.CASCADE, db_constraint=False)

    class Meta:
        app_label, db_table = "contenttypes", "photos"


MODELS = {"people": Person, "notes": Note, "bills": Bill, "letters": Letter}
ENGINES = {"sqlite": "sqlite3", "postgresql": "postgresql", "mysql": "mysql"}


def by_orm(text=CONTRACT_MAP, names=MODELS):
    """Return the contract's map with deletions through the ORM."""
    text = text.replace("[datasets.contract]", '[datasets.contract]\nconnector = "django"')
    for name in names:
        head = f"[collections.contract.{name}]"
        text = text.replace(head, f'{head}\nvia = "orm"')
        bare = f"[collections.contract.{name}.fields]"
        if head not in text:
            text = text.replace(bare, f'{head}\nvia = "orm"\n{bare}')
    return parse_datamap(text)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request, tmp_path):
    """Point Django at a fresh database."""
    url = f"sqlite:///{tmp_path}/d.db"
    place = make_url(url if request.param == "sqlite" else request.getfixturevalue("postgres_url"))
    told = {
        "ENGINE": f"django.db.backends.{ENGINES[place.get_backend_name()]}",
        "NAME": place.database, "USER": place.username or "", "PASSWORD": place.password or "",
        "HOST": place.host or "", "PORT": place.port or "",
        **({"OPTIONS": dict(place.query)} if place.query else {}),
    }  # fmt: skip
    connections.settings = connections.configure_settings({"default": told})
    if hasattr(connections._connections, "default"):
        del connections["default"]
    yield place
    connections["default"].close()


class TestDjango(ConnectorContract):
    """Everything is deleted through the ORM."""

    @pytest.fixture
    def opened(self, database):
        """Fill a database."""
        made = []

        def opened(rows):
            _fill(rows)
            connector = DjangoConnector.of_settings(by_orm(), "contract")
            made.append(connector)
            return connector, _rows

        yield opened
        for connector in made:
            connector.close()

    def test_signals_are_sent_for_every_row_that_is_deleted(self, opened):
        """Of each table, before and after, once."""
        at = self.at(opened)
        heard = []

        def hear(sender, instance, signal, **_):
            heard.append((sender._meta.db_table, instance.pk, signal is pre_delete))

        for signal in (pre_delete, post_delete):
            signal.connect(hear)
        try:
            at.erase()
        finally:
            for signal in (pre_delete, post_delete):
                signal.disconnect(hear)
        notes = [each for each in heard if each[0] == "notes"]
        assert sorted(notes) == sorted(("notes", n, b) for n in (0, 2, 4, 6, 8) for b in (0, 1))
        assert {each[0] for each in heard} == set(COLUMNS)
        assert len(heard) == len(set(heard))

    def test_what_would_go_along_keeps_a_row(self, opened):
        """Django would delete it, and nobody asked for that."""
        at = self.at(opened)
        Photo.objects.create(note_id=4)
        [work] = [item for item in at.work() if item.step.collection == "notes"]
        [done] = at.connector.apply([work], at.context)
        assert (done.changed, done.skipped) == (4, 1)
        assert 4 in at.ids("notes")
        assert Photo.objects.count() == 1

    def test_a_handler_that_fails_undoes_its_batch(self, opened):
        """What it says is not repeated: it may quote a row."""
        at = self.at(opened)
        [work] = [item for item in at.work() if item.step.collection == "notes"]

        def fail(instance, **_):
            if instance.pk == 4:
                raise ValueError("note 4 of Anna")

        pre_delete.connect(fail, sender=Note)
        try:
            with pytest.raises(StoreError, match="handler raised ValueError") as caught:
                at.connector.apply([work], at.context)
        finally:
            pre_delete.disconnect(fail, sender=Note)
        assert "Anna" not in str(caught.value)
        assert at.ids("notes") == list(range(10))

    def _notes(self, opened):
        at = self.at(opened)
        [work] = [item for item in at.work() if item.step.collection == "notes"]
        return at, work

    def test_a_delete_that_keeps_its_row_is_no_deletion(self, opened, monkeypatch):
        """A model that only marks rows as deleted has erased nobody."""
        at, work = self._notes(opened)
        monkeypatch.setattr(Note, "delete", lambda *_, **__: None)
        with pytest.raises(StoreError, match="keeps them"):
            at.connector.apply([work], at.context)

    def test_a_row_that_a_manager_hides_is_not_gone(self, opened, monkeypatch):
        """Whatever the models' base manager shows."""

        class Hiding(models.Manager):
            def get_queryset(self):
                return super().get_queryset().none()

        at, work = self._notes(opened)
        hiding = Hiding()
        hiding.model = Note
        monkeypatch.setitem(vars(Note._meta), "base_manager", hiding)
        [done] = at.connector.apply([work], at.context)
        assert (done.changed, done.gone) == (5, 0)

    def test_a_database_that_locks_whole_rows_only(self, opened, monkeypatch):
        """MariaDB knows no FOR UPDATE OF."""
        at, work = self._notes(opened)
        features = connections["default"].features
        monkeypatch.setattr(features, "has_select_for_update_of", False)
        [done] = at.connector.apply([work], at.context)
        assert done.changed == 5

    def test_what_points_at_a_row_lets_go_as_the_model_says(self, opened):
        """SET_NULL empties the key; it is counted."""
        at = self.at(opened)
        step = at.connector.step("people", Action.DELETE, None)
        from privacykit.govern.erasure.ports.work import Work

        Note.objects.filter(owner_id=1).delete()
        Letter.objects.all().delete()
        [done] = at.connector.apply([Work(step, [(1,)])], at.context)
        assert (done.changed, done.let_go) == (1, 2)
        assert Bill.objects.filter(owner=None).count() == 2

    def test_a_collection_by_sql_sends_no_signals(self, database):
        """It is chosen for each."""
        from privacykit.testing.connector_contract import Context
        from privacykit.testing.connector_rows import NOW, contract_rows, person

        _fill(contract_rows())
        connector = DjangoConnector.of_settings(by_orm(names=("notes",)), "contract")
        context = Context(person(connector), NOW, key=b"k" * 32, salt=b"s" * 32)
        heard = []
        pre_delete.connect(hear := lambda sender, **_: heard.append(sender))
        try:
            at = TestDjango.at_of(connector, context)
            at.erase()
        finally:
            pre_delete.disconnect(hear)
            connector.close()
        assert set(heard) == {Note}
        assert at.ids("people") == [2]

    @staticmethod
    def at_of(connector, context):
        """Return what erases over *connector*."""
        from privacykit.testing.connector_contract import At

        return At(connector, _rows, context)

    def test_retention_goes_through_the_orm_too(self, opened):
        """Rows that are too old are deleted as others are."""
        from privacykit.govern.records import RowCondition
        from privacykit.govern.retention.rules import RetentionTask
        from privacykit.govern.words import ErasureStrategy

        at = self.at(opened)
        heard = []
        task = RetentionTask(
            dataset="contract", collection="notes", column="id", cutoff=0.0, duration="1 day",
            then=ErasureStrategy.DELETE, where=(RowCondition("body", "=", "note 3"),),
        )  # fmt: skip
        pre_delete.connect(hear := lambda sender, **_: heard.append(sender))
        try:
            purger = at.connector.purger(key=b"", salt=b"")
            assert purger._of(task) is purger._by_rows
            assert purger._of(_with(task, collection="other")) is purger._by_sql
            assert purger._of(_with(task, then=ErasureStrategy.NULL)) is purger._by_sql
        finally:
            pre_delete.disconnect(hear)
        purger.tidy()


def _with(task, **changed):
    from msgspec.structs import replace

    return replace(task, **changed)


def _fill(rows):
    connection = connections["default"]
    with connection.schema_editor() as editor:
        known = connection.introspection.table_names()
        for model in (Photo, *reversed(MODELS.values())):
            if model._meta.db_table in known:
                editor.delete_model(model)
        for model in (*MODELS.values(), Photo):
            editor.create_model(model)
    for name, model in MODELS.items():
        for row in rows[name]:
            model.objects.create(**{model._meta.get_field(c).attname: v for c, v in row.items()})


def _rows():
    found = {}
    for name, model in MODELS.items():
        columns = {c: model._meta.get_field(c).attname for c in COLUMNS[name]}
        found[name] = [
            {c: row[attname] for c, attname in columns.items()}
            for row in model.objects.order_by("pk").values(*columns.values())
        ]
    return found


def test_a_database_that_the_settings_do_not_have(database):
    """It is said, and none is opened instead."""
    text = CONTRACT_MAP.replace(
        "[datasets.contract]", '[datasets.contract]\nconnector = "django"\noptions = { alias = "none" }'
    )  # fmt: skip
    with pytest.raises(ConfigurationError, match="no such database"):
        DjangoConnector.of_settings(parse_datamap(text), "contract")


def test_a_table_of_no_model_is_refused(database):
    """The ORM cannot delete what it does not know."""
    _fill({name: [] for name in MODELS})
    text = CONTRACT_MAP.replace("contract.notes", "contract.strangers")
    with pytest.raises(DataMapError, match="PK215"):
        DjangoConnector.of_settings(by_orm(text, ("strangers",)), "contract")


def test_orm_is_for_django_only():
    """Nobody else has one."""
    with pytest.raises(DataMapError, match="PK215"):
        parse_datamap(CONTRACT_MAP.replace("[collections.contract.notes]", '[collections.contract.notes]\nvia = "orm"').replace("[datasets.contract]", '[datasets.contract]\nurl = "sqlite://"'))  # fmt: skip


def test_the_url_of_a_server_has_its_login(database):
    """It is for the driver alone."""
    assert make_url(url_of()).database == database.database


@pytest.fixture
def told(monkeypatch):
    """Return the settings of a server that nobody calls."""
    made = {"ENGINE": "django.db.backends.postgresql", "NAME": "shop"}
    monkeypatch.setattr(connections, "settings", connections.configure_settings({"default": made}))
    if hasattr(connections._connections, "default"):
        del connections["default"]
    yield connections["default"].settings_dict
    del connections["default"]


def test_a_search_path_is_followed(told):
    """Keys that were found in one schema must not be deleted in another."""
    told["OPTIONS"] = {"options": "-c search_path=tenant", "pool": True}
    assert dict(make_url(url_of()).query) == {"options": "-c search_path=tenant"}


def test_options_of_mariadb_are_followed(told):
    """Where the server is may stand in a file."""
    told["ENGINE"] = "django.db.backends.mysql"
    told["OPTIONS"] = {"read_default_file": "/etc/my.cnf", "ssl": {"ca": "/ca.pem"}}
    found = {"read_default_file": "/etc/my.cnf", "ssl_ca": "/ca.pem"}
    assert dict(make_url(url_of()).query) == found


@pytest.mark.parametrize("option", ["assume_role", "database", "host"])
def test_an_option_that_leads_elsewhere_is_refused(told, option):
    """The connector would look at another place than Django does."""
    told["OPTIONS"] = {option: "else"}
    with pytest.raises(ConfigurationError, match="leads elsewhere"):
        url_of()


def test_a_file_may_have_any_name(told):
    """A question mark begins no query."""
    told["ENGINE"], told["NAME"] = "django.db.backends.sqlite3", "/tmp/a?b#c%20.db"
    assert make_url(url_of()).database == "/tmp/a?b#c%20.db"
