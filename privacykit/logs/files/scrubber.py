"""
Weakens the lines of a log file: finds the format of each line, masks what has none. Pure.

Laws of this file:

- as many lines come out as go in;
- a line of no known format is masked, never passed, and no line makes it fail.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from types import MappingProxyType
from typing import Literal

from privacykit.errors import ConfigurationError, Problem
from privacykit.logs.files import json_lines, pattern, w3c
from privacykit.logs.files.aws import ALB
from privacykit.logs.files.combined import COMBINED, FIRST_COLUMN, VHOST, first_column
from privacykit.logs.files.errors import APACHE, NGINX
from privacykit.logs.files.fields import LogFields
from privacykit.logs.files.proxies import HAPROXY
from privacykit.logs.files.python import GUNICORN, LOGGING, TRACEBACK, UVICORN
from privacykit.logs.files.shape import Line
from privacykit.logs.files.syslog import CRI, NEW, OLD

MASKED = b"[unknown line]"
LONG = b"[long line]"
LONGEST_LINE = 1 << 16
"""Bytes of a line that is read; a longer one is masked."""
_RETURN = ord("\r")
DEEPEST = 3
"""How deep lines stand in messages of lines."""

_SHAPES = (
    *(COMBINED, VHOST, NGINX, APACHE, UVICORN, HAPROXY, ALB, NEW, OLD, CRI),
    *(GUNICORN, LOGGING, TRACEBACK),
)
EXAMPLES = MappingProxyType(
    {
        **{shape.name: shape.example for shape in _SHAPES},
        json_lines.NAME: json_lines.EXAMPLE,
        w3c.NAME: w3c.EXAMPLE,
    }
)
"""A line or more of each format, by its name."""
SAME = MappingProxyType(
    {
        "common": "combined",
        "nginx": "combined",
        "apache": "combined",
        "gunicorn": "combined",
        "vcombined": "vhost",
        "caddy": "json",
        "traefik": "json",
        "docker": "json",
        "journald": "json",
        "iis": "w3c",
        "cloudfront": "w3c",
        "awselb": "alb",
    }
)
"""Other names of formats: of programs that write them."""

Unknown = Literal["mask", "text"]


class Scrubber:
    """
    Weakens lines, each by its format.

    Args:
        fields: What weakens the fields.
        formats: Names of :data:`EXAMPLES`, :data:`SAME` or ``first-column`` to look for; where
            none is given those of :data:`EXAMPLES`.
        own: A format of the user's own, as :mod:`.pattern` reads it.
        unknown: Lines of no known format: ``mask`` leaves nothing of them, ``text`` what no
            detector finds.

    Raises:
        ConfigurationError: PK265 a wrong pattern, PK266 an unknown format.
    """

    def __init__(
        self,
        fields: LogFields,
        formats: Iterable[str] = (),
        own: str = "",
        unknown: Unknown = "mask",
    ) -> None:
        self.fields = fields
        self._odd_lines: Counter[str] = Counter()
        self._text = fields.of("text") if unknown == "text" else None
        self._depth = 0
        self._w3c = w3c.W3C(fields)
        known: dict[str, Line] = {s.name: s.bind(fields, self._message) for s in _SHAPES}
        known[json_lines.NAME] = json_lines.bound(fields, self._message)
        known[w3c.NAME] = self._w3c.line
        asked = known | {FIRST_COLUMN: first_column(fields, self._message)}
        wanted = [SAME.get(each.lower(), each.lower()) for each in formats]
        if not asked.keys() >= set(wanted):
            names = ", ".join(sorted({*asked, *SAME}))
            raise ConfigurationError(
                Problem("PK266", "--format", "", "no format is called so", f"one of {names}")
            )
        chosen = {name: asked[name] for name in wanted or ([] if own else known)}
        if own:
            chosen[pattern.NAME] = pattern.bound(own, fields, self._message)
        self._formats = {name: (line, [0]) for name, line in chosen.items()}
        self._last = next(iter(self._formats))

    @property
    def seen(self) -> Counter[str]:
        """How many lines were of each format, ``unknown`` or ``long``; no line."""
        known = Counter({name: tally[0] for name, (_, tally) in self._formats.items()})
        return known + self._odd_lines

    def forget(self) -> None:
        """Begin a new log: what the one before said of its columns no longer holds."""
        self._w3c.forget()

    def line(self, raw: bytes) -> bytes:
        """
        Return *raw* weakened.

        Args:
            raw: A line without its line feed; a carriage return at the end stays.
        """
        return self.lines([raw])[0]

    def lines(self, raws: Sequence[bytes]) -> list[bytes]:
        """Return *raws*, lines as :meth:`line` takes them, weakened."""
        weaken, tally = self._formats[self._last]
        done = 0
        out: list[bytes] = []
        for raw in raws:
            if not raw or len(raw) > LONGEST_LINE or raw[-1] == _RETURN:
                out.append(self._odd(raw))
                continue
            try:
                shown = weaken(raw)
            except Exception:  # noqa: BLE001 - P2: what cannot be weakened is masked
                shown = None
            if shown is not None and b"\n" not in shown:
                done += 1
                out.append(shown)
                continue
            tally[0] += done
            done = 0
            out.append(self._otherwise(raw))
            weaken, tally = self._formats[self._last]
        tally[0] += done
        return out

    def _odd(self, raw: bytes) -> bytes:
        """Weaken a line with a carriage return, one that is empty, or one that is too long."""
        ended = raw[-1:] == b"\r"
        body = raw[:-1] if ended else raw
        if len(body) > LONGEST_LINE:
            self._odd_lines["long"] += 1
            out = LONG
        else:
            first = self._as(self._last, body) if body else body
            out = self._otherwise(body) if first is None else first
        return out + b"\r" if ended else out

    def _otherwise(self, body: bytes) -> bytes:
        """Weaken a line that is not of the last one's format."""
        for name in self._formats:
            if name != self._last and (out := self._as(name, body)) is not None:
                self._last = name
                return out
        self._odd_lines["unknown"] += 1
        return MASKED if self._text is None else self._text(body)

    def _as(self, name: str, body: bytes) -> bytes | None:
        weaken, tally = self._formats[name]
        try:
            out = weaken(body)
        except Exception:  # noqa: BLE001 - P2: what cannot be weakened is masked
            return None
        if out is None or b"\n" in out:
            return None
        tally[0] += 1
        return out

    def _message(self, raw: bytes) -> bytes:
        """Weaken a text that may be a line of another format."""
        end = len(raw.rstrip(b"\r\n"))
        body = raw[:end]
        self._depth += 1
        try:
            for name, (line, _) in self._formats.items():
                if self._depth > DEEPEST or name in _TEXTS:
                    continue
                out = line(body)
                if out is not None:
                    return out + raw[end:]
        finally:
            self._depth -= 1
        return self.fields.of("text")(body) + raw[end:]


_TEXTS = frozenset({
    *(OLD.name, NEW.name, CRI.name, LOGGING.name, TRACEBACK.name),
    *(w3c.NAME, pattern.NAME, FIRST_COLUMN),
})  # fmt: skip
"""Formats that stand in no message: they hold texts themselves, or columns of a whole log."""
