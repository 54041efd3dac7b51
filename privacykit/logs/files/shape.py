"""
Formats of log lines: patterns whose groups are fields, and rows of columns. Pure.

Laws of this file:

- outside its groups a pattern takes nothing that anybody could choose: literals, numbers, times;
- each group is named after its kind, with a number behind where a kind comes twice (``drop2``);
- time grows in proportion to the line: no repetition can be cut in two ways.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from privacykit.logs.files.fields import NOTHING, TIME, Field, LogFields, kind_of

Line = Callable[[bytes], bytes | None]
"""A line without its end to what may be kept of it; ``None`` where it is of another format."""

QUOTED = rb'[^"\\]*(?:\\.[^"\\]*)*'
"""What stands between quotes in which quotes are escaped."""
TOKEN = re.compile(rb'"(%b)"|\[([^\[\]]*)\]|([^\s"\[]\S*)' % QUOTED)
AT = rb"\[(?:%b)\]" % TIME
_PARAMETER = re.compile(rb'([^\s="\[\]]{1,64})(?:="(%b)")?' % QUOTED)
_NUMBERED = re.compile(rb"[A-Za-z]{1,20}@\d{1,7}")
"""A name of an enterprise's own, with the enterprise's number: no e-mail."""
_BARE_NUMBER = re.compile(rb"[+-]?\d{1,12}(?:\.\d{1,9})?(?:ms|s|us)?")


@dataclass(frozen=True)
class Pattern:
    """
    A format whose lines match one pattern.

    Attributes:
        name: As ``--format`` names it.
        example: A line of it.
        pattern: Its pattern, of bytes; must match whole lines.
    """

    name: str
    example: bytes
    pattern: re.Pattern[bytes]

    def bind(self, fields: LogFields, message: Field) -> Line:
        """Return what weakens lines of this format; *message* weakens what holds another line."""
        match = self.pattern.fullmatch
        own: dict[str, Field] = {
            "data": lambda raw: structured(raw, fields),
            "message": message,
            "rest": lambda raw: rest(raw, fields),
        }
        named = sorted(self.pattern.groupindex.items(), key=lambda item: item[1])
        kinds = [name.rstrip("0123456789") for name, _ in named]
        plan = [
            (index, own[kind] if kind in own else fields.of(kind))
            for kind, (_, index) in zip(kinds, named, strict=True)
        ]

        def line(raw: bytes) -> bytes | None:
            found = match(raw)
            if found is None:
                return None
            parts: list[bytes] = []
            kept = 0
            spans = found.regs
            for index, weaken in plan:
                start, end = spans[index]
                if start < end:
                    value = raw[start:end]
                    if value == NOTHING:
                        continue
                    out = weaken(value)
                    if out is not value:
                        parts.append(raw[kept:start])
                        parts.append(out)
                        kept = end
            parts.append(raw[kept:])
            return b"".join(parts)

        return line


@dataclass(frozen=True)
class Columns:
    """
    A format whose lines are columns parted by blanks, quoted or bracketed where they hold some.

    Attributes:
        name: As ``--format`` names it.
        example: A line of it.
        kinds: The kind of each column; what comes behind them is of the kind ``rest``.
        begins: What the beginning of each line matches.
    """

    name: str
    example: bytes
    kinds: tuple[str, ...]
    begins: re.Pattern[bytes] = field(repr=False)

    def bind(self, fields: LogFields, message: Field) -> Line:  # noqa: ARG002 - as Pattern has it
        """Return what weakens lines of this format."""
        plan = [fields.of(kind) for kind in self.kinds]

        def line(raw: bytes) -> bytes | None:
            if self.begins.match(raw) is None:
                return None
            return rewritten(raw, plan, fields)

        return line


def structured(raw: bytes, fields: LogFields) -> bytes:
    """Weaken the values of structured data (RFC 5424, 6.3) by their names and what they hold."""

    def value(found: re.Match[bytes]) -> bytes:
        if found[2] is None:
            return found[1] if _NUMBERED.fullmatch(found[1]) else fields.of("text")(found[1])
        name, text = found[1].decode("latin-1"), found[2].decode("utf-8", "replace")
        kind = kind_of(name)
        if kind and kind != "message":
            return b'%b="%b"' % (fields.of("text")(found[1]), fields.of(kind)(found[2]))
        weakened = fields.weakener.mapping({name: text})
        if weakened == {name: text}:
            return b'%b="%b"' % (fields.of("text")(found[1]), found[2])
        fields.count("data")
        shown = re.sub(r'(["\\\\\]])', r"\\\1", str(next(iter(weakened.values()))))
        return b'%b="%b"' % (fields.of("text")(found[1]), shown.encode("utf-8", "replace"))

    return _PARAMETER.sub(value, raw)


def rewritten(raw: bytes, plan: list[Field], fields: LogFields) -> bytes | None:
    """Return *raw* with its columns weakened by *plan*, ``None`` where it has too few."""
    parts: list[bytes] = []
    kept = at = 0
    for weaken in plan:
        found = TOKEN.match(raw, at)
        if found is None:
            return None
        start, end = found.span(found.lastindex or 0)
        parts += raw[kept:start], weaken(raw[start:end])
        kept = end
        at = found.end()
        if raw[at : at + 1] == b" ":
            at += 1
    return b"".join(parts) + raw[kept:at] + rest(raw[at:], fields)


def rest(raw: bytes, fields: LogFields) -> bytes:
    """Weaken columns of which nothing is known: numbers and addresses stay, as such."""
    other = fields.of("other")

    def column(found: re.Match[bytes]) -> bytes:
        start, end = found.span(found.lastindex or 0)
        value = raw[start:end]
        if found.lastindex == 3 and _BARE_NUMBER.fullmatch(value):  # noqa: PLR2004 - not quoted
            return found[0]
        return raw[found.start() : start] + other(value) + raw[end : found.end()]

    parts: list[bytes] = []
    at = 0
    for found in TOKEN.finditer(raw):
        # What stands between columns and is no blank is of none: an opened quote, for example.
        parts += (_blanks(raw[at : found.start()]), column(found))
        at = found.end()
    return b"".join((*parts, _blanks(raw[at:])))


def _blanks(raw: bytes) -> bytes:
    return raw if not raw.strip(b" \t") else b" -"
