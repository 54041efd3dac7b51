"""Django's models as a data map, and erasure through the ORM; Django is set up once a process."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from privacykit.govern.datamap import parse_datamap

HERE = Path(__file__).parent
TODO = "TODO"


def _run(*words, cwd, **environment):
    return subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(HERE.parents[2]), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def test_the_orm_keeps_the_contract_of_connectors(request):
    """On SQLite and PostgreSQL; the suite runs in a process that is Django's."""
    options = ["-p", "no:cacheprovider", "-q", "--import-mode=importlib", "-n0"]
    ran = _run("-m", "pytest", HERE / "suite.py", *options, cwd=request.config.rootpath)
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-2000:]


@pytest.fixture(scope="module")
def scanned(tmp_path_factory):
    """Return the text of a draft from the shop's models, and the folder of its project."""
    folder = tmp_path_factory.mktemp("shop")
    database = {"SHOP_DB": str(folder / "shop.db")}
    made = _run(HERE / "shop.py", "migrate", cwd=folder, **database)
    assert made.returncode == 0, made.stderr[-2000:]
    ran = _run(HERE / "shop.py", "datamap", "scan", cwd=folder, **database)
    assert ran.returncode == 0, ran.stderr[-2000:]
    return ran.stdout, folder, database


@pytest.fixture(scope="module")
def tables(scanned):
    """Return the collections of the draft, by table."""
    return tomllib.loads(scanned[0])["collections"]["app"]


def test_the_draft_can_be_read(scanned):
    """Its dataset is Django's own: no URL stands in it."""
    text = scanned[0]
    assert parse_datamap(text).datasets["app"].kind == "django"
    assert "url" not in tomllib.loads(text)["datasets"]["app"]


@pytest.mark.parametrize(
    ("table", "column", "line"),
    [
        ("auth_order", "customer_id", {"category": "user.unique_id", "relation": "owned_by"}),
        (
            "auth_order",
            "packer_id",
            {"category": "user.unique_id", "relation": "accessed_by", "erase": "detach"},
        ),
        ("auth_line", "order_id", {"category": "user.unique_id", "relation": "owned_by"}),
        ("auth_gift", "order_ptr_id", {"category": "user.unique_id", "relation": "owned_by"}),
        ("auth_mailing_to", "user_id", {"category": "user.unique_id", "relation": "owned_by"}),
        ("auth_mailing_to", "mailing_id", "system.operations"),
        ("django_admin_log", "user_id", {"category": "user.unique_id", "relation": "owned_by"}),
        ("auth_order", "shelf", "user.contact.address"),
        ("auth_order", "placed", {"exclude": "a time alone is nobody's"}),
        ("auth_user", "email", {"category": "user.contact.email", "identity": "email"}),
        ("auth_user", "username", {"category": "user.account.username", "identity": "username"}),
        ("auth_group", "name", "user.social"),
        ("auth_comment", "number", "system.operations"),
        ("auth_call", "desk", "user.social"),
        (
            "auth_complaint",
            "comment_ptr_id",
            {"category": "user.unique_id", "relation": "owned_by"},
        ),
    ],
)
def test_keys_and_fields_are_as_the_models_say(tables, table, column, line):
    """``on_delete`` says whose a row is; a mark what a field holds."""
    assert tables[table]["fields"][column] == line


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("auth_order", "approver_id"),
        ("auth_tag", "number"),
        ("auth_call", "caller_id"),
        ("auth_call", "called_id"),
    ],
)
def test_what_the_models_do_not_say_is_a_question(tables, scanned, table, column):
    """PROTECT says that a row stays, not whose it is; a content type may be any."""
    collections = tables.get(table, {}).get("fields")
    if collections is None:
        assert tomllib.loads(scanned[0])["datasets"]["app"]["excluded"][table].startswith(TODO)
    else:
        assert collections[column]["exclude"].startswith(TODO)


def test_users_are_people_and_rows_grow_old(tables):
    """By ``AUTH_USER_MODEL``, and by the class ``Privacy``."""
    assert tables["auth_user"]["subject"] is True
    assert tables["auth_order"]["retention"] == [{"duration": "13 months", "from": "placed"}]


def test_a_generic_relation_is_looked_up(tables):
    """The other side says that comments go with an order."""
    relations = tables["auth_comment"]["relations"]
    assert [each["references"] for each in relations] == [
        ["auth_order", "id"],
        ["auth_gift", "order_ptr_id"],
    ]
    assert relations[0]["type"]["where"] == ['app_label = "auth"', 'model = "order"']


def test_columns_of_a_parent_stand_in_its_table_alone(tables):
    """A generic key is inherited, and its columns are not."""
    assert set(tables["auth_complaint"]["fields"]) == {"comment_ptr_id", "claim"}
    assert "relations" not in tables["auth_complaint"]


def test_the_check_minds_the_questions_and_nothing_else(scanned):
    """Whoever answers them has a map."""
    text, folder, database = scanned
    (folder / "datamap.toml").write_text(text)
    (folder / "privacykit.toml").write_text(
        '[[site]]\nid = "shop"\nhosts = ["shop.example"]\n'
        '[purposes.analytics]\nuses = ["analytics_no_storage"]\n'
    )
    ran = _run(HERE / "shop.py", "datamap", "check", cwd=folder, **database)
    errors = [line.split()[1] for line in ran.stdout.splitlines() if line.startswith("error")]
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert set(errors) <= {"PK247", "PK229", "PK230"}, ran.stdout


def test_models_are_marked_for_logs_too(tmp_path):
    """The application marks them when it is ready: nobody has to declare them again."""
    code = (
        "import shop; from django.contrib.auth.models import User\n"
        "from privacykit.personal.marks import withheld_fields as w\n"
        "print(sorted(w(User)), sorted(w(shop.Order)))"
    )
    ran = _run("-c", code, cwd=HERE)
    assert "'email', 'first_name', 'is_active'" in ran.stdout, ran.stderr
    assert "['customer'" not in ran.stdout


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ('{"auth.Group": {"title": "user.name"}}', "PK214"),
        ('{"auth.Grp": {"name": "user.name"}}', "PK214"),
        ('{"auth.Group": {"name": "user.nobody"}}', "PK213"),
    ],
    ids=["field", "model", "category"],
)
def test_a_mark_that_is_none_stops_the_start(tmp_path, change, told):
    """Misspelt it would protect nothing."""
    source = (HERE / "shop.py").read_text()
    told_now = '{"auth.Group": {"name": "user.social"}}'
    (tmp_path / "shop.py").write_text(source.replace(told_now, change))
    ran = _run("-c", "import shop", cwd=tmp_path)
    assert ran.returncode == 1
    assert told in ran.stderr


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ('exclude = {"packed": "a time"}', "PK214"),
        ('exclude = {"comments": "no column"}', "PK214"),
        ('exclude = "placed"', "PK215"),
    ],
)
def test_an_exclusion_that_is_none_stops_the_start(tmp_path, change, told):
    """Misspelt it would exclude nothing."""
    source = (HERE / "shop.py").read_text()
    told_now = 'exclude = {"placed": "a time alone is nobody\'s"}'
    assert told_now in source
    (tmp_path / "shop.py").write_text(source.replace(told_now, change))
    code = "import shop; from privacykit.connectors.django.told import told_by_models as t; t({}, 'default')"
    ran = _run("-c", code, cwd=tmp_path)
    assert told in ran.stderr.splitlines()[-1]


def test_without_settings_it_is_said(tmp_path):
    """What to do stands beside it."""
    ran = _run("-m", "privacykit", "datamap", "scan", "django", cwd=tmp_path)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "PK218" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_project_is_found_by_its_manage_py(tmp_path):
    """As Django makes one; the draft of a fresh project is wholly written."""
    for words in ("startproject mysite .", "migrate -v0"):
        program = ["-m", "django"] if words.startswith("start") else ["manage.py"]
        assert _run(*program, *words.split(), cwd=tmp_path).returncode == 0
    ran = _run("-m", "privacykit", "datamap", "scan", "django", cwd=tmp_path)
    found = tomllib.loads(ran.stdout)
    assert ran.returncode == 0, ran.stderr
    assert found["datasets"]["app"]["options"] == {"settings": "mysite.settings"}
    assert TODO not in ran.stdout
