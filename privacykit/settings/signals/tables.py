"""The tables about signals: ``[signals]``, ``[tcf]``, ``[gpp]`` and ``[[banners]]``. Pure."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from privacykit.settings.types import HeaderName
from privacykit.signals.bits.ids import HIGHEST
from privacykit.signals.tcf.validity import MAX_AGE_DAYS

TcfPurpose = Annotated[int, Field(ge=1, le=24)]
SpecialFeature = Annotated[int, Field(ge=1, le=12)]
GoogleProvider = Annotated[int, Field(ge=1, le=HIGHEST)]
CookieName = HeaderName
"""A cookie's name is a token (RFC 6265 4.1.1), as a header's is."""


STRICT = ConfigDict(extra="forbid", frozen=True, strict=True)
"""As every table of the file: keys it does not know are errors."""


class SignalsTable(BaseModel):
    """How browser signals are honoured."""

    model_config = STRICT

    gpc_scope: Literal["everywhere", "mandated"] = "everywhere"


class TcfUseTable(BaseModel):
    """
    What a use of the law needs of a TC string, all of it.

    Attributes:
        purposes: TCF purposes that must be consented to.
        special_features: TCF special features that must be opted in to.
    """

    model_config = STRICT

    purposes: Annotated[list[TcfPurpose], Field(min_length=1)]
    special_features: list[SpecialFeature] = []


class TcfTable(BaseModel):
    """
    TC strings in cookies, and what they mean here.

    Attributes:
        cookies: Where they are.
        parameters: Where they are in addresses; there they may only refuse.
        vendor: The site's own id in the global vendor list; without one the publisher's own
            consents count.
        max_age_days: How old a string may be; thirteen months by the TCF policies.
        uses: What uses need, beside or instead of what they need by default.
        google_providers: Ids in Google's list of ad technology providers, by purpose: its
            recipients that the global vendor list has not. Each needs consent by an AC string.
        additional_consent_cookies: Where AC strings are, if a purpose has providers.
        additional_consent_parameters: Where they are in addresses; there they may only refuse.
    """

    model_config = STRICT

    cookies: list[CookieName] = ["euconsent-v2"]
    parameters: list[CookieName] = []
    vendor: Annotated[int, Field(ge=1, le=65_535)] | None = None
    max_age_days: Annotated[int, Field(ge=1, le=MAX_AGE_DAYS)] = MAX_AGE_DAYS
    uses: dict[str, TcfUseTable] = {}
    google_providers: dict[str, Annotated[list[GoogleProvider], Field(min_length=1)]] = {}
    additional_consent_cookies: list[CookieName] = ["addtl_consent"]
    additional_consent_parameters: list[CookieName] = []


class GppTable(BaseModel):
    """
    GPP and US Privacy strings in cookies.

    Attributes:
        cookies: Where GPP strings are.
        sid_cookies: Where the list of the sections that apply is.
        us_privacy_cookies: Where US Privacy strings are.
        parameters: Where GPP strings are in addresses; there all three may only refuse.
        sid_parameters: Where the list of the sections that apply is.
        us_privacy_parameters: Where US Privacy strings are.
    """

    model_config = STRICT

    cookies: list[CookieName] = ["__gpp"]
    sid_cookies: list[CookieName] = ["__gpp_sid"]
    us_privacy_cookies: list[CookieName] = ["usprivacy"]
    parameters: list[CookieName] = []
    sid_parameters: list[CookieName] = []
    us_privacy_parameters: list[CookieName] = []


class BannerTable(BaseModel):
    """
    A banner of somebody else's, read from its own cookie.

    Attributes:
        type: Which.
        categories: The purposes that each of its categories stands for.
        cookies: The names of its cookies, where they were changed, in the order of its own.
    """

    model_config = STRICT

    type: str
    categories: Annotated[dict[str, list[str]], Field(min_length=1)]
    cookies: list[CookieName] = []
