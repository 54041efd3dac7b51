"""The words on an endpoint that takes nothing, by what stood in the way. Pure."""

from __future__ import annotations

from http import HTTPStatus
from socket import gaierror
from ssl import SSLCertVerificationError

_WHY: dict[type[BaseException], str] = {
    gaierror: ", the host's name was not found",
    ConnectionRefusedError: ", nothing listens there",
}
"""What lies below the errors of all clients, and asks for different things."""

REDIRECTS = 3
"""The class of statuses that lead elsewhere."""


def answered(status: int, whose: str = "endpoint") -> str:
    """
    Return the words on an answer of *status* that asks to come again, or leads elsewhere.

    A redirect is told apart: it never ends, and who follows it would send events and our credential
    to where nobody wrote.
    """
    told = f"PK168 the {whose} answered {status}"
    if status // 100 == REDIRECTS and status != HTTPStatus.NOT_MODIFIED:
        return f"{told}: no redirect is followed: write the URL that it leads to"
    return told


def no_answer(error: BaseException) -> str:
    """
    Return the words on *error*, which holds no answer: its own words may hold data.

    A certificate that is not believed is told apart: who waits for a server to come back would wait
    for ever.
    """
    cause: BaseException | None = error
    why = ""
    while cause is not None:
        if isinstance(cause, SSLCertVerificationError):
            return (
                "PK166 the certificate there is not believed: name its authority in 'ca_file' "
                "where the kind has one, or where this machine keeps those it believes"
            )
        why = next((words for kind, words in _WHY.items() if isinstance(cause, kind)), why)
        cause = cause.__cause__ or cause.__context__
    return f"PK166 no answer ({type(error).__name__}{why})"
