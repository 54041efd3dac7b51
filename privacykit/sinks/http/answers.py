"""
The answer of an HTTP backend, and what it says of each event. Pure.

A product whose answers tell more than their status brings a function of its own: loss hides in
answers that look like success.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from privacykit.webhook import AGAIN, AnswerKind, answer_kind, wait_asked

_UNTOUCHED = AGAIN | {503} | frozenset(range(300, 400))
"""Statuses that say that nothing was done; after others of their kind something may have been."""


class Answer(msgspec.Struct, frozen=True):
    """
    What came back.

    Attributes:
        status: The HTTP status.
        headers: By name in lower case.
        body: At most so many bytes as the kind reads.
        sent: The ids of the events that were sent, in their order.
        now: Unix seconds.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    sent: Sequence[str]
    now: float

    def json(self) -> Any:  # noqa: ANN401 - any JSON
        """Return the body read as JSON; an empty table when it is none."""
        found = self.decoded()
        return {} if found is None else found

    def decoded(self) -> Any:  # noqa: ANN401 - any JSON
        """Return the body read as JSON; ``None`` when it is none, cut off, packed or too deep."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode(errors="replace")

    def __repr__(self) -> str:
        return f"<Answer {self.status}>"


class AnswerReading(msgspec.Struct, frozen=True):
    """
    What an answer says.

    Attributes:
        kind: Of the whole message.
        rejected: Position of each event that will never be taken, and why, in a word of ours.
        dropped: Position of each event that the backend threw away, and why.
        retry: Positions of events to send again after a pause.
        untaken: Positions of events that were not taken for the sake of others, and come at once.
        wait: Seconds that we are asked to wait, if we are.
        unclear: Whether events may have been taken although *kind* is ``AGAIN``.
        reason: What is said of a message that is refused, in a word of ours.
    """

    kind: AnswerKind = AnswerKind.TAKEN
    rejected: Mapping[int, str] = {}
    dropped: Mapping[int, str] = {}
    retry: Sequence[int] = ()
    untaken: Sequence[int] = ()
    wait: float | None = None
    unclear: bool = False
    reason: str = ""


STRANGER = AnswerReading(AnswerKind.REFUSES_US, reason="stranger")
"""Of an answer that no backend of the kind gives: somebody else gave it, and has no event."""

Reader = Callable[[Answer], AnswerReading]
Acknowledgement = Callable[[Answer], bool]
"""Whether an answer of success is one that the backend itself gives."""


def says_no_page(answer: Answer) -> bool:
    """Say so of every answer but a page for people: the backend may be anybody's own."""
    return not answer.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def says_nothing(answer: Answer) -> bool:
    """Say so of an answer without a body."""
    return not answer.body.strip()


def says_json(*names: str, **values: Collection[object]) -> Acknowledgement:
    """
    Return what says so of one whole JSON object that has these *names* and tells of no error.

    Args:
        names: Of whatever value.
        values: Those that a name may have.
    """

    def says(answer: Answer) -> bool:
        found = answer.decoded()
        if not isinstance(found, dict) or found.get("error") or found.get("errors"):
            return False
        return set(names) <= set(found) and all(
            name in found and found[name] in wanted for name, wanted in values.items()
        )

    return says


def says_nothing_or_json(answer: Answer) -> bool:
    """Say so of an answer without a body, and of one that is a whole JSON object."""
    return says_nothing(answer) or says_json()(answer)


def by_status(answer: Answer) -> AnswerReading:
    """Read the status alone."""
    kind = answer_kind(answer.status)
    if kind is AnswerKind.TAKEN:
        return AnswerReading()
    again = kind is AnswerKind.AGAIN
    return AnswerReading(
        kind,
        wait=wait_asked(answer.headers.get("retry-after"), answer.now) if again else None,
        unclear=again and answer.status not in _UNTOUCHED,
        reason=f"status_{answer.status}",
    )


def all_dropped(answer: Answer, reason: str) -> AnswerReading:
    """Return that the backend took the message and threw every event away."""
    return AnswerReading(dropped=dict.fromkeys(range(len(answer.sent)), reason))


def says_ok(answer: Answer) -> AnswerReading:
    """Read an answer that is the text `ok`: whoever takes events with other words is another."""
    said = by_status(answer)
    if said.kind is AnswerKind.TAKEN and answer.text.strip(' "\r\n').lower() != "ok":
        return STRANGER
    return said


def positions(answer: Answer, named: Iterable[object]) -> list[int]:
    """Return those of *named* that are positions of events which were sent."""
    most = len(answer.sent)
    return sorted({at for at in named if type(at) is int and 0 <= at < most})


def dropped_unnamed(
    answer: Answer, lost: int, reason: str, *, besides: Collection[int] = ()
) -> dict[int, str]:
    """
    Return that *lost* events were thrown away where nobody says which.

    The last ones are named in their place: how many are lost is right.

    Args:
        answer: What came back.
        lost: How many; none if it is not positive.
        reason: In a word of ours.
        besides: Positions of events of which something else is known.
    """
    left = [at for at in range(len(answer.sent)) if at not in besides]
    return dict.fromkeys(left[len(left) - min(lost, len(left)) :] if lost > 0 else (), reason)
