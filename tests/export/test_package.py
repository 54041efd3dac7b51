"""The export a person gets: whole, theirs only, described, and never half a file."""

import csv
import hashlib
import io
import json
import tracemalloc
import zipfile
from dataclasses import replace

import msgspec
import pyrage
import pytest

from examples.shop.database import SHOP_MAP, classes_of, email_of, key_of, make_rows
from examples.shop.database.people import shop_means, who
from privacykit.errors import StoreError
from privacykit.export import Order, write_package
from privacykit.export.json_lines import json_line
from privacykit.export.manifest import Controller, Searched, searched
from privacykit.export.others import OtherAddresses
from privacykit.govern import flow
from privacykit.govern.erasure.planning.plan import PlanScope
from privacykit.govern.identity.find_person import find_person
from privacykit.govern.records import Identity, RequestType

PEOPLE = 12
ME = 5


def _order(means, me=ME, kind="access", **to):
    given = who(me)
    return Order(PlanScope(find_person(means, given).subject, given, kind), "request-1", **to)


def _lines(archive, name):
    return [json.loads(line) for line in archive.read(f"data/shop/{name}.jsonl").splitlines()]


def _open(path):
    return zipfile.ZipFile(path)


@pytest.fixture
def shop(sql_url):
    """A shop in each kind of database."""
    with shop_means(sql_url, make_rows(PEOPLE)) as means:
        yield means


@pytest.fixture
def sqlite_shop(tmp_path):
    """A shop in SQLite."""
    with shop_means(f"sqlite:///{tmp_path}/shop.db", make_rows(PEOPLE)) as means:
        yield means


def test_every_row_of_the_person_is_in_it_and_no_other(shop, tmp_path):
    """Row by row against the truth, on each database, for each person."""
    for me in range(1, PEOPLE + 1):
        package = write_package(shop, _order(shop, me), tmp_path / "me.zip")
        expected = classes_of(make_rows(PEOPLE), me)
        with _open(tmp_path / "me.zip") as archive:
            for part in package.manifest.parts:
                if part.collection in {"sessions", "newsletter"}:
                    continue
                found = {key_of(part.collection, row) for row in _lines(archive, part.collection)}
                assert found == set(expected[part.collection])
        assert {part.collection for part in package.manifest.parts} == set(expected)


def test_nothing_of_another_person_is_in_it(shop, tmp_path):
    """Names, addresses and numbers of others are blackened in rows that they share with us."""
    for me in range(1, PEOPLE + 1):
        write_package(shop, _order(shop, me), tmp_path / "me.zip")
        shared = classes_of(make_rows(PEOPLE), me)
        with _open(tmp_path / "me.zip") as archive:
            text = b"".join(archive.read(name) for name in archive.namelist()).decode()
        for other in set(range(1, PEOPLE + 1)) - {me}:
            assert email_of(other) not in text
            assert f"Person Mark{other}<" not in text
            lives_there = shared.get("addresses", {}).get((other,)) == "shared"
            assert (f"Mark street {other}<" in text) is lives_there


def test_csv_and_json_lines_say_the_same(sqlite_shop, tmp_path):
    """Two formats, one pass, the same rows."""
    write_package(sqlite_shop, _order(sqlite_shop), tmp_path / "me.zip")
    with _open(tmp_path / "me.zip") as archive:
        rows = _lines(archive, "orders")
        table = list(csv.DictReader(io.StringIO(archive.read("data/shop/orders.csv").decode())))
    assert [str(row["id"]) for row in rows] == [row["id"] for row in table]


def test_text_that_a_spreadsheet_would_run_is_made_plain(sqlite_shop, tmp_path):
    """A telephone number begins with a plus, and so does a formula."""
    write_package(sqlite_shop, _order(sqlite_shop), tmp_path / "me.zip")
    with _open(tmp_path / "me.zip") as archive:
        table = list(csv.DictReader(io.StringIO(archive.read("data/shop/customers.csv").decode())))
        exact = _lines(archive, "customers")[0]["phone"]
    assert (table[0]["phone"], exact[0]) == ("'" + exact, "+")


def test_the_manifest_describes_every_file(sqlite_shop, tmp_path):
    """Digest, size, categories in words, purposes, recipients, laws that keep."""
    package = write_package(sqlite_shop, _order(sqlite_shop), tmp_path / "me.zip")
    with _open(tmp_path / "me.zip") as archive:
        manifest = json.loads(archive.read("manifest.json"))
        names = set(archive.namelist()) - {"manifest.json", "index.html"}
        for part in manifest["parts"]:
            for file in part["files"]:
                data = archive.read(file["path"])
                assert (hashlib.sha256(data).hexdigest(), len(data)) == (
                    file["sha256"],
                    file["bytes"],
                )
                names.discard(file["path"])
    orders = next(part for part in manifest["parts"] if part["collection"] == "orders")
    assert names == set()
    assert orders["purposes"] == ["contract"]
    assert orders["recipients"] == [{"name": "Mailer Ltd", "role": "processor", "country": ""}]
    assert orders["kept"] == ["§ 147 AO"]
    assert manifest["categories"]["user.contact.email"] == "an e-mail address"
    assert manifest["incomplete"] == []
    assert package.sha256 == hashlib.sha256((tmp_path / "me.zip").read_bytes()).hexdigest()


def test_the_manifest_says_what_was_searched_for(sqlite_shop, tmp_path):
    """As it was asked; what was learned on the way by its type only."""
    write_package(sqlite_shop, _order(sqlite_shop), tmp_path / "me.zip")
    with _open(tmp_path / "me.zip") as archive:
        manifest = json.loads(archive.read("manifest.json"))
        page = archive.read("index.html").decode()
    assert manifest["searched"] == [{"type": "email", "value": email_of(ME)}]
    assert {"email", "controller_customer_id"} <= set(manifest["found_by"])
    assert f"email {email_of(ME)}" in page


def test_the_package_names_who_is_responsible(sqlite_shop, tmp_path):
    """In the manifest for programs, on the first page for people."""
    us = Controller("Shop <Ltd>", "1 Street", "privacy@shop.example", "dpo@shop.example", "CNIL")
    order = replace(_order(sqlite_shop), controller=us)
    write_package(sqlite_shop, order, tmp_path / "me.zip")
    with _open(tmp_path / "me.zip") as archive:
        manifest = json.loads(archive.read("manifest.json"))
        page = archive.read("index.html").decode()
    assert manifest["controller"] == msgspec.to_builtins(us)
    for words in ("Shop &lt;Ltd&gt;, 1 Street", us.contact, us.officer, us.authority):
        assert words in page


def test_a_searched_identity_does_not_print():
    """A log is no package."""
    assert repr(searched(Identity("email", "anna@shop.example"))) == "<Searched email>"


@pytest.mark.parametrize(
    ("identity", "expected"),
    [
        (Identity("email", "ab", "sha256"), ("email (sha256)", "ab")),
        (
            Identity("name_birth", "", parts=(("birth", "1990"), ("name", "A"))),
            ("name_birth", "birth 1990, name A"),
        ),
    ],
    ids=["hash", "composite"],
)
def test_hashes_and_parts_are_named_as_they_were_given(identity, expected):
    """Whoever reads it recognises what they asked."""
    assert searched(identity) == Searched(*expected)


def test_what_is_withheld_is_named_with_its_reason(sqlite_shop, tmp_path):
    """A session token would log anybody in who reads the package."""
    write_package(sqlite_shop, _order(sqlite_shop), tmp_path / "me.zip")
    with _open(tmp_path / "me.zip") as archive:
        manifest = json.loads(archive.read("manifest.json"))
        assert b"token-" not in archive.read("data/shop/sessions.jsonl")
    sessions = next(part for part in manifest["parts"] if part["collection"] == "sessions")
    assert sessions["withheld"] == {"token": "whoever has it is logged in"}


def test_portability_leaves_out_what_was_derived(tmp_path):
    """Art. 20 covers what the person provided and what was observed of them."""
    text = _derived()
    with shop_means(f"sqlite:///{tmp_path}/shop.db", make_rows(3), text=text) as means:
        write_package(means, _order(means, 1, "portability"), tmp_path / "p.zip")
        write_package(means, _order(means, 1, "access"), tmp_path / "a.zip")
    with _open(tmp_path / "p.zip") as moved, _open(tmp_path / "a.zip") as seen:
        assert "body" not in _lines(moved, "reviews")[0]
        assert "body" in _lines(seen, "reviews")[0]


def _derived():
    line = 'product_id = "system.operations"\nbody = "user.content.public"'
    derived = 'body = { category = "user.content.public", origin = "derived" }'
    return SHOP_MAP.replace(line, f'product_id = "system.operations"\n{derived}')


def test_it_can_be_sealed_to_the_person(sqlite_shop, tmp_path):
    """The file on the disk is no ZIP and opens with their key only."""
    identity = pyrage.x25519.Identity.generate()
    order = _order(sqlite_shop, recipients=(str(identity.to_public()),))
    write_package(sqlite_shop, order, tmp_path / "me.zip.age")
    sealed = (tmp_path / "me.zip.age").read_bytes()
    assert not zipfile.is_zipfile(tmp_path / "me.zip.age")
    with zipfile.ZipFile(io.BytesIO(pyrage.decrypt(sealed, [identity]))) as archive:
        assert archive.testzip() is None


def test_the_file_is_the_owners_only(sqlite_shop, tmp_path):
    """Nobody else on the machine reads it."""
    write_package(sqlite_shop, _order(sqlite_shop), tmp_path / "me.zip")
    assert (tmp_path / "me.zip").stat().st_mode & 0o777 == 0o600


class _Failing:
    """A connector whose third row of orders cannot be read."""

    def __init__(self, inner):
        self._inner = inner

    def __getattr__(self, name):
        return getattr(self._inner, name)

    def rows(self, collection, context):
        if collection == "reviews":
            raise StoreError("reading: the database answered OperationalError")
        for number, row in enumerate(self._inner.rows(collection, context)):
            if collection == "orders" and number == 2:
                raise StoreError("reading: the database answered OperationalError")
            yield row


def test_a_store_that_fails_is_named_and_the_rest_is_there(sqlite_shop, tmp_path):
    """An export that silently skips a table is worse than none."""
    means = replace(sqlite_shop, connectors={"shop": _Failing(sqlite_shop.connectors["shop"])})
    package = write_package(means, _order(means), tmp_path / "me.zip")
    assert [line.split(":")[0] for line in package.manifest.incomplete] == [
        "shop.orders",
        "shop.reviews",
    ]


def test_a_dataset_that_nothing_serves_is_named(sqlite_shop, tmp_path):
    """The person is told that something was not reached."""
    order = _order(sqlite_shop)
    package = write_package(replace(sqlite_shop, connectors={}), order, tmp_path / "me.zip")
    assert package.manifest.incomplete == ("shop: not reached",)


def test_a_failure_leaves_no_half_package(sqlite_shop, tmp_path):
    """Neither the file nor its unfinished twin."""

    class Broken(_Failing):
        def rows(self, *_):
            raise RuntimeError

    means = replace(sqlite_shop, connectors={"shop": Broken(sqlite_shop.connectors["shop"])})
    with pytest.raises(RuntimeError):
        write_package(means, _order(means), tmp_path / "out.zip")
    assert not list(tmp_path.glob("*out*"))


def test_memory_does_not_grow_with_the_rows(tmp_path):
    """Ten times the rows, the same peak: what is large waits on disk, enciphered."""
    peaks = []
    for number, each in enumerate((1_500, 15_000)):
        rows = make_rows(1, orders_each=each)
        with shop_means(f"sqlite:///{tmp_path}/{number}.db", rows) as means:
            order = _order(means, 1)
            del rows
            tracemalloc.start()
            write_package(means, order, tmp_path / "me.zip")
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert peaks[1] < 2 * peaks[0] + 3_000_000


def test_erase_then_export_finds_nothing(sqlite_shop, tmp_path):
    """Export and erasure read the same map, so they cannot disagree."""
    me = next(n for n in range(1, PEOPLE + 1) if _all_own(n))
    given = who(me)
    plan = flow.plan_request(sqlite_shop, RequestType.ERASURE, given, plan_id="p", request_id="r")
    flow.approve(sqlite_shop, "p", plan.targets_digest, "op")
    flow.execute(sqlite_shop, "p", plan.targets_digest)
    package = write_package(sqlite_shop, _order(sqlite_shop, me), tmp_path / "me.zip")
    assert package.manifest.parts == ()


def _all_own(me):
    classes = classes_of(make_rows(PEOPLE), me)
    return {c for table in classes.values() for c in table.values()} <= {
        "own",
        "accessed",
        "shared",
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("call {me}", 0), ("call {ME}", 0), ("a\n{me}", 0), ("no@mail", 0), ("@handle", 0),
        ("ask bert@else.example", 1), ("{me} and Bert@Else.example", 1),
        ("<bert@else.example>, {me}", 1),
    ],
)  # fmt: skip
def test_somebody_elses_address_in_words_of_ones_own_is_told(sqlite_shop, text, told):
    """It is handed out, for they are the person's words; whoever hands it out knows of it."""
    mine = email_of(ME)
    text = text.format(me=mine, ME=mine.upper())
    subject = find_person(sqlite_shop, who(ME)).subject
    counted = OtherAddresses(subject)
    counted.see(json_line({"id": 1, "body": text}))
    assert counted.rows == told
    assert len(list(counted.told("shop.notes"))) == told
