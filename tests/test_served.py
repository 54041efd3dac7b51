"""The process that `privacykit run` serves from, as what wraps the application inside meets it."""

from __future__ import annotations

import logging

import pytest
from starlette.applications import Starlette

from privacykit import PrivacyMiddleware, forks
from privacykit.app import engine_of
from privacykit.errors import ConfigurationError
from privacykit.served import ServedProcess
from privacykit.settings.load import load
from privacykit.testing.layout import CONFIG, lay_out


@pytest.fixture
def process(tmp_path):
    """A process that serves by a configuration which stands in no usual place."""
    lay_out(tmp_path, CONFIG).rename(tmp_path / "served.toml")
    with ServedProcess(lambda: str(tmp_path / "served.toml")) as process:
        yield process


def test_what_wraps_inside_acts_by_the_engine_that_serves(process, tmp_path):
    """Whatever it was told: a second engine would have threads and stores for nothing."""
    inner = PrivacyMiddleware(Starlette())
    assert inner._engine is process.engine
    assert engine_of(load(tmp_path / "served.toml")) is process.engine


def test_an_engine_that_was_made_already_stays(process, tmp_path):
    """Who made it has it."""
    ServedProcess.present = None
    made = engine_of(tmp_path / "served.toml")
    with process:
        assert engine_of(made) is made


def test_a_process_serves_no_longer_than_it_does(process):
    """What is wrapped afterwards has its own configuration again."""
    with process:
        pass
    with pytest.raises(ConfigurationError, match=r"PK010 gone\.toml"):
        engine_of("gone.toml")


@pytest.mark.parametrize(
    ("named", "said"),
    [("privacykit.toml", False), ("served.toml", False), ("shop/other.toml", True)],
    ids=["the usual one", "the same", "another"],
)
def test_another_configuration_of_the_application_is_named(
    process, tmp_path, monkeypatch, caplog, named, said
):
    """It does not count, which nobody would see."""
    monkeypatch.chdir(tmp_path)
    with caplog.at_level(logging.WARNING, "privacykit"):
        PrivacyMiddleware(Starlette(), named)
    words = f"privacykit: PK029 the application names '{named}', and '{process.config}' is served"
    assert [line.message.startswith(words) for line in caplog.records] == [True] * said


def test_a_wrong_configuration_that_is_served_by_names_every_problem(tmp_path):
    """As it does where the application is wrapped by hand."""
    wrong = CONFIG.replace("[geo]", "[geos]").replace("retention", "retntion")
    process = ServedProcess(lambda: str(lay_out(tmp_path, wrong)))
    with pytest.raises(ConfigurationError) as refused:
        _ = process.engine
    assert {"geos", "retntion"} <= {one.key.rpartition(".")[2] for one in refused.value.problems}


def test_a_process_that_was_forked_makes_its_own_engine(process):
    """Connections and salts are the parent's; the hook of what was imported before is asked on."""
    inner = PrivacyMiddleware(Starlette(), person=lambda _request: "rosa")
    process.after_fork_in_child()
    assert forks.renews(process)
    assert process.engine is not inner._engine
    assert process._person(None) == "rosa"
