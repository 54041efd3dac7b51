"""The server that tests of ClickHouse share: one session of its engine is all a process may have."""

import pytest

from tests.connectors.lakehouse.clickhouse_lake import lake_server


@pytest.fixture(scope="session")
def clickhouse(tmp_path_factory):
    """The engine behind HTTP."""
    with lake_server(tmp_path_factory.mktemp("clickhouse")) as server:
        yield server
