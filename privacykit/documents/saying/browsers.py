"""Statements about what is stored in browsers: the cookie declaration. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from privacykit.documents.facts.gather import DocumentFacts
from privacykit.documents.facts.parts import CONFIG, CookieFact
from privacykit.documents.facts.stored import DAY
from privacykit.documents.statement import (
    NoticeItem,
    NoticeStatement,
    StatementKind,
    StatementSource,
)
from privacykit.documents.values import Lasting, Value, Word, Written, written


def cookie_statements(facts: DocumentFacts) -> Iterator[NoticeStatement]:
    """Yield each cookie or pattern of cookies once (C-673/17: life and third parties belong)."""
    for cookie in facts.cookies:
        yield _cookie(facts, cookie)
    if facts.cookies:
        source = (StatementSource(CONFIG, "cookies"),)
        yield NoticeStatement(
            "cookies.all",
            NoticeItem.PROTECTION,
            StatementKind.DERIVED,
            "cookies_all",
            (),
            source,
            claims=("site-cookies", "site-lives"),
        )


def life_of(cookie: CookieFact) -> Value:
    """Return how long *cookie* is kept, as declared; empty where nobody said."""
    if cookie.session:
        return Word("life_session")
    return cookie.life if cookie.life is not None else ""


def seen_of(cookie: CookieFact) -> Value:
    """Return how long *cookie* was seen to be kept; empty where nothing was seen."""
    if cookie.measured is None:
        return ""
    return Word("life_session") if cookie.measured == 0 else Lasting(0, -(-cookie.measured // DAY))


def _cookie(facts: DocumentFacts, cookie: CookieFact) -> NoticeStatement:
    known = facts.with_purpose(cookie.purpose)
    label: Value = known[0].label if known else Word("cookie_own")
    says = cookie.says
    if isinstance(says, Written) and not says.text:
        says = known[0].description if known else says
    third = bool(cookie.by)
    values: dict[str, Value] = {
        "name": cookie.name,
        "purpose": label,
        "says": says,
        "life": life_of(cookie),
        "seen": seen_of(cookie),
        "by": written(cookie.by) if third else Word("party_first"),
        "kind": Word(f"storage_{cookie.kind}"),
        "leave": Word("leave_exempt" if cookie.exempt else "leave_consent"),
    }
    measured = cookie.measured is not None
    return NoticeStatement(
        f"cookie.{cookie.name}",
        NoticeItem.COOKIES,
        StatementKind.MEASURED if measured else StatementKind.DERIVED,
        "cookie",
        tuple(sorted(values.items())),
        (cookie.source, cookie.seen) if measured and cookie.seen else (cookie.source,),
        part=cookie.purpose,
    )
