"""
Lines of Python: ``logging``, uvicorn's and gunicorn's logs, and tracebacks. Pure.

What ``privacykit run`` writes beside its access log is among them. Where a server listens is its
operator's; all else of a message goes through the detectors, or is a line of another format.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from privacykit.logs.files.fields import TIME, Field, LogFields
from privacykit.logs.files.shape import QUOTED, Line, Pattern

_LEVEL = rb"(?:DEBUG|INFO|WARNING|ERROR|CRITICAL)"
_NAME = rb"[\w.$-]{1,200}"
_WHERE = rb"(?:https?://[\w.:\[\]-]{1,80}|unix:\S{1,200})"
_LISTENS = (
    rb"Uvicorn running on (?:%b|(?:unix )?socket \S{1,200}) \(Press CTRL\+C to quit\)"
    rb"|Listening at: %b(?:,%b){0,9} \(\d{1,10}\)" % (_WHERE, _WHERE, _WHERE)
)
_SAID = rb"(?:%b|(?P<message>.*))" % _LISTENS

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
LOGGING = Pattern(
    "python",
    b"2026-11-28 12:37:20,123 WARNING shop.orders no mail to ann@example.org",
    re.compile(
        rb"(?:(?:%b) %b (?P<text>%b)|(?:%b) - (?P<text2>%b) - %b -|\[(?:%b)\] %b in (?P<text3>%b):"
        rb"|%b:(?P<text4>%b):|%b:(?= ))(?: {1,9}|(?<=:))%b"
        % (
            TIME,
            _LEVEL,
            _NAME,
            TIME,
            _NAME,
            _LEVEL,
            TIME,
            _LEVEL,
            _NAME,
            _LEVEL,
            _NAME,
            _LEVEL,
            _SAID,
        ),
        re.DOTALL,
    ),
)
GUNICORN = Pattern(
    "gunicorn-error",
    b"[2026-11-28 12:37:20 +0000] [4711] [WARNING] Invalid request from ip=203.0.113.7",
    re.compile(
        rb"\[(?:%b)(?: [+-]\d{4})?\] \[\d{1,10}\] \[%b\] "
        rb"(?:Invalid request from ip=(?P<address>[^\s:]{1,45}|\S{1,45})|%b)"
        % (TIME, _LEVEL, _SAID),
        re.DOTALL,
    ),
)

_BEGINS = re.compile(rb"[ |+]{0,40}(?:Exception Group )?Traceback \(most recent call last\):")
_BETWEEN = re.compile(
    rb"[ |]{0,40}(?:During handling of the above exception, another exception occurred"
    rb"|The above exception was the direct cause of the following exception):"
)
_FRAME = Pattern(
    "", b"", re.compile(rb'[ |+]{2,40}File "(?P<text>[^"]*)", line \d{1,9}(?:, in (?P<text2>.*))?')
)
_CODE = Pattern("", b"", re.compile(rb"[ |+]{4,40}(?P<text>.*)|[ |+-]{0,40}", re.DOTALL))
_RAISED = Pattern(
    "",
    b"",
    re.compile(rb"[ |+]{0,40}(?P<text>[A-Za-z_][\w.]{0,199})(?:: (?P<text2>.*))?", re.DOTALL),
)


@dataclass(frozen=True)
class Traceback:
    """
    The lines of a traceback: where something was raised, the code there, and what was raised.

    Attributes:
        name: As ``--format`` names it.
        example: Lines of it.
    """

    name: str
    example: bytes

    def bind(self, fields: LogFields, message: Field) -> Line:
        """Return what weakens lines of a traceback; what stands in none is of another format."""
        inside = [False]
        frame, code, raised = (each.bind(fields, message) for each in (_FRAME, _CODE, _RAISED))

        def line(raw: bytes) -> bytes | None:
            if _BEGINS.fullmatch(raw) or _BETWEEN.fullmatch(raw):
                inside[0] = True
                return raw
            if not inside[0]:
                return None
            shown = frame(raw) or code(raw)
            if shown is None:
                shown = raised(raw)
                inside[0] = False
            return shown

        return line


TRACEBACK = Traceback(
    "traceback",
    b"Traceback (most recent call last):\n"
    b'  File "/srv/shop/orders.py", line 7, in send\n'
    b"    mail(order.address)\n"
    b"ValueError: ann@example.org refuses mail",
)
