"""What should not be anywhere, put into one place each; with the ids and places to find it by."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable

import msgspec

from privacykit.collect.ports import OutboxRow
from privacykit.govern.records import Identity
from tests.verify.installation import DAY, Installation

V4 = "192.0.2.77"
V6 = "2001:db8:1:2:3:4:5:6"
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
EMAIL = "otto@example.org"
PHONE = "+49 30 901820"
CARD = "4111 1111 1111 1111"
IBAN = "DE89 3704 0044 0532 0130 00"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"
Places = set[tuple[str, str]]
Seed = Callable[[Installation], Places]
SEEDS: list[Seed] = []


def seed(function: Seed) -> Seed:
    """Note *function* as one that puts something somewhere."""
    SEEDS.append(function)
    return function


def table_of(shop, row):
    """Return what the event store calls the table of *row*."""
    from privacykit.stores.events.periods import Period

    if not shop.own_url.startswith("sqlite"):
        return "events"
    return f"own_{Period.of(row.envelope.expires_at).name}"


def kept(shop, id_, path, **data) -> Places:
    """Keep an event with *data*; return where that is found."""
    row = shop.row(**data)
    shop.keep(row)
    return {(id_, f"event store: {table_of(shop, row)}.body.data.{path}")}


@seed
def _a_whole_address(shop):
    return kept(shop, "PK300", "ip", ip=V4)


@seed
def _a_whole_address_of_ipv6(shop):
    return kept(shop, "PK300", "ip", ip=V6, ip_bits=48)


@seed
def _an_address_finer_than_its_event_says(shop):
    return kept(shop, "PK300", "ip", ip="203.0.113.0", ip_bits=16)


@seed
def _a_mapped_address(shop):
    return kept(shop, "PK300", "props.seen", props={"seen": f"::ffff:{V4}"})


@seed
def _an_address_in_a_page(shop):
    return kept(shop, "PK300", "page", page=f"/from/{V4}/x")


@seed
def _an_encoded_address_in_a_referrer(shop):
    told = {"channel": "search", "url": "https://s.example/?c=2001%3Adb8%3A%3A77%3A1"}
    return kept(shop, "PK300", "referrer.url", referrer=told)


@seed
def _an_address_of_a_provider_in_a_host(shop):
    told = {"channel": "referral", "host": "ip-192-0-2-77.isp.example"}
    return kept(shop, "PK300", "referrer.host", referrer=told)


@seed
def _a_user_agent(shop):
    return kept(shop, "PK301", "props.with", props={"with": AGENT})


@seed
def _an_email_address_in_json_in_a_text(shop):
    note = json.dumps({"to": [{"mail": EMAIL}]})
    return kept(shop, "PK302", "props.note.to.mail", props={"note": note})


@seed
def _an_email_address_as_a_name(shop):
    return kept(shop, "PK302", "props.…", props={EMAIL: 1})


@seed
def _a_telephone_number(shop):
    return kept(shop, "PK302", "campaign.term", campaign={"term": PHONE})


@seed
def _a_card_in_a_query(shop):
    return kept(shop, "PK302", "query", query=f"pay={CARD}")


@seed
def _a_bank_account_in_base64(shop):
    told = base64.b64encode(IBAN.encode()).decode()
    return kept(shop, "PK302", "props.code", props={"code": told})


@seed
def _a_token_where_a_code_stands(shop):
    return kept(shop, "PK302", "place.country", place={"country": JWT, "region": None})


@seed
def _an_email_address_in_an_unknown_member(shop):
    return kept(shop, "PK302", "owner", owner=EMAIL)


@seed
def _an_email_address_as_a_visitor(shop):
    row = shop.row(visitor=EMAIL)
    shop.keep(row)
    table = f"event store: {table_of(shop, row)}"
    return {("PK302", f"{table}.visitor"), ("PK302", f"{table}.body.data.visitor")}


@seed
def _an_address_on_hold(shop):
    shop.keep(shop.row(page=f"/{V4}"), "held")
    return {("PK300", "event store: events_held.body.data.page")}


@seed
def _an_address_that_waits(shop):
    shop.wait(shop.row(props={"from": V4}), "lines")
    return {("PK300", "event store: outbox_batches.bodies.data.props.from")}


@seed
def _a_subject_in_clear_that_waits(shop):
    shop.wait(shop.row(subject=EMAIL), "lines")
    return {("PK302", "event store: outbox_batches.envelopes.subject")}


@seed
def _a_user_agent_that_was_refused(shop):
    shop.reject(shop.row(page=AGENT), "lines")
    return {("PK301", "event store: outbox_rejected.body.data.page")}


@seed
def _an_address_in_the_audit_log(shop):
    shop.context.audit.append("system", "test.noted", detail={"seen": V4})
    return {("PK300", "event store: audit_details.body.seen")}


@seed
def _an_id_on_two_days(shop):
    for days in (1, 3):
        shop.keep(shop.row(visitor="ab" * 16, at=shop.now - days * DAY))
    return {("PK303", "event store: events.visitor")}


@seed
def _an_id_on_two_days_in_a_sink(shop):
    rows = [shop.row(visitor="cd" * 16, at=shop.now - days * DAY) for days in (1, 3)]
    shop.deliver("lake", *rows)
    return {("PK303", "sink lake: *.visitor")}


@seed
def _an_id_where_none_may_be(shop):
    row = shop.row("necessary", visitor="ef" * 16)
    shop.keep(row)
    return {("PK303", f"event store: {table_of(shop, row)}.visitor")}


@seed
def _a_salt_that_lives_on(shop):
    shop.salt(days_ago=2)
    return {("PK304", "salts: salts")}


@seed
def _no_proof(shop):
    shop.wait(shop.row("profile", source="consent", visitor=None), "lines")
    row = shop.row("analytics")
    body = json.loads(row.body)
    body["data"]["consent"]["purposes"] = {"analytics": "deny"}
    shop.keep(OutboxRow(row.envelope, msgspec.json.encode(body)))
    return {
        ("PK305", "event store: outbox_batches.record"),
        ("PK310", "event store: outbox_batches"),
        ("PK305", f"event store: {table_of(shop, row)}.consent"),
    }


@seed
def _a_proof_that_is_not_on_record(shop):
    shop.keep(shop.row("profile", source="consent", visitor="12" * 16))
    return {("PK305", "event store: events.visitor")}


@seed
def _a_proof_of_another_purpose_a_later_one_and_one_withdrawn(shop):
    other = shop.consent(("ads",))
    later = shop.consent(given=shop.now - 10)
    ended = shop.consent(withdrawn=shop.now - 3000)
    at = shop.now - 600
    rows = [shop.row("profile", record=r, at=at, visitor=None) for r in (other, later, ended)]
    for row in rows:
        shop.keep(row)
    return {("PK306", f"event store: {table_of(shop, rows[0])}.record")} | {
        # the withdrawal is an order as well
        ("PK308", f"event store: {table_of(shop, rows[0])}.record")
    }


@seed
def _expired_events(shop):
    for_long = shop.now - 40 * DAY
    shop.keep(shop.row(at=for_long, expires_at=int(shop.now - 3 * DAY)))
    shop.wait(shop.row(at=for_long, expires_at=int(shop.now - 3 * DAY)), "lines")
    shop.deliver("ducks", shop.row(at=for_long, expires_at=int(shop.now - 3 * DAY)))
    return {
        ("PK307", "event store: events.expires_at"),
        ("PK307", "event store: outbox_batches.expires_at"),
        ("PK307", "sink ducks: events.expires_at"),
    }


@seed
def _a_proof_that_is_over(shop):
    shop.consent(given=shop.now - 8 * 365 * DAY)
    return {("PK307", "records: consents.given_at")}


@seed
def _an_event_that_would_stay_too_long(shop):
    row = shop.row(expires_at=int(shop.now + 450 * DAY))
    shop.keep(row)
    return {("PK307", f"event store: {table_of(shop, row)}.expires_at")}


@seed
def _a_row_that_is_over(shop):
    shop.sql("insert into orders values (1, 1, '2020-01-01 00:00:00', 'shoes')")
    return {("PK307", "shop: orders.placed")}


@seed
def _somebody_who_was_stopped(shop):
    shop.context.consents.stop("subject", "34" * 16, at=shop.now - DAY, until=None)
    row = shop.row(subject="34" * 16)
    shop.keep(row)
    return {("PK308", f"event store: {table_of(shop, row)}.subject")}


@seed
def _somebody_who_was_erased(shop):
    erased = [Identity("email", "berta@shop.example")]
    about = {"reason": "erasure", "at": shop.now, "actor": "system", "request_id": "be" * 16}
    shop.context.suppressions.add(erased, **about)
    shop.sql("insert into customers values (2, 'berta@shop.example', 'Berta', '{}')")
    [row] = shop.context.connectors["shop"].resolve(erased, 2)
    rows = [(row.collection, row.key, row.mark)]
    shop.context.suppressions.erased.add("be" * 16, rows, erased)
    return {("PK308", "shop: customers")}


@seed
def _an_unmapped_table_and_column(shop):
    shop.sql(
        "create table leads (id integer primary key, said varchar(90))",
        f"insert into leads values (1, '{EMAIL}')",
        "alter table customers add column seen varchar(90)",
        f"update customers set seen = '{V4}' where id = 1",
    )
    return {
        ("PK220", "data map: shop.leads"),
        ("PK221", "data map: shop.customers.seen"),
        ("PK302", "shop: leads.said"),
        ("PK300", "shop: customers.seen"),
    }


@seed
def _values_in_an_excluded_column(shop):
    told = json.dumps({"last": {"ip": V4, "with": AGENT}, "pay": CARD})
    shop.sql(f"insert into customers values (3, 'carl@shop.example', 'Carl', '{told}', null)")
    return {
        ("PK300", "shop: customers.settings.last.ip"),
        ("PK301", "shop: customers.settings.last.with"),
        ("PK302", "shop: customers.settings.pay"),
    }


@seed
def _values_in_a_column_of_another_kind(shop):
    shop.sql(f"insert into customers values (4, 'dora@shop.example', '{IBAN}', '{{}}', null)")
    return {("PK302", "shop: customers.name")}


@seed
def _values_in_files(shop):
    papers = shop.folder / "papers"
    line = json.dumps({"email": "emil@shop.example", "town": f"call {PHONE}"})
    (papers / "letters-2.jsonl.gz").write_bytes(gzip.compress(line.encode() + b"\n"))
    (papers / "dump.sql").write_text(f"insert into t values ('{EMAIL}');\n")
    return {("PK302", "papers: letters.town"), ("PK302", "papers: dump.sql.line")}


@seed
def _an_unknown_purpose(shop):
    row = shop.row("surveys")
    shop.keep(row)
    return {("PK309", f"event store: {table_of(shop, row)}.purpose")}


@seed
def _what_a_sink_refused(shop):
    shop.deliver("lines", shop.row("profile", visitor=None))
    shop.deliver("ducks", shop.row("ads", page=f"/{V4}"))
    shop.deliver("lake", shop.row("ads", props={"mail": EMAIL}))
    return {
        ("PK310", "sink lines: *"),
        ("PK310", "sink ducks: events"),
        ("PK300", "sink ducks: events.data.page"),
        ("PK310", "sink lake: *"),
        ("PK302", "sink lake: *.data.props.mail"),
    }


@seed
def _copies_that_somebody_made(shop):
    files = (shop.folder / "lines").glob("lines-*.jsonl")
    written = next(path for path in files if b'"purpose":"profile"' in path.read_bytes())
    names = ("lines-old.bak", "rotated.1.gz", "Copy of lines.txt", ".privacykit-0a1b", "old/x.tmp")
    told = written.read_bytes() + f"note of {EMAIL}\n".encode()
    (shop.folder / "lines" / "old").mkdir()
    for name in names:
        packed = gzip.compress(told) if name.endswith(".gz") else told
        (shop.folder / "lines" / name).write_bytes(packed)
    return {
        each
        for name in names
        for each in (("PK302", f"sink lines: {name}.line"), ("PK310", f"sink lines: {name}"))
    }


def _decided(shop, at, **members):
    """Keep an event of somebody in Germany whose decision says *members*; return its table."""
    row = shop.row("profile", at=at, place={"country": "DE", "region": None})
    body = json.loads(row.body)
    body["data"]["consent"] |= members
    shop.keep(OutboxRow(row.envelope, msgspec.json.encode(body)))
    return f"event store: {table_of(shop, row)}"


@seed
def _a_decision_by_an_older_policy(shop):
    later = shop.now + 2 * 3600
    table = _decided(shop, later, policies=["DE@0123456789ab"], source="consent")
    _decided(shop, later, policies=["ZZ-ALL@000000000000"], source="consent")
    return {("PK311", f"{table}.consent.policies")}


@seed
def _a_decision_on_a_ground_that_is_none(shop):
    table = _decided(shop, shop.now - 60, source="law")
    _decided(shop, shop.now - 60, source="banana")
    return {("PK460", f"{table}.consent.source")}


@seed
def _logs(shop):
    start = f"{V4} - - [30/Nov/2026:10:00:00 +0000]".encode()
    shop.log("access.log.1", start + b' "GET / HTTP/1.1" 200 5 "-" "-"')
    agent = f'203.0.0.0 - - [30/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "{AGENT}"'
    shop.log("access.log.2.gz", agent.encode(), packed=True)
    query = b'203.0.0.0 - - [30/Nov/2026:10:00:00 +0000] "GET /?q=%b HTTP/1.1" 200 5 "-" "-"'
    shop.log("access.log.3", query % EMAIL.encode())
    shop.log("app.log", f"order of {EMAIL} taken".encode())
    return {
        ("PK312", f"log {n}")
        for n in ("access.log.1", "access.log.2.gz", "access.log.3", "app.log")
    }


@seed
def _an_edited_audit_log(shop):
    shop.context.audit.append("system", "test.ended")
    shop.sql("update audit_entries set action = 'test.other' where action = 'test.ended'", own=True)
    return {("PK315", "records: audit log")}


@seed
def _a_file_that_others_may_read(shop):
    (shop.folder / "salts.db").chmod(0o644)
    return {("PK313", "salts: salts.db")}
