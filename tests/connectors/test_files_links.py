"""Links, other names, pipes and races in a directory of files: nobody stays where nobody looks."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from privacykit.connectors.files import FilesConnector, replace
from privacykit.govern import flow
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.erasure.context import GovernContext
from privacykit.govern.records import Identity, RequestType
from privacykit.testing.plans import MemoryPlans

MAP = """
[datasets.lake]
path = "lake"
effect = "erased"
max_proportion = 1.0
[collections.lake.readers]
subject = true
[collections.lake.readers.fields]
id = { category = "user.unique_id", identity = "controller_customer_id" }
email = { category = "user.contact.email", identity = "email" }
"""
ANNA, BERT = "anna@shop.example", "bert@shop.example"
LINES = "".join(json.dumps({"id": n, "email": who}) + "\n" for n, who in ((1, ANNA), (2, BERT)))


@pytest.fixture
def lake(tmp_path):
    """An empty dataset, with a folder beside it."""
    (tmp_path / "lake").mkdir()
    (tmp_path / "elsewhere").mkdir()
    return tmp_path / "lake"


def _erase(lake):
    """Erase Anna, problems accepted; return the plan's problems and the outcome."""
    datamap = parse_datamap(MAP)
    ticks = iter(range(1_795_000_000, 1_796_000_000))
    means = GovernContext(
        datamap,
        {"lake": FilesConnector(datamap, "lake", lake)},
        MemoryPlans(),
        clock=lambda: float(next(ticks)),
        random=lambda n: b"r" * n,
    )
    anna = (Identity("email", ANNA),)
    plan = flow.plan_request(means, RequestType.ERASURE, anna, plan_id="p", request_id="r")
    flow.approve(means, "p", plan.targets_digest, "op", accept_problems=plan.problems_digest)
    flow.execute(means, "p", plan.targets_digest)
    return plan.problems, flow.verify(means, "p")


def _where(folder):
    """Return the names of the files below *folder* that still hold Anna, links followed."""
    places = [
        Path(here, n) for here, _, names in os.walk(folder.parent, followlinks=True) for n in names
    ]
    return [
        place.name for place in places if place.is_file() and ANNA.encode() in place.read_bytes()
    ]


def test_what_a_link_leads_to_is_rewritten(lake):
    """The link stays one, and the person is gone from where it leads."""
    target = lake.parent / "elsewhere" / "2026.jsonl"
    target.write_text(LINES)
    (lake / "readers.jsonl").symlink_to(target)
    problems, outcome = _erase(lake)
    assert (problems, outcome.status.value, _where(lake)) == ((), "fulfilled", [])
    assert ((lake / "readers.jsonl").is_symlink(), BERT in target.read_text()) == (True, True)


def test_a_linked_directory_is_searched(lake):
    """Its files are the collection's as well."""
    (lake.parent / "elsewhere" / "old").mkdir()
    (lake.parent / "elsewhere" / "old" / "1.jsonl").write_text(LINES)
    (lake / "readers").symlink_to(lake.parent / "elsewhere" / "old")
    _, outcome = _erase(lake)
    assert (outcome.status.value, _where(lake)) == ("fulfilled", [])


def test_directories_that_link_to_each_other_are_listed_once(lake):
    """A loop of links ends."""
    (lake / "readers").mkdir()
    (lake / "readers" / "1.jsonl").write_text(LINES)
    (lake / "readers" / "again").symlink_to(lake)
    _, outcome = _erase(lake)
    assert (
        [r.rows_matched for r in outcome.results],
        BERT in (lake / "readers" / "1.jsonl").read_text(),
    ) == (
        [1],
        True,
    )


def test_a_file_reached_twice_is_one_file(lake):
    """By its name and by a link beside it."""
    (lake / "readers.jsonl").write_text(LINES)
    (lake / "readers-latest.jsonl").symlink_to(lake / "readers.jsonl")
    _, outcome = _erase(lake)
    assert ([r.rows_matched for r in outcome.results], outcome.status.value) == ([1], "fulfilled")


@pytest.mark.parametrize(
    "place", ["elsewhere/copy.jsonl", "lake/readers-2.jsonl", "lake/notes.txt"]
)
def test_a_file_with_another_name_is_refused_before_anybody_approves(lake, place):
    """Rewriting would leave the person under the other name, and the receipt would say erased."""
    (lake / "readers.jsonl").write_text(LINES)
    os.link(lake / "readers.jsonl", lake.parent / place)
    problems, outcome = _erase(lake)
    assert any("hard links" in problem for problem in problems)
    assert (outcome.status.value, (lake / "readers.jsonl").read_text()) == (
        "partially_fulfilled",
        LINES,
    )


def test_a_file_that_gets_another_name_meanwhile_is_left(lake, monkeypatch):
    """Between the plan and the run, or while it is rewritten."""
    (lake / "readers.jsonl").write_text(LINES)
    inner = replace.rewrite

    def linked(file, target, decide):
        inner(file, target, decide)
        os.link(file, lake.parent / "elsewhere" / "copy.jsonl")

    monkeypatch.setattr(replace, "rewrite", linked)
    _, outcome = _erase(lake)
    assert (outcome.status.value, (lake / "readers.jsonl").read_text()) == (
        "unfulfilled",
        LINES,
    )


@pytest.mark.parametrize("swapped", ["link", "file"])
def test_a_file_that_is_replaced_meanwhile_is_left(lake, monkeypatch, swapped):
    """What somebody else put there is not overwritten with what stood there before."""
    file, other = lake / "readers.jsonl", lake.parent / "elsewhere" / "other.jsonl"
    file.write_text(LINES)
    other.write_text("theirs\n")
    inner = replace.rewrite

    def swap(source, target, decide):
        inner(source, target, decide)
        source.unlink()
        source.symlink_to(other) if swapped == "link" else source.write_text("theirs\n")

    monkeypatch.setattr(replace, "rewrite", swap)
    _erase(lake)
    assert (file.is_symlink(), file.read_text(), other.read_text()) == (
        swapped == "link",
        "theirs\n",
        "theirs\n",
    )


def test_a_pipe_keeps_nobody_waiting(lake):
    """Nor does a link to nowhere."""
    (lake / "readers.jsonl").write_text(LINES)
    os.mkfifo(lake / "readers-live.jsonl")
    (lake / "readers-old.jsonl").symlink_to(lake / "nowhere")
    _, outcome = _erase(lake)
    assert outcome.status.value == "fulfilled"


def test_a_folder_that_cannot_be_listed_is_a_problem(lake, monkeypatch):
    """What is in it would be passed over in silence."""
    (lake / "readers.jsonl").write_text(LINES)
    (lake / "readers").mkdir()
    inner = os.scandir

    def denied(path):
        if str(path).endswith("/readers"):
            raise PermissionError
        return inner(path)

    datamap = parse_datamap(MAP)
    monkeypatch.setattr(os, "scandir", denied)
    with pytest.raises(Exception, match="cannot be listed"):
        FilesConnector(datamap, "lake", lake)
