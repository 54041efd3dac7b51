"""
Cells of a table that a spreadsheet opens: none is taken for a formula. Pure.

Descriptions, names of columns and what people wrote come from elsewhere, and a table is opened by
whoever has to read it (OWASP, CSV injection).
"""

from __future__ import annotations

from typing import Final

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How a cell begins that a spreadsheet calculates; the last four are wide signs."""
_BLANK: Final = " \u00a0\u200b\ufeff"
"""What a spreadsheet passes over in front of it."""


def neutral(text: str) -> str:
    """Return *text* with an apostrophe in front where a spreadsheet would run it, else as it is."""
    return f"'{text}" if text.lstrip(_BLANK).startswith(FORMULA) else text
