"""``report publish``: a folder of pages that need nothing else, whole or not at all."""

from __future__ import annotations

import re

import pytest
from typer.testing import CliRunner

from privacykit.cli.main import app
from privacykit.errors import BackendError, InputError
from tests.cli.report.samples import STEPS, lay_events, words

FUNNEL = f"funnel --steps {STEPS}"


@pytest.fixture
def published(tmp_path):
    """Return what publishes into a folder, of a small file of events."""
    typed = words(lay_events(tmp_path))

    def publish(*more):
        run = CliRunner().invoke(app, ["report", "publish", str(tmp_path / "out"), *typed, *more])
        if isinstance(run.exception, Exception):
            raise run.exception
        return tmp_path / "out", run.output

    return publish


def test_each_report_has_a_page_and_the_list_leads_to_it(published):
    """With its first sentence; no link leads out of the folder."""
    folder, told = published("--report", FUNNEL, "--report", "funnel --steps landing,buy")
    assert sorted(path.name for path in folder.iterdir()) == [
        "1-funnel.html", "2-funnel.html", "index.html",
    ]  # fmt: skip
    index = (folder / "index.html").read_text()
    assert re.findall(r'href="([^"]+)"', index) == ["data:,", "1-funnel.html", "2-funnel.html"]
    assert "most were lost between landing and product: only 10 % went on." in index
    assert f"written: 3 pages in {folder}" in told


def test_pages_are_their_owners_alone_until_somebody_opens_them(published):
    """A page that took another permission keeps it when it is published again."""
    folder, _ = published("--report", FUNNEL)
    assert (folder / "index.html").stat().st_mode & 0o777 == 0o600
    (folder / "index.html").chmod(0o644)
    published("--report", FUNNEL, "--from", "2026-11-02", "--to", "2026-11-05")
    assert (folder / "index.html").stat().st_mode & 0o777 == 0o644
    assert "2026-11-02 to 2026-11-05" in (folder / "index.html").read_text()


def test_pages_that_stay_from_before_are_named(published):
    """They are not removed, since somebody may lead to them; other files are none of ours."""
    folder, _ = published("--report", FUNNEL, "--report", "funnel --steps landing,buy")
    (folder / "notes.html").write_text("mine")
    (folder / "3-other.html").write_text("mine")
    _, told = published("--report", FUNNEL)
    assert (folder / "2-funnel.html").exists()
    assert "and not in the list: 2-funnel.html; remove" in told


def test_no_figure_of_a_small_group_is_published(published):
    """Whatever it is asked for: the pages have the rule of every report."""
    folder, _ = published("--report", FUNNEL, "--segment", "country==DE")
    text = (folder / "1-funnel.html").read_text()
    numbers = re.findall(r'<td class="number">([\d,]+)</td>', text)
    assert [number for number in numbers if 0 < int(number.replace(",", "")) < 10] == []
    assert ">hidden<" in text


def test_nothing_is_written_where_a_report_cannot_be_asked(published):
    """The first that fails ends it; what was published before stays whole."""
    folder, _ = published("--report", FUNNEL)
    before = {path: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(InputError, match="2 to 10 steps"):
        published("--report", "funnel --steps landing,cart", "--report", "funnel --steps cart")
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    with pytest.raises(InputError, match="say what to publish"):
        published()


def test_a_folder_that_cannot_be_is_an_error_in_words(published, tmp_path):
    """Where a file stands already."""
    (tmp_path / "out").write_text("")
    with pytest.raises(BackendError, match="cannot write"):
        published("--report", FUNNEL)
