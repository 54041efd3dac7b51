"""The shape of ``privacykit.toml``: every table, key, unit and default. Pure."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from privacykit.pseudonym.referrer import Level
from privacykit.settings.values import Credential, Duration

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
"""Names that we write into events, keys and file names."""


Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
"""Days of the week, Monday first."""


class Table(BaseModel):
    """A table of the file; keys it does not know are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Audience(Table):
    """What the law asks about whom a site addresses."""

    child_directed: bool = False
    online_platform: bool = False
    data_types: list[str] = []
    thresholds_met: bool = True


class SiteTable(Table):
    """One site: some host names under one operator and one clock."""

    id: Name
    hosts: Annotated[list[str], Field(min_length=1)]
    timezone: str = "UTC"
    establishments: list[str] = []
    audience: Audience = Audience()


class EventsTable(Table):
    """Where events are kept, and which responses are pages."""

    url: str | None = "sqlite:///privacykit-events.db"
    page: str | None = None
    methods: list[str] = ["GET"]
    statuses: list[int] = [101, *range(200, 300), 304]
    content_types: list[str] = []
    not_content_types: list[str] | None = None
    not_pages: list[str] = []
    bots: bool = False


class OutboxTable(Table):
    """The durable buffer between requests and sinks."""

    url: str | None = None
    window_ms: Annotated[int, Field(ge=1, le=10_000)] = 50
    batch: Annotated[int, Field(ge=1, le=10_000)] = 512
    limit: Annotated[int, Field(ge=1, le=10_000_000)] = 100_000
    deliver: bool = True


class StoreTable(Table):
    """A store of ours."""

    url: str


class RecordsTable(StoreTable):
    """
    What must outlive the data: consents, requests, audit log.

    Attributes:
        consents: How long the proof of a consent is kept after its end.
    """

    url: str = "sqlite:///privacykit-records.db"
    consents: Annotated[Duration, Field(default_factory=lambda: Duration(months=36))]


class KeysTable(Table):
    """The durable keys."""

    file: str = "privacykit.keys"


class ClientIpTable(Table):
    """How the client's address is found; nothing is trusted by default."""

    source: Literal["scope", "headers"] = "scope"
    header: str = "X-Forwarded-For"
    trusted_proxies: list[str] = []
    hops: Annotated[int, Field(ge=1, le=32)] | None = None
    trust_unix_socket: bool = False
    nat64_prefixes: list[str] = []


class GeoTable(Table):
    """Where an address is: a database file of the user's, or headers of a trusted edge."""

    database: str | None = None
    edge: Literal["appengine", "bunny", "cloudflare", "cloudfront", "fastly", "vercel"] | None = (
        None
    )
    country_header: str | None = None
    region_header: str | None = None
    country_field: str | None = None
    region_field: str | None = None


class IpTable(Table):
    """How addresses are weakened."""

    mode: str = "truncate"
    v4_bits: Annotated[int, Field(ge=0, le=32)] | None = None
    v6_bits: Annotated[int, Field(ge=0, le=128)] | None = None
    key: Credential | None = None
    basis: str | None = None


class PurposeTable(Table):
    """Why data is collected; see the reference for what each use of the law means."""

    uses: Annotated[list[str], Field(min_length=1)]
    retention: Annotated[Duration, Field(default_factory=lambda: Duration(months=13))]
    properties: dict[str, bool | int | str] = {}
    visitor: Literal["none", "day", "consented"] = "day"
    identified: bool = False
    explicit: bool = False
    otherwise: str | None = None
    label: str = ""
    description: str = ""


class SinkTable(Table):
    """Where events go. Keys that only one type knows are checked by that sink."""

    model_config = ConfigDict(extra="allow", frozen=True)

    type: str
    name: Name | None = None
    role: Literal["processor", "third_party"] = "processor"
    purposes: Annotated[list[str], Field(min_length=1)]
    url: str | None = None
    token: Credential | None = None
    key: Credential | None = None


class PagesTable(Table):
    """Templates for applications whose framework names no route."""

    patterns: list[str] = []


class TextTable(Table):
    """What of URLs and texts may be kept."""

    query_keep: list[str] = []
    referrer: Level = "host"


class SignalsTable(Table):
    """How browser signals are honoured."""

    gpc_scope: Literal["everywhere", "mandated"] = "everywhere"


class PoliciesTable(Table):
    """The operator's own policy files over ours."""

    directories: list[str] = []
    strict: bool = False


class ScopeTable(Table):
    """What the application sees of the client's address."""

    client: Literal["weaken", "keep"] = "weaken"


class MetricsTable(Table):
    """What operators watch: Prometheus, OpenTelemetry."""

    prometheus: bool = False
    listen: Annotated[str, StringConstraints(pattern=r"^.+:\d{1,5}$")] | None = None
    otel: bool = False


class ChoiceTable(Table):
    """The opt-out and preference pages and their cookies."""

    enabled: bool = True
    prefix: Annotated[str, StringConstraints(pattern=r"^/[a-zA-Z0-9/_-]*[a-zA-Z0-9_-]$")] = (
        "/privacy"
    )
    secure: bool = True
    domain: str | None = None
    text_version: str = ""
    controller: str = ""
    contact: str = ""
    gpc_last_update: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$")] | None = None


class DataMapTable(Table):
    """Where personal data lives: the data map."""

    file: str = "datamap.toml"


class AuditTable(Table):
    """
    The audit log.

    Attributes:
        origin: Name of the log in its checkpoints; the first site's first host by default.
        checkpoint: The file that keeps its newest signed head; put it where a restore of the
            databases does not reach, and back it up elsewhere.
    """

    origin: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9./_-]{0,99}$")] | None = None
    checkpoint: str = "privacykit.checkpoint"


class RequestsTable(Table):
    """
    People's requests.

    Attributes:
        holidays: Public holidays, ISO dates: no business days.
        weekend: Days of rest.
    """

    holidays: list[date] = []
    weekend: list[Weekday] = ["saturday", "sunday"]


class Settings(Table):
    """The whole file."""

    site: Annotated[list[SiteTable], Field(min_length=1)]
    events: EventsTable = EventsTable()
    outbox: OutboxTable = OutboxTable()
    records: Annotated[RecordsTable, Field(default_factory=lambda: RecordsTable.model_validate({}))]
    salts: StoreTable = StoreTable(url="sqlite:///privacykit-salts.db")
    keys: KeysTable = KeysTable()
    client_ip: ClientIpTable = ClientIpTable()
    geo: GeoTable = GeoTable()
    ip: IpTable = IpTable()
    purposes: Annotated[dict[Name, PurposeTable], Field(min_length=1)]
    cookies: dict[str, str] = {}
    sinks: list[SinkTable] = []
    pages: PagesTable = PagesTable()
    text: TextTable = TextTable()
    signals: SignalsTable = SignalsTable()
    policies: PoliciesTable = PoliciesTable()
    raw_address: dict[Name, str] = {}
    scope: ScopeTable = ScopeTable()
    choice: ChoiceTable = ChoiceTable()
    metrics: MetricsTable = MetricsTable()
    datamap: DataMapTable = DataMapTable()
    audit: AuditTable = AuditTable()
    requests: RequestsTable = RequestsTable()
