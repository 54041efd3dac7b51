"""Tests of the lines of TOML keys: each is where its name stands."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from privacykit.errors import ConfigurationError, DataMapError, PolicyError
from privacykit.govern.datamap import parse_datamap
from privacykit.policy.parse import parse_policy
from privacykit.settings.load import parse
from privacykit.testing.layout import CONFIG
from privacykit.toml_files.lines import line_of, lines_of, with_lines

ROOT = Path(__file__).parents[2]
FILES = [
    *sorted((ROOT / "policies").glob("*.toml"))[::8],
    ROOT / "pyproject.toml",
    ROOT / "examples/shop/privacykit.toml",
]
ODD = """\
a.b."c d" = \"\"\"
[not.a.table]
x = 1 \\\"\"\" still
\"\"\"
literal = '''
y = 2'''''
day = 1979-05-27 07:32:00  # x = 3
"quo\\"ted" = [ 1, # ]
  [2, '3]'], { in = "}", more = [
  4] },
]
[[table]]
k = 1
  [table.inner]
  k = 2
[[table.inner.list]]
[[table]]
[ table . inner ]
k = 3
[after]
'' = { }
"""


def _leaves(value, path=()):
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else ()
    for name, inner in enumerate(value) if isinstance(value, list) else items:
        yield from _leaves(inner, (*path, str(name)))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_key_of_our_own_files_is_where_its_name_stands(file):
    """Tables, lists of tables, inline tables and lists over several lines."""
    text = file.read_text()
    rows, lines = text.split("\n"), lines_of(text)
    paths = list(_leaves(tomllib.loads(text)))
    assert len(paths) > 20
    for path in paths:
        row = rows[lines[".".join(path)] - 1]
        assert path[-1].isdigit() or path[-1] in row, path


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("a.b", 1),
        ("a.b.c d", 1),
        ("literal", 5),
        ("day", 7),
        ('quo"ted', 8),
        ('quo"ted.0', 8),
        ('quo"ted.1.1', 9),
        ('quo"ted.2.more.0', 10),
        ("table.0.k", 13),
        ("table.0.inner.k", 15),
        ("table.0.inner.list.0", 16),
        ("table.1", 17),
        ("table.1.inner.k", 19),
        ("after.", 21),
    ],
)
def test_what_looks_like_a_key_and_is_none_is_passed_over(key, line):
    """Brackets, hashes and equals signs in strings and comments."""
    tomllib.loads(ODD)
    assert lines_of(ODD)[key] == line


def test_a_missing_key_is_where_its_table_is():
    """And parts of a path that are no keys, such as alternatives of a shape, are passed over."""
    lines = lines_of('[[site]]\nid = "a"\n[x.y]\nz = [1]\n')
    asked = ("site.0.hosts", "x.Shape.y.z.0", "nowhere", "site.3.id")
    assert [line_of(lines, key) for key in asked] == [1, 4, 0, 1]


def test_what_is_no_toml_has_no_lines():
    """A file may change while it is read again."""
    assert lines_of("= [") == {}
    assert with_lines([], "= [") == ()


def _line(error):
    return [(problem.id, problem.line) for problem in error.value.problems]


def test_each_kind_of_file_says_the_line():
    """Settings, data map and policy; names that nothing defines and words of a wrong form too."""
    with pytest.raises(ConfigurationError) as settings:
        parse(CONFIG.replace('session = "necessary"', 'session = "needed"'))
    with pytest.raises(DataMapError) as datamap:
        parse_datamap('[datasets.a]\npath = "."\n[collections.a.x.fields]\nid = "user.nme"\n')
    with pytest.raises(DataMapError) as undefined:
        parse_datamap('[datasets.a]\npath = "."\nrecipients = ["b"]\n')
    with pytest.raises(PolicyError) as policy:
        parse_policy('id = "XX"\nname = "X"\nkind = "country"\nplaces = [\n  "xx",\n]\n', "XX.toml")
    found = [_line(settings), _line(datamap), _line(undefined), _line(policy)]
    assert found == [[("PK015", 35)], [("PK213", 4)], [("PK214", 3)], [("PK053", 5)]]


@pytest.mark.parametrize("read", [parse, parse_datamap, lambda text: parse_policy(text, "X.toml")])
def test_a_slip_of_the_pen_in_toml_has_its_line(read):
    """All readers say it alike."""
    with pytest.raises(ConfigurationError, match=r"toml:3: not valid TOML: ") as caught:
        read('a = 1\n\nb = "x\n')
    assert caught.value.problems[0].line == 3
