"""
A Snowplow collector, and the checks after it, which it does not tell of. Listens on a port.

Sources: snowplow/stream-collector ``Service.scala``; snowplow/iglu-central ``payload_data`` 1-0-4,
``consent_preferences`` 1-0-0, ``gdpr`` 1-0-0.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from privacykit.testing.stubs.server import ServiceStub, StubAnswer, StubRequest

LARGEST = 2 * 1024 * 1024
LARGEST_GOOD = 1024 * 1024
PAYLOAD = "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4"
PARAMETERS = frozenset(
    [
        "ad_ad",
        "ad_ba",
        "ad_ca",
        "ad_uid",
        "aid",
        "cd",
        "co",
        "cookie",
        "cs",
        "ctype",
        "cx",
        "ds",
        "dtm",
        "duid",
        "e",
        "eid",
        "f_ag",
        "f_dir",
        "f_fla",
        "f_gears",
        "f_java",
        "f_pdf",
        "f_qt",
        "f_realp",
        "f_wma",
        "fp",
        "ip",
        "lang",
        "mac",
        "nuid",
        "p",
        "page",
        "pp_max",
        "pp_may",
        "pp_mix",
        "pp_miy",
        "refr",
        "res",
        "sa",
        "se_ac",
        "se_ca",
        "se_la",
        "se_pr",
        "se_va",
        "sid",
        "sn",
        "sp",
        "st",
        "stm",
        "ti_ca",
        "ti_cu",
        "ti_id",
        "ti_na",
        "ti_nm",
        "ti_pr",
        "ti_qu",
        "ti_sk",
        "tid",
        "tna",
        "tnuid",
        "tr_af",
        "tr_ci",
        "tr_co",
        "tr_cu",
        "tr_id",
        "tr_sh",
        "tr_st",
        "tr_tt",
        "tr_tx",
        "ttm",
        "tv",
        "tz",
        "ua",
        "ue_na",
        "ue_pr",
        "ue_px",
        "uid",
        "url",
        "vid",
        "vp",
    ]
)
"""All that an item may have; every value is a text."""

Basis = Literal[
    "consent",
    "contract",
    "legal_obligation",
    "vital_interests",
    "public_task",
    "legitimate_interests",
]
_Name = Annotated[str, Meta(max_length=1024)]


class _GDPR(msgspec.Struct, forbid_unknown_fields=True):
    basisForProcessing: Basis  # noqa: N815 - Snowplow's name
    documentId: Annotated[str, Meta(max_length=255)] | None = None  # noqa: N815 - as above
    documentVersion: Annotated[str, Meta(max_length=16)] | None = None  # noqa: N815 - as above
    documentDescription: Annotated[str, Meta(max_length=4096)] | None = None  # noqa: N815 - as above


class _Preferences(msgspec.Struct, forbid_unknown_fields=True):
    eventType: Literal[  # noqa: N815 - as above
        "deny_all",
        "allow_all",
        "allow_selected",
        "pending",
        "implicit_consent",
        "withdrawn",
        "expired",
    ]
    basisForProcessing: Basis  # noqa: N815 - as above
    consentUrl: str  # noqa: N815 - as above
    consentVersion: Annotated[str, Meta(max_length=16)]  # noqa: N815 - as above
    consentScopes: Annotated[list[_Name], Meta(min_length=1)]  # noqa: N815 - as above
    domainsApplied: Annotated[list[_Name], Meta(min_length=1)]  # noqa: N815 - as above
    gdprApplies: bool | None = None  # noqa: N815 - as above


class _SelfDescribing(msgspec.Struct, forbid_unknown_fields=True):
    schema: Annotated[
        str, Meta(pattern=r"^iglu:[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+/jsonschema/\d+-\d+-\d+$")
    ]
    data: Any


class _Payload(_SelfDescribing, forbid_unknown_fields=True):
    data: Annotated[list[dict[str, Any]], Meta(min_length=1)]


_CENTRAL: dict[str, type[msgspec.Struct]] = {
    "gdpr": _GDPR,
    "consent_preferences": _Preferences,
}


class SnowplowStub(ServiceStub):
    """
    A collector, and the enrichment behind it.

    Attributes:
        vendors: Whose schemas the registry has, besides Snowplow's own.
        failed: The items that became failed events, which the collector does not tell.
    """

    def __init__(self) -> None:
        super().__init__()
        self.vendors = {"example.shop"}
        self.failed: list[Any] = []

    def answer(self, request: StubRequest) -> StubAnswer:
        """Answer as the collector does, then enrich."""
        if (request.method, request.path) != ("POST", "/com.snowplowanalytics.snowplow/tp2"):
            self.fault(f"{request.method} {request.path}")
            return StubAnswer(404)
        if request.headers.get("sp-anonymous") != "*":
            self.fault("the address of the connection is stored, and a cookie is set")
        if len(request.body) > LARGEST:
            return StubAnswer(413)
        if len(request.body) > LARGEST_GOOD:
            self.fault("a payload that becomes a failed event")  # with 200
        payload = self.valid(request.json(), _Payload, "payload")
        if payload is None or payload.schema != PAYLOAD:
            self.fault("not payload_data 1-0-4")
            return StubAnswer(200, "ok")
        if any(item.get("eid") in self.poison for item in payload.data):
            return StubAnswer(400)  # as a gateway before it may
        for item in payload.data:
            if self._good(item):
                self.take(item.get("eid", ""), item)
            else:
                self.failed.append(item)
        return StubAnswer(200, "ok")

    def _good(self, item: dict[str, Any]) -> bool:
        before = len(self.faults)
        wrong = sorted(name for name, value in item.items() if not isinstance(value, str))
        unknown = sorted(set(item) - PARAMETERS)
        missing = sorted({"tv", "p", "e"} - set(item))
        for what, names in (("no text", wrong), ("unknown", unknown), ("missing", missing)):
            if names:
                self.fault(f"{what}: {', '.join(names)}")
        if not wrong:
            self._look(item)
        return len(self.faults) == before

    def _look(self, item: dict[str, str]) -> None:
        for name in ("eid", "sid"):
            if name in item:
                self.valid(item[name], UUID, name)
        if not re.fullmatch(r"\d{13}", item.get("ttm", item.get("dtm", ""))):
            self.fault("a time that is no Unix milliseconds")
        if item["e"] == "se" and not (item.get("se_ca") and item.get("se_ac")):
            self.fault("a structured event without category or action")
        if item["e"] == "ue":
            self._described(item.get("ue_pr", "{}"), "unstruct_event")
        if "co" in item:
            self._described(item["co"], "contexts")

    def _described(self, text: str, name: str) -> None:
        outer = self.valid(msgspec.json.decode(text), _SelfDescribing, name)
        if outer is None or f"com.snowplowanalytics.snowplow/{name}/" not in outer.schema:
            self.fault(f"not {name}")
            return
        for one in outer.data if isinstance(outer.data, list) else [outer.data]:
            inner = self.valid(one, _SelfDescribing, name)
            if inner is None:
                continue
            vendor, named = inner.schema.removeprefix("iglu:").split("/")[:2]
            if vendor == "com.snowplowanalytics.snowplow" and named in _CENTRAL:
                self.valid(inner.data, _CENTRAL[named], named)
            elif vendor not in self.vendors:
                self.fault("a schema that no registry has")
