"""
Matomo's Tracking HTTP API as its code answers it, single and in bulk. Listens on a port.

Sources: matomo-org/matomo ``core/Tracker/Request.php``, ``core/Tracker/Response.php``,
``plugins/BulkTracking``; matomo-org/developer-documentation ``docs/5.x/tracking-api.md``.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
from msgspec import Meta

from privacykit.testing.stubs.server import ServiceStub, StubAnswer, StubRequest

DAY_SECONDS = 86_400
LONGEST_SECONDS = 20 * 365 * DAY_SECONDS
DIMENSION = re.compile("dimension[0-9]{1,3}")
NEEDS_TOKEN = ("cip", "country", "region", "city", "lat", "long")
MOST_VISITS = 401
MET_BY_HEADERS = {"ua": "the user agent", "cip": "the address", "url": "the Referer"}
"""What is taken from the request that brings it when it is left out."""


class _Hit(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    idsite: Annotated[int, Meta(ge=1)]
    rec: Annotated[str, Meta(pattern="^1$")]
    url: str = ""
    urlref: str = ""
    uid: str = ""
    action_name: str = ""
    cid: Annotated[str, Meta(pattern="^[0-9a-f]{16}$")] | None = None
    cdt: str | None = None
    cip: str | None = None
    ua: str = ""
    lang: str = ""
    country: Annotated[str, Meta(pattern="^[a-z]{2}$")] | None = None
    region: Annotated[str, Meta(pattern="^[A-Z0-9]{1,3}$")] | None = None
    e_c: Annotated[str, Meta(pattern=r"\S")] | None = None
    e_a: Annotated[str, Meta(pattern=r"\S")] | None = None
    ca: str | None = None
    bots: str | None = None
    apiv: str | None = None
    send_image: str | None = None


class MatomoStub(ServiceStub):
    """
    Matomo with one site.

    Args:
        clock: Returns Unix seconds.

    Attributes:
        sites: The numbers of its sites.
        super_user: Whether the token is a super user's, who is told which of a batch are invalid.
        excluded: Ids of events that it counts as tracked and throws away, as those of bots.
    """

    knows_ids = False
    token = "0123456789abcdef0123456789abcdef"  # noqa: S105 - of a stub

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        super().__init__()
        self.sites = {1}
        self.super_user = False
        self._clock = clock
        self._refusing = False
        self._visits: dict[str, None] = {}

    def refuse(self) -> None:
        """Believe no token the next time: nothing of a batch is tracked, with 200."""
        self._refusing = True

    def answer(self, request: StubRequest) -> StubAnswer:
        """Track what came, in bulk or alone; or find and delete visits."""
        if request.path == "/index.php":
            return self._managed(dict(parse_qsl(request.body.decode())))
        if request.path != "/matomo.php":
            self.fault(f"{request.method} {request.path}")
            return StubAnswer(404)
        if "token_auth" in request.query:
            self.fault("a token in the query, where servers log it")
        if request.method == "POST" and b'"requests"' in request.body[1:]:
            return self._bulk(request)
        told = dict(request.query) or dict(parse_qsl(request.body.decode()))
        token = told.pop("token_auth", "")
        if not self._track(told, self._believed(token)):
            return StubAnswer(400)
        return StubAnswer(204 if told.get("send_image") == "0" else 200)

    def _managed(self, told: dict[str, str]) -> StubAnswer:
        if told.pop("token_auth", "") != self.token:
            said = "You can't access this resource as it requires 'admin' access"
            return StubAnswer(200, {"result": "error", "message": said})
        if (told.get("module"), told.get("format")) != ("API", "json"):
            self.fault("no call of the API that answers with JSON")
        visits = {n: id_ for n, id_ in enumerate(self._visits, 1) if id_ in self.events}
        if told.get("method") == "PrivacyManager.findDataSubjects":
            return self._found(told, visits)
        if told.get("method") == "PrivacyManager.deleteDataSubjects":
            return self._deleted(told, visits)
        self.fault("a method that it has not")
        return StubAnswer(200, {"result": "error", "message": "The method does not exist"})

    def _found(self, told: Mapping[str, str], visits: Mapping[int, str]) -> StubAnswer:
        if not re.fullmatch(r"visitorId==[0-9a-f]{16}(,visitorId==[0-9a-f]{16})*", told["segment"]):
            self.fault("a segment that is no list of visitor ids")
        wanted = {part.partition("==")[2] for part in told["segment"].split(",")}
        sites = told["idSite"].split(",")
        found = [
            {"idSite": int(self.events[id_]["idsite"]), "idVisit": n, "visitorId": it["cid"]}
            for n, id_ in visits.items()
            for it in [self.events[id_]]
            if it["cid"] in wanted and (sites == ["all"] or str(it["idsite"]) in sites)
        ]
        return StubAnswer(200, found[:MOST_VISITS])

    def _deleted(self, told: Mapping[str, str], visits: Mapping[int, str]) -> StubAnswer:
        named: dict[int, dict[str, str]] = {}
        for name, value in told.items():
            if part := re.fullmatch(r"visits\[(\d+)\]\[(idsite|idvisit)\]", name):
                named.setdefault(int(part[1]), {})[part[2]] = value
        for at, visit in named.items():
            for key in ("idsite", "idvisit"):
                if key not in visit:
                    said = f"No {key} key set for visit at index {at}"
                    return StubAnswer(200, {"result": "error", "message": said})
        gone = {visits.get(int(visit["idvisit"])) for visit in named.values()}
        ids = [id_ for id_ in self.events if id_ in gone]
        for id_ in ids:
            del self.events[id_], self.counts[id_]
        rows = {"log_visit": len(ids), "log_link_visit_action": len(ids)}
        return StubAnswer(200, rows | {"log_conversion": 0, "log_conversion_item": 0})

    def _believed(self, token: object) -> bool:
        refusing, self._refusing = self._refusing, False
        return token == self.token and not refusing

    def _bulk(self, request: StubRequest) -> StubAnswer:
        if request.headers.get("content-type") != "application/json":
            self.fault("content-type")
        body = request.json()
        items = [_parameters(item) for item in body["requests"]]
        if any(self.called(_seen(item)) in self.poison for item in items if self.poison):
            return StubAnswer(400, {"status": "error", "tracked": 0, "invalid": 1})  # rolled back
        believed = self._believed(body.get("token_auth"))
        invalid = [at for at, item in enumerate(items) if not self._track(item, believed)]
        told: dict[str, Any] = {
            "status": "success",
            "tracked": len(items) - len(invalid),
            "invalid": len(invalid),
        }
        if self.super_user and invalid:
            told["invalid_indices"] = invalid
        return StubAnswer(200, told)

    def _track(self, item: Mapping[str, Any], believed: bool) -> bool:
        known = {name: value for name, value in item.items() if not DIMENSION.fullmatch(name)}
        try:
            hit = msgspec.convert(known, _Hit, strict=False)
        except msgspec.ValidationError as error:
            self.fault(f"item: {error}")
            return False
        if hit.idsite not in self.sites:
            self.fault("a site that it has not")
            return False
        if not believed and any(name in item for name in NEEDS_TOKEN):
            return False
        self._look(item)
        if not self._timely(hit.cdt, believed):
            return False
        seen = self.called(_seen(item))
        self._visits.setdefault(seen)
        self.take(seen, dict(item))
        return True

    def _look(self, item: Mapping[str, Any]) -> None:
        for name, what in MET_BY_HEADERS.items():
            if not item.get(name):
                self.fault(f"{name} is left out: {what} of the request is taken")
        if item.get("uid"):
            self.fault("uid overrides the visitor id")

    def _timely(self, cdt: str | None, believed: bool) -> bool:
        if cdt is None:
            return True
        at = datetime.strptime(cdt, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp()
        age = self._clock() - at
        if age < 0 or age > LONGEST_SECONDS:
            self.fault("a time that becomes the time of arrival")
        return believed or age < DAY_SECONDS


def _parameters(item: object) -> dict[str, Any]:
    if isinstance(item, dict):
        return item
    return dict(parse_qsl(urlsplit(str(item)).query))


def _seen(item: Mapping[str, Any]) -> str:
    day, _, clock = str(item.get("cdt", "")).partition(" ")
    return f"{item.get('cid', '')} {day}T{clock}Z"
