"""The words on an endpoint that gives no answer, by what stood in the way. Pure."""

from __future__ import annotations

from ssl import SSLCertVerificationError


def no_answer(error: BaseException) -> str:
    """
    Return the words on *error*, which holds no answer: its own words may hold data.

    A certificate that is not believed is told apart: who waits for a server to come back would wait
    for ever.
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, SSLCertVerificationError):
            return (
                "PK166 the certificate there is not believed: name its authority in 'ca_file' "
                "where the kind has one, or where this machine keeps those it believes"
            )
        cause = cause.__cause__ or cause.__context__
    return f"PK166 no answer ({type(error).__name__})"
