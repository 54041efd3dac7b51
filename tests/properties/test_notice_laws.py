"""Laws of the notice, on generated configurations: each element is said once and only while it is there."""

from __future__ import annotations

from collections import Counter

from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from privacykit.documents.notice.layout import notice_page
from privacykit.documents.notice.stamp import stamp_of
from privacykit.documents.pages.markdown import markdown_page
from privacykit.documents.statement import NoticeItem
from tests.documents.samples import model, writer

USES = ("analytics_no_storage", "analytics_storage", "targeted_ads", "sale", "strictly_necessary")
NAMES = [f"p{i}" for i in range(5)]
purposes = st.dictionaries(
    st.sampled_from(NAMES),
    st.tuples(
        st.lists(st.sampled_from(USES), min_size=1, max_size=2, unique=True), st.integers(1, 36)
    ),
    min_size=1,
    max_size=4,
)


@st.composite
def configurations(draw):
    """Return purposes, sinks and cookies of a site."""
    made = draw(purposes)
    names = st.sampled_from(sorted(made))
    sinks = draw(
        st.lists(
            st.tuples(
                st.lists(names, min_size=1, unique=True),
                st.sampled_from(("processor", "third_party")),
            ),
            max_size=3,
        )
    )
    cookies = draw(st.dictionaries(st.sampled_from(["_a", "_b*", "c"]), names, max_size=3))
    return made, sinks, cookies


def text_of(made, sinks, cookies, head=""):
    """Return the configuration as TOML."""
    lines = [head, '[controller]\nname = "A"\ncontact = "c@a.example"\nestablishments = ["DE"]']
    lines.append('[[site]]\nid = "s"\nhosts = ["a.example"]')
    for name, (uses, months) in made.items():
        shown = str(uses).replace("'", '"')
        lines.append(
            f'[purposes.{name}]\nuses = {shown}\nretention = "{months} months"\n'
            f'label = "Label {name}"\ndescription = "Does {name}."'
        )
    lines.append("[cookies]")
    lines += [f'"{glob}" = "{name}"' for glob, name in cookies.items()]
    for i, (names, role) in enumerate(sinks):
        shown = str(names).replace("'", '"')
        lines.append(
            f'[[sinks]]\ntype = "http"\nname = "inner-{i}"\nrole = "{role}"\n'
            f'url = "https://host{i}.internal/"\npurposes = {shown}'
        )
    lines.append('[notice]\neffective = "2026-12-01"')
    lines += [f'[notice.recipients.inner-{i}]\nname = "Firm {i}"' for i in range(len(sinks))]
    return "\n".join(lines) + "\n"


def subjects(one):
    """Return how often each element is said, by the kind of statement."""
    return Counter((it.item, it.id) for it in one.statements)


@settings(max_examples=25, deadline=None)
@for_all(configurations())
def test_every_element_is_said_exactly_once(made):
    """Purposes, times, recipients, cookies, categories; and nothing that is not there."""
    purposes, sinks, cookies = made
    one = model(text_of(*made))
    told = subjects(one)
    assert set(told.values()) == {1}
    ids = {it.id for it in one.statements}
    for name in purposes:
        assert {f"purpose.visits-{name}", f"kept.visits-{name}.0"} <= ids
    assert {i for i in ids if i.startswith("recipient.")} == {
        f"recipient.inner-{i}" for i in range(len(sinks))
    }
    own = {i for i in ids if i.startswith("cookie.") and "pk-" not in i}
    assert own == {f"cookie.{glob}" for glob in cookies}
    categories = [it for it in one.statements if it.item is NoticeItem.CATEGORIES]
    wanted = {key for activity in one.facts.activities for key in activity.categories}
    assert {it.id for it in categories} == {f"category.{key}" for key in wanted}


@settings(max_examples=25, deadline=None)
@for_all(configurations(), st.data())
def test_what_is_removed_is_not_said_any_more(made, data):
    """Its own statements go; no other appears, but that there is none left, and none abroad."""
    purposes, sinks, cookies = made
    what = data.draw(
        st.sampled_from(["cookie"] * bool(cookies) + ["sink"] * bool(sinks) or ["none"])
    )
    before = {it.id for it in model(text_of(*made)).statements}
    if what == "cookie":
        gone = min(cookies)
        after = text_of(purposes, sinks, {k: v for k, v in cookies.items() if k != gone})
        expected = {f"cookie.{gone}"}
    elif what == "sink":
        after, expected = (
            text_of(purposes, sinks[:-1], cookies),
            {f"recipient.inner-{len(sinks) - 1}"},
        )
    else:
        after, expected = text_of(*made), set()
    left = {it.id for it in model(after).statements}
    last = {"protects.sinks_only", "protects.transport"}
    assert before - left - last == expected
    assert left - before <= {"recipients.none", "transfers.none"}


@settings(max_examples=20, deadline=None)
@for_all(configurations())
def test_order_and_comments_change_nothing(made):
    """The version is that of what is said; nothing inner stands in the page."""
    purposes, sinks, cookies = made
    one = model(text_of(*made))
    turned = (dict(reversed(purposes.items())), sinks, dict(reversed(cookies.items())))
    assert model(text_of(*turned, head="# a comment")).version == one.version
    page = markdown_page(notice_page(one, writer()))
    assert "inner-" not in page
    assert "internal" not in page
    assert stamp_of(one.version, one.statements) in page
