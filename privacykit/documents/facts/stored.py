"""Cookies as they are declared: those of the configuration and our own. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from privacykit.documents.evidence import Measured
from privacykit.documents.facts.parts import CONFIG, PRODUCT, CookieFact
from privacykit.documents.statement import StatementSource
from privacykit.documents.values import Lasting, Word, written
from privacykit.settings.duties.notice import SESSION, NoticeTable
from privacykit.settings.model import Settings
from privacykit.settings.values import DurationText
from privacykit.signals.choice.time import FOREVER_SECONDS, GRANT_SECONDS

DAY = 86_400
BROWSERS_KEEP_DAYS = 400
"""The longest that browsers keep a cookie (Chrome since 104)."""


def cookies_of(settings: Settings, said: NoticeTable, measured: Measured) -> Iterator[CookieFact]:
    """Yield our own cookies, where the pages of choices are served, then those of ``[cookies]``."""
    if settings.choice.enabled and settings.collects:
        days = min(FOREVER_SECONDS // DAY, BROWSERS_KEEP_DAYS)
        prefix = _prefix(settings)
        for name, life in (("pk-no", days), ("pk-yes", GRANT_SECONDS // DAY)):
            yield CookieFact(
                name=f"{prefix}{name}",
                purpose="",
                life=Lasting(0, life),
                session=False,
                says=Word("cookie_" + name.replace("-", "_")),
                by="",
                kind="cookie",
                exempt=True,
                source=StatementSource(PRODUCT, name),
            )
    for glob, purpose in settings.cookies.items():
        own = said.cookies.get(glob)
        table = settings.purposes[purpose]
        yield CookieFact(
            name=glob,
            purpose=purpose,
            life=_life(own.life) if own else None,
            session=own is not None and own.life == SESSION,
            says=written(own.says if own else ""),
            by=own.by if own else "",
            kind=own.kind if own else "cookie",
            exempt=set(table.uses) == {"strictly_necessary"},
            source=StatementSource(CONFIG, f"cookies.{glob}"),
            measured=measured.life(glob),
            seen=StatementSource(measured.seen_in, f"seen on {measured.seen_on}"),
        )


def _life(text: str) -> Lasting | None:
    if text == SESSION:
        return None
    found = DurationText.parse(text)
    return Lasting(found.months, found.days)


def _prefix(settings: Settings) -> str:
    """Return the prefix of our cookies, the strictest that their domain allows."""
    if not settings.choice.secure:
        return ""
    return "__Host-" if settings.choice.domain is None else "__Secure-"
