"""Pages by pattern."""

from __future__ import annotations

import time

import pytest

from privacykit.pseudonym.url.pages import Pages, page_from_patterns, problem_of

PATTERNS = ("/orders/new", "/orders/{id}", "/docs/{rest:path}", "/file-{name}.html", "/")


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/", "/"),
        ("/orders/new", "/orders/new"),
        ("/orders/12345", "/orders/{id}"),
        ("/orders/12345/items", None),
        ("/orders/", None),
        ("/docs/a/b/c", "/docs/{rest:path}"),
        ("/docs/", "/docs/{rest:path}"),
        ("/docs/a\nb", "/docs/{rest:path}"),
        ("/file-report.html", "/file-{name}.html"),
        ("/fileXhtml", None),
        ("/unknown", None),
        ("/docs/" + "x" * 9999, None),
    ],
)
def test_a_path_is_named_by_its_first_pattern(path, page):
    """The pattern is the page; a path that matches none has no page, and is never itself one."""
    assert page_from_patterns(path, PATTERNS) == page


@pytest.mark.parametrize("pattern", [*PATTERNS, "/{a}/{b}/{c_2}"])
def test_good_patterns_have_no_problem(pattern):
    """What frameworks call a route is a pattern."""
    assert problem_of(pattern) is None


@pytest.mark.parametrize(
    "pattern",
    ["orders", "", "/{", "/}", "/{}", "/{1a}", "/{a:int}", "/{a}{b}", "/{a}-{b}", "/{a:path}/x"],
)
def test_bad_patterns_are_said_and_never_match(pattern):
    """A wrong pattern is reported by `check` and names no page."""
    assert isinstance(problem_of(pattern), str)
    assert Pages([pattern])("/x") is None


def test_many_placeholders_cost_little():
    """Matching never goes back over a path."""
    pages = Pages(["/" + "/".join(f"{{a{n}}}" for n in range(30)) + "/end"])
    start = time.process_time()
    assert pages("/" + "x/" * 1000) is None
    assert time.process_time() - start < 0.5
