"""Why a database failed, in words of ours: those of drivers quote values and users. Pure."""

from __future__ import annotations

_LOGIN = "the server refused the login"
_ABSENT = "database or table does not exist"
_RIGHT = "the user lacks a right"
_READ_ONLY = "it is read-only"
_FULL = "no space left"

_BY_CODE: dict[str | int, str] = {
    **dict.fromkeys(("28", 1045, 1698), _LOGIN),
    **dict.fromkeys(("3D", "42P01", "42S02", 1049, 1146), _ABSENT),
    **dict.fromkeys(("42501", 1044, 1142, 1143, 1227), _RIGHT),
    **dict.fromkeys(("25006", 1290, 1836), _READ_ONLY),
    **dict.fromkeys(("53100", 1021, 1114), _FULL),
}
"""By SQLSTATE or its class, or by the number of a server of MySQL's kind: told in any language."""

_CAUSES = (
    ("password authentication", _LOGIN),
    ("access denied", _LOGIN),
    ("no pg_hba", _LOGIN),
    ('role "', _LOGIN),
    ("refused", "nothing listens there"),
    ("can't connect", "nothing listens there"),
    ("timed out", "no answer in time"),
    ("timeout", "no answer in time"),
    ("does not exist", _ABSENT),
    ("unknown database", _ABSENT),
    ("no such table", _ABSENT),
    ("locked", "another writer holds it"),
    ("readonly", _READ_ONLY),
    ("read-only", _READ_ONLY),
    ("full", _FULL),
    ("unique", "somebody else wrote the same at this moment"),
    ("duplicate", "somebody else wrote the same at this moment"),
    ("malformed", "the file is damaged"),
    ("not a database", "the file is not a database of ours"),
    ("unable to open", "the file cannot be opened"),
)


def cause(error: Exception) -> str:
    """Say what went wrong in words of ours: those of drivers quote values and users."""
    origin = getattr(error, "orig", None) or error
    said = str(origin).lower()
    number = next((one for one in origin.args[:1] if isinstance(one, int)), None)
    state = getattr(origin, "sqlstate", None)
    words = next(
        (_BY_CODE[one] for one in (number, state, (state or "")[:2]) if one in _BY_CODE), None
    )
    words = words or next((ours for theirs, ours in _CAUSES if theirs in said), "it failed")
    code = state or getattr(origin, "sqlite_errorname", None) or number
    return f"{words} ({type(origin).__name__}{f' {code}' if code else ''})"
