"""
Why an event is not there where no decision said so: one code, what it means. Pure.

The codes of decisions (:mod:`privacykit.decide.codes`) are reasons too: these are all the others.
The last five are of events that were made, and stopped on their way or lost at its end.
Codes are stable; they stand in metrics and in the counts of ``privacykit events``.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from privacykit.decide.codes import WORDS


class Withheld(StrEnum):
    """
    The code of a reason; :attr:`words` says what happened, :attr:`advice` what to do about it.

    The advice is empty where there is nothing to do.
    """

    words: str
    advice: str

    def __new__(cls, code: str, words: str, advice: str) -> Self:
        """Make a member that is its code and carries what it means and what to do."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.words = words
        member.advice = advice
        return member

    UNKNOWN_HOST = (
        "unknown_host",
        "No site of the configuration lists the request's host.",
        "add the host to `hosts` of its [[site]]",
    )
    PAGES_OFF = (
        "pages_off",
        "The configuration names no purpose for page events.",
        'set `page = "PURPOSE"` under [events] to count visits',
    )
    NOT_A_PAGE = (
        "not_a_page",
        "Method, status or page are not among those that make a page event.",
        "see `methods`, `statuses` and `not_pages` under [events]",
    )
    NOT_HTML = (
        "not_html",
        "The response is no page: its content type is not among those that make a page event.",
        "see `content_types` under [events] if others than HTML are to count",
    )
    ASSET = (
        "asset",
        "The browser asked for no page but for a part of one, such as a picture or a style sheet.",
        "",
    )
    ROBOT = (
        "robot",
        "The user agent is that of a robot or a tool, such as curl.",
        "try a browser; `bots = true` under [events] would count them",
    )
    FLOOD = (
        "flood",
        "A browser told of more page changes or events than a person makes.",
        "look for a script that calls the History API or sends events in a loop",
    )
    NOT_A_NAME = (
        "not_a_name",
        "The application named an event by something that is no name.",
        "emit() wants a word such as 'signup', never a value",
    )
    OUTBOX_FULL = (
        "outbox_full",
        "The outbox had no room.",
        "see why events cannot be committed or delivered",
    )
    STOPPED = (
        "stopped",
        "It was accepted, and a refusal, withdrawal or erasure came before it left for its sink.",
        "try another browser: without consent a refusal stops all of the same network and browser",
    )
    NOT_SERVED = (
        "not_served",
        "It was accepted, and its sink serves its site or purpose no more, or in another role.",
        "see `sites`, `purposes` and `role` of its [[sinks]]",
    )
    DROPPED = (
        "dropped",
        "It was sent, and the backend says itself that it threw it away.",
        "`privacykit sinks status` says which sink and why",
    )
    GIVEN_UP = (
        "given_up",
        "It was sent without a clear answer, and its sink is to `leave` what perhaps arrived.",
        'see why the sink gives no clear answer; `unclear = "repeat"` sends it again',
    )
    EXPIRED = (
        "expired",
        "It was accepted, and its time was over before its sink took it.",
        "see why the sink takes nothing: `privacykit sinks status`",
    )


LOST = frozenset({Withheld.DROPPED.value, Withheld.GIVEN_UP.value})
"""Reasons of events that left, and are nowhere as far as is known."""

GONE = LOST | {Withheld.STOPPED.value, Withheld.NOT_SERVED.value, Withheld.EXPIRED.value}
"""Reasons of events that were made, and did not arrive."""


def meaning(reason: str) -> tuple[str, str]:
    """Return what *reason* means, and what to do about it; empty where nothing is known."""
    if reason in WORDS:
        return WORDS[reason], "`privacykit explain` names the law and the clause"
    known = Withheld._value2member_map_.get(reason)
    return (known.words, known.advice) if isinstance(known, Withheld) else ("", "")
