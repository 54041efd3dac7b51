"""Lines of syslog, old (RFC 3164) and new (RFC 5424), and of container runtimes (CRI). Pure."""

from __future__ import annotations

import re

from privacykit.logs.files.shape import QUOTED, Pattern

_ISO = rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)"
_NAME = rb'[^\s="\[\]]{1,64}'
_STAMP = rb"(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|%b)" % _ISO

OLD = Pattern(
    "syslog",
    b"<165>Nov 28 12:00:00 web1 sshd[4711]: Failed password for root from 203.0.113.7 port 22 ssh2",
    re.compile(
        rb"(?:<\d{1,3}>)?" + _STAMP + rb" (?P<text>\S+) (?P<text2>[^\s:\[\]]{1,64})"
        rb"(?:\[\d{1,10}\])?:(?: +(?P<message>.*))?",
        re.DOTALL,
    ),
)

NEW = Pattern(
    "syslog-5424",
    b'<165>1 2026-11-28T12:00:00.003Z web1 app 8710 ID47 [ex@32473 ip="203.0.113.7"] mail from '
    b"ann@example.org",
    re.compile(
        rb"<\d{1,3}>1 (?:-|%b) (?P<text>\S+) (?P<text2>\S+) (?P<text3>\S+) (?P<text4>\S+) "
        rb'(?:-|(?P<data>(?:\[%b(?: %b="%b")*\])+))'
        rb"(?: (?:\xef\xbb\xbf)?(?P<message>.*))?" % (_ISO, _NAME, _NAME, QUOTED),
        re.DOTALL,
    ),
)

CRI = Pattern(
    "cri",
    b"2026-11-28T12:00:00.0Z stdout F mail from ann@example.org",
    re.compile(_ISO + rb" (?:stdout|stderr) [FP](?: (?P<message>.*))?", re.DOTALL),
)
