"""A folder of Parquet files in Spark of this machine, for tests."""

import atexit
import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from privacykit.connectors.lakehouse.parquet.places import FolderPlace
from privacykit.connectors.lakehouse.spark.frames import SparkFrames
from privacykit.connectors.lakehouse.spark.tables import SparkTables
from privacykit.settings.lakes.spark import SparkOptions, session_of
from privacykit.settings.paths import Paths
from privacykit.sinks.storage.turns import folder_turn
from tests.connectors.lakehouse.lakes import ParquetLake

OWN = Path(mkdtemp(prefix="privacykit-spark-"))
"""Where Spark writes beside the tables: its log of events, and what it spills."""

PROPERTIES = {
    "spark.sql.shuffle.partitions": "2",
    "spark.driver.memory": "1g",
    "spark.eventLog.enabled": "true",
    "spark.eventLog.dir": str(OWN),
    "spark.sql.warehouse.dir": str(OWN / "warehouse"),
    # Packed, nothing would be found in what it writes in the clear.
    "spark.eventLog.compress": "false",
    "spark.shuffle.compress": "false",
    "spark.shuffle.spill.compress": "false",
    "spark.broadcast.compress": "false",
    "spark.local.dir": str(OWN / "local"),
}


@cache
def frames():
    """Return the frames of one session, that all tests share."""
    atexit.register(shutil.rmtree, OWN, ignore_errors=True)
    options = SparkOptions(master="local[2]", properties=PROPERTIES)
    return SparkFrames(session_of(options, "lake", Paths("."), "datamap.toml"))


def tables(folder):
    """Return the tables of *folder*."""
    return SparkTables(frames(), FolderPlace(folder), folder, str(folder), folder_turn)


class SparkLake(ParquetLake):
    """Files in folders by month, as those of Parquet, that Spark reads and writes."""

    kind = "spark"

    def tables(self):
        """Return the tables."""
        return tables(self.folder)
