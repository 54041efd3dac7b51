"""
The names of our pages, for frameworks that make addresses of names (``url_for``, ``{% url %}``).

``tests/web/preferences/test_names.py`` holds that every page of the routing table has one; what
machines ask (OpenDSR, DRP, DDRF) is given to them as an address and needs none.
"""

from __future__ import annotations

from collections.abc import Mapping

GET, POST, BOTH = ("GET",), ("POST",), ("GET", "POST")
NAMES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "preferences": ("/", GET),
    "choice": ("/choice", POST),
    "opt_out": ("/opt-out", BOTH),
    "opt_out_frame": ("/opt-out/frame", BOTH),
    "withdraw": ("/withdraw", POST),
    "status": ("/status.json", GET),
    "banner": ("/banner", GET),
    "receipt": ("/receipt", BOTH),
    "receipt_keys": ("/receipt-keys.json", GET),
    "account": ("/account", GET),
    "strings": ("/strings.json", GET),
    "data": ("/data", BOTH),
    "data_document": ("/data.json", POST),
    "data_export": ("/data/export", POST),
    "data_delete": ("/data/delete", POST),
    "data_request": ("/data/request", POST),
    "event": ("/event", POST),
    "notice": ("/notice", GET),
    "notice_document": ("/notice.json", GET),
    "notice_changes": ("/notice/changes", GET),
    "request": ("/request", BOTH),
    "request_confirm": ("/request/confirm", BOTH),
    "request_status": ("/request/status", GET),
    "request_cancel": ("/request/cancel", POST),
}
"""Paths below the prefix and their methods, by name; what a site does not serve answers 404."""
