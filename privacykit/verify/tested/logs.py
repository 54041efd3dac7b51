"""
Log files: access and error logs of whatever server hold no whole address, query, referrer or user.

A line is weakened as ``privacykit scrub`` would weaken it; what that changes should not be there.
Reads files, packed and rotated ones too.
"""

from __future__ import annotations

import gzip
import lzma
from bz2 import BZ2File
from collections.abc import Callable, Iterator, Mapping, Sequence
from glob import glob
from pathlib import Path
from typing import IO, cast

from privacykit.errors import StoreError
from privacykit.logs.addresses import Weaken
from privacykit.logs.files.fields import LogFields
from privacykit.logs.files.scrubber import MASKED, Scrubber
from privacykit.pseudonym.addresses.truncation import Truncate
from privacykit.verify.places.left_out import LeftOut
from privacykit.verify.places.place import ALL, Chance
from privacykit.verify.stated import Stated
from privacykit.verify.tested.claim import Untouched
from privacykit.verify.values.labels import AGENT, NO_ADDRESS, WORDS, labels_in

LONGEST_LINE = 1 << 16
_UNPACK: Mapping[str, Callable[[Path], object]] = {
    ".gz": gzip.GzipFile,
    ".bz2": BZ2File,
    ".xz": lzma.LZMAFile,
}
_UNREADABLE = frozenset({".zst", ".zip", ".lz4", ".7z"})
_WORDS = {
    "address": "a whole address",
    "addresses": "a whole address",
    "query": "a query",
    "request": "a request with a query or a value in its path",
    "target": "a request with a query or a value in its path",
    "referrer": "a whole referrer",
    "agent": WORDS[AGENT],
    "user": "the name of a user",
    "cookie": "a cookie",
}
_OTHER = "a value that could be somebody's"
_ADVICE = "`privacykit scrub FILE` weakens it; then mend the server's log format"


class LogClaim(Untouched):
    """
    No log holds what was weakened elsewhere.

    Args:
        stated: The policy in force.
        folder: Where relative globs begin.
        most: Lines of a file that are looked at; ``None`` is all.
        random: Returns a number of 0 to 1.
        left_out: Tells whose lines are passed over.
    """

    name = "logs"
    says = "no log file holds a whole address, a query, a referrer, a user or a user agent"
    cannot_show = "It sees the files that [verify] logs names, not logs elsewhere."

    def __init__(
        self,
        stated: Stated,
        folder: Path,
        most: int | None,
        random: Callable[[], float],
        left_out: LeftOut,
    ) -> None:
        super().__init__()
        self._left_out = left_out
        self._folder = folder
        self._globs: Sequence[str] = stated.settings.verify.logs
        self._most = most
        self._random = random
        rule = stated.rule
        # What no configuration shortens is shortened as `privacykit scrub` does by default.
        shortened = rule is not NO_ADDRESS and not stated.keeps_addresses
        self._weaken: Weaken | None = (
            Truncate(rule.ipv4_bits, rule.ipv6_bits).text if shortened else None
        )

    def settle(self) -> None:
        """
        Look through every file that a glob finds.

        Raises:
            StoreError: A glob finds none.
        """
        for pattern in self._globs:
            found = sorted(glob(str(self._folder / Path(pattern).expanduser()), recursive=True))  # noqa: PTH207 - of a whole path
            files = [path for path in map(Path, found) if path.is_file()]
            if not files:
                raise StoreError(f"PK316 [verify] logs: no file is called {pattern}")
            for path in files:
                self._file(path)

    def _file(self, path: Path) -> None:
        if path.suffix in _UNREADABLE:
            self.unread(path.name, f"PK316 {path.suffix} is not read here: unpack it")
            return
        self._left_out.look_again()
        chance = Chance(self._most, self._random)
        try:
            share = ALL if self._most is None else chance.share(sum(1 for _ in lines(path)))
            scrubber = Scrubber(LogFields(self._weaken, frozenset(), "origin"), unknown="text")
            for line in lines(path):
                if (share >= ALL or chance.takes(share)) and not self._left_out.is_line(line):
                    self._line(path.name, line, scrubber)
        except (OSError, EOFError, lzma.LZMAError) as error:
            self.unread(path.name, f"PK316 it cannot be read ({type(error).__name__})")
        self.sampled = self.sampled or chance.sampled

    def _line(self, name: str, line: bytes, scrubber: Scrubber) -> None:
        self.seen(name)
        before = scrubber.fields.changed
        shown = scrubber.line(line)
        if shown in {line, MASKED}:
            return
        changed = scrubber.fields.changed - before
        kinds = {_WORDS.get(kind, _OTHER) for kind in changed} or {_OTHER}
        if kinds == {_OTHER}:
            kinds = _of_text(line)
        for words in kinds:
            self.found("PK312", f"log {name}", words, _ADVICE)


def _of_text(line: bytes) -> set[str]:
    """Return what the detectors call what stands in a line without a form."""
    labels = set(labels_in(line.decode("utf-8", "replace"), NO_ADDRESS))
    return {WORDS[label] for label in labels} or {_OTHER}


def lines(path: Path) -> Iterator[bytes]:
    """Yield the lines of *path*, unpacked by what its name ends with; long ones in pieces."""
    unpack = _UNPACK.get(path.suffix)
    with cast("IO[bytes]", unpack(path)) if unpack else path.open("rb") as stream:
        while line := stream.readline(LONGEST_LINE):
            yield line.rstrip(b"\r\n")
