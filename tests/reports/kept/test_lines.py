"""What ``[reports] keep`` may name, and what ``check`` says of the rest."""

from __future__ import annotations

import pytest

from privacykit.cli.check import examine
from privacykit.cli.report.kept import lines
from privacykit.cli.report.kept.lines import kept_lines, kept_problems
from privacykit.errors import ConfigurationError
from privacykit.policy.handling import handling
from privacykit.settings.load import parse
from privacykit.settings.paths import Paths
from privacykit.settings.policies import shipped_policies
from privacykit.testing.layout import CONFIG as LAID
from privacykit.testing.layout import lay_out
from tests.reports.kept.visits import CONFIG, GOALS, KEEP


def wrong(text):
    """Return the problems of a file with *text* in [reports]."""
    with pytest.raises(ConfigurationError) as refused:
        parse(text)
    return [(one.id, one.key) for one in refused.value.problems]


def test_figures_are_of_a_store_of_ours():
    """Without events of ours there is nothing to keep."""
    text = CONFIG.replace("[events]", '[events]\nurl = "sqlite:///e.db"') + KEEP
    parse(text)
    assert wrong('[reports]\nkeep = ["overview"]\n') == [("PK411", "reports.keep")]


@pytest.mark.parametrize(("by", "days"), [("month", 31), ("week", 7), ("day", 1)])
def test_events_live_longer_than_the_period_they_are_kept_by(by, days):
    """Else the first have gone before the last have come."""
    text = CONFIG.replace("13 months", "{} days") + f'keep = ["overview"]\nkeep_by = "{by}"\n'
    parse(text.format(days + 1))
    assert wrong(text.format(days)) == [("PK412", "reports.keep_by")]


LINES = {
    "no kind": ("stars", "PK413"),
    "nothing": ("", "PK413"),
    "an open quote": ("overview --segment 'country", "PK413"),
    "an option it has not": ("overview --steps a,b", "PK413"),
    "a funnel of one step": ("funnel --steps a", "PK413"),
    "no such file": ("funnel --definition none.toml", "PK413"),
    "a wrong definition": ("funnel --definition wrong.toml", "PK281"),
    "dates": ("overview --from 2026-01-01", "PK414"),
    "people over months": ("retention", "PK414"),
    "visits before the period": ("segments", "PK414"),
    "a segment of returning visitors": ("overview --segment visitor==returning", "PK414"),
    "leads with costs": ("loop --links l.csv --crm c.csv --costs d.csv", "PK414"),
    "noise": ("overview --epsilon 1", "PK414"),
    "the same twice": ("overview --segment country==FR", "PK414"),
}


@pytest.mark.parametrize(("line", "id_"), LINES.values(), ids=LINES.keys())
def test_each_line_that_cannot_be_kept_is_named(tmp_path, line, id_):
    """With its place in the file, beside those that can."""
    (tmp_path / "goals.toml").write_text(GOALS)
    (tmp_path / "wrong.toml").write_text("[[funnels]]\n")
    settings = parse(f'{CONFIG}keep = [\'overview\', """{line}"""]\n')
    paths = Paths.beside(tmp_path / "privacykit.toml")
    problems = list(kept_problems(settings, paths, "privacykit.toml"))
    assert {one.id for one in problems} == {id_}
    if id_ != "PK281":
        assert [one.key for one in problems] == ["reports.keep.1"]


def test_check_says_it(tmp_path):
    """With all else that is wrong."""
    wrong, _ = examine(str(lay_out(tmp_path, LAID + '[reports]\nkeep = ["stars"]\n')))
    assert [(one.id, one.key) for one in wrong] == [("PK413", "reports.keep.0")]


def test_definitions_stand_beside_the_configuration(tmp_path):
    """Wherever a worker is started."""
    (tmp_path / "goals.toml").write_text(GOALS)
    paths = Paths.beside(tmp_path / "privacykit.toml")
    found = kept_lines(parse(CONFIG + KEEP), paths, "privacykit.toml")
    assert [one.asked.kind.name for one in found] == ["overview", "funnel", "segments"]


def test_without_the_extra_nothing_can_be_kept(tmp_path, monkeypatch):
    """Said before the first event is due."""
    monkeypatch.setattr(lines, "find_spec", lambda _: None)
    settings = parse(CONFIG + 'keep = ["overview"]\n')
    problems = list(kept_problems(settings, Paths.beside(tmp_path / "x.toml"), "x.toml"))
    assert [(one.id, one.key) for one in problems] == [("PK414", "reports.keep")]


def test_no_policy_of_ours_ends_events_within_a_year():
    """So that reports of the last year need not read them."""
    from datetime import date

    from privacykit.cli.report.kept.ended import SHORTEST_CAP

    most = handling(shipped_policies(), date(2026, 11, 30)).retention_days
    assert most is not None
    assert most >= SHORTEST_CAP
