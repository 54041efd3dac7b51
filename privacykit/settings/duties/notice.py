"""The table ``[notice]``: what a privacy notice has to say and nothing but a person knows. Pure."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from privacykit.personal.uses import DATA_USES
from privacykit.settings.asking.tables import Language, PurposeTexts
from privacykit.settings.types import DayText, Name, Role
from privacykit.toml_files.words import pattern

STRICT = ConfigDict(extra="forbid", frozen=True, strict=True)
LawFamily = Literal["gdpr", "california", "lgpd", "pipl", "app", "kvkk", "us-states"]
"""Laws by what they ask of a notice."""
Basis = Literal[
    "consent",
    "contract",
    "legal_obligation",
    "vital_interests",
    "public_task",
    "legitimate_interest",
]
"""Legal bases (GDPR Art. 6(1))."""
_COUNTRY = pattern(r"^[A-Z]{2}$", "two capital letters, as in DE (ISO 3166)")
_SECURITY = pattern(
    r"^(mailto:[!-~]+@[!-~]+|tel:[+0-9-]+|https://[!-~]+)$", "a mailto:, tel: or https:// address"
)
Country = Annotated[str, StringConstraints(pattern=_COUNTRY)]
"""An ISO 3166 code."""
_LIFE = pattern(
    r"^(session|[1-9]\d{0,3} (day|week|month|year)s?)$", 'a time such as "13 months", or session'
)
_DATA_USE = pattern(
    f"^({'|'.join(map(re.escape, DATA_USES))})$", "a data use of fideslang, as in essential.service"
)
DataUse = Annotated[str, StringConstraints(pattern=_DATA_USE)]
"""What data is used for, by the keys of fideslang."""
CookieLife = Annotated[str, StringConstraints(pattern=_LIFE)]
"""How long a cookie is kept."""
SESSION = "session"
"""The life of what ends when the browser is closed."""
SecurityContact = Annotated[str, StringConstraints(pattern=_SECURITY)]
"""Of whoever takes reports of weaknesses (RFC 9116)."""


class NoticePurpose(BaseModel):
    """
    What is to be said of a purpose besides ``[purposes]``.

    Attributes:
        label: Its name for visitors, of purposes that only the data map knows.
        description: One sentence, likewise.
        texts: Both in other languages.
        basis: Its legal basis, where no rule of a law says consent or opt-out.
        interest: The legitimate interest itself (GDPR Art. 13(1)(d)).
        kept: How the time of keeping is found, where there is no number.
        data_use: The data use of fideslang that it is, for Fides.
    """

    model_config = STRICT

    label: str = ""
    description: str = ""
    texts: dict[Language, PurposeTexts] = {}
    basis: Basis | None = None
    interest: str = ""
    kept: str = ""
    data_use: DataUse | None = None


class NoticeRecipient(BaseModel):
    """
    Somebody who receives data, as the public may read it.

    Attributes:
        name: Who it is, by name (PIPL Art. 23).
        country: Where.
        safeguard: What protects the data there (GDPR Art. 46), as in ``standard contract``.
        contact: Where to write.
        kind: What kind of recipient: ``measurement service``, ``hosting``.
        role: Whether it receives on our behalf or for ends of its own, of one that only a purpose
            names: of others it stands with the sink or in the data map.
    """

    model_config = STRICT

    name: Annotated[str, StringConstraints(min_length=2)]
    country: Country | None = None
    safeguard: str = ""
    contact: str = ""
    kind: str = ""
    role: Role | None = None


class NoticeCookie(BaseModel):
    """
    A cookie as it is declared.

    Attributes:
        life: How long it is kept; ``session`` until the browser is closed.
        says: What it is for.
        by: Who sets it, where that is not the site.
        kind: What kind of storage it is.
    """

    model_config = STRICT

    life: CookieLife
    says: str = ""
    by: str = ""
    kind: Literal["cookie", "local_storage", "session_storage", "other"] = "cookie"


class NoticeTable(BaseModel):
    """
    What people have to say for the notice, the record of processing and the impact assessment.

    Attributes:
        laws: By which laws the notice is written; those of the establishments if unsaid.
        region: The countries that count as at home; the European Economic Area for a controller
            in it, else the countries of its establishments.
        officer: The data protection officer's contact, or ``none``.
        representative: Who represents a controller from outside (GDPR Art. 27), or ``none``.
        joint: Joint controllers.
        on_behalf_of: The controllers for whom this is done as a processor (GDPR Art. 30(2)).
        effective: The day from which the notice holds.
        must_give: Whether data must be given, and what happens otherwise.
        automated_decisions: Decisions made without people, or ``none``.
        requests: Where to ask for one's rights, beside the pages of ours.
        persons: Whose data a dataset of the data map holds, by dataset.
        origins: Where data came from that people did not give themselves, by dataset.
        purposes: What is to be said of purposes.
        recipients: Recipients by the name of their sink, in the data map or in a purpose.
        hosts: Who runs the machines.
        cookies: Cookies by their name or pattern in ``[cookies]``.
        measures: What else protects the data: access, staff, backups; for the record, not public.
        changes: A TOML file of what changed, for visitors.
        seen: A signed report of the cookies that the site was seen to set.
        security_contact: For ``/.well-known/security.txt``.
    """

    model_config = STRICT

    laws: list[LawFamily] = []
    region: list[Country] = []
    officer: str = ""
    representative: str = ""
    joint: list[str] = []
    on_behalf_of: list[str] = []
    effective: DayText | None = None
    must_give: str = ""
    automated_decisions: str = ""
    requests: str = ""
    persons: dict[str, Annotated[list[str], Field(min_length=1)]] = {}
    origins: dict[str, str] = {}
    purposes: dict[str, NoticePurpose] = {}
    recipients: dict[Name, NoticeRecipient] = {}
    hosts: list[NoticeRecipient] = []
    cookies: dict[str, NoticeCookie] = {}
    measures: list[str] = []
    changes: str | None = None
    seen: str | None = None
    security_contact: SecurityContact | None = None
