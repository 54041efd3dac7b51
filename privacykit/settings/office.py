"""The stores of flow 2 that a configuration names, each opened when it is first used."""

from __future__ import annotations

import getpass
import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import Engine

from privacykit.errors import DataMapError, Problem
from privacykit.govern.audit import AuditKey
from privacykit.govern.connector import Connector
from privacykit.govern.datamap import DataMap, parse_datamap
from privacykit.govern.deadlines import DeadlineNote, WorkCalendar, resolve
from privacykit.govern.desk import Desk
from privacykit.govern.means import Means, Watch, unwatched
from privacykit.govern.records import Checkpoint
from privacykit.govern.retention import Cap
from privacykit.govern.rights import deadline_rules, granted_by
from privacykit.govern.suppression import SuppressionKey
from privacykit.govern.words import RequestType
from privacykit.policy.audience import Audience
from privacykit.policy.handling import handling
from privacykit.policy.model import Policy
from privacykit.settings.backends import DEFAULT_EVENTS
from privacykit.settings.datasets import open_connector
from privacykit.settings.law import Law
from privacykit.settings.load import load
from privacykit.settings.model import Weekday
from privacykit.settings.paths import Paths
from privacykit.stores.audit import AuditLog
from privacykit.stores.checkpoint_file import check_not_older, read_checkpoint, write_checkpoint
from privacykit.stores.engine import open_engine
from privacykit.stores.errands import SqlErrands
from privacykit.stores.events import EventStore
from privacykit.stores.holds import SqlHolds
from privacykit.stores.keys import KeyRing, load_keys
from privacykit.stores.outbox_sql import OutboxStore
from privacykit.stores.plans import SqlPlans
from privacykit.stores.records import SqlConsentStore
from privacykit.stores.requests import SqlRequests
from privacykit.stores.retention import SqlRetention
from privacykit.stores.suppressions import SqlSuppressions

OPERATOR = "PRIVACYKIT_OPERATOR"
"""Environment variable that names the operator; the login name by default."""


class Office:
    """
    What commands about people's rights work with.

    Args:
        config: The configuration file.

        clock: Unix seconds.

        watch: Told of rows as they are found, done or exported.

    Raises:
        ConfigurationError: The configuration is wrong.
    """

    def __init__(
        self, config: str, clock: Callable[[], float] = time.time, watch: Watch = unwatched
    ) -> None:
        self.settings = load(config)
        self.paths = Paths.beside(config)
        self.clock = clock
        self.watch = watch

    @cached_property
    def engine(self) -> Engine:
        """The ``[records]`` database."""
        return open_engine(self.paths.url(self.settings.records.url), kind="records")

    @cached_property
    def keys(self) -> KeyRing:
        """The durable keys."""
        return load_keys(self.paths.file(self.settings.keys.file))

    @cached_property
    def signer(self) -> Ed25519PrivateKey:
        """The key that signs checkpoints and receipts."""
        return self.keys.signer()

    @property
    def public_keys(self) -> tuple[Ed25519PublicKey, ...]:
        """The keys that may have signed them, the newest first."""
        return tuple(
            Ed25519PrivateKey.from_private_bytes(key.value).public_key()
            for key in self.keys.all("audit_sign")
        )

    @cached_property
    def audit(self) -> AuditLog:
        """The audit log."""
        keys = [AuditKey(key.value) for key in self.keys.all("audit")]
        return AuditLog(self.engine, keys, origin=self.origin)

    @property
    def origin(self) -> str:
        """The audit log's name."""
        host = self.settings.site[0].hosts[0].lower().partition(":")[0].removeprefix("*.")
        return self.settings.audit.origin or f"{host}/privacykit"

    @cached_property
    def requests(self) -> SqlRequests:
        """The ledger of requests."""
        return SqlRequests(self.engine, self.audit)

    @cached_property
    def desk(self) -> Desk:
        """Where requests are taken in and decided."""
        return Desk(self.requests)

    @cached_property
    def suppressions(self) -> SqlSuppressions:
        """Who is not to be collected again."""
        key = SuppressionKey(self.keys.current("suppression").value)
        return SqlSuppressions(self.engine, key, self.audit)

    @cached_property
    def holds(self) -> SqlHolds:
        """What may not be destroyed."""
        return SqlHolds(self.engine, self.audit)

    @cached_property
    def errands(self) -> SqlErrands:
        """What recipients have to be told."""
        return SqlErrands(self.engine, self.audit)

    @cached_property
    def retention(self) -> SqlRetention:
        """What is remembered of retention."""
        return SqlRetention(self.engine, self.audit)

    @cached_property
    def consents(self) -> SqlConsentStore:
        """Consent records and stop orders."""
        return SqlConsentStore(self.engine)

    @cached_property
    def datamap(self) -> DataMap:
        """
        The data map.

        Raises:
            DataMapError: It is missing or wrong.
        """
        name = self.settings.datamap.file
        try:
            text = self.paths.file(name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            hint = "`privacykit datamap scan URL` proposes one"
            raise DataMapError(
                Problem("PK210", name, "", "the data map cannot be read", hint)
            ) from None
        return parse_datamap(text, name)

    @cached_property
    def connectors(self) -> dict[str, Connector]:
        """
        The stores of the data map, by name.

        Raises:
            DataMapError: One is not described well enough to open it.
            StoreError: One cannot be reached: what does not answer is never taken for empty.
        """
        opened: dict[str, Connector] = {}
        name = self.settings.datamap.file
        try:
            for dataset in self.datamap.datasets:
                opened[dataset] = open_connector(self.datamap, dataset, self.paths, name)
        except BaseException:
            for connector in opened.values():
                connector.close()
            raise
        return opened

    @contextmanager
    def events(self) -> Iterator[EventStore | None]:
        """Lend our own event store; ``None`` where the configuration has none."""
        url = self.settings.events.url
        if url is None:
            yield None
            return
        engine = open_engine(self.paths.url(url), kind="events")
        try:
            yield EventStore(engine)
        finally:
            engine.dispose()

    @contextmanager
    def outbox(self) -> Iterator[OutboxStore]:
        """Lend the outbox."""
        settings = self.settings
        url = settings.outbox.url or settings.events.url or DEFAULT_EVENTS
        engine = open_engine(self.paths.url(url), kind="events")
        try:
            outbox = OutboxStore(engine)
            outbox.prepare()
            yield outbox
        finally:
            engine.dispose()

    @cached_property
    def plans(self) -> SqlPlans:
        """Plans and their targets."""
        return SqlPlans(self.engine)

    @cached_property
    def means(self) -> Means:
        """What the flow works with; holds are asked anew each time."""
        return Means(
            self.datamap,
            self.connectors,
            self.plans,
            self.clock,
            os.urandom,
            self.holds.standing,
            key=self.keys.current("subject").value,
            owner=secrets.token_hex(8),
            watch=self.watch,
        )

    @cached_property
    def law(self) -> Law:
        """The policies in force."""
        return Law(self.settings, self.paths)

    @property
    def calendar(self) -> WorkCalendar:
        """The days of rest."""
        names = get_args(Weekday)
        weekend = frozenset(names.index(day) for day in self.settings.requests.weekend)
        return WorkCalendar(frozenset(self.settings.requests.holidays), weekend)

    def operator(self, name: str | None = None) -> str:
        """Return the id of the operator: *name*, ``PRIVACYKIT_OPERATOR`` or the login name."""
        return self.audit.operator(name or os.environ.get(OPERATOR) or getpass.getuser())

    def policies(self, place: str, received_at: float) -> tuple[Policy, ...]:
        """Return the policies that apply to a person of *place*: of every site of ours."""
        found: dict[str, Policy] = {}
        for site in self.settings.site:
            on = datetime.fromtimestamp(received_at, ZoneInfo(site.timezone)).date()
            audience = Audience(
                tuple(site.establishments),
                site.audience.child_directed,
                site.audience.online_platform,
                frozenset(site.audience.data_types),
                site.audience.thresholds_met,
            )
            for policy in self.law.policies.applicable(place, on=on, audience=audience):
                found.setdefault(policy.id, policy)
        return tuple(found[name] for name in sorted(found))

    def deadline(
        self, wanted: RequestType, place: str, received_at: float
    ) -> tuple[DeadlineNote, tuple[str, ...]]:
        """
        Return when a request must be answered, and the policies that grant it.

        The day is that of the first site's time zone.
        """
        policies = self.policies(place, received_at)
        start = datetime.fromtimestamp(received_at, ZoneInfo(self.settings.site[0].timezone))
        rules = deadline_rules(policies, wanted)
        return resolve(rules, start, self.calendar).noted(), granted_by(policies, wanted)

    def caps(self) -> Mapping[str, Cap]:
        """Return for each purpose how long the laws of our establishments let data be kept."""
        now = self.clock()
        places = sorted({place for site in self.settings.site for place in site.establishments})
        caps: dict[str, Cap] = {}
        for name, purpose in self.settings.purposes.items():
            for policy in (p for place in places for p in self.policies(place, now)):
                for use in purpose.uses:
                    on = datetime.fromtimestamp(now, ZoneInfo("UTC")).date()
                    days = handling((policy,), on, use).retention_days
                    if days is not None and (name not in caps or days < caps[name].days):
                        caps[name] = Cap(days, f"{policy.id}@{policy.hash[:12]}")
        return caps

    def witness(self) -> Checkpoint | None:
        """Return the checkpoint kept apart from the log, or ``None``."""
        return read_checkpoint(self._checkpoint_file)

    def check_not_older(self) -> Checkpoint | None:
        """
        Return the checkpoint kept apart, if the log contains it.

        Raises:
            StoreError: The log is older than it.
        """
        return check_not_older(self.audit, self._checkpoint_file)

    def seal(self) -> Checkpoint:
        """
        Sign the audit log and keep that apart; done at the end of each command that changes it.

        Raises:
            StoreError: The log is older than what is kept apart.
        """
        return write_checkpoint(self.audit, self._checkpoint_file, self.signer)

    def close(self) -> None:
        """Close every database."""
        for connector in self.__dict__.get("connectors", {}).values():
            connector.close()
        if "engine" in self.__dict__:
            self.engine.dispose()

    @property
    def _checkpoint_file(self) -> Path:
        return self.paths.file(self.settings.audit.checkpoint)
