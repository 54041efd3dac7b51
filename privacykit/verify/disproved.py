"""The disproved claims, as the last report keeps them: what documents leave unsaid. Reads files."""

from __future__ import annotations

from datetime import UTC, datetime

from privacykit.documents.evidence import NOTHING_DISPROVED, Disproved
from privacykit.errors import InputError
from privacykit.settings.model import Settings
from privacykit.settings.paths import Paths
from privacykit.stores.keys import load_keys
from privacykit.stores.records.audit_keys import public_keys
from privacykit.verify.last import read_report


def last_disproved(settings: Settings, paths: Paths) -> Disproved:
    """
    Return what the last run of all claims disproved; nothing where none was made.

    Raises:
        InputError: PK319, the report cannot be read, or is not one that our keys signed.
        ConfigurationError: There is a report, and no keys that could vouch for it.
    """
    path = paths.file(settings.verify.report)
    if not path.exists():
        return NOTHING_DISPROVED
    try:
        document = path.read_bytes()
    except OSError:
        raise InputError("PK319 the last report of `privacykit verify` cannot be read") from None
    run = read_report(document, public_keys(load_keys(paths.file(settings.keys.file))))
    at = datetime.fromtimestamp(run.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Disproved(frozenset(run.failed), at, run.digest[:16])
