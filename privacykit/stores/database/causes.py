"""Why a database failed, in words of ours: those of drivers quote values and users. Pure."""

from __future__ import annotations

_CAUSES = (
    ("password authentication", "the server refused the login"),
    ("access denied", "the server refused the login"),
    ("no pg_hba", "the server refused the login"),
    ("refused", "nothing listens there"),
    ("can't connect", "nothing listens there"),
    ("timed out", "no answer in time"),
    ("timeout", "no answer in time"),
    ("does not exist", "database or table does not exist"),
    ("unknown database", "database or table does not exist"),
    ("no such table", "database or table does not exist"),
    ("locked", "another writer holds it"),
    ("readonly", "it is read-only"),
    ("read-only", "it is read-only"),
    ("full", "no space left"),
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
    words = next((ours for theirs, ours in _CAUSES if theirs in said), "it failed")
    code = getattr(origin, "sqlstate", None) or getattr(origin, "sqlite_errorname", None)
    if not code and origin.args and isinstance(origin.args[0], int):
        code = origin.args[0]
    return f"{words} ({type(origin).__name__}{f' {code}' if code else ''})"
