"""The notice for machines: what is in it, what changed since another, whether it is still true."""

from __future__ import annotations

import json

import pytest

from privacykit.documents.notice.explained import explained
from privacykit.documents.notice.layout import notice_page
from privacykit.documents.notice.public import (
    changes_between,
    changes_of_stamp,
    old_document,
    public_document,
)
from privacykit.documents.notice.stamp import read_stamp, stamp_of
from privacykit.documents.pages.html import html_page
from privacykit.documents.pages.markdown import markdown_page
from privacykit.errors import InputError
from tests.documents.samples import ALL, CONSENTED, MAP, model, writer


def document(text=CONSENTED, datamap=MAP):
    """Return the public document as it is read back."""
    return json.loads(json.dumps(public_document(model(text, datamap), writer())))


@pytest.mark.parametrize("name", sorted(ALL))
def test_the_document_names_nothing_inner(name):
    """No key of a file, no name of a sink, dataset or column, no host, no credential."""
    told = json.dumps(document(*ALL[name]))
    inner = ("sinks.", "datamap", "mirror.", "s3cret", "10.1.2.3", "postgresql", "shop.customers")
    assert [word for word in inner if word in told] == []


def test_the_document_cites_the_law():
    """Policy with its hash, clause, article and how sure we are."""
    right = next(s for s in document()["statements"] if s["item"] == "rights" and s["laws"])
    assert right["clauses"][0]["policy"].startswith("DE@")
    assert right["clauses"][0]["confidence"] == "verified"


def test_nothing_changed_since_itself():
    """The same files, the same document."""
    assert document() == document()
    assert changes_between(document(), model(CONSENTED, MAP), writer()) == ()


@pytest.mark.parametrize(
    ("before", "after", "how", "old", "new"),
    [
        ('"13 months"', '"12 months"', "changed", "Statistics: 13 months", "Statistics: 1 year"),
        (
            'requests = "Write to privacy@shop.example."\n',
            "",
            "removed",
            "Requests: Write to privacy@shop.example.",
            "",
        ),
        (
            "[notice]\n",
            '[notice]\njoint = ["Else Ltd"]\n',
            "added",
            "",
            "Responsible together with us: Else Ltd",
        ),
    ],
)
def test_a_change_is_told_with_both_texts(before, after, how, old, new):
    """As a person reads it."""
    changed = model(CONSENTED.replace(before, after, 1), MAP)
    (change,) = changes_between(document(), changed, writer())
    assert (change.how, change.old, change.new) == (how, old, new)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"format": "else"}',
        "\udcff",
        '{"format": "urn:privacykit:notice:1"}',
        '{"format": "urn:privacykit:notice:1", "statements": [1]}',
    ],
)
def test_what_is_no_notice_of_ours_is_refused(text):
    """Whatever it is; the text is not quoted."""
    with pytest.raises(InputError, match="PK345"):
        old_document(text)


@pytest.mark.parametrize("form", [html_page, markdown_page], ids=["html", "markdown"])
def test_a_published_page_is_known_by_its_stamp(form):
    """Version and marks, whatever the language and the markup around it."""
    found = model(CONSENTED, MAP)
    stamp = read_stamp(form(notice_page(found, writer("de"))))
    assert stamp.version == found.version
    assert changes_of_stamp(stamp.digests, found.statements, writer()) == ()


def test_what_changed_since_a_page_is_told():
    """What was added or changed by its text, what is gone by its number."""
    before = model(CONSENTED, MAP)
    marks = read_stamp(stamp_of(before.version, before.statements)).digests
    text = CONSENTED.replace('"13 months"', '"12 months"', 1).replace(
        'requests = "Write to privacy@shop.example."\n', 'joint = ["Else Ltd"]\n'
    )
    told = changes_of_stamp(marks, model(text, MAP).statements, writer())
    assert sorted((it.how, it.new) for it in told) == [
        ("added", "Responsible together with us: Else Ltd"),
        ("changed", "Statistics: 1 year"),
        ("removed", ""),
    ]


def test_a_page_of_another_has_no_stamp():
    """Then it is read as JSON."""
    assert read_stamp("<html><!-- privacykit-notice x --></html>") is None


def test_a_stamp_says_nothing_of_what_it_marks():
    """Names of sinks, datasets and purposes are hashed."""
    found = model(CONSENTED, MAP)
    assert "mirror" not in stamp_of(found.version, found.statements)


def test_explained_statements_name_file_line_and_clause():
    """For the operator, who may see all of it."""
    told = {it.id: it for it in explained(model(CONSENTED, MAP), writer(), lambda it: it)}
    assert told["kept.visits-analytics.0"].sources == (
        "privacykit.toml: purposes.analytics.retention",
    )
    assert told["recipient.mirror"].sources[0] == "privacykit.toml: sinks.1"
    assert told["category.user.health"].sources[0] == "datamap.toml: collections.shop.customers"
    assert "(GDPR (Reg. (EU) 2016/679) Art. 12(3); verified)" in told["answer.gdpr"].sources[0]
    assert (told["protects.address"].kind, told["protects.address"].claims) == (
        "derived",
        ("addresses",),
    )
