"""The document model: what is said, of what kind, from where; what changes it and what does not."""

from __future__ import annotations

import pytest

from privacykit.documents.evidence import Disproved, Measured
from privacykit.documents.statement import NoticeItem, StatementKind
from tests.documents.samples import (
    ALL,
    CONSENTED,
    COOKIELESS,
    LAWS,
    MAP,
    SOLD,
    by_law,
    model,
    said,
)

REQUIRED = {
    "gdpr": "controller officer purposes basis categories recipients transfers retention rights "
    "withdrawal complaint must_give automated origin",
    "california": "controller purposes categories recipients retention rights opt_out automated",
    "lgpd": "controller officer purposes basis recipients retention rights withdrawal complaint",
    "pipl": "controller officer purposes categories recipients retention rights automated",
    "app": "controller officer purposes categories recipients transfers rights complaint must_give "
    "automated",
    "kvkk": "controller purposes basis recipients rights",
    "us-states": "controller purposes categories recipients retention rights opt_out complaint",
}
"""What each law wants told: the table of the duties."""


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_whole_configuration_has_no_problem(name):
    """Every item that its laws want is said."""
    assert model(*ALL[name]).problems == ()


@pytest.mark.parametrize(("family", "item"), [(f, i) for f in LAWS for i in REQUIRED[f].split()])
def test_every_item_that_a_law_wants_is_said(family, item):
    """GDPR Art. 13 and 14, 11 CCR 7011, LGPD Art. 9, PIPL Art. 17, APP 5, Law 6698 Art. 10."""
    found = model(by_law(CONSENTED, family), MAP)
    assert NoticeItem(item) in {one.item for one in found.under(family)}


@pytest.mark.parametrize("family", LAWS)
@pytest.mark.parametrize("text", [CONSENTED, "[notice]\n"], ids=["whole", "empty"])
def test_an_item_is_said_or_missing(family, text):
    """Nothing is guessed, and nothing falls silent: what is not said has a problem that names it."""
    found = model(by_law(text, family), MAP if text == CONSENTED else "")
    keys = " ".join(problem.key for problem in found.problems)
    told = {
        "controller": "controller.name",
        "officer": "notice.officer",
        "must_give": "notice.must_give",
        "automated": "notice.automated_decisions",
        "withdrawal": "",
        "basis": "",
    }
    for item in REQUIRED[family].split():
        is_said = NoticeItem(item) in {one.item for one in found.under(family)}
        assert is_said or told[item] in keys, item


def test_every_statement_has_a_kind_and_a_source():
    """A key of a file, a clause with its hash and confidence, or this software itself."""
    for one in model(CONSENTED, MAP).statements:
        assert one.kind in StatementKind
        assert one.sources
        for source in one.sources:
            assert source.key
            assert bool(source.citation) == bool(source.confidence)


def test_a_clause_names_its_policy_with_its_hash():
    """So that it can be told later which law was read."""
    right = next(s for s in model().statements if s.id == "right.gdpr.access")
    assert right.sources[0].file.startswith("DE@")
    assert (right.sources[0].citation, right.sources[0].confidence) == (
        "GDPR (Reg. (EU) 2016/679) Art. 7(3), 15-22",
        "verified",
    )


def test_no_id_is_there_twice():
    """Marks stand for ids: what is the same would hide what changed."""
    for text, datamap in ALL.values():
        ids = [one.id for one in model(text, datamap).statements]
        assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('retention = "13 months"', 'retention = "12 months"'),
        ('label = "Statistics"', 'label = "Numbers"'),
        ("10.1.2.3", "10.1.2.4"),
        ('name = "mirror"', 'name = "mirror"\nrole = "third_party"'),
        ('country = "FR"', 'country = "BE"'),
        ("identified = true", "identified = false\nexplicit = true"),
        ('"_pk*" = "analytics"', '"_pk*" = "analytics"\n"x" = "necessary"'),
    ],
    ids=["retention", "label", "host", "role", "country", "same", "cookie"],
)
def test_what_is_done_changes_the_version(request, before, after):
    """Retention, purpose, host, role; a mark that nobody is told of changes nothing."""
    assert before in CONSENTED
    changed = model(CONSENTED.replace(before, after, 1), MAP).version
    same = request.node.callspec.id == "same"
    assert (changed == model(CONSENTED, MAP).version) is same


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[notice]\n", "# a comment\n[notice]\n"),
        ('token = "t0ken"', 'token = "another"'),
        ("user:s3cret@", "else:other@"),
        ('effective = "2026-12-01"', 'effective = "2026-12-02"'),
        (
            '[notice.purposes.necessary]\nbasis = "contract"\n[notice.purposes.orders]',
            "[notice.purposes.orders]",
        ),
    ],
    ids=["comment", "credential", "login", "date", "order"],
)
def test_what_says_nothing_leaves_the_version(before, after):
    """A comment, a credential, the day, the order of tables."""
    assert before in CONSENTED
    text = CONSENTED.replace(before, after, 1)
    if "necessary]" in before:
        text += '[notice.purposes.necessary]\nbasis = "contract"\n'
    assert model(text, MAP).version == model(CONSENTED, MAP).version


def test_another_order_of_purposes_is_the_same():
    """Lists are told in the order of the file, and compared without it."""
    head, _, rest = SOLD.partition("[purposes.ads]")
    more = '[purposes.a]\nuses = ["strictly_necessary"]\nlabel = "A"\ndescription = "B."\n'
    first = model(f"{head}{more}[purposes.ads]{rest}")
    second = model(f"{SOLD}{more}")
    assert first.version == second.version


def test_the_day_is_no_part_of_the_version_and_the_law_is():
    """Rights of Californians change on 2027-01-01 (11 CCR 7200)."""
    on = [model(SOLD, on=day) for day in (*_days(2026, 6, 1), *_days(2026, 12, 1))]
    assert on[0].version == on[1].version
    assert model(SOLD, on=_days(2027, 1, 1)[0]).version != on[0].version


def _days(*parts):
    from datetime import date

    return (date(*parts),)


def test_what_was_disproved_is_not_said():
    """The claim is left out, and the model says why."""
    found = model(disproved=Disproved(frozenset({"addresses"}), "2026-11-30T00:00:00Z", "ab"))
    assert "protects.address" not in said(found)
    (problem,) = (p for p in found.problems if p.id == "PK342")
    assert (problem.key, "'addresses'" in problem.message) == ("ip.mode", True)
    assert "protects.address" in said(model())


def test_a_claim_that_nobody_makes_is_no_problem():
    """Without a recipient over TLS nothing is said of transport, so nothing is wrong."""
    assert model(COOKIELESS, disproved=Disproved(frozenset({"transport"}))).problems == ()


def test_what_was_measured_is_told_beside_what_is_declared():
    """A cookie of 400 days that is declared for 13 months."""
    found = model(measured=Measured((("_pk*", 400 * 86_400), ("session", 0))))
    kinds = {one.id: one.kind for one in found.statements}
    assert kinds["cookie._pk*"] is StatementKind.MEASURED
    cookie = next(one for one in found.statements if one.id == "cookie._pk*")
    assert str(cookie.value("seen")) == "Lasting(months=0, days=400)"


def test_a_law_that_keeps_data_shorter_is_named():
    """The lower number wins: France's 25 months, in a sentence of its own."""
    text = CONSENTED.replace('establishments = ["DE"]', 'establishments = ["FR"]').replace(
        'retention = "13 months"', 'retention = "40 months"'
    )
    told = said(model(text, MAP))
    assert told["kept.visits-analytics.0"] == (
        "Statistics: 758 days, the longest that the law allows"
    )
