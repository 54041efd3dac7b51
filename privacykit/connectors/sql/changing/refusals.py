"""
A database's refusal in our words: what it minds, and in which columns. Pure.

The servers quote values in what they say. Only the code of the error is believed, and of the text
only names that the catalogue knows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from privacykit.connectors.sql.catalogue.words import names_in
from privacykit.connectors.sql.database import code_of
from privacykit.govern.datamap.schema import Table

UNIQUE = "another row has the same value, and the database wants it unique"
CHECK = "a condition of the database does not allow what is written"
EMPTY = "it cannot be empty"
KEY = "rows that stay point at these, or these would point at nothing"
LONG = "what is written is too long"
TYPE = "what is written is no value of its type"
COMPUTED = "the database computes it, and nobody can write it"
TRIGGER = "a trigger of the database refuses it"
RIGHTS = "the login has no right to do so"

UNTRIED = "its rows are locked, or take too long; plan again when the database is less busy"

_WORDS: dict[str | int, str] = {
    "23505": UNIQUE,
    "23P01": UNIQUE,
    "23514": CHECK,
    "44000": CHECK,
    "23502": EMPTY,
    "23503": KEY,
    "23001": KEY,
    "22001": LONG,
    "22P02": TYPE,
    "22003": TYPE,
    "22007": TYPE,
    "42804": TYPE,
    "428C9": COMPUTED,
    "P0001": TRIGGER,
    "42501": RIGHTS,
    "25006": RIGHTS,
    "SQLITE_CONSTRAINT_UNIQUE": UNIQUE,
    "SQLITE_CONSTRAINT_PRIMARYKEY": UNIQUE,
    "SQLITE_CONSTRAINT_ROWID": UNIQUE,
    "SQLITE_CONSTRAINT_CHECK": CHECK,
    "SQLITE_CONSTRAINT_NOTNULL": EMPTY,
    "SQLITE_CONSTRAINT_FOREIGNKEY": KEY,
    "SQLITE_CONSTRAINT_DATATYPE": TYPE,
    "SQLITE_CONSTRAINT_TRIGGER": TRIGGER,
    "SQLITE_READONLY": RIGHTS,
    1062: UNIQUE,
    1586: UNIQUE,
    4025: CHECK,
    1048: EMPTY,
    1451: KEY,
    1452: KEY,
    1406: LONG,
    1264: TYPE,
    1265: TYPE,
    1292: TYPE,
    1366: TYPE,
    1906: COMPUTED,
    1526: "no partition takes what is written",
    1442: TRIGGER,
    1644: TRIGGER,
    1142: RIGHTS,
    1143: RIGHTS,
    1290: RIGHTS,
    1792: RIGHTS,
}
_BUSY = frozenset(
    {"55P03", "57014", "40P01", "40001", "SQLITE_BUSY", "SQLITE_LOCKED", 1205, 1213, 1969, 3024}
)
_NAMES = re.compile(
    r"""constraint\s[`"](?P<constraint>[^`"]+)[`"]|for\skey\s'(?P<index>[^']+)'"""
    r"""|column\s[`'"](?P<column>[^`'"]+)[`'"]|\bkey\s\((?P<key>[^=]+)\)=""",
    re.IGNORECASE,
)


def busy(error: Exception) -> bool:
    """Say whether *error* is for a lock or for time, so that it says nothing of the statement."""
    return code_of(error) in _BUSY


def words_for(error: Exception) -> str:
    """Return what the database minds."""
    code = code_of(error)
    text = _WORDS.get(code) if code is not None else None
    return text or f"the database answered {type(error).__name__} {code or ''}".rstrip()


def fields_of(error: Exception, table: Table, written: Sequence[str]) -> tuple[str, ...]:
    """
    Return the columns that *error* is about.

    Args:
        error: Of the driver or of SQLAlchemy.
        table: The table written to.
        written: The columns that were written; these, when the error names none.
    """
    original: Any = getattr(error, "orig", None) or error
    columns = [column.name for column in table.columns]
    diagnosis = getattr(original, "diag", None)
    named: list[str] = []
    if diagnosis is not None:
        named += [str(diagnosis.column_name or ""), str(diagnosis.constraint_name or "")]
    text = " ".join(str(argument) for argument in getattr(original, "args", ()))
    if getattr(original, "sqlite_errorname", None):
        # "UNIQUE constraint failed: people.email": names and the table's own words, no value.
        named.append(text.partition(": ")[2].replace(f"{table.name}.", " "))
    for match in _NAMES.finditer(text):
        named += [words for words in match.groups() if words]
    checks = [c for check in table.checks if check.name in named for c in check.columns]
    found = dict.fromkeys([*checks, *names_in(" ".join(named), columns)])
    touched = tuple(name for name in found if name in written)
    return touched or tuple(found) or tuple(written)
