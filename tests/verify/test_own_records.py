"""What our own commands write is no finding of `privacykit verify`, whatever was done before."""

from __future__ import annotations

import json
import secrets
from hashlib import sha256

import pytest
from typer.testing import CliRunner

from privacykit.cli.main import app
from privacykit.operate.returned import kept_people
from privacykit.sealed import SealRule, open_sealing
from privacykit.testing.stubs.requests.drop import DropStub
from privacykit.verify.asked import CLAIMS
from privacykit.verify.claims import ClaimOutcome
from privacykit.verify.values.forms import column_form
from tests.verify.installation import Installation, found

ANNA, BEN, CLARA, DORA = (f"{name}@shop.example" for name in ("anna", "ben", "clara", "dora"))
MORE = """
[requests.drop]
key = "drop-key"
url = "{url}"
"""
PROOF = ("--proof", "document_seen", "--yes")
UNTIL = ("--review", "2027-03-01", "--json")


@pytest.fixture
def used(tmp_path):
    """A shop of four people before anybody did anything."""
    with DropStub() as stub:
        stub.offer({"20261130_B1_Email.csv": [("i-dora", sha256(DORA.encode()).digest())]})
        shop = Installation(tmp_path, extra=MORE.format(url=stub.url))
        shop.sql(
            "insert into customers values (2, 'ben@shop.example', 'Ben', null)",
            "insert into customers values (3, 'clara@shop.example', 'Clara', null)",
            "insert into customers values (4, 'dora@shop.example', 'Dora', null)",
            "insert into orders values (1, 1, '2020-01-01 00:00:00', 'x')",
            "insert into orders values (2, 2, '2020-01-01 00:00:00', 'y')",
        )
        shop.close()
        yield shop


def _do(shop, *words, codes=(0,)):
    """Do a command as its operator does; return what it says as JSON where that was asked for."""
    done = CliRunner().invoke(app, [*words, "--config", str(shop.config)])
    assert done.exit_code in codes, (words, done.output, done.exception)
    return json.loads(done.stdout) if "--json" in words else done.stdout


def _holds(shop):
    which = ("orders", "--where", "id = 1", "--basis", "court")
    _do(shop, "hold", "add", "shop", *which, *UNTIL)
    which = ("customers", "--where", "id = 4", "--basis", "claim")
    placed = _do(shop, "hold", "add", "shop", *which, *UNTIL)
    _do(shop, "hold", "release", placed["hold_id"])


def _requests(shop):
    _do(shop, "request", "new", "erasure", "--email", BEN, "--place", "DE")
    _do(shop, "request", "acknowledge", "--last")
    _do(shop, "request", "prove", "--last", "--method", "document_seen")
    _do(shop, "request", "approve", "--last")
    _do(shop, "request", "run", "--last", "--yes")
    _do(shop, "request", "new", "access", "--email", CLARA, "--place", "US-CA")
    _do(shop, "request", "ask", "--last", "--method", "email_link")
    _do(shop, "request", "cancel", "--last")
    _do(shop, "subject", "object", "--email", CLARA, "--purpose", "ads", *PROOF, codes=(3,))
    _do(shop, "subject", "rectify", "--email", CLARA, "--set", "shop.customers.name=C", *PROOF)
    _do(shop, "subject", "erase", "--email", CLARA, *PROOF)


def _incidents(shop):
    aware = ("--aware", "2026-11-27T18:00+01:00", "--all", "--read", "--keys", "salts")
    _do(shop, "incident", "open", *aware)
    _do(shop, "incident", "decide", "--notify", "--authority", "--because", "a risk")
    for whom in ("--authority", "--people"):
        _do(shop, "incident", "decide", "--not-notify", whom, "--because", "no risk")
    _do(shop, "incident", "close", "--remedy", "keys changed")
    _do(shop, "incident", "open", "--drill", codes=(1,))


def _drop(shop):
    _do(shop, "drop", "download")
    _do(shop, "drop", "match")
    _do(shop, "drop", "respond", codes=(3,))  # the person's request is open


def _seals(shop):
    rule = SealRule("data.email", person="data.email", purpose="orders", identity="email")
    sealing = open_sealing(str(shop.config), [rule], keep_seconds=0)
    sealing.seal({"id": "1", "type": "order", "data": {"email": DORA, "sum": 3}})
    sealing.close()
    _do(shop, "seal", "rotate")


def _reports(shop):
    days = ("--from", "2026-10-01", "--to", "2026-10-31")
    _do(shop, "report", "overview", *days)
    _do(shop, "report", "publish", str(shop.folder / "public"), "--report", "overview")
    _do(shop, "report", "kept", "remove", "--kind", "overview", "--yes")


def _clocks(shop):
    _do(shop, "retention", "run", "--confirm", "shop.orders", codes=(0, 3))
    plan = _do(shop, "anonymise", "plan", "--log", "logs/*.log", "--json")
    _do(shop, "anonymise", "run", plan["plan_id"], "--digest", plan["digest"])
    _do(shop, "consent", "verify")
    _do(shop, "worker", "--once")
    _do(shop, "audit", "verify")
    _do(shop, "verify")


def test_what_our_commands_write_is_clean(used):
    """Nothing that a command of ours wrote is taken for somebody's."""
    for doing in (_holds, _requests, _incidents, _drop, _seals, _reports, _clocks):
        doing(used)
    results = used.verify()
    assert found(results) == set()
    told = {name: (one.outcome, one.why) for name, one in results.items()}
    assert told == dict.fromkeys(CLAIMS, (ClaimOutcome.HOLDS, ""))


@pytest.mark.parametrize(
    ("table", "path", "form"),
    [
        ("audit_details", "body.hold", "{}"),
        ("audit_details", "body.incident", "drill-{}"),
        ("audit_details", "body.plan", "{}"),
        ("leases", "name", "retention {}"),
        ("retention_rules", "record.confirmed_by", "op-{}"),
        ("anonymisations", "plan.policy", "ids: key {}"),
        ("own_steps", "plan_id", "{}"),
    ],
)
def test_what_we_drew_is_known_by_its_column(table, path, form):
    """The same text elsewhere, and another text there, are read by the detectors."""
    drawn = form.format(secrets.token_hex(8))
    fits = column_form(table, path)
    assert fits is not None
    assert (fits(drawn), fits(f"{drawn} {ANNA}"), fits("DE89370400440532013000")) == (
        True,
        False,
        False,
    )
    assert column_form("consents", "site") is None


def test_what_a_hold_keeps_of_the_erased_is_told_and_is_no_failure(used):
    """While it stands; when it is gone, what is left is a failure until it is erased."""
    which = ("customers", "--where", "id = 2", "--basis", "court")
    placed = _do(used, "hold", "add", "shop", *which, *UNTIL)["hold_id"]
    _do(used, "subject", "erase", "--email", BEN, *PROOF, codes=(3,))
    said = _do(used, "verify", "--claim", "erased")
    assert f"shop.customers: a row kept by hold {placed}" in " ".join(said.split())
    kept = used.verify("erased")["erased"]
    assert (kept.outcome, len(kept.stays)) == (ClaimOutcome.HOLDS, 1)
    _do(used, "hold", "release", "--last")
    left = used.verify("erased")["erased"]
    assert found({"erased": left}) == {("PK308", "shop: customers")}
    assert left.stays == ()
    _do(used, "erasure", "reapply", "--since", "2020-01-01", "--yes")
    assert used.verify("erased")["erased"].outcome is ClaimOutcome.HOLDS


def test_who_came_back_beside_a_held_row_is_a_failure(used):
    """What a hold keeps of one person hides nobody else."""
    which = ("customers", "--where", "id = 2", "--basis", "court")
    _do(used, "hold", "add", "shop", *which, *UNTIL)
    _do(used, "subject", "erase", "--email", BEN, *PROOF, codes=(3,))
    _do(used, "subject", "erase", "--email", CLARA, *PROOF)
    used.sql("insert into customers values (3, 'clara@shop.example', 'Clara', null)")
    told = used.verify("erased")["erased"]
    assert [(it.id, it.place, it.count) for it in told.violations] == [
        ("PK308", "shop: customers", 1)
    ]
    assert len(told.stays) == 1


LAW = """
[reasons.tax]
citation = "AO § 147"
justification = "legal_obligation"
duration = "10 years"
[collections.shop.bills]
keep = { reason = "tax" }
[collections.shop.bills.fields]
id = { exclude = "a number" }
email = { category = "user.contact.email", identity = "email", keep = "tax" }
"""


def test_what_a_law_keeps_of_the_erased_is_no_failure(used):
    """An invoice that bears an address is there for ten years; without its reason it is not."""
    used.sql(
        "create table bills (id integer primary key, email varchar(90))",
        "create index bills_email on bills (email)",
        "insert into bills values (1, 'ben@shop.example')",
    )
    datamap = used.folder / "datamap.toml"
    plain = datamap.read_text()
    datamap.write_text(plain + LAW)
    _do(used, "subject", "erase", "--email", BEN, *PROOF, codes=(3,))
    told = used.verify("erased")["erased"]
    assert (told.violations, told.stays) == (
        (),
        ("shop.bills: a row kept as the data map says (tax)",),
    )
    datamap.write_text(plain + LAW.replace("keep = { reason", "# keep = { reason"))
    assert found(used.verify("erased")) == {("PK308", "shop: bills")}


def test_of_very_many_holds_none_is_named(used, monkeypatch):
    """Each would be a look of its own."""
    monkeypatch.setattr(kept_people, "MOST_ASKED", 0)
    which = ("customers", "--where", "id = 2", "--basis", "court")
    _do(used, "hold", "add", "shop", *which, *UNTIL)
    _do(used, "subject", "erase", "--email", BEN, *PROOF, codes=(3,))
    assert used.verify("erased")["erased"].stays == ("shop.customers: a row kept by holds",)


def test_a_value_that_too_many_hold_is_said(used):
    """Nobody can say whose it is."""
    _do(used, "subject", "erase", "--email", BEN, *PROOF)
    lines = [json.dumps({"email": BEN, "town": f"Town {number}"}) for number in range(101)]
    (used.folder / "papers" / "letters.jsonl").write_text("\n".join(lines))
    told = used.verify("erased")["erased"]
    assert (told.violations, told.outcome) == ((), ClaimOutcome.NOT_TESTED)
    assert told.why.startswith("papers.letters: ")
