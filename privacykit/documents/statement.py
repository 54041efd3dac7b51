"""
Statements: one thing that is said, what kind of saying it is, and where it comes from. Pure.

Laws of this file: a statement's digest changes with what it says and never with how files are
ordered, commented or keyed; what nobody stated is no statement but a problem.
"""

from __future__ import annotations

from enum import StrEnum
from hashlib import blake2b

import msgspec

from privacykit.documents.values import Value, plain


class StatementKind(StrEnum):
    """How a statement is known."""

    DERIVED = "derived"
    """Read from configuration, data map or policies."""
    MEASURED = "measured"
    """Seen in the stores or in answers."""
    STATED = "stated"
    """A person wrote it."""


class NoticeItem(StrEnum):
    """What a law may want to be told (GDPR Art. 13, 14 and their kin)."""

    CONTROLLER = "controller"
    OFFICER = "officer"
    PURPOSES = "purposes"
    BASIS = "basis"
    CATEGORIES = "categories"
    RECIPIENTS = "recipients"
    TRANSFERS = "transfers"
    RETENTION = "retention"
    RIGHTS = "rights"
    WITHDRAWAL = "withdrawal"
    OPT_OUT = "opt_out"
    COMPLAINT = "complaint"
    MUST_GIVE = "must_give"
    AUTOMATED = "automated"
    ORIGIN = "origin"
    COOKIES = "cookies"
    PROTECTION = "protection"
    FIXED = "fixed"
    DATE = "date"


class StatementSource(msgspec.Struct, frozen=True):
    """
    Where a statement comes from.

    Attributes:
        file: ``privacykit.toml``, the data map's name, a policy's ``id@hash``, or ``privacykit``
            for what this software does by itself.
        key: Dotted path of the key or clause.
        citation: Of a clause: article, section or decision.
        confidence: Of a clause: how sure we are.
    """

    file: str
    key: str
    citation: str = ""
    confidence: str = ""


class NoticeStatement(msgspec.Struct, frozen=True):
    """
    One thing that is said.

    Attributes:
        id: What it is about, unique in a model; it may name what is internal: never printed.
        item: What a law calls it.
        kind: How it is known.
        words: Key of its sentence in the message files.
        values: What stands in the sentence's places.
        sources: Where it comes from; at least one.
        claims: Names of the tests of ``privacykit verify`` any of which could disprove it.
        laws: By which laws it is said; empty is by every.
        hidden: What belongs to it and is not printed, such as a recipient's host; in the digest.
        part: The purpose, recipient or other thing it belongs to, for arranging.
    """

    id: str
    item: NoticeItem
    kind: StatementKind
    words: str
    values: tuple[tuple[str, Value], ...]
    sources: tuple[StatementSource, ...]
    claims: tuple[str, ...] = ()
    laws: tuple[str, ...] = ()
    hidden: str = ""
    part: str = ""

    @property
    def mark(self) -> str:
        """What it is about as the public may see it: 10 hex digits of its id."""
        return _digest(self.id)

    @property
    def digest(self) -> str:
        """What it says, 10 hex digits: clauses by their citation, not by the whole law's hash."""
        said = {name: plain(value) for name, value in self.values}
        cited = [(s.key, s.citation, s.confidence) for s in self.sources if s.citation]
        what = [self.item, self.kind, self.words, said, cited, sorted(self.laws), self.hidden]
        return _digest(msgspec.json.encode(what, order="sorted").decode())

    def value(self, name: str) -> Value:
        """Return what stands in the place *name*, empty for nothing."""
        return dict(self.values).get(name, "")


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=5).hexdigest()
