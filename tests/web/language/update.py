"""
Bring the catalogues up to the wording: ``python -m tests.web.language.update``.

Keeps each translation whose English text is still the same, leaves the others empty for a
translator, drops what is gone, and compiles each ``.po`` to the ``.mo`` beside it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import get_args

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from privacykit.settings.asking.tables import Language
from privacykit.web.language.catalogues import DOMAIN, SOURCE
from privacykit.web.preferences.wording import ENGLISH

LOCALES = Path(__file__).parents[3] / "privacykit" / "web" / "language" / "locale"
TRANSLATED = tuple(tag for tag in get_args(Language) if tag != SOURCE)
MADE = datetime(2026, 11, 29, tzinfo=UTC)
"""The same for every file, so that the same texts give the same bytes."""


def place_of(tag: str, suffix: str) -> Path:
    """Return the file of the catalogue of *tag*: ``po`` or ``mo``."""
    return LOCALES / tag / "LC_MESSAGES" / f"{DOMAIN}.{suffix}"


def translations(tag: str) -> dict[tuple[str, str], str]:
    """Return what the catalogue of *tag* says now, by key and English text."""
    place = place_of(tag, "po")
    if not place.exists():
        return {}
    with place.open("rb") as file:
        return {(m.context, m.id): m.string for m in read_po(file, locale=tag) if m.id}


def updated(tag: str) -> Catalog:
    """Return the catalogue of *tag* with exactly the texts of the wording."""
    known = translations(tag)
    catalogue = Catalog(
        tag,
        header_comment="# Words that visitors of a site read; edit msgstr only.",
        project=DOMAIN,
        version="1",
        msgid_bugs_address="-",
        last_translator="-",
        language_team="-",
        creation_date=MADE,
        revision_date=MADE,
        fuzzy=False,
    )
    for key, text in ENGLISH.items():
        catalogue.add(text, known.get((key, text), ""), context=key)
    return catalogue


def po_bytes(catalogue: Catalog) -> bytes:
    """Return *catalogue* as a ``.po`` file."""
    out = BytesIO()
    write_po(out, catalogue, width=0, sort_output=False, omit_header=False)
    return out.getvalue()


def mo_bytes(catalogue: Catalog) -> bytes:
    """Return *catalogue* compiled."""
    out = BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def main() -> None:
    """Write all catalogues."""
    for tag in TRANSLATED:
        catalogue = updated(tag)
        place_of(tag, "po").parent.mkdir(parents=True, exist_ok=True)
        place_of(tag, "po").write_bytes(po_bytes(catalogue))
        place_of(tag, "mo").write_bytes(mo_bytes(catalogue))
        missing = [m.context for m in catalogue if m.id and not m.string]
        print(tag, f"{len(missing)} to translate", *missing)


if __name__ == "__main__":
    main()
