"""Records of Kafka for sealed events: a key that names nobody, and the tombstone of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec


class KafkaRecord(NamedTuple):
    """
    A record as any client of Kafka sends it.

    Attributes:
        key: The person's reference: decides partition and compaction, and names nobody.
        value: The event as JSON; ``None`` is a tombstone.
    """

    key: bytes
    value: bytes | None


def kafka_record(reference: bytes, event: Mapping[str, Any]) -> KafkaRecord:
    """
    Return the record of a sealed event.

    Args:
        reference: As :func:`~privacykit.sealing.ids.person_reference` returns it.
        event: Sealed.
    """
    return KafkaRecord(reference.hex().encode(), msgspec.json.encode(event))


def kafka_tombstone(reference: bytes) -> KafkaRecord:
    """
    Return the record that lets compaction remove all records of a person.

    It counts in topics with ``cleanup.policy=compact`` only. The active segment is never compacted,
    and the tombstone itself goes after ``delete.retention.ms``: a consumer further behind than that
    never sees it.
    """
    return KafkaRecord(reference.hex().encode(), None)
