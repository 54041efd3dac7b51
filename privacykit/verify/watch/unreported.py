"""
The made-up people of a watch that runs at present, whom no report of `verify` tells of. Reads.

Laws of this file: who is made up is told as an erasure tells it (:mod:`.theirs`): browser, time and
address agree with a run that the watch's own file names, so that nobody hides by a browser's name;
a run that ends while a verification reads stays known until the verification is over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Engine, Table, select
from sqlalchemy.exc import SQLAlchemyError

from privacykit.errors import StoreError
from privacykit.operate.context import OperatorContext
from privacykit.stores.records.consent.tables import CONSENTS, ENTRIES
from privacykit.stores.watch_state import OpenRun, read_state
from privacykit.verify.places.own import body_of
from privacykit.verify.places.place import KeptEvent, PlaceKind, StoredRow
from privacykit.verify.site.expected import SiteExpectations
from privacykit.verify.watch.marks import HOME
from privacykit.verify.watch.people import people_of
from privacykit.verify.watch.places.placed import (
    SKEW_SECONDS,
    EventSeen,
    PlacedEvent,
    first_id,
)
from privacykit.verify.watch.theirs import TheirEvents

LOOK_SECONDS = 1.0
"""How often the watch's file is read for events that bear a browser of nobody's."""
_BROWSER = re.compile(r"Firefox 9[0-9]{2}")
_RECORDS = frozenset({CONSENTS.name, ENTRIES.name})


class MadeUpVisits:
    """
    What the watch's people left in the stores while it runs.

    Args:
        config: Path of the configuration file.
        context: The operator's stores; its clock tells the time.
        monotonic: Seconds that only grow.
    """

    def __init__(
        self, config: str, context: OperatorContext, monotonic: Callable[[], float]
    ) -> None:
        self._config = config
        self._settings = context.settings
        self._file = context.paths.file(context.settings.watch.file)
        self._clock = context.clock
        self._monotonic = monotonic
        self._runs: dict[float, OpenRun] = {}
        self._records: set[str] = set()
        self._theirs: TheirEvents | None = None
        self._line: re.Pattern[bytes] | None = None
        self._looked = float("-inf")

    def look_again(self) -> None:
        """Read which runs of the watch are open."""
        self._looked = self._monotonic()
        fresh = {run.at: run for run in read_state(self._file).open}
        if all(self._runs.get(at) == run for at, run in fresh.items()):
            return
        self._runs |= fresh
        self._records |= {record for run in fresh.values() for record, _ in run.records}
        host = next((host for one in self._settings.site for host in one.hosts), "")
        expected = SiteExpectations(self._settings, self._config, host, self._clock())
        places = {person.wanted for person in people_of(self._settings, bytes)}
        runs = list(self._runs.values())
        self._theirs = TheirEvents(runs, expected, places)
        self._line = _line_of(runs)

    def is_theirs(self, row: StoredRow) -> bool:
        """Tell whether *row* is an event, a consent or a sign-up of theirs."""
        if row.event is not None:
            return self._is_event(row.event)
        if not self._runs:
            return False
        if row.kind is PlaceKind.OWN and row.table in _RECORDS:
            return row.values.get("record") in self._records
        return row.kind is PlaceKind.MAPPED and any(map(_is_home, row.values.values()))

    def is_line(self, line: bytes) -> bool:
        """Tell whether a browser or a whole address of theirs stands in *line*."""
        return self._line is not None and self._line.search(line) is not None

    def ids_in(self, engine: Engine, table: Table) -> Sequence[str]:
        """
        Return the ids of their events in *table*.

        Raises:
            StoreError: The database refused.
        """
        self.look_again()
        found: list[str] = []
        for run in self._runs.values():
            bounds = first_id(run.at), first_id(run.until + 2 * SKEW_SECONDS)
            found += (
                id_ for id_, body in _events(engine, table, bounds) if self._placed(id_, body)
            )
        return found

    def _is_event(self, event: KeptEvent) -> bool:
        device = event.data.get("device")
        browser = device.get("browser") if isinstance(device, Mapping) else None
        if not isinstance(browser, str) or not _BROWSER.fullmatch(browser):
            return False
        if self._monotonic() - self._looked >= LOOK_SECONDS:
            self.look_again()
        id_ = event.columns.get("id") or event.body.get("id")
        return self._placed(str(id_), event.data)

    def _placed(self, id_: str, data: Any) -> bool:  # noqa: ANN401 - whatever stands in an event
        if self._theirs is None or not isinstance(data, Mapping):
            return False
        told = {name: data[name] for name in EventSeen.__struct_fields__ if name in data}
        try:
            seen = msgspec.convert(told, EventSeen)
        except msgspec.ValidationError:
            return False
        return bool(self._theirs.among([PlacedEvent("", id_, b"", seen)]))


def _events(engine: Engine, table: Table, bounds: tuple[str, str]) -> Iterator[tuple[str, Any]]:
    c = table.c
    query = select(c.id, c.body).where(c.id >= bounds[0], c.id < bounds[1])
    try:
        with engine.connect() as connection:
            for id_, body in connection.execute(query.execution_options(yield_per=500)):
                yield id_, body_of(body).get("data")
    except (SQLAlchemyError, engine.dialect.loaded_dbapi.Error) as error:
        told = f"{table.name}: the database answered {type(error).__name__}"
        raise StoreError(f"PK316 {told}") from None


def _is_home(value: object) -> bool:
    return isinstance(value, str) and value.casefold().endswith(f"@{HOME}")


def _line_of(runs: Sequence[OpenRun]) -> re.Pattern[bytes]:
    browsers = {browser.replace(" ", "/") for run in runs for browser in run.people}
    addresses = {address for run in runs for address in run.people.values()}
    words = [
        *(rf"\b{re.escape(one)}\.0\b" for one in sorted(browsers)),
        *(rf"(?<![\w.:]){re.escape(one)}(?![\w:]|\.\d)" for one in sorted(addresses)),
    ]
    return re.compile("|".join(words).encode() or rb"(?!)")
