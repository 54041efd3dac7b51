"""Lines of log files lose what they hold of people, keep the rest, and never fail."""

from __future__ import annotations

import re
import string

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacykit.errors import ConfigurationError
from privacykit.logs.files.combined import COMBINED, VHOST
from privacykit.logs.files.fields import MOST_REMEMBERED, TIME, LogFields
from privacykit.logs.files.scrubber import EXAMPLES, LONG, LONGEST_LINE, MASKED, SAME, Scrubber
from privacykit.logs.files.shape import QUOTED, rest

AGENT = b'"Mozilla/5.0 (X11; Linux x86_64)"'
LEFT = {
    "combined": b'203.0.0.0 - - [28/Nov/2026:12:37:20 +0000] "GET /a HTTP/1.1" 200 2 '
    b'"https://www.example.com" "-"',
    "vhost": b'www.example.com:443 203.0.0.0 - - [28/Nov/2026:12:37:20 +0000] "GET /a HTTP/1.1" '
    b'200 2 "https://www.example.com" "-"',
    "nginx-error": b'2026/11/28 12:37:20 [error] 18091#18091: *3 open() "/srv/missing/[email]" '
    b"failed (2: No such file or directory), client: 203.0.0.0, server: , "
    b'request: "GET /missing/[email] HTTP/1.1", host: "www.example.com", '
    b'referrer: "https://www.example.com"',
    "apache-error": b"[Sat Nov 28 12:37:20.123456 2026] [core:error] [pid 1:tid 2] "
    b"[client 203.0.0.0:0] AH00126: Invalid URI in request GET /[email] HTTP/1.1, "
    b"referer: https://www.example.com",
    "uvicorn": b'INFO:     203.0.0.0:0 - "GET /a HTTP/1.1" 200 OK',
    "haproxy": b"203.0.0.0:0 [25/Feb/2019:16:19:48.143] prod_http_in~ bk/nginx 0/0/7/1457/1487 200 "
    b'11394 - - ---- 2/1/0/0/0 0/0 {-} {} "GET /a HTTP/1.1"',
    "alb": b"http 2018-07-02T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 203.0.0.0:0 "
    b"10.0.0.0:0 0.000 0.001 0.000 200 200 34 366 "
    b'"GET http://www.example.com/ HTTP/1.1" "-" - - '
    b"arn:aws:elasticloadbalancing:us-east-2:111122223333:targetgroup/a/73e2d6bc24d8a067 "
    b'"-" "-" "-" 0 2018-07-02T22:22:48.364000Z "forward" "-" "-" "10.0.0.0:0" "200" "-" "-" -',
    "syslog": b"<165>Nov 28 12:00:00 web1 sshd[4711]: Failed password for root from [ip] port 22 "
    b"ssh2",
    "syslog-5424": b'<165>1 2026-11-28T12:00:00.003Z web1 app 8710 ID47 [ex@32473 ip="203.0.0.0"] '
    b"mail from [email]",
    "cri": b"2026-11-28T12:00:00.0Z stdout F mail from [email]",
    "json": b'{"level":"info","ts":1795869442.93,"logger":"http.log.access","msg":"handled request"'
    b',"request":{"remote_ip":"203.0.0.0","remote_port":"0","method":"GET","uri":"/a","headers":'
    b'{"User-Agent":["-"],"Referer":["https://www.example.com"]}},"duration":0.0000148,"status":200'
    b"}",
    "python": b"2026-11-28 12:37:20,123 WARNING shop.orders no mail to [email]",
    "gunicorn-error": b"[2026-11-28 12:37:20 +0000] [4711] [WARNING] Invalid request from "
    b"ip=203.0.0.0",
    "traceback": EXAMPLES["traceback"].replace(b"ann@example.org", b"[email]"),
    "w3c": EXAMPLES["w3c"].split(b"\n")[0] + b"\n2026-11-28 12:37:20 198.51.0.0 GET /a - 443 - "
    b"203.0.0.0 - https://www.example.com 200 15",
}
"""What is left of each example; all other bytes are those of the example."""

_OCTET = st.integers(1, 254)
ADDRESSES = st.one_of(
    st.builds("{}.{}.{}.{}".format, st.integers(11, 220), _OCTET, _OCTET, _OCTET),
    st.builds("2001:db8:{:x}:{:x}::{:x}".format, *[st.integers(16, 65535)] * 3),
)
MAILS = st.builds(
    "{}@{}.example".format,
    st.text(string.ascii_lowercase, min_size=3, max_size=12),
    st.text(string.ascii_lowercase, min_size=3, max_size=12),
)
TOKENS = st.builds(
    "{}{}".format,
    st.sampled_from(["ghp_", "sk_live_", "glpat-"]),
    st.text(string.ascii_letters + string.digits, min_size=20, max_size=40),
)
_PLACE = re.compile(rb'[^\s"\[\]{}<>()|]+')


def _all(data, **more):
    scrubber = Scrubber(LogFields(), **more)
    return b"\n".join(map(scrubber.line, data.split(b"\n")))


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_line_of_each_format_loses_what_it_holds_of_people(name):
    """And nothing else: every other byte is as it was written."""
    assert _all(EXAMPLES[name]) == LEFT[name]


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_format_is_recognised_as_it_is_chosen(name):
    """Nobody needs to say what a line is."""
    assert _all(EXAMPLES[name]) == _all(EXAMPLES[name], formats=[name])


@pytest.mark.parametrize("name", EXAMPLES)
def test_weakening_twice_changes_nothing(name):
    """A run that was cut short is simply done again."""
    assert _all(LEFT[name]) == LEFT[name]


@settings(max_examples=60, deadline=None)
@given(planted=st.one_of(ADDRESSES, MAILS, TOKENS), name=st.sampled_from(sorted(EXAMPLES)))
def test_whatever_is_put_in_any_field_is_gone(planted, name):
    """An address, e-mail or token in the place of any word of a line, or behind it."""
    *before, line = EXAMPLES[name].split(b"\n")
    value = planted.encode()
    for place in _PLACE.finditer(line):
        for kept in (b"", place[0] + b"=", place[0] + b"/"):
            spoilt = line[: place.start()] + kept + value + line[place.end() :]
            assert value not in _all(b"\n".join((*before, spoilt))), spoilt


@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=300))
def test_garbage_is_masked_and_never_fails(data):
    """As many lines come out as go in, and once more changes nothing."""
    out = _all(data)
    assert (out.count(b"\n"), _all(out)) == (data.count(b"\n"), out)


@settings(max_examples=150, deadline=None)
@given(data=st.data(), name=st.sampled_from(sorted(EXAMPLES)))
def test_a_damaged_line_never_fails(data, name):
    """A byte of a line that is another one, or a line that is cut."""
    *before, line = EXAMPLES[name].split(b"\n")
    at = data.draw(st.integers(0, len(line) - 1))
    spoilt = line[:at] + data.draw(st.binary(max_size=2).filter(lambda it: b"\n" not in it))
    spoilt += line[data.draw(st.integers(at, len(line))) :]
    out = _all(b"\n".join((*before, spoilt)))
    assert out.count(b"\n") == len(before)
    assert b"ann@example.org" not in out


@pytest.mark.parametrize(
    ("line", "left"),
    [
        (b"nobody knows 203.0.113.7", MASKED),
        (b"x" * (LONGEST_LINE + 1), LONG),
        (b"", b""),
        (b"\r", b"\r"),
        (b"unknown\r", MASKED + b"\r"),
        (b"{" * 5000, MASKED),
        (b'{"a":' * 3000 + b"1" + b"}" * 3000, MASKED),
    ],
    ids=["unknown", "long", "empty", "empty crlf", "unknown crlf", "no json", "deep json"],
)
def test_what_is_of_no_format_is_masked(line, left):
    """It is not passed, and it stays one line."""
    assert _all(line) == left


def test_of_unknown_lines_the_text_may_be_kept():
    """Where an application writes free text between its access lines."""
    line = b"started by ann@example.org for 203.0.113.7, \xe9\xe8"
    assert _all(line, unknown="text") == b"started by [email] for [ip], \xe9\xe8"


@pytest.mark.parametrize(
    ("request_line", "left"),
    [
        (rb"\x16\x03\x01", b"-"),
        (b"GET /users/ann?x=1 HTTP/1.1", b"GET /users/[id] HTTP/1.1"),
        (b"GET /users/{id}/a{b}/{x1} HTTP/1.1", b"GET /users/{id}/a%7Bb%7D/%7Bx1%7D HTTP/1.1"),
        (b"GET /reset/{token}/x HTTP/1.1", b"GET /reset/{token}/x HTTP/1.1"),
        (b"GET /a", b"GET /a"),
        (b"OPTIONS * HTTP/1.1", b"OPTIONS * HTTP/1.1"),
        (b"GET http://shop.example/a?b=c HTTP/1.1", b"GET http://shop.example/a HTTP/1.1"),
        (b"GET /a\\x22b?ann@example.org HTTP/1.1", b"GET /a%22b HTTP/1.1"),
        (b"ann@example.org /a HTTP/1.1", b"- /a HTTP/1.1"),
        (b"CONNECT 203.0.113.7:443 HTTP/1.1", b"CONNECT - HTTP/1.1"),
        (b"GET /a ann@example.org", b"-"),
    ],
)
def test_of_a_request_line_method_path_and_version_stay(request_line, left):
    """Garbage, proxies' requests and those of HTTP/0.9 included."""
    line = b'203.0.113.7 - - [28/Nov/2026:12:37:20 +0000] "%b" 400 0 "-" ' + AGENT
    assert re.search(rb'"([^"]*)" 400', _all(line % request_line))[1] == left


def test_columns_behind_the_agent_keep_numbers_and_addresses():
    """What Traefik, proxies and own formats add; words may be anybody's."""
    line = b'203.0.113.7 - - [28/Nov/2026:12:37:20 +0000] "-" 400 0 "-" "-" '
    behind = b'12 "ann" "203.0.113.9, 198.51.100.7" 3ms 0.001 "http://10.0.0.1:80"'
    left = b'12 "-" "203.0.0.0, 198.51.0.0" 3ms 0.001 "-"'
    assert _all(line + behind) == line.replace(b"203.0.113.7", b"203.0.0.0") + left


@pytest.mark.parametrize(
    ("client", "left"),
    [
        (b"203.0.113.7, 198.51.100.9", b"203.0.0.0, 198.51.0.0"),
        (b"2001:db8:1:2::3", b"2001:db8:1::"),
        (b"::ffff:203.0.113.77", b"203.0.0.0"),
        (b"crawl.example.com", b"-"),
        (b"unix:", b"-"),
        (b"203.0.113.077", b"-"),
    ],
)
def test_a_client_is_weakened_however_it_is_written(client, left):
    """A list, IPv6, an address in an address; a name is nobody's business."""
    assert _all(client + b' - - [28/Nov/2026:12:37:20 +0000] "-" 400 0').split(b" - ")[0] == left


def test_a_line_inside_a_line_is_weakened_by_its_own_format():
    """Docker's JSON around nginx, syslog around HAProxy."""
    docker = msgspec.json.encode({"log": EXAMPLES["combined"].decode() + "\n", "stream": "stdout"})
    syslog = b"Nov 28 12:00:00 web1 haproxy[7]: "
    assert msgspec.json.decode(_all(docker))["log"].encode() == LEFT["combined"] + b"\n"
    assert _all(syslog + EXAMPLES["haproxy"]) == syslog + LEFT["haproxy"]


def test_json_keeps_its_order_blanks_and_escapes():
    """Only values change, by the name they stand under."""
    line = rb'{ "b" : "\u00e9", "clientHost":"203.0.113.7", "a":[1, 2.50], "email":"ann" }'
    left = rb'{ "b" : "\u00e9", "clientHost":"203.0.0.0", "a":[1, 2.50], "email":"-" }'
    assert _all(line) == left


def test_columns_of_w3c_follow_the_latest_names():
    """IIS and CloudFront may change their columns in the middle of a file."""
    log = b"#Fields: c-ip cs-method\n203.0.113.7 GET\n#Fields: cs-method c-ip\nGET 203.0.113.7"
    assert _all(log).split(b"\n")[1::2] == [b"203.0.0.0 GET", b"GET 203.0.0.0"]


def test_columns_may_be_quoted():
    """As IIS's module for advanced logs writes them."""
    log = (
        b'#Fields:   time-local   c-ip cs(User-Agent)\n17:00:00.363 "203.0.113.7" "Mozilla/5.0 (X)"'
    )
    assert _all(log).split(b"\n")[1] == b'17:00:00.363 "203.0.0.0" "-"'


def test_columns_without_names_are_masked():
    """A new file says its own."""
    scrubber = Scrubber(LogFields())
    scrubber.line(b"#Fields: c-ip cs-method")
    scrubber.forget()
    assert scrubber.line(b"203.0.113.7 GET") == MASKED


def test_a_pattern_of_the_user_names_its_fields():
    """What stands between them stays."""
    own = "{time} | {address} | {user} | {request} | {text}"
    line = b"2026-11-28T12:00:00Z | 203.0.113.7 | ann | GET /a?b HTTP/1.1 | hello ann@example.org"
    left = b"2026-11-28T12:00:00Z | 203.0.0.0 | - | GET /a HTTP/1.1 | hello [email]"
    assert _all(line, own=own) == left
    assert _all(b"something else", own=own) == MASKED


@pytest.mark.parametrize("own", ["no field", "{address}{user}", "{place} {user}"])
def test_a_wrong_pattern_is_said(own):
    """Before a line is read."""
    with pytest.raises(ConfigurationError, match="PK265"):
        Scrubber(LogFields(), own=own)


def test_an_unknown_format_is_said():
    """With those that there are."""
    with pytest.raises(ConfigurationError, match="PK266"):
        Scrubber(LogFields(), ["squid"])


def test_other_names_of_formats_are_those_of_programs():
    """Each stands for one that there is."""
    assert set(SAME.values()) <= set(EXAMPLES)


def test_parameters_on_the_list_stay():
    """As in events, scrubbed."""
    fields = LogFields(query_keep=frozenset({"page", "q"}), referrer="query")
    line = b'203.0.113.7 - - [28/Nov/2026:12:37:20 +0000] "GET /a?q=ann@example.org&x=1&page=2 H'
    line += b'TTP/1.1" 200 0 "https://a.example/b?page=7&t=8" "-"'
    out = Scrubber(fields).line(line)
    assert b'"GET /a?q=[email]&page=2 HTTP/1.1"' in out
    assert b'"https://a.example/b?page=7"' in out


def test_memory_is_bounded_however_many_values_come():
    """What was met before is remembered, some thousand short values of each kind."""
    fields = LogFields()
    address = fields.of("address")
    for number in range(MOST_REMEMBERED + 1000):
        address(b"203.%d.%d.%d" % (number // 62_500, number // 250 % 250, number % 250))
    met = next(c.cell_contents for c in address.__closure__ if isinstance(c.cell_contents, dict))
    assert 0 < len(met) <= MOST_REMEMBERED


def test_what_is_counted_holds_no_value():
    """Names of formats and kinds alone."""
    scrubber = Scrubber(LogFields())
    scrubber.line(EXAMPLES["combined"])
    assert scrubber.seen == {"combined": 1}
    assert set(scrubber.fields.changed) <= set(scrubber.fields.kinds())


REFERENCE = re.compile(
    rb"(?P<address>[^\s,]+(?:, ?[^\s,]+){0,20}) (?P<user>\S+) (?P<user2>\S+) \[(?:%b)\] "
    rb'"(?P<request>%b)" (?:\d{3}|-) (?:\d{1,15}|-)'
    rb'(?: "(?P<referrer>%b)" "(?P<agent>%b)")?(?P<rest> .*)?' % (TIME, *[QUOTED] * 3),
    re.DOTALL,
)
"""The whole of the format as one pattern: what cuts lines at their quotes has to agree with it."""
PIECES = st.sampled_from(
    [b'"', b" ", b"\\", b'\\"', b"-", b"a", b"203.0.113.7", b"[28/Nov/2026:12:37:20 +0000]", b"200",
     b"GET /a HTTP/1.1", b"https://www.example.com/a", b",", b"[", b"]"]
)  # fmt: skip


def _by_reference(raw, fields):
    found = REFERENCE.fullmatch(raw)
    if found is None:
        return None
    parts, kept = [], 0
    for name, index in sorted(REFERENCE.groupindex.items(), key=lambda item: item[1]):
        start, end = found.span(index)
        if start < end:
            weaken = (
                (lambda text: rest(text, fields)) if name == "rest" else fields.of(name.rstrip("2"))
            )
            parts += raw[kept:start], weaken(raw[start:end])
            kept = end
    return b"".join((*parts, raw[kept:]))


@settings(max_examples=400, deadline=None)
@given(spoilt=st.lists(st.tuples(st.integers(0, 24), PIECES), max_size=4), agent=st.booleans())
def test_lines_cut_at_their_quotes_are_as_the_pattern_says(spoilt, agent):
    """Wherever quotes, escapes and blanks stand."""
    pieces = [b"203.0.113.7", b" ", b"-", b" ", b"ann", b" ", b"[28/Nov/2026:12:37:20 +0000]", b" ",
              b'"', b"GET /a?b=c HTTP/1.1", b'"', b" ", b"200", b" ", b"2"]  # fmt: skip
    if agent:
        pieces += [b" ", b'"', b"https://a.example/?q=1", b'"', b" ", b'"', b"Mozilla", b'"']
    for at, piece in spoilt:
        pieces.insert(at, piece)
    raw = b"".join(pieces)
    fields = LogFields()
    assert COMBINED.bind(fields, fields.of("text"))(raw) == _by_reference(raw, LogFields())


def test_a_host_before_the_client_is_no_client():
    """Nor is a client a host."""
    fields = LogFields()
    lines = EXAMPLES["combined"], EXAMPLES["vhost"]
    bound = [shape.bind(fields, fields.of("text")) for shape in (COMBINED, VHOST)]
    assert [[line(raw) is None for raw in lines] for line in bound] == [
        [False, True],
        [True, False],
    ]


@pytest.mark.parametrize(
    "text",
    [b', client: 203.0.113.7, request: "', b", client: ", b', request: "', b'\\"', b", referer: "],
)
@pytest.mark.parametrize("name", ["nginx-error", "apache-error"])
def test_an_error_that_repeats_what_stands_at_its_end_is_text(name, text):
    """However often: time grows as the line does, and no address is left."""
    head = EXAMPLES[name][:36] if name == "nginx-error" else EXAMPLES[name][:67]
    line = head + text * (60_000 // len(text))
    assert b"203.0.113.7" not in _all(line)


def test_the_first_column_alone_is_weakened_where_that_is_asked():
    """It is never recognised, and what begins otherwise is masked."""
    data = b"203.0.113.7 - ann x@example.org\nann 203.0.113.7"
    assert _all(data, formats=["first-column"]) == b"203.0.0.0 - ann x@example.org\n" + MASKED
    assert "first-column" not in EXAMPLES


def test_a_query_ends_a_request_line_of_http_0_9():
    """It is cut away with its mark, not put behind the path."""
    head = b"203.0.113.7 - - [28/Nov/2026:12:37:20 +0000] "
    weak = b"203.0.0.0 - - [28/Nov/2026:12:37:20 +0000] "
    assert _all(head + b'"GET /a?token=abcsecret" 200 2') == weak + b'"GET /a" 200 2'


@pytest.mark.parametrize(
    "said",
    [
        b"AH01617: user annmiller: authentication failure",
        b"AH01618: user ann miller not found: /x",
        b"AH01790: user `annmiller' in realm `x' not found: /x",
        b"AH01695: auth_ldap authenticate: user annmiller authentication failed; URI /x",
        b"AH01618: user annmiller",
    ],
)
def test_what_was_typed_as_a_name_is_in_no_error_of_apache(said):
    """Whatever its modules of authentication say behind it; it may be a password."""
    head = b"[Sat Nov 28 12:37:20.123456 2026] [auth_basic:error] [pid 1:tid 2] "
    assert b"miller" not in _all(head + said)
