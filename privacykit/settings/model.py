"""The shape of ``privacykit.toml``: every table, key, unit and default. Pure."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from privacykit.pseudonym.url.referrer import Level
from privacykit.settings.asking.tables import ChoiceTable, DataPageTable, Language, PurposeTexts
from privacykit.settings.duties.incident import IncidentTable
from privacykit.settings.duties.notice import NoticeTable
from privacykit.settings.duties.reports import ReportsTable
from privacykit.settings.duties.verify import VerifyTable
from privacykit.settings.duties.watch import WatchTable
from privacykit.settings.requests.tables import RequestsTable
from privacykit.settings.signals.tables import BannerTable, GppTable, SignalsTable, TcfTable
from privacykit.settings.signals.tags import TagsTable
from privacykit.settings.types import (
    HeaderName,
    Listen,
    LogName,
    Name,
    SinkTable,
)
from privacykit.settings.values import Credential, DurationText, Url


class SettingsTable(BaseModel):
    """A table of the file; keys it does not know are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ControllerTable(SettingsTable):
    """
    Who is responsible (GDPR Art. 4(7)), for visitors, for people who ask, for authorities.

    Attributes:
        name: Of the organisation.
        address: Its postal address.
        contact: Where to write about data: an e-mail address or a URL.
        officer: The data protection officer's contact.
        authority: The supervisory authority that people may complain to.
        establishments: Where it is established: for sites that do not say, and for requests.
        timezone: Whose days the deadlines of requests are; the first site's if unsaid.
    """

    name: str = ""
    address: str = ""
    contact: str = ""
    officer: str = ""
    authority: str = ""
    establishments: list[str] = []
    timezone: str | None = None


class AudienceTable(SettingsTable):
    """What the law asks about whom a site addresses."""

    child_directed: bool = False
    online_platform: bool = False
    data_types: list[str] = []
    thresholds_met: bool = True


class SiteTable(SettingsTable):
    """One site: some host names under one operator and one clock."""

    id: Name
    hosts: Annotated[list[str], Field(min_length=1)]
    timezone: str = "UTC"
    establishments: list[str] = []
    audience: AudienceTable = AudienceTable()


class EventsTable(SettingsTable):
    """Where events are kept, and which responses are pages."""

    url: Url | None = "sqlite:///privacykit-events.db"
    page: str | None = None
    methods: list[str] = ["GET"]
    statuses: list[int] = [101, *range(200, 300), 304]
    content_types: list[str] = ["text/html", "application/xhtml+xml"]
    not_content_types: list[str] | None = None
    not_pages: list[str] = []
    bots: bool = False
    browser: bool = False
    identified_by: list[str] = []


class OutboxTable(SettingsTable):
    """The durable buffer between requests and sinks."""

    url: Url | None = None
    window_ms: Annotated[int, Field(ge=1, le=10_000)] = 50
    batch: Annotated[int, Field(ge=1, le=10_000)] = 512
    limit: Annotated[int, Field(ge=1, le=10_000_000)] = 100_000
    deliver: bool = True


class StoreTable(SettingsTable):
    """A store of ours."""

    url: Url


class RecordsTable(StoreTable):
    """
    What must outlive the data: consents, requests, audit log.

    Attributes:
        consents: How long the proof of a consent is kept after its end.
        refusals: How long the record of a refusal, which names nobody, is kept.
    """

    url: Url = "sqlite:///privacykit-records.db"
    consents: Annotated[DurationText, Field(default_factory=lambda: DurationText(months=36))]
    refusals: Annotated[DurationText, Field(default_factory=lambda: DurationText(months=13))]


class KeysTable(SettingsTable):
    """The durable keys."""

    file: str = "privacykit.keys"


class ClientIpTable(SettingsTable):
    """How the client's address is found; nothing is trusted by default."""

    source: Literal["scope", "headers"] = "scope"
    header: str = "X-Forwarded-For"
    trusted_proxies: list[str] = []
    hops: Annotated[int, Field(ge=1, le=32)] | None = None
    trust_unix_socket: bool = False
    nat64_prefixes: list[str] = []
    also_drop: list[HeaderName] = []


class GeoTable(SettingsTable):
    """Where an address is: a database file of the user's, or headers of a trusted edge."""

    database: str | None = None
    edge: Literal["appengine", "bunny", "cloudflare", "cloudfront", "fastly", "vercel"] | None = (
        None
    )
    country_header: str | None = None
    region_header: str | None = None
    country_field: str | None = None
    region_field: str | None = None


class IpTable(SettingsTable):
    """How addresses are weakened."""

    mode: str = "truncate"
    v4_bits: Annotated[int, Field(ge=0, le=32)] | None = None
    v6_bits: Annotated[int, Field(ge=0, le=128)] | None = None
    key: Credential | None = None
    basis: str | None = None


class PurposeTable(SettingsTable):
    """Why data is collected; see the reference for what each use of the law means."""

    uses: Annotated[list[str], Field(min_length=1)]
    retention: Annotated[DurationText, Field(default_factory=lambda: DurationText(months=13))]
    properties: dict[str, bool | int | str] = {}
    visitor: Literal["none", "day", "consented"] = "day"
    identified: bool = False
    explicit: bool = False
    otherwise: str | None = None
    label: str = ""
    description: str = ""
    recipients: list[str] = []
    texts: dict[Language, PurposeTexts] = {}


class PagesTable(SettingsTable):
    """Templates for applications whose framework names no route."""

    patterns: list[str] = []


class TextTable(SettingsTable):
    """What of URLs and texts may be kept."""

    query_keep: list[str] = []
    referrer: Level = "host"


class PoliciesTable(SettingsTable):
    """The operator's own policy files over ours."""

    directories: list[str] = []
    strict: bool = False


class ScopeTable(SettingsTable):
    """What the application sees of the client's address."""

    client: Literal["weaken", "keep"] = "weaken"


class MetricsTable(SettingsTable):
    """What operators watch: Prometheus, OpenTelemetry."""

    prometheus: bool = False
    listen: Listen | None = None
    otel: bool = False


class DataMapTable(SettingsTable):
    """Where personal data lives: the data map."""

    file: str = "datamap.toml"


class AuditTable(SettingsTable):
    """
    The audit log.

    Attributes:
        origin: Name of the log in its checkpoints; the first site's first host by default.
        checkpoint: The file that keeps its newest signed head; put it where a restore of the
            databases does not reach, and back it up elsewhere.
    """

    origin: LogName | None = None
    checkpoint: str = "privacykit.checkpoint"


class Settings(SettingsTable):
    """
    The whole file.

    Without a site and a purpose nothing is collected or served: requests and retention only.
    """

    controller: ControllerTable = ControllerTable()
    site: list[SiteTable] = []
    events: EventsTable = EventsTable()
    outbox: OutboxTable = OutboxTable()
    records: Annotated[RecordsTable, Field(default_factory=lambda: RecordsTable.model_validate({}))]
    salts: StoreTable = StoreTable(url="sqlite:///privacykit-salts.db")
    keys: KeysTable = KeysTable()
    client_ip: ClientIpTable = ClientIpTable()
    geo: GeoTable = GeoTable()
    ip: IpTable = IpTable()
    purposes: dict[Name, PurposeTable] = {}
    cookies: dict[str, str] = {}
    sinks: list[SinkTable] = []
    pages: PagesTable = PagesTable()
    text: TextTable = TextTable()
    signals: SignalsTable = SignalsTable()
    tcf: TcfTable | None = None
    gpp: GppTable | None = None
    banners: list[BannerTable] = []
    tags: TagsTable = TagsTable()
    policies: PoliciesTable = PoliciesTable()
    raw_address: dict[Name, str] = {}
    scope: ScopeTable = ScopeTable()
    choice: ChoiceTable = ChoiceTable()
    data_page: DataPageTable = DataPageTable()
    metrics: MetricsTable = MetricsTable()
    datamap: DataMapTable = DataMapTable()
    audit: AuditTable = AuditTable()
    requests: RequestsTable = RequestsTable()
    reports: ReportsTable = ReportsTable()
    verify: VerifyTable = VerifyTable()
    incident: IncidentTable = IncidentTable()
    watch: WatchTable = WatchTable()
    notice: NoticeTable | None = None

    @property
    def collects(self) -> bool:
        """Whether there is a site to serve; else the file is for requests and retention only."""
        return bool(self.site)

    @property
    def timezone(self) -> str:
        """The time zone of deadlines."""
        return self.controller.timezone or (self.site[0].timezone if self.site else "UTC")

    @model_validator(mode="before")
    @classmethod
    def _established(cls, document: Any) -> Any:  # noqa: ANN401 - whatever the file holds
        """Let sites that say nothing of their establishments have the controller's."""
        if not isinstance(document, dict):
            return document
        controller, sites = document.get("controller"), document.get("site")
        if not isinstance(controller, dict) or not isinstance(sites, list):
            return document
        places = controller.get("establishments", [])
        if not isinstance(places, list):
            return document
        told = [{"establishments": places} | s if isinstance(s, dict) else s for s in sites]
        return document | {"site": told}
