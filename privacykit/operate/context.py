"""The stores of flow 2 that a configuration names, each imported and opened when it is used."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import Engine

from privacykit.errors import DataMapError, Problem
from privacykit.govern.audit.entries import Checkpoint
from privacykit.govern.datamap import DataMap, parse_datamap
from privacykit.govern.erasure.context import GovernContext, ProgressCallback, unwatched
from privacykit.govern.erasure.ports.connector import Connector
from privacykit.govern.requests.service import RequestService
from privacykit.govern.requests.suppression import SuppressionKey
from privacykit.operate.process import process_name
from privacykit.operate.records.operators import Operators
from privacykit.settings.datasets import open_connector
from privacykit.settings.load import load
from privacykit.settings.model import Settings
from privacykit.settings.named_stores import outbox_url
from privacykit.settings.paths import Paths
from privacykit.stores.database.engine import open_engine
from privacykit.stores.database.looking import open_to_look
from privacykit.stores.keys import KeyRing, load_keys
from privacykit.stores.records.arriving.channels import SqlRequestChannels
from privacykit.stores.records.audit import AuditLog
from privacykit.stores.records.audit_keys import audit_keys, public_keys
from privacykit.stores.records.checkpoint_file import (
    check_not_older,
    read_checkpoint,
    write_checkpoint,
)
from privacykit.stores.records.consents import SqlConsentStore
from privacykit.stores.records.holds import SqlHolds
from privacykit.stores.records.notices import SqlRecipientNotices
from privacykit.stores.records.plans import SqlPlans
from privacykit.stores.records.requests import SqlRequests
from privacykit.stores.records.retention import SqlRetention
from privacykit.stores.records.suppressions import SqlSuppressions

if TYPE_CHECKING:
    from privacykit.export.manifest import Controller
    from privacykit.operate.applicable import ApplicableLaw
    from privacykit.stores.events.events import EventStore
    from privacykit.stores.outbox.store import OutboxStore


class OperatorContext:
    """
    What commands about people's rights work with.

    Args:
        config: The configuration file.
        clock: Unix seconds.
        watch: Told of rows as they are found, done or exported.
        look: Whether nothing may be created or changed in stores of ours.
        settings: What *config* says, where it was read already.

    Raises:
        ConfigurationError: The configuration is wrong.
    """

    def __init__(
        self,
        config: str,
        clock: Callable[[], float] = time.time,
        watch: ProgressCallback = unwatched,
        *,
        look: bool = False,
        settings: Settings | None = None,
    ) -> None:
        self.settings = settings or load(config)
        self.paths = Paths.beside(config)
        self.clock = clock
        self.operators = Operators(lambda: self.audit.operators)
        self.watch = watch
        self._open = open_to_look if look else open_engine

    @cached_property
    def engine(self) -> Engine:
        """The ``[records]`` database."""
        return self._open(self.paths.url(self.settings.records.url, "records.url"), kind="records")

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
        return public_keys(self.keys)

    @cached_property
    def audit(self) -> AuditLog:
        """The audit log."""
        return AuditLog(self.engine, audit_keys(self.keys), origin=self.origin)

    @property
    def origin(self) -> str:
        """The audit log's name."""
        hosts = self.settings.site[0].hosts if self.settings.collects else ["requests"]
        host = hosts[0].lower().partition(":")[0].removeprefix("*.")
        return self.settings.audit.origin or f"{host}/privacykit"

    @cached_property
    def requests(self) -> SqlRequests:
        """The ledger of requests."""
        return SqlRequests(self.engine, self.audit)

    @cached_property
    def desk(self) -> RequestService:
        """Where requests are taken in and decided."""
        return RequestService(self.requests, self.settings.requests.approvals, self.operators.same)

    @cached_property
    def channels(self) -> SqlRequestChannels:
        """By what each request arrived."""
        return SqlRequestChannels(self.engine)

    @cached_property
    def suppressions(self) -> SqlSuppressions:
        """Who is not to be collected again."""
        keys = [SuppressionKey(key.value, key.id) for key in self.keys.all("suppression")]
        return SqlSuppressions(self.engine, keys, self.audit)

    @cached_property
    def holds(self) -> SqlHolds:
        """What may not be destroyed."""
        return SqlHolds(self.engine, self.audit)

    @cached_property
    def notices(self) -> SqlRecipientNotices:
        """What recipients have to be told."""
        return SqlRecipientNotices(self.engine, self.audit)

    @cached_property
    def retention(self) -> SqlRetention:
        """What is remembered of retention."""
        return SqlRetention(self.engine, self.audit)

    @cached_property
    def consents(self) -> SqlConsentStore:
        """Consent records and stop orders."""
        return SqlConsentStore(self.engine, lambda: audit_keys(self.keys))

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
        opened, name = dict[str, Connector](), self.settings.datamap.file
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
        from privacykit.stores.events.events import EventStore

        if (url := self.settings.events.url) is None:
            yield None
            return
        engine = self._open(self.paths.url(url, "events.url"), kind="events")
        try:
            yield EventStore(engine)
        finally:
            engine.dispose()

    @contextmanager
    def outbox(self) -> Iterator[OutboxStore]:
        """Lend the outbox."""
        from privacykit.stores.outbox.store import OutboxStore

        where = "outbox" if self.settings.outbox.url else "events"
        url = self.paths.url(outbox_url(self.settings), f"{where}.url")
        engine = self._open(url, kind="events", where=where)
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
    def means(self) -> GovernContext:
        """What the flow works with; holds are asked anew each time."""
        from privacykit.operate.records.kept_by_us import kept_by_us

        return GovernContext(
            self.datamap,
            self.connectors,
            self.plans,
            self.clock,
            os.urandom,
            self.holds.standing,
            key=self.keys.current("subject").value,
            owner=process_name(),
            watch=self.watch,
            recorded_at=self.audit.latest_at,
            kept_by_us=kept_by_us(self),
        )

    @cached_property
    def applicable(self) -> ApplicableLaw:
        """What the laws ask of requests and of retention."""
        from privacykit.operate.applicable import ApplicableLaw

        return ApplicableLaw(self.settings, self.paths)

    def operator(self, name: str | None = None) -> str:
        """Return the operator's id, as :meth:`.Operators.id` does."""
        return self.operators.id(name)

    @property
    def controller(self) -> Controller:
        """Who is responsible, as packages and letters say it."""
        from privacykit.export.manifest import Controller

        us = self.settings.controller
        return Controller(us.name, us.address, us.contact, us.officer, us.authority)

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
