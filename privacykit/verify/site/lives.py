"""Lives of cookies as a site was seen to set them, for a report that is kept. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from privacykit.documents.seen import SeenLife, SeenReport
from privacykit.verify.site.cookies import SeenCookie
from privacykit.verify.site.seen import SiteScan


def seen_report(
    site: str, at: float, answered: Iterable[SeenCookie], scan: SiteScan | None, pages: int = 0
) -> SeenReport:
    """
    Return what was seen of a site.

    What a browser kept counts; where none saw a cookie, what the answer asked for.

    Args:
        site: Its scheme, host and port.
        at: Unix seconds.
        answered: The cookies that answers set.
        scan: What a browser saw, if one looked.
        pages: How many pages answered.
    """
    phases = scan.phases if scan is not None else ()
    lives = _longest(answered) | _longest(one for phase in phases for one in phase.cookies)
    most = max([pages, *(len(phase.pages) for phase in phases)])
    return SeenReport(int(at), site, most, tuple(SeenLife(*one) for one in sorted(lives.items())))


def _longest(cookies: Iterable[SeenCookie]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in cookies:
        if not one.is_ours and not one.ends:
            found[one.name] = max(one.life or 0, found.get(one.name, 0))
    return found
