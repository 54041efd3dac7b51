"""The real engine of ClickHouse, in the process, behind our stand-in for its HTTP interface."""

import re
import threading
from importlib.util import find_spec

from privacykit.testing.stubs.storage.clickhouse import ClickHouseError

INSTALLED = find_spec("chdb") is not None
_NOT_OF_THE_ENGINE = {"query", "wait_end_of_query", "database"}


class Engine:
    """One database of the one session that a process may have; made anew for each test."""

    session = None
    folder = None

    def __init__(self, folder) -> None:
        from chdb.session import Session

        if Engine.session is None:
            Engine.session, Engine.folder = Session(str(folder)), folder
        self._lock = threading.Lock()
        for name in self._query("SHOW TABLES FORMAT TSV").split():
            self._query(f"DROP TABLE `{name}` SYNC")

    def run(self, statement, data, asked):
        """Run *statement* as the HTTP interface would."""
        settings = [
            f"{name} = {value if value.isdecimal() else repr(value)}"
            for name, value in asked.items()
            if name not in _NOT_OF_THE_ENGINE and not name.startswith("param_")
        ]
        for name, value in asked.items():
            if name.startswith("param_"):
                statement = re.sub(rf"{{{name[6:]}:\w+}}", value, statement)
        if data is not None:
            into, _, form = statement.partition(" FORMAT ")
            statement = f"{into} SETTINGS {', '.join(settings)} FORMAT {form}\n{data.decode()}"
        elif settings:
            statement += f" SETTINGS {', '.join(settings)}"
        with self._lock:
            return self._query(statement)

    def _query(self, statement):
        try:
            return str(Engine.session.query(statement, "TSV") or "")
        except RuntimeError as error:
            raise ClickHouseError(str(error)[str(error).index("Code: ") :]) from None

    def ids(self):
        """Return the id of each event, as `FINAL` shows them."""
        if "events" not in self._query("SHOW TABLES FORMAT TSV").split():
            return []
        return self._query("SELECT id FROM events FINAL ORDER BY toString(id) FORMAT TSV").split()
