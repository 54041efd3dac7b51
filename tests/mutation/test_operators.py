"""What a mutant may change, and what is left alone."""

from __future__ import annotations

import pytest

from tests.mutation.operators import mutants


def _becomes(source: str) -> list[str]:
    code = source.encode()
    return [mutant.diff(code)[1] for mutant in mutants("a.py", code)]


@pytest.mark.parametrize(
    ("source", "becomes"),
    [
        ("x = a == b", ["x = a != b"]),
        ("x = a < b", ["x = a <= b"]),
        ("x = a not in b", ["x = a in b"]),
        ("x = a is not b", ["x = a is b"]),
        ("x = a <= b < c", ["x = a < b < c", "x = a <= b <= c"]),
        ("x = (a) and (b)", ["x = (a) or (b)"]),
        ("x = a or b or c", ["x = a and b or c", "x = a or b and c"]),
        ("x = a | b", ["x = a & b"]),
        ("mask |= DNT", ["pass", "mask &= DNT"]),
        ("n += m", ["pass", "n -= m"]),
        ("n = m // k", ["n = m * k"]),
        ("n = -m", ["n = m"]),
        ("n = 64", ["n = 65"]),
        ("n = True", ["n = False"]),
        ("n = 'day'", ["n = 'day~'"]),
        ("n = b'day'", ["n = b'day~'"]),
        ("n = min(a, b)", ["n = max(a, b)"]),
        ("call(a)", ["pass"]),
        ("raise Wrong(a)", ["pass"]),
        ("x = {a, b}", ["x = {b}", "x = {a}"]),
        ("x = {a: b, c: d}", ["x = {c: d}", "x = {a: b}"]),
        ("x = (a, b, c)", ["x = (b, c)", "x = (a, c)", "x = (a, b)"]),
        ("x = (a, b)", []),
    ],
)
def test_a_line_becomes(source, becomes):
    """Each operator makes its mutants, in the order of the text."""
    assert _becomes(source) == becomes


@pytest.mark.parametrize(
    ("source", "becomes"),
    [
        ("if a:\n  b", ["if False:", "if (not (a)):"]),
        ("if not a:\n  b", ["if a:", "if False:"]),
        ("if a == c:\n  b", ["if False:", "if a != c:"]),
        ("if a:\n  b\nelse:\n  c", ["if False:", "if True:", "if (not (a)):"]),
        ("x = b if a else c", ["x = b if False else c", "x = b if True else c", "x = b if (not (a)) else c"]),
        ("while True:\n  break", ["continue", "while False:"]),
        ("for a in b:\n  continue", ["break"]),
        ("match a:\n  case b:\n    c", ["case b if False:"]),
        ("def f():\n  return a", ["return None"]),
        ("def f():\n  return a and b", ["return a or b", "return (not (a and b))"]),
        ("def f():\n  return a is b", ["return a is not b"]),
        ("def f(a=1): pass", ["def f(a=2): pass"]),
        ("def f(a):\n  a = b", ["pass"]),
        ("def f():\n  a = b", []),
        ("def f(a):\n  a.b = c", ["pass"]),
    ],
)  # fmt: skip
def test_a_branch_becomes(source, becomes):
    """Conditions are negated, branches dropped, what is returned or assigned is lost."""
    assert sorted(_becomes(source)) == sorted(becomes)


@pytest.mark.parametrize(
    "source",
    [
        '"""What it is, in 1 sentence."""',
        "x: Literal['a', 'b']",
        "def f(a: int | None) -> 'str': pass",
        "@cache(size=8)\ndef f(): pass",
        "class A(B, frozen=True): pass",
        "x = f'{a} and 1'",
        "x = 'not an address'",
        "log.info('begun', 1)",
        "_log.warning('%s of 2', a)",
        "if TYPE_CHECKING:\n  x = 1",
        "__slots__ = ('a', 'b', 'c')",
        "x: int = field(repr=False)",
        "x = value.decode('latin-1')",
        "Id = NewType('Id', str)",
    ],
)
def test_what_is_only_said_is_left_alone(source):
    """No behaviour hangs on words, annotations and decorators."""
    assert _becomes(source) == []


def test_the_text_of_a_repr_is_left_alone():
    """What a repr says does not matter; that there is one does."""
    assert _becomes("def __repr__(self):\n  return '<salt>'") == []


def test_what_an_error_says_is_left_alone():
    """A raise may be lost; its words do not matter."""
    assert _becomes("raise Wrong('x' if a else 'y')") == ["pass"]


def test_the_rest_of_the_file_stays_as_it_is():
    """Only the place of the change differs, comments and odd spacing included."""
    source = "x = (a  # and\n     and b)   # or\ny = 'é' ; z = 1\n".encode()
    assert [mutant.applied(source).decode() for mutant in mutants("a.py", source)] == [
        "x = (a  # and\n     or b)   # or\ny = 'é' ; z = 1\n",
        "x = (a  # and\n     and b)   # or\ny = 'é~' ; z = 1\n",
        "x = (a  # and\n     and b)   # or\ny = 'é' ; z = 2\n",
    ]
