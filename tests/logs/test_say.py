"""Our own lines in the log, whatever logging set-up there is."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest

from privacykit.logs.say import say

SAID = "from privacykit.logs.say import say\nsay(30, 'the disk is %s: make room', 'full')\n"
UVICORN = (
    "import logging.config, uvicorn.config\n"
    "logging.config.dictConfig(uvicorn.config.LOGGING_CONFIG)\n"
)
FORMAT = "import logging; logging.basicConfig(format={!r})\n"
SETUPS = {
    "none": ("", "WARNING:  privacykit: the disk is full: make room"),
    "uvicorn": (UVICORN, "WARNING:  privacykit: the disk is full: make room"),
    "basic": (
        "import logging; logging.basicConfig()\n",
        "WARNING:privacykit:privacykit: the disk is full: make room",
    ),
    "without names": (FORMAT.format("%(message)s"), "privacykit: the disk is full: make room"),
    "a level of ours": (
        "import logging; logging.getLogger('privacykit').setLevel(30)\n",
        "WARNING:  privacykit: the disk is full: make room",
    ),
    "too high a level": ("import logging; logging.getLogger('privacykit').setLevel(40)\n", ""),
    "disabled": ("import logging; logging.disable(30)\n", ""),
    "no last resort": (
        "import logging; logging.lastResort = None\n",
        'No handlers could be found for logger "privacykit"',  # Python's own words
    ),
}


@pytest.mark.parametrize("setup", SETUPS)
def test_a_line_reads_well_under_every_set_up(setup):
    """Who speaks, how bad it is and what to do; and nothing where nobody wants to read it."""
    before, line = SETUPS[setup]
    ran = subprocess.run(
        [sys.executable, "-c", before + SAID], capture_output=True, text=True, check=True
    )
    assert ran.stderr.strip() == line


def test_what_is_early_is_written_where_nobody_configured_logging():
    """However low its level; the rest is as Python has it."""
    code = "from privacykit.logs.say import say\nsay(20, 'one', early=True)\nsay(20, 'two')\n"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stderr == "INFO:     privacykit: one\n"


def test_under_a_set_up_the_record_is_an_ordinary_one(caplog):
    """With its level, logger and arguments."""
    with caplog.at_level(logging.INFO, "privacykit"):
        say(logging.INFO, "%s of %s", 1, 2)
    (record,) = caplog.records
    assert (record.name, record.levelname, record.getMessage()) == (
        "privacykit",
        "INFO",
        "privacykit: 1 of 2",
    )
