"""A mutant: one small wrong change of a module's source. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Mutant:
    """
    One change of one file.

    Attributes:
        file: The module, relative to the root.
        start: Where the change begins, in bytes.
        end: Where it ends.
        new: What stands there instead.
        what: The change in words.
        first: The first line of the statement around it, from 1.
        last: The last line of that statement, or of its head.
        at_import: Whether it runs when the module is imported, not when a function is called.
    """

    file: str
    start: int
    end: int
    new: str
    what: str
    first: int
    last: int
    at_import: bool

    def applied(self, source: bytes) -> bytes:
        """Return *source* with the change; the rest stays as it is."""
        return source[: self.start] + self.new.encode() + source[self.end :]

    def compiles(self, source: bytes) -> bool:
        """Tell whether *source* is still Python with the change."""
        try:
            compile(self.applied(source), self.file, "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            return False
        return True

    def diff(self, source: bytes) -> tuple[str, str]:
        """Return the lines that change as they are and as they become, without their margin."""
        begin = source.rfind(b"\n", 0, self.start) + 1
        stop = (source + b"\n").find(b"\n", self.end)
        changed = source[begin : self.start] + self.new.encode() + source[self.end : stop]
        return _flush(source[begin:stop]), _flush(changed)


def _flush(lines: bytes) -> str:
    return "\n".join(line.strip() for line in lines.decode().splitlines() if line.strip())
