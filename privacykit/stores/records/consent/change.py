"""
The change of a choice: all that it withdraws, stops and allows, in one transaction. Does I/O.

Laws of this file:

1. It is committed as a whole, or nothing of it is.
2. Rows are locked in one order, orders before the chain's head, so that no two changes wait for
   each other; what the chain vouches for is written last.
3. A chain that is not as we left it keeps nobody from withdrawing or stopping: then only what it
   would have to prove is left out, and told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Engine, bindparam, insert, literal_column, select, update

from privacykit.collect.consent.shown import ConsentText
from privacykit.collect.ports import ConsentRecord, StopKind
from privacykit.collect.suppressed import ALL_PURPOSES
from privacykit.connectors.statements.drivers import Cursor
from privacykit.connectors.statements.statement import Statement
from privacykit.signals.choice.time import GRANT_SECONDS
from privacykit.stores.database.insert import insert_absent, insert_or_change
from privacykit.stores.records.consent.chain import WITHDRAWN, ConsentChain, Happened, action_of
from privacykit.stores.records.consent.orders import LASTING, NEXT, ROW, THIS_TURN
from privacykit.stores.records.consent.tables import (
    CONSENTS,
    STOPS,
    TEXTS,
    TURNS,
    later_order,
    to_row,
)

NO_VALUES: Mapping[str, Any] = {}
NO_TURN: ColumnElement[int] = literal_column("0")
"""Of orders that nobody has to read in their turn."""


class ChangeStatements:
    """
    What a change runs, written once: a visitor waits while it does.

    Args:
        engine: Of the ``[records]`` database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        this = CONSENTS.c.record == bindparam("this")
        standing = this & CONSENTS.c.withdrawn_at.is_(None)
        said: dict[str, ColumnElement[Any]] = {
            "withdrawn_at": bindparam("at"),
            "withdrawn_interface": bindparam("where"),
        }
        self.kept = self._written(insert(CONSENTS))
        self.shown = self._written(insert_absent(engine, TEXTS))
        self.withdrawn = self._written(update(CONSENTS).where(standing).values(said))
        self.given_at = self._written(select(CONSENTS.c.given_at).where(this))
        self.ended = self._written(insert_absent(engine, STOPS).values(_order("", THIS_TURN)))
        self.turned = self._written(NEXT)
        self.first_turn = self._written(insert_absent(engine, TURNS))
        self._ordered: dict[tuple[int, bool], Statement] = {}

    def ordered(self, purposes: int, *, lasts: bool) -> Statement:
        """Return what keeps the orders of so many *purposes* at once, the later ones counting."""
        found = self._ordered.get((purposes, lasts))
        if found is None:
            turn = THIS_TURN if lasts else NO_TURN
            rows = [_order(f"_{number}", turn) for number in range(purposes)]
            made = insert_or_change(self._engine, STOPS, later_order).values(rows)
            found = self._ordered[purposes, lasts] = self._written(made)
        return found

    def _written(self, statement: Any) -> Statement:  # noqa: ANN401 - any of SQLAlchemy's
        return Statement(statement, self._engine.dialect)


def _order(which: str, turn: ColumnElement[int]) -> dict[str, ColumnElement[Any]]:
    """Return the row of an order; those of one statement differ by their purpose, *which* says."""
    return {
        "kind": bindparam("of_kind"),
        "key": bindparam("of_key"),
        "purpose": bindparam(f"of_purpose{which}"),
        "at": bindparam("ordered_at"),
        "until": bindparam("ends"),
        "turn": turn,
    }


class SqlConsentChange:
    """
    A change that is under way; nothing of it is there before its transaction is committed.

    Args:
        cursor: The driver's own, in that transaction.
        statements: Of the ``[records]`` database.
        chain: Returns what chains the records, ``None`` where nothing does.
    """

    def __init__(
        self,
        cursor: Cursor,
        statements: ChangeStatements,
        chain: Callable[[], ConsentChain | None],
    ) -> None:
        self._cursor = cursor
        self._run = statements
        self._chain = chain
        self._added: list[tuple[ConsentRecord, ConsentText | None]] = []
        self._happened: list[Happened] = []

    def add(self, consent: ConsentRecord, text: ConsentText | None = None) -> None:
        """Keep *consent*, and once the *text* that was shown."""
        self._added.append((consent, text))

    def withdraw(self, record: str, at: float, interface: str = "") -> bool:
        """
        Withdraw *record*; ``False`` when there is none. Done twice, the first time counts.

        An order to stop it is kept as long as a cookie may show it.
        """
        run, cursor = self._run, self._cursor
        changed = run.withdrawn.run(cursor, {"this": record, "at": at, "where": interface}).rowcount
        found = run.given_at.run(cursor, {"this": record}).fetchone()
        until = (found[0] if found else at) + GRANT_SECONDS
        self._take_turn()
        order = {"of_kind": "record", "of_key": record, "of_purpose": ALL_PURPOSES}
        run.ended.run(cursor, {**order, "ordered_at": at, "ends": until})
        if changed:
            said = {"withdrawn_at": at, "withdrawn_interface": interface}
            self._happened.append(Happened(WITHDRAWN, at, {"record": record, **said}))
        return bool(found)

    def stop(
        self,
        kind: StopKind,
        key: str,
        *,
        at: float,
        until: float | None,
        purposes: Sequence[str] = (),
    ) -> None:
        """Let nothing of *key* leave for *purposes*, of none for all; the later order counts."""
        lasts, stopped = kind in LASTING, list(dict.fromkeys(purposes)) or [ALL_PURPOSES]
        if lasts:
            self._take_turn()
        order: dict[str, Any] = {"of_kind": kind, "of_key": key, "ordered_at": at, "ends": until}
        order |= {f"of_purpose_{n}": purpose for n, purpose in enumerate(stopped)}
        self._run.ordered(len(stopped), lasts=lasts).run(self._cursor, order)

    def _take_turn(self) -> None:
        """Count the lasting orders that are about to be written; others wait meanwhile."""
        if not self._run.turned.run(self._cursor, NO_VALUES).rowcount:
            self._run.first_turn.run(self._cursor, {"id": ROW, "turn": 0, "taken_back": 0})
            self._run.turned.run(self._cursor, NO_VALUES)

    def prove(self) -> bool:
        """
        Write the records that were added, and chain all that happened: the last of the change.

        Returns:
            Whether the chain vouches for it; if not, no record was written.
        """
        chain = self._chain() if self._added or self._happened else None
        head = None if chain is None else chain.locked(self._cursor)
        if chain is not None and head is None:
            return not self._added
        for consent, text in self._added:
            row = to_row(consent)
            self._run.kept.run(self._cursor, row)
            if text is not None:
                self._run.shown.run(self._cursor, msgspec.structs.asdict(text))
            self._happened.append(Happened(action_of(consent), consent.given_at, row))
        if chain is not None and head is not None:
            chain.append(self._cursor, head, self._happened)
        return True
