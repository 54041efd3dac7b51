"""The yes to a second person: to exactly those who were shown. Pure."""

from __future__ import annotations

from hmac import compare_digest

from privacykit.errors import PlanError


def check_accepted(problems_digest: str, accepted: str) -> None:
    """
    Check that what is wrong was accepted by its digest.

    Args:
        problems_digest: The digest of what is wrong; empty where nothing is.
        accepted: The digest that somebody said yes to.

    Raises:
        PlanError: Nobody did, or to something else: to another second person, or before one came.
    """
    if not problems_digest:
        return
    if not accepted:
        words = "there are problems; mend them, or accept exactly these"
        raise PlanError(f"{words}: --accept-problems {problems_digest}")
    if not compare_digest(problems_digest.encode(), accepted.strip().lower().encode()):
        raise PlanError("these are not the problems that were accepted; look at them again")
