"""
The document model: facts, statements and problems, one for every document. Pure.

Laws of this file: the same files give the same bytes; the version changes with what is said and
not with the day; a statement that the last verification disproved is not said but a problem.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b

import msgspec

from privacykit.documents.facts.gather import DocumentFacts, DocumentInput, gather
from privacykit.documents.facts.parts import CONFIG
from privacykit.documents.saying.activities import activity_statements
from privacykit.documents.saying.american import american_statements
from privacykit.documents.saying.browsers import cookie_statements
from privacykit.documents.saying.parties import party_statements
from privacykit.documents.saying.problems import problems_of, public_problems
from privacykit.documents.saying.protection import protection_statements
from privacykit.documents.saying.receivers import receiver_statements
from privacykit.documents.saying.rights import right_statements
from privacykit.documents.statement import NoticeStatement
from privacykit.errors import Problem


class DocumentModel(msgspec.Struct, frozen=True):
    """
    What all documents print.

    Attributes:
        facts: The facts.
        statements: What is said, in order, each id once.
        problems: What nobody stated, and what was disproved; empty when all is well.
        effective: The day from which it holds, ISO 8601; no part of the version.
        seen_on: The day on which cookies were seen, likewise; empty where none were.
    """

    facts: DocumentFacts
    statements: tuple[NoticeStatement, ...]
    problems: tuple[Problem, ...]
    effective: str = ""
    seen_on: str = ""

    @property
    def version(self) -> str:
        """The hash of all that is said, whatever the language or the day, 12 hex digits."""
        said = sorted(f"{one.mark}={one.digest}" for one in self.statements)
        return blake2b("\n".join(said).encode(), digest_size=6).hexdigest()

    def under(self, family: str) -> tuple[NoticeStatement, ...]:
        """Return the statements of the law *family* and those of every law."""
        return tuple(one for one in self.statements if not one.laws or family in one.laws)


def build_model(given: DocumentInput) -> DocumentModel:
    """Return the model of *given*; what is wrong stands in its problems."""
    facts = gather(given)
    made = tuple(_statements(facts, given))
    said = tuple(one for one in made if not given.disproved.of(one.claims))
    problems = (*problems_of(facts, given), *public_problems(made), *_disproved(made, given))
    seen_on = given.measured.seen_on if given.measured.cookies else ""
    found = tuple(dict.fromkeys(problems))
    return DocumentModel(facts, said, found, given.said.effective or "", seen_on)


def _statements(facts: DocumentFacts, given: DocumentInput) -> Iterator[NoticeStatement]:
    yield from party_statements(facts, given)
    yield from activity_statements(facts)
    yield from receiver_statements(facts)
    yield from cookie_statements(facts)
    yield from right_statements(facts, given)
    yield from protection_statements(facts, given)
    yield from american_statements(facts, given)


def _disproved(made: tuple[NoticeStatement, ...], given: DocumentInput) -> Iterator[Problem]:
    """Yield each claim that is made and that the last verification disproved."""
    first: dict[str, NoticeStatement] = {}
    for one in made:
        for claim in given.disproved.of(one.claims):
            first.setdefault(claim, one)
    for claim in sorted(first):
        message = f"the last verification disproved the claim '{claim}', which is left out"
        hint = "privacykit verify says where; mend it, then verify again"
        yield Problem("PK342", CONFIG, first[claim].sources[0].key, message, hint)
