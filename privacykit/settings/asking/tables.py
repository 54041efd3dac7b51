"""The tables about asking visitors: ``[choice]``, and the texts of purposes. Pure."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from privacykit.settings.types import DayText, PathPrefix
from privacykit.signals.choice.mask import OLDEST
from privacykit.toml_files.words import pattern

Language = Literal["en", "fr", "de", "it", "es", "pt", "nl", "pl", "tr", "zh", "ja", "ar"]
"""The languages that our catalogues have, BCP 47 tags."""
_LINK = pattern(r"^(/([0-9A-Za-z._~%-][!-~]*)?|https://[!-~]+)$", "a path or an https:// address")
PolicyLink = Annotated[str, StringConstraints(pattern=_LINK)]
"""Of a page of the site, or of another of the operator's."""

STRICT = ConfigDict(extra="forbid", frozen=True, strict=True)
"""As every table of the file: keys it does not know are errors."""


class PurposeTexts(BaseModel):
    """A purpose in another language; what is left out stays as it is."""

    model_config = STRICT

    label: str = ""
    description: str = ""


class ChoiceTable(BaseModel):
    """
    The banner, the opt-out and preference pages, and their cookies.

    Attributes:
        language: That of a visitor who asks for none of *languages*, and of what you write.
        languages: Those that are offered.
        policy: Where the site's own privacy policy is, for the banner to link to.
        ask_again_months: How long a refusal is not questioned; a law that says longer is followed.
        first_layer: Whether the banner lists purposes and recipients where a law that applies asks
            for it, or always.
        texts: Your words in place of ours, by language and key.
    """

    model_config = STRICT

    enabled: bool = True
    prefix: PathPrefix = "/privacy"
    secure: bool = True
    domain: str | None = None
    text_version: str = ""
    gpc_last_update: DayText | None = None
    language: Language = "en"
    languages: Annotated[list[Language], Field(min_length=1)] = [
        "en",
        "fr",
        "de",
        "it",
        "es",
        "pt",
        "nl",
        "pl",
        "tr",
        "zh",
        "ja",
        "ar",
    ]
    policy: PolicyLink | None = None
    ask_again_months: Annotated[int, Field(ge=1, le=OLDEST)] = 6
    first_layer: Literal["law", "always"] = "law"
    texts: dict[Language, dict[str, str]] = {}


class DataPageTable(BaseModel):
    """
    The page on which people see what is held about them.

    Attributes:
        enabled: Whether there is one; it also needs the pages of ``[choice]``.
        compare: Whether it says how many events the whole site keeps, in two digits.
    """

    model_config = STRICT

    enabled: bool = True
    compare: bool = True
