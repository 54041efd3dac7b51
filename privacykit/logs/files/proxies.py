"""HAProxy's HTTP log, bare or behind the head of a line of syslog. Pure."""

from __future__ import annotations

import re

from privacykit.logs.files.shape import AT, QUOTED, Pattern

HAPROXY = Pattern(
    "haproxy",
    b"203.0.113.7:53332 [25/Feb/2019:16:19:48.143] prod_http_in~ bk/nginx 0/0/7/1457/1487 200 "
    b'11394 - - ---- 2/1/0/0/0 0/0 {Mozilla/5.0 (X11)|198.51.100.9} {} "GET /a?x=1 HTTP/1.1"',
    re.compile(
        rb"(?P<address>\S+):(?P<port>\d{1,5}) " + AT + rb" (?P<text>\S+) (?P<text2>[^\s/]+)/"
        rb"(?P<text3>\S+) [-+\d/]{3,80} (?:-?\d{1,3}) [+]?\d{1,15} (?P<drop>\S+) (?P<drop2>\S+) "
        rb"[-A-Za-z]{2,4} [+\d/]{3,80} \d{1,9}/\d{1,9} "
        rb"(?:\{(?P<other>[^}]*)\} )?(?:\{(?P<other2>[^}]*)\} )?"
        rb'"(?P<request>%b)"?(?P<rest> .*)?' % QUOTED,
        re.DOTALL,
    ),
)
