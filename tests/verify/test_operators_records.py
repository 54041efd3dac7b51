"""What operators do is written down in our own tables: verify takes none of it for a person's."""

from __future__ import annotations

import time
from datetime import date

import pytest

from privacykit.operate.context import OperatorContext
from privacykit.operate.migrate import BESIDE, RECORDS
from privacykit.reports.kept.figures import question_digest, written
from privacykit.reports.kinds.questions import OverviewQuestion
from privacykit.reports.result import Report, ReportedPeriod
from privacykit.stores.kept.figures import KeptReport, KeptReports, KeptSubject
from privacykit.stores.kept.noise import NoiseLedger, NoisyReport
from privacykit.stores.published import PublishedReport, PublishedReports
from privacykit.verify.places.place import PlaceKind, StoredRow
from privacykit.verify.stated import Stated
from privacykit.verify.tested.stored_values import ValueReader
from privacykit.verify.values.forms import column_form
from tests.operate.raw_log import service_of
from tests.verify.installation import installed

VALUES = ("identifiers", "addresses", "user-agents")
FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)


@pytest.fixture(scope="module")
def worked(tmp_path_factory):
    """A shop whose operators anonymised a file and looked at reports."""
    with installed(tmp_path_factory.mktemp("shop")) as shop:
        datamap = shop.folder / "datamap.toml"
        datamap.write_text(datamap.read_text() + 'ip = "user.device.ip_address"\n')
        letters = shop.folder / "papers" / "letters.jsonl"
        letters.write_text('{"email":"a@b.example","town":"Berlin","ip":"203.0.113.7"}\n')
        context = OperatorContext(str(shop.config))
        _anonymise(context)
        _report(context, shop.policy)
        context.close()
        yield shop


def _anonymise(context):
    service, actor = service_of(context), context.operator("Otto")
    plan = service.plan(("papers",), (), actor)
    _, progress = service.run(plan.plan_id, plan.digest, actor, scrub=lambda _: "")
    assert progress.steps["papers.letters"].changed == 1


def _report(context, policy):
    question = question_digest(OverviewQuestion())
    subject, now = KeptSubject("shop", "overview", question), time.time()
    period = ReportedPeriod(str(FIRST), str(LAST), "Europe/Berlin")
    body = written(
        Report(
            report="overview", title="How much went on", site="shop", unit="visit", ids="daily",
            periods=(period,), segments=(), k=10, synthetic=False, policies=(policy,), sets=(), notes=(), not_available=(),
            generated_at="2026-11-01T00:00:00Z",
        )
    )  # fmt: skip
    kept = KeptReports(context.engine)
    kept.begin(subject, now)
    kept.add(subject, KeptReport(FIRST, LAST, "", body, now))
    NoiseLedger(context.engine).add(NoisyReport(subject, FIRST, LAST, "0.5", body), now)
    PublishedReports(context.engine).add("shop", "overview", PublishedReport(FIRST, LAST, ()), now)


def test_what_operators_did_is_nobodys_data(worked):
    """Plans, digests of questions, key ids and policies are in forms of their own."""
    told = worked.verify(*VALUES)
    assert [(one.claim, [*one.violations]) for one in told.values() if one.violations] == []


@pytest.mark.parametrize(
    "number", ["ae138c9abc248954fa6be0d4333f14a7", "4111111111111111", "0" * 12]
)
def test_a_token_of_ours_is_nobodys_number(worked, number):
    """Its digits may be those of a bank account or a card; in a longer text they are looked at."""
    reader = ValueReader(Stated.of(worked.context.settings, None, 1.8e9))
    row = StoredRow("papers", "letters", PlaceKind.MAPPED, {"town": f"pk-{number}"})
    assert reader.labels(row) == []
    text = f"pk-{number} of a@b.example"
    row = StoredRow("papers", "letters", PlaceKind.MAPPED, {"town": text})
    assert "email" in {label for _, label in reader.labels(row)}


@pytest.mark.parametrize("schema", [*RECORDS, *BESIDE], ids=lambda one: one.name)
def test_each_digest_and_reference_has_a_form(schema):
    """A column of ours that is called like one may hold nothing else."""
    columns = [
        (table.name, column.name)
        for table in schema.metadata.tables.values()
        for column in table.c
        if column.name in {"question", "digest", "plan_id", "request_id", "actor", "owner"}
    ]
    for column in columns:
        fits = column_form(*column)
        assert fits is not None, column
        assert not fits("anna@shop.example"), column
