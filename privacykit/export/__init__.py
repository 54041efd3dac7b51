"""
The export that a person gets: a ZIP of JSON lines, CSV, pages to read and a manifest. Does I/O.

Streamed: memory does not grow with the rows. Written under another name and renamed when whole, so
that a crash leaves no half package that looks like one.
"""

from privacykit.export.ahead import check_package
from privacykit.export.write import Order, Package, write_package

__all__ = ["Order", "Package", "check_package", "write_package"]
