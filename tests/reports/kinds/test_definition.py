"""Definitions: goals, funnels and stages in a file, and every mistake at its line."""

from __future__ import annotations

import pytest

from privacykit.errors import ConfigurationError, InputError
from privacykit.reports.conditions import read_step
from privacykit.reports.kinds.definition import read_definition
from privacykit.reports.kinds.questions import Goal, Stage
from privacykit.reports.periods import DAY
from privacykit.reports.question import FunnelQuestion, Step

GOOD = """\
[[goals]]
name = "bought"
match = "event==order;value>=1000"

[[funnels]]
name = "shop"
steps = ["/", "/products/*", { name = "Cart", match = "event==cart_add" }, { goal = "bought" }]
mode = "sequential"
unit = "person"
within_days = 7

[[funnels]]
name = "news"
steps = ["/news", "signup", { name = "Paid", goal = "bought" }, { match = "prop.plan==pro" }]

[[stages]]
name = "look"
match = "/products/*"
"""


def test_steps_are_events_pages_goals_and_conditions_mixed():
    """Goals and funnels do not depend on each other; a goal may be a step under another name."""
    found = read_definition(GOOD, "shop.toml")

    bought = read_step("event==order;value>=1000")
    assert found.goals == {"bought": Goal("bought", bought)}
    assert found.funnels["shop"] == FunnelQuestion(
        "shop",
        (
            Step("/", read_step("/")),
            Step("/products/*", read_step("/products/*")),
            Step("Cart", read_step("cart_add")),
            Step("bought", bought),
        ),
        "person",
        "sequential",
        7 * DAY,
    )
    assert found.funnels["news"].steps[2:] == (
        Step("Paid", bought),
        Step("prop.plan==pro", read_step("prop.plan==pro")),
    )
    assert found.stages == (Stage("look", read_step("/products/*")),)


def test_a_file_may_have_no_funnel():
    """Or nothing at all."""
    found = read_definition("", "empty.toml")
    assert (found.goals, found.funnels, found.stages) == ({}, {}, ())


def test_a_goal_and_a_funnel_are_found_by_name():
    """The only funnel needs none."""
    found = read_definition(GOOD, "shop.toml")
    alone = read_definition('[[funnels]]\nname = "a"\nsteps = ["x", "y"]', "a.toml")

    assert found.goal("bought").name == "bought"
    assert found.funnel("news").name == "news"
    assert alone.funnel("").name == "a"


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda found: found.funnel(""), "say which funnel with --name; .* shop, news"),
        (lambda found: found.funnel("other"), "say which funnel with --name; .* shop, news"),
        (lambda found: found.goal("other"), "no goal of that name; .* bought"),
    ],
    ids=["several", "funnel", "goal"],
)
def test_what_is_not_there_is_refused_with_what_is(ask, message):
    """Whoever mistypes a name sees the names."""
    with pytest.raises(InputError, match=message):
        ask(read_definition(GOOD, "shop.toml"))


MISTAKES = {
    "no TOML": ("[[goals]]\nname = @", ["f.toml:2: not valid TOML: invalid value"]),
    "an unknown key": (
        '[[goals]]\nname = "secret"\nmatch = "a"\nmach = "secret"',
        ["f.toml:4: goals.0.mach: extra inputs are not permitted"],
    ),
    "a missing key": (
        '[[goals]]\nname = "secret"',
        ["f.toml:1: goals.0.match: field required"],
    ),
    "single people": (
        '[[goals]]\nname = "g"\nmatch = "visitor_id==secret"',
        ["f.toml:3: goals.0.match: singles_out: visitor_id would show single people"],
    ),
    "an empty stage": (
        '[[stages]]\nname = "g"\nmatch = ""',
        ["f.toml:3: stages.0.match: a step is empty; name an event, a page like /cart"],
    ),
    "no mode": (
        '[[funnels]]\nname = "f"\nmode = "secret"\nsteps = ["a", "b"]',
        ["f.toml:3: funnels.0.mode: input should be 'closed', 'open', 'sequential'"],
    ),
    "too few steps": (
        '[[funnels]]\nname = "f"\nsteps = ["a"]',
        ["f.toml:3: funnels.0.steps: a funnel has 2 to 10 steps"],
    ),
    "steps": (
        """[[funnels]]
name = "f"
steps = [
  "a",
  { goal = "secret" },
  { name = "n" },
  { goal = "x", match = "y" },
]
""",
        [
            "f.toml:5: funnels.0.steps.1.goal: no goal of that name is in this file",
            "f.toml:6: funnels.0.steps.2: a step has neither a goal nor match",
            "f.toml:7: funnels.0.steps.3: a step has either a goal or match",
        ],
    ),
    "one name twice": (
        '[[goals]]\nname = "secret"\nmatch = "a"\n[[goals]]\nname = "secret"\nmatch = "b"',
        ["f.toml:5: goals.1.name: another one has the same name"],
    ),
    "single people in a step": (
        '[[funnels]]\nname = "f"\nsteps = ["a", "city==secret"]',
        ["f.toml:3: funnels.0.steps.1: singles_out: city would show single people"],
    ),
    "whole visits": (
        '[[funnels]]\nname = "f"\nsteps = ["a", { match = "cart==abandoned" }]',
        ["f.toml:3: funnels.0.steps.1.match: cart is of whole visits"],
    ),
}


@pytest.mark.parametrize(("text", "problems"), MISTAKES.values(), ids=MISTAKES)
def test_each_mistake_is_told_with_its_line_and_no_value(text, problems):
    """The file, the line and the key, and what to write; never what was written."""
    with pytest.raises(ConfigurationError) as caught:
        read_definition(text, "f.toml")

    told = str(caught.value).splitlines()
    begun = [line[: len(f"PK281 {one}")] for line, one in zip(told, problems, strict=True)]
    assert begun == [f"PK281 {one}" for one in problems]
    assert "secret" not in str(caught.value)


def test_a_step_of_a_wrong_kind_is_told_at_its_place():
    """A step is a text or a table."""
    with pytest.raises(ConfigurationError) as caught:
        read_definition('[[funnels]]\nname = "f"\nsteps = ["a", 5]', "f.toml")

    assert {problem.key for problem in caught.value.problems} == {"funnels.0.steps.1"}
