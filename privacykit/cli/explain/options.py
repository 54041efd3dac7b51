"""The options of ``privacykit explain``, by what they say; no law is needed to read them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

NO_CHOICE = "none"
Number = Annotated[int | None, typer.Option(min=0)]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked about; ``None`` was not given."""

    purpose: Annotated[
        str | None, typer.Option(help="A purpose of the configuration; all of them if absent.")
    ] = None
    use: Annotated[
        str | None,
        typer.Option(help="Ask the bare law about a use instead, such as analytics_storage."),
    ] = None
    site: Annotated[str | None, typer.Option(help="A site of the configuration.")] = None
    host: Annotated[str | None, typer.Option(help="The same by a host name.")] = None
    on: Annotated[
        str | None,
        typer.Option("--date", metavar="DATE", help="Day of the event; today if absent."),
    ] = None


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where the visitor is; ``None`` was not given."""

    country: Annotated[str | None, typer.Option(help="Country code, such as DE.")] = None
    subdivision: Annotated[str | None, typer.Option(help="Such as US-CA, or CA beside US.")] = None
    residence: Annotated[str | None, typer.Option(help="A place the visitor declared.")] = None
    address: Annotated[
        str | None, typer.Option(help="A client's address, placed by the geo database.")
    ] = None


@dataclass(frozen=True, slots=True)
class Said:
    """What the visitor said, by signals, by a choice, of themselves."""

    cookie: Annotated[
        str | None, typer.Option(help="A Cookie header, read as the middleware reads it.")
    ] = None
    gpc: Annotated[bool, typer.Option("--gpc", help="Global Privacy Control is on.")] = False
    dnt: Annotated[bool, typer.Option("--dnt", help="Do Not Track is on.")] = False
    consent: Annotated[
        str, typer.Option(help="none, granted, granted_explicit, denied or withdrawn.")
    ] = NO_CHOICE
    opted_out: Annotated[bool, typer.Option("--opted-out", help="The visitor opted out.")] = False
    consent_after_gpc: Annotated[
        bool, typer.Option("--consent-after-gpc", help="Consent came after the signal.")
    ] = False
    parental_consent: Annotated[
        bool, typer.Option("--parental-consent", help="A parent agreed.")
    ] = False
    signed_authorization: Annotated[
        bool, typer.Option("--signed-authorization", help="A signed authorisation is on file.")
    ] = False
    age: Annotated[int | None, typer.Option(min=0, help="The visitor's age.")] = None
    months_since_refusal: Number = None
    months_since_consent: Number = None

    @property
    def chooses(self) -> bool:
        """Whether options state a choice of the visitor's."""
        return self.consent != NO_CHOICE or self.opted_out or self.consent_after_gpc


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What is to hold of operator, site and purpose, over what the configuration says."""

    establishment: Annotated[
        list[str] | None, typer.Option(help="Where the operator is established; may repeat.")
    ] = None
    child_directed: Annotated[bool, typer.Option("--child-directed")] = False
    online_platform: Annotated[bool, typer.Option("--online-platform")] = False
    below_threshold: Annotated[
        bool, typer.Option("--below-threshold", help="The operator is below acts' thresholds.")
    ] = False
    data_type: Annotated[
        list[str] | None, typer.Option(help="A kind of data the site handles; may repeat.")
    ] = None
    properties: Annotated[
        list[str] | None,
        typer.Option("--property", metavar="NAME=VALUE", help="A stated property; may repeat."),
    ] = None


@dataclass(frozen=True, slots=True)
class LawAsked:
    """Which law is asked, and how; ``None`` leaves it to the configuration."""

    gpc_scope: Annotated[
        str | None, typer.Option(help="everywhere, or mandated: the legal minimum.")
    ] = None
    strict: Annotated[
        bool | None,
        typer.Option("--strict/--no-strict", help="Take no risk where the law is unsettled."),
    ] = None
    policies: Annotated[
        list[Path] | None,
        typer.Option("--policies", metavar="DIR", help="Policies of your own, over ours."),
    ] = None


@dataclass(frozen=True, slots=True)
class Chain:
    """How a request came; ``None`` was not given."""

    header: Annotated[
        list[str] | None,
        typer.Option(
            metavar="'NAME: VALUE'", help="Explain the client's address instead; may repeat."
        ),
    ] = None
    peer: Annotated[
        str | None, typer.Option(help="With --header: the socket's peer; absent is a unix socket.")
    ] = None

    @property
    def asked(self) -> bool:
        """Whether it is the client's address that is to be explained."""
        return self.header is not None or self.peer is not None
