"""Laws of the choice cookies, on hostile input."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from privacykit.signals.choice.cookies import ChoiceCookies
from privacykit.signals.choice.mask import NO_CHOICE, REFUSED, granted, refused
from privacykit.signals.dnt import dnt, parse_tk, preference
from privacykit.signals.gpc import gpc, parse_support

NOW = 1_795_262_400.0
PURPOSES = ("analytics", "ads", "chat")
SITE = ChoiceCookies(site="shop", purposes=PURPOSES, sign_keys=[b"k" * 32])
FORGER = ChoiceCookies(site="shop", purposes=PURPOSES, sign_keys=[b"f" * 32])

subsets = st.lists(st.sampled_from(PURPOSES), min_size=1, unique=True)
separators = st.sampled_from(["; ", ";", " ;\t", ";;"])


def pair(set_cookie):
    """Return name and value of *set_cookie*."""
    return set_cookie.partition(";")[0]


pieces = st.one_of(
    st.text(st.characters(codec="latin-1"), max_size=30),
    st.builds(lambda purposes: pair(FORGER.grant("r", purposes, NOW)), subsets),
    st.builds(lambda text: f"__Host-pk-yes={text}", st.text("1:abc/%~é", max_size=60)),
    st.just(pair(SITE.grant("r", PURPOSES, NOW + 10_000))),
)
headers = st.builds(lambda parts, by: by.join(parts), st.lists(pieces, max_size=6), separators)


@given(st.binary(max_size=400), st.floats(0, 4e9))
def test_no_bytes_break_the_reader(header, now):
    """Any bytes at any time give a choice, never an exception."""
    assert SITE.read(header, now).mask >= 0


@given(headers)
def test_nothing_but_our_signature_grants(header):
    """Text, forgeries and future-dated grants never become consent."""
    choice = SITE.read(header.encode("latin-1"), NOW)
    assert choice.record is None
    assert not any(granted(choice.mask, index) for index in range(3))


@given(headers, headers, separators, subsets)
def test_a_refusal_is_found_in_any_company(before, after, by, purposes):
    """Whatever stands around it, a refusal in a header counts."""
    header = by.join([before, pair(SITE.refusal(purposes, NOW)), after])
    mask = SITE.read(header.encode("latin-1"), NOW).mask
    assert all(refused(mask, PURPOSES.index(purpose)) for purpose in purposes)


@given(subsets, subsets)
def test_adding_a_refusal_never_loosens(given_purposes, refused_purposes):
    """What is granted beside a refusal is what was granted less what was refused."""
    grant = pair(SITE.grant("r", given_purposes, NOW))
    refusal = pair(SITE.refusal(refused_purposes, NOW))
    mask = SITE.read(f"{grant}; {refusal}".encode(), NOW).mask
    left = {name for index, name in enumerate(PURPOSES) if granted(mask, index)}
    assert set(given_purposes) - set(refused_purposes) == left
    assert bool(mask & REFUSED) is (set(refused_purposes) == set(PURPOSES))


@given(subsets, st.booleans())
def test_what_is_written_is_read(purposes, after_gpc):
    """A grant and its reading agree."""
    header = pair(SITE.grant("r", purposes, NOW, "v", after_gpc=after_gpc)).encode()
    mask = SITE.read(header, NOW).mask
    assert set(purposes) == {n for i, n in enumerate(PURPOSES) if granted(mask, i)}


@given(st.lists(st.text(min_size=1, max_size=40), min_size=1, max_size=5, unique=True))
def test_any_purpose_name_survives_the_cookie(names):
    """Names are quoted, so no name can be mistaken for syntax."""
    site = ChoiceCookies(site="s", purposes=names, sign_keys=[b"k" * 32])
    only = names[:1]
    written = f"{pair(site.grant('r', names, NOW))}; {pair(site.refusal(only, NOW))}".encode()
    mask = site.read(written, NOW).mask
    assert [i > 0 for i in range(len(names))] == [granted(mask, i) for i in range(len(names))]


@settings(max_examples=20)
@given(st.sampled_from([b"__Host-pk-no=", b"__Host-pk-yes=", b"x__Host-pk-no=1;"]))
def test_work_is_bounded_on_huge_headers(piece):
    """A header of the size servers let pass is read without growing work per imitation."""
    choice = SITE.read(piece * (65_536 // len(piece)), NOW)
    assert choice.record is None
    assert choice == NO_CHOICE or choice.mask & REFUSED


@given(st.binary(max_size=300))
def test_signals_never_raise(value):
    """Any bytes are an answer."""
    assert gpc(value) in {True, False}
    assert dnt(value) is (preference(value) is True)
    assert parse_tk(value.decode("latin-1")) is None or value
    assert parse_support(200, value, "application/json").support in {True, False, None}
