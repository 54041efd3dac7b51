"""
Sealing for producers and consumers of events: the door to :mod:`privacykit.sealing`. Opens stores.

.. code-block:: python

    from privacykit.sealed import Beside, SealRule, age_band, open_sealing

    RULES = [SealRule("data.email", person="data.customer", purpose="orders")]
    sealing = open_sealing("privacykit.toml", RULES)
    sent = sealing.seal({"id": "1", "type": "order.placed", "data": {...}})
    read = sealing.open(sent)  # read["data"]["email"] is text, or Shredded
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from typing import Any

from privacykit.operate.context import OperatorContext
from privacykit.operate.sealing.keys import sealing_keys
from privacykit.sealing.cache import KeyCache
from privacykit.sealing.envelope import DataKey, Shredded
from privacykit.sealing.kafka import KafkaRecord, kafka_record, kafka_tombstone
from privacykit.sealing.rules import Beside, SealRule, age_band, region
from privacykit.sealing.seal import EventOpener, EventSealer, Sealed, SealingKeys
from privacykit.stores.sealing.keys import SqlSealingKeys

__all__ = [
    "Beside",
    "FieldSealing",
    "KafkaRecord",
    "SealRule",
    "Shredded",
    "age_band",
    "open_sealing",
    "region",
]


class CachedKeys(SealingKeys):
    """
    Data keys as one process uses them: kept in memory for a short time.

    A person who is suppressed or erased is sealed for, and read, until the time is over.

    Args:
        keys: The key store.
        seconds: How long, at most 300.

    Raises:
        InputError: PK387, *seconds* is more than that.
    """

    def __init__(self, keys: SqlSealingKeys, seconds: float) -> None:
        self._making: KeyCache[Sealed, DataKey] = KeyCache(keys.key_for, seconds=seconds)
        self._reading: KeyCache[bytes, DataKey] = KeyCache(keys.key, seconds=seconds)

    def key_for(self, whom: Sealed) -> DataKey | None:
        """Return the key, made now if there is none; ``None`` for whom is suppressed."""
        return self._making.get(whom, time.monotonic())

    def key(self, kid: bytes) -> DataKey | None:
        """Return a key by its name; ``None`` where it is destroyed or not ours."""
        return self._reading.get(kid, time.monotonic())

    def forget(self) -> None:
        """Forget every key at once."""
        self._making.forget()
        self._reading.forget()


class FieldSealing:
    """
    Seals and opens events by rules; made by :func:`open_sealing`.

    Args:
        context: The stores.
        rules: Which fields are sealed.
        keep_seconds: How long keys stay in memory, at most 300.
    """

    def __init__(
        self, context: OperatorContext, rules: Sequence[SealRule], keep_seconds: float
    ) -> None:
        self._context = context
        self._store = sealing_keys(context)
        self._keys = CachedKeys(self._store, keep_seconds)
        self._sealer = EventSealer(self._keys, rules, os.urandom)
        self._opener = EventOpener(self._keys, rules)

    def seal(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """
        Return *event* with its personal fields sealed.

        Raises:
            InputError: PK386, the event has no id.
            StoreError: The key store does not answer: nothing may be sent.
        """
        return self._sealer.seal(event, self._context.clock())

    def open(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """
        Return *event* with its fields opened, :class:`Shredded` where nobody can any more.

        Raises:
            StoreError: The key store does not answer.
        """
        return self._opener.open(event)

    def kafka_record(self, event: Mapping[str, Any], identity: str, value: str) -> KafkaRecord:
        """
        Return the record of a sealed event, its key the person's reference.

        Raises:
            InputError: *value* names nobody.
        """
        return kafka_record(self._store.references(identity, value)[0], event)

    def tombstones(self, identity: str, value: str) -> list[KafkaRecord]:
        """
        Return the tombstones that end a person's records in compacted topics.

        Raises:
            InputError: *value* names nobody.
        """
        return [kafka_tombstone(it) for it in self._store.references(identity, value)]

    def forget(self) -> None:
        """Forget the keys in memory, as whoever is told of an erasure does."""
        self._keys.forget()

    def close(self) -> None:
        """Close the stores."""
        self._context.close()


def open_sealing(
    config: str, rules: Sequence[SealRule], *, keep_seconds: float = 60.0
) -> FieldSealing:
    """
    Open the key store that a configuration names.

    Args:
        config: The configuration file.
        rules: Which fields are sealed.
        keep_seconds: How long keys stay in memory: until then who was erased is still read here.

    Raises:
        ConfigurationError: The configuration is wrong, or has no key for ``sealing`` (PK123).
        InputError: PK386, rules are at odds; PK387, keys may not be kept so long.
        StoreError: The database failed.
    """
    return FieldSealing(OperatorContext(config), rules, keep_seconds)
