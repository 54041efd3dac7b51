"""The tables under ``[requests]``: deadlines, the form of people, the protocols. Pure."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from privacykit.settings.types import Name, Weekday
from privacykit.settings.values import Credential, DurationText
from privacykit.toml_files.words import pattern

STRICT = ConfigDict(extra="forbid", frozen=True, strict=True)
"""As every table of the file: keys it does not know are errors."""

_HOST = pattern(
    r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:[0-9]{1,5})?$", "a host name in lower case"
)
_ORIGIN = pattern(r"^https?://[a-z0-9.\[\]:-]+$", "scheme and host, as in https://shop.example")
_PAGE = pattern(r"^https://[^\s?#]+[^\s?#/]$", "an https:// address without a query")
_HOOK = pattern(r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$", "a module and a function, as in shop.mail:send")
_MAIL = pattern(r"^[^@\s]+@[^@\s]+$", "an e-mail address")
_PARTY = pattern(r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,126}$", "letters, digits, '.', '-' and '_'")
_AGENT = pattern(r"^[A-Z_]{1,128}$", "capital letters and '_'")

HostName = Annotated[str, StringConstraints(pattern=_HOST)]
"""A host, with a port where it is not the usual one."""
Origin = Annotated[str, StringConstraints(pattern=_ORIGIN)]
"""Scheme and host."""
PartyName = Annotated[str, StringConstraints(pattern=_PARTY)]
"""Of a party that sends requests."""
AgentName = Annotated[str, StringConstraints(pattern=_AGENT)]
"""Of an agent or a business of the Data Rights Protocol."""
Vouched = Literal["", "agent_authorisation", "document_seen", "logged_in", "email_link"]
"""What a party proves of a person by sending their request; empty is nothing."""
FormRight = Literal[
    "access", "portability", "erasure", "rectification", "restriction", "objection",
    "opt_out_sale_sharing", "limit_sensitive", "consent_withdrawal",
]  # fmt: skip
"""What the form offers."""


class SmtpTable(BaseModel):
    """
    The mail server that sends confirmations.

    Attributes:
        security: ``starttls``, ``tls`` from the first byte, or ``none``, to this machine only.
    """

    model_config = STRICT

    host: HostName
    port: Annotated[int, Field(ge=1, le=65_535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str | None = None
    password: Credential | None = None
    sender: Annotated[str, StringConstraints(pattern=_MAIL)]


class FormTable(BaseModel):
    """
    The request form for people.

    Attributes:
        rights: What it offers, in this order.
        smtp: Sends the confirmation.
        send: Sends it instead: ``module:function``, called with a
            :class:`~privacykit.operate.protocols.mail.ConfirmationMail`.
        identity: What the data map calls an e-mail address that finds somebody.
        agents: Whether somebody may ask for another person.
        valid: How long a confirmation can be used.
    """

    model_config = STRICT

    rights: Annotated[list[FormRight], Field(min_length=1)] = [
        "access",
        "erasure",
        "rectification",
        "portability",
        "objection",
        "opt_out_sale_sharing",
    ]
    smtp: SmtpTable | None = None
    send: Annotated[str, StringConstraints(pattern=_HOOK)] | None = None
    identity: Name = "email"
    agents: bool = True
    valid: Annotated[DurationText, Field(default_factory=lambda: DurationText(days=2))]


class ControllerParty(BaseModel):
    """
    A controller that sends requests by OpenDSR.

    Attributes:
        token: What it shows us, as a bearer token.
        callback_hosts: Where its callbacks may go.
        place: Whose law sets the deadline.
        proof: What its sending a request proves of the person.
    """

    model_config = STRICT

    id: PartyName
    token: Credential
    callback_hosts: list[HostName] = []
    place: str | None = None
    proof: Vouched = "agent_authorisation"


class OpenDsrTable(BaseModel):
    """
    OpenDSR 2.0, as a processor.

    Attributes:
        domain: Ours, as it stands in the certificate.
        key: The RSA private key, PEM.
        certificate: File of its certificate, and those above it, PEM.
        identities: OpenDSR's identity types to those of the data map.
        old_names: Whether the routes and headers of OpenGDPR are served too.
    """

    model_config = STRICT

    domain: HostName
    key: Credential
    certificate: str
    controllers: Annotated[list[ControllerParty], Field(min_length=1)]
    identities: dict[str, str] = {
        "email": "email",
        "controller_customer_id": "controller_customer_id",
    }
    old_names: bool = True


class AgentParty(BaseModel):
    """
    An authorised agent of the Data Rights Protocol.

    Attributes:
        verify_key: Its Ed25519 public key, base64; of several each verifies, while one is rotated.
        callback_hosts: Where its status callbacks may go.
        proof: What its sending a verified claim proves of the person.
    """

    model_config = STRICT

    id: AgentName
    verify_key: str | Annotated[list[str], Field(min_length=1)]
    callback_hosts: list[HostName] = []
    proof: Vouched = "agent_authorisation"


class DrpTable(BaseModel):
    """
    The Data Rights Protocol 1.0, as a covered business.

    Attributes:
        business_id: Ours in the directory.
        place: Whose law sets the deadline.
        user_verification_url: Where somebody can prove who they are.
    """

    model_config = STRICT

    business_id: AgentName
    agents: Annotated[list[AgentParty], Field(min_length=1)]
    place: str = "US-CA"
    user_verification_url: Annotated[str, StringConstraints(pattern=_PAGE)] | None = None


class DdrfIdentifier(BaseModel):
    """
    A kind of identifier that deletion requests may name.

    Attributes:
        type: As ``dsrdelete.json`` calls it.
        format: How its values are written.
        identity: What the data map calls it.
    """

    model_config = STRICT

    type: str
    format: Literal["raw", "sha1", "md5", "sha256"] = "raw"
    identity: str


class DdrfTable(BaseModel):
    """
    The Data Deletion Request Framework 1.0.

    Attributes:
        domain: Ours: eTLD+1.
        keys: Private keys, PEM, P-256 or RSA; the first signs, all are published.
        partners: Domains that we take requests of, and whose ``dsrdelete.json`` is read.
        identifiers: What may be asked by.
        proof: What a first party's signature proves of a person.
    """

    model_config = STRICT

    domain: HostName
    keys: Annotated[list[Credential], Field(min_length=1)]
    partners: list[HostName] = []
    identifiers: Annotated[list[DdrfIdentifier], Field(min_length=1)]
    place: str | None = None
    proof: Vouched = "agent_authorisation"


class DropTable(BaseModel):
    """
    California's DROP, as a registered data broker.

    Attributes:
        key: The API key.
        url: Of the service; another one for the sandbox.
        folder: Where the lists and the work on them are kept.
        identities: DROP's lists to identity types of the data map; of a list of composite
            identities the type and then its parts, in the order of the hash.
    """

    model_config = STRICT

    key: Credential
    url: str = "https://api.drop.privacy.ca.gov"
    folder: str = "drop"
    identities: dict[
        Literal["Email", "Phone", "MAID", "CTVID", "NDZ", "NameVIN"], str | list[str]
    ] = {
        "Email": "email",
        "Phone": "phone_number",
    }


class RequestsTable(BaseModel):
    """
    People's requests.

    Attributes:
        holidays: Public holidays, ISO dates: no business days.
        weekend: Days of rest.
        approvals: How many operators must say yes before a request is run.
        grace: How long an approved erasure waits, so that the person may change their mind; never
            past the legal deadline.
        url: Where our pages are, as others reach them; the first host of the site by default.
        authorities: File of the certificates of authorities, PEM, that vouch for processors; those
            of the system by default.
    """

    model_config = STRICT

    holidays: list[date] = []
    weekend: list[Weekday] = ["saturday", "sunday"]
    approvals: Literal[1, 2] = 1
    grace: DurationText | None = None
    url: Origin | None = None
    authorities: str | None = None
    form: FormTable | None = None
    opendsr: OpenDsrTable | None = None
    drp: DrpTable | None = None
    ddrf: DdrfTable | None = None
    drop: DropTable | None = None

    @property
    def served(self) -> bool:
        """Whether requests arrive over our pages."""
        return any((self.form, self.opendsr, self.drp, self.ddrf))
