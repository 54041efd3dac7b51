"""Header lines in the shapes that servers give them."""

from __future__ import annotations

import pytest

from privacykit.web.headers import MOST_LINES, are_plain, joined, plain_pairs

LINES = [(b"host", b"shop.example"), (b"x", b"1")]


def test_repeated_lines_are_joined():
    """Lists by comma, cookies by semicolon, in order."""
    assert joined([(b"cookie", b"a=1"), (b"x", b"1"), (b"cookie", b"b=2"), (b"x", b"2")]) == {
        b"cookie": b"a=1; b=2",
        b"x": b"1, 2",
    }


@pytest.mark.parametrize(
    "given",
    [
        LINES,
        tuple(LINES),
        iter(LINES),
        (line for line in LINES),
        [[b"Host", b"shop.example"], [b"X", b"1"]],
        [(bytearray(b"host"), bytearray(b"shop.example")), (memoryview(b"x"), b"1")],
        [("Host", "shop.example"), ("x", "1")],
        [None, (b"host", b"shop.example"), (b"a",), (b"b", 5), 7, (b"x", b"1")],
    ],
    ids=["list", "tuple", "iterator", "generator", "lists", "bytes-like", "text", "rubbish"],
)
def test_any_shape_becomes_pairs_of_bytes(given):
    """What is no header line is left out; names are lower case."""
    assert plain_pairs(given) == LINES


@pytest.mark.parametrize("given", [None, 5, object()])
def test_what_is_no_list_holds_nothing(given):
    """A server that gives none gives an empty one."""
    assert plain_pairs(given) == []


def test_an_iterator_that_breaks_gives_what_it_gave():
    """The server's failure is not the request's."""

    def breaking():
        yield b"host", b"shop.example"
        raise RuntimeError

    assert plain_pairs(breaking()) == LINES[:1]


@pytest.mark.parametrize(
    ("lines", "plain"),
    [(LINES, True), ([(b"Host", b"x")], False), ([("host", b"x")], False), ([5], False)],
)
def test_plain_pairs_are_known(lines, plain):
    """Only bytes under names in lower case are what the edge reads."""
    assert are_plain(lines) is plain


@pytest.mark.parametrize("name", [b"x-a", b"X-A"])
@pytest.mark.parametrize("given", [list, iter], ids=["list", "once"])
def test_of_thousands_of_lines_the_first_are_read(name, given):
    """One more than are looked at, which tells that there were more."""
    lines = [(name, b"%d" % n) for n in range(MOST_LINES * 4)]
    assert [v for _, v in plain_pairs(given(lines))] == [b"%d" % n for n in range(MOST_LINES + 1)]
    assert len(lines) == MOST_LINES * 4


@pytest.mark.parametrize("given", [list, iter, lambda lines: [list(line) for line in lines]])
def test_a_cookie_in_parts_becomes_one_line(given):
    """As RFC 9113 §8.2.3 asks, all of it in its order: a refusal may be the last part."""
    parts = [b"a=1", b"b=2; c=3", b"pk-no=*:2026-11"]
    lines = [LINES[0], *[(b"cookie", part) for part in parts], LINES[1]]
    found = [*map(tuple, plain_pairs(given(lines)))]
    assert found == [*LINES, (b"cookie", b"; ".join(parts))]


def test_what_is_so_already_is_returned():
    """One cookie, or none, costs no other list; what only sounds like one stays."""
    lines = [*LINES, (b"cookie", b"a=1"), (b"x-cookie", b"b=2"), (b"cookie-x", b"c=3")]
    assert plain_pairs(LINES) is LINES
    assert plain_pairs(lines) == lines


def test_parts_of_too_many_lines_stay():
    """They tell that there were more than are read, so that nothing is decided."""
    lines = [(b"cookie", b"a=%d" % n) for n in range(MOST_LINES + 1)]
    assert plain_pairs(lines) == lines
