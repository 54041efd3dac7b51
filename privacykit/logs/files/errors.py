"""
Error logs of nginx and Apache: what they say of a request that failed. Pure.

The text is free, so it goes through the detectors; client, request and referrer stand at its end
under names of their own. Where what stands there is anything else, all of it is text.
"""

from __future__ import annotations

import re

from privacykit.logs.files.shape import QUOTED, Pattern

_DAY = rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d"
_LEVEL = rb"[a-z]{1,10}\d?"
_USER = rb"(?:(?!: | not found| in realm | authentication ).)++"
"""What somebody typed as a name, up to what Apache's modules of authentication say of it."""

NGINX = Pattern(
    "nginx-error",
    b'2026/11/28 12:37:20 [error] 18091#18091: *3 open() "/srv/missing/ann@example.org" failed '
    b"(2: No such file or directory), client: 203.0.113.7, server: , "
    b'request: "GET /missing/ann@example.org HTTP/1.1", host: "www.example.com", '
    b'referrer: "https://www.example.com/?q=secret"',
    re.compile(
        rb"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[" + _LEVEL + rb"\] \d{1,10}#\d{1,10}: (?:\*\d{1,12} )?"
        rb'(?:user "(?P<user>[^"]*+)")?'
        rb"(?:(?P<text>(?:(?!, client: ).)*+), client: (?P<address>[^,]{1,64}+)"
        rb"(?:, server: (?P<host>[^,]{0,255}+))?"
        rb'(?:, request: "(?P<request>%b)")?'
        rb'(?:, (?:subrequest|upstream): "(?P<target>%b)")?'
        rb'(?:, host: "(?P<host2>%b)")?'
        rb'(?:, referrer: "(?P<referrer>%b)")?'
        rb"|(?P<text2>.*+))" % (QUOTED, QUOTED, QUOTED, QUOTED),
        re.DOTALL,
    ),
)

APACHE = Pattern(
    "apache-error",
    b"[Sat Nov 28 12:37:20.123456 2026] [core:error] [pid 1:tid 2] [client 203.0.113.7:51234] "
    b"AH00126: Invalid URI in request GET /ann@example.org HTTP/1.1, "
    b"referer: https://www.example.com/?q=secret",
    re.compile(
        rb"\[" + _DAY + rb" \d\d:\d\d:\d\d(?:\.\d{1,6})? \d{4}\] "
        rb"\[(?:[a-z0-9_]{0,40}:)?" + _LEVEL + rb"\] (?:\[pid \d{1,10}(?::tid \d{1,20})?\] )?"
        rb"(?:\[(?:client|remote) "
        rb"(?P<address>[^\[\]\s]{1,64}|\[[^\[\]\s]{1,45}\](?::\d{1,5})?)\] )?"
        rb"(?:AH\d{5}: (?:auth_ldap authenticate: )?user (?P<user>%b))?"
        rb"(?:(?P<text>(?:(?!, referer: ).)*+), referer: (?P<referrer>\S*+)|(?P<text2>.*+))"
        % _USER,
        re.DOTALL,
    ),
)
