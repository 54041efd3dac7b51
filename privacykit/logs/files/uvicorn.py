"""uvicorn's access log, as its own formatter writes it, and what it says of websockets. Pure."""

from __future__ import annotations

import re

from privacykit.logs.files.fields import TIME
from privacykit.logs.files.shape import QUOTED, Pattern

UVICORN = Pattern(
    "uvicorn",
    b'INFO:     203.0.113.7:39978 - "GET /a?email=ann@example.org HTTP/1.1" 200 OK',
    re.compile(
        rb"(?:(?:%b) )?(?:(?:INFO|WARNING|ERROR|DEBUG|CRITICAL):? +)?"
        rb'(?P<address>\S+):(?P<port>\d{1,5}) -? ?"'
        rb'(?:WebSocket (?P<target>[^"\\]*)" (?:\d{3}|\[accepted\])'
        rb'|(?P<request>%b)" \d{3}(?: [A-Z][A-Za-z -]{1,40})?)' % (TIME, QUOTED)
    ),
)
