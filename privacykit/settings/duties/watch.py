"""The table ``[watch]``: whom the standing canary visits, how often, and where it looks. Pure."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from privacykit.settings.values import Credential, Url
from privacykit.toml_files.words import pattern

_EVERY = pattern(r"^[1-9][0-9]{0,2}[mh]$", "minutes or hours, as in 15m or 2h")
_SITE = pattern(r"^https?://[!-~]+$", "an http:// or https:// address")
_PAGE = pattern(r"^/[!-~]*$", "a path of the site, as /shop")
_CALL = pattern(r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$", "a module and a function, as shop.tests:sign_up")
_PLACE = pattern(r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$", "a code of ISO 3166: DE, US-CA")


def _an_address(text: str) -> str:
    try:
        ip_address(text)
    except ValueError:
        raise ValueError("not an IP address") from None
    return text


SECONDS = {"m": 60, "h": 3600}
"""Of the units that *every* may have."""


class WatchTable(BaseModel):
    """
    The standing canary: made-up people who visit the real site, searched for afterwards.

    Attributes:
        url: The site; the first host over HTTPS if unsaid.
        pages: Paths that each of them visits.
        every: How often, in minutes or hours.
        wait: Seconds that events are given to be delivered.
        most_percent: Of the site's events, the share that the visits may be; the schedule is
            stretched for it, to a day at most.
        addresses: By place, an address there: sent in the header of ``[client_ip]``, which the site
            believes if we come through a proxy that it trusts.
        signup: Signs a made-up person up and returns what undoes it: ``module:function``.
        files: Logs and other files to be searched, as globs.
        may_ask: Hosts of others that pages may have a browser ask before a choice.
        hook: A URL that is told of changes, signed as webhooks are.
        key: What that is signed with.
        file: What was seen last.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    url: Annotated[str, StringConstraints(pattern=_SITE)] | None = None
    pages: Annotated[
        list[Annotated[str, StringConstraints(pattern=_PAGE)]], Field(min_length=1, max_length=20)
    ] = ["/"]
    every: Annotated[str, StringConstraints(pattern=_EVERY)] = "15m"
    wait: Annotated[int, Field(ge=1, le=600)] = 30
    most_percent: Annotated[float, Field(gt=0, le=100)] = 0.1
    addresses: dict[
        Annotated[str, StringConstraints(pattern=_PLACE)],
        Annotated[str, AfterValidator(_an_address)],
    ] = {}
    signup: Annotated[str, StringConstraints(pattern=_CALL)] | None = None
    files: list[str] = []
    may_ask: list[str] = []
    hook: Url | None = None
    key: Credential | None = None
    file: str = "privacykit-watch.json"

    @property
    def seconds(self) -> int:
        """How often, in seconds."""
        return int(self.every[:-1]) * SECONDS[self.every[-1]]
