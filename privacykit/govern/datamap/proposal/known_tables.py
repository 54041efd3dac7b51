"""
Tables that frameworks and migration tools make for themselves, and why they are excluded. Pure.

A table is known by its name and by all of its columns: one that has another column is somebody
else's, or was changed, and is looked at like any other. None of these is ever mapped, so that
nothing of what is known here leads from one person to another.
"""

from __future__ import annotations

from typing import NamedTuple

from privacykit.govern.datamap.schema import Table

DJANGO = "django.contrib"
_RIGHTS = f"{DJANGO}.auth: what the application's groups may do; who is in one is mapped elsewhere"
_STEPS = "which migrations were applied"


class _Known(NamedTuple):
    columns: frozenset[str]
    why: str


def _known(columns: str, why: str) -> _Known:
    return _Known(frozenset(columns.split()), why)


_KNOWN = {
    "alembic_version": _known("version_num", f"alembic: {_STEPS}"),
    "auth_group": _known("id name", f"{DJANGO}.auth: names of the application's groups"),
    "auth_group_permissions": _known("id group_id permission_id", _RIGHTS),
    "auth_permission": _known(
        "id name content_type_id codename", f"{DJANGO}.auth: what may be permitted, from the models"
    ),
    "django_content_type": _known(
        "id app_label model", f"{DJANGO}.contenttypes: names of the application's models"
    ),
    "django_migrations": _known("id app name applied", f"Django: {_STEPS}"),
    "django_session": _known(
        "session_key session_data expire_date",
        f"{DJANGO}.sessions: sealed, and by no column somebody's; a session ends at its expire_date"
        ", and `manage.py clearsessions` on a timer deletes it",
    ),
    "django_site": _known("id domain name", f"{DJANGO}.sites: the hosts of the application"),
}


def why_excluded(table: Table) -> str:
    """Return why *table* is no person's, empty where nobody knows it."""
    known = _KNOWN.get(table.name)
    columns = {column.name for column in table.columns}
    return known.why if known is not None and known.columns == columns else ""
