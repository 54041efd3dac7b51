"""Processes that are killed while they write: what they left is whole, and all is there once."""

import os
import signal
import subprocess
import sys

import pytest

from privacykit.testing.samples import ids, row
from tests.sinks.storage.places import ids_below, in_folder, send
from tests.sinks.storage.test_duckdb import file_sink, read

WRITER = """
import sys
from pathlib import Path
from privacykit.testing.samples import row
from tests.sinks.storage.places import in_folder, send
from tests.sinks.storage.test_duckdb import file_sink
kind, folder = sys.argv[1], Path(sys.argv[2])
sink = file_sink(folder) if kind == "duckdb" else in_folder(folder, format=kind)
for at in range(0, 10_000, 7):
    send(sink, *map(row, range(at, at + 10)))
    print(at + 10, flush=True)
"""


@pytest.mark.parametrize("kind", ["parquet", "jsonl", "duckdb"])
def test_a_writer_that_is_killed_loses_and_doubles_nothing(tmp_path, kind):
    """Three writers, each killed in the middle of its work; the last sends all once more."""
    told = 0
    for turn in range(3):
        command = [sys.executable, "-c", WRITER, kind, str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            for _ in range(2 + turn):
                told = max(told, int(writer.stdout.readline()))
            os.kill(writer.pid, signal.SIGKILL)
            writer.wait()
    kept = read(tmp_path) if kind == "duckdb" else ids_below(tmp_path)
    assert set(ids(*range(told))) <= set(kept)
    sink = file_sink(tmp_path) if kind == "duckdb" else in_folder(tmp_path, format=kind)
    send(sink, *map(row, range(60)))
    kept = read(tmp_path) if kind == "duckdb" else ids_below(tmp_path)
    assert kept == ids(*range(len(kept)))
