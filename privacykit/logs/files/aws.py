"""Access logs of AWS's application load balancer. CloudFront's are W3C's. Pure."""

from __future__ import annotations

import re

from privacykit.logs.files.shape import Columns

_KINDS = """
text time resource address address number number number number number number number request agent
text text resource drop host text number time text target text addresses numbers text text drop
"""
_SAME = {"addresses": "other", "numbers": "number"}

ALB = Columns(
    "alb",
    b"http 2018-07-02T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 203.0.113.7:2817 "
    b"10.0.0.1:80 0.000 0.001 0.000 200 200 34 366 "
    b'"GET http://www.example.com:80/?q=1 HTTP/1.1" "curl/7.46.0" - - '
    b"arn:aws:elasticloadbalancing:us-east-2:111122223333:targetgroup/a/73e2d6bc24d8a067 "
    b'"Root=1-58337262-36d228ad5d99923122bbe354" "-" "-" 0 2018-07-02T22:22:48.364000Z '
    b'"forward" "-" "-" "10.0.0.1:80" "200" "-" "-" TID_1234abcd5678ef90',
    tuple(_SAME.get(kind, kind) for kind in _KINDS.split()),
    re.compile(rb"(?:https?|h2|grpcs|wss?) \d{4}-\d\d-\d\dT[\d:.]{8,18}Z \S"),
)
