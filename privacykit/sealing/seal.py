"""
Events sealed and opened: the helper of producers and the codec of consumers. Pure.

Laws of this file:

1. A field that a rule names never leaves in the clear: where nobody is told whose it is, or the
   person is suppressed, nothing is sealed and nothing stands there; where a list stands on the way
   to it, the event is refused.
2. Suppression is asked before a key is: no key is made for whom nothing may be collected.
3. What cannot be opened is a value of type :class:`Shredded` and no error: a consumer goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

from privacykit.errors import InputError
from privacykit.sealing.envelope import (
    ALGORITHM,
    NEVER_SEALED,
    NO_KEY,
    NONCE_BYTES,
    DataKey,
    Shredded,
    envelope_of,
    field_binding,
    kid_of,
    no_value,
    open_value,
    record_binding,
    seal_value,
)
from privacykit.sealing.rules import SealRule, field_at, put, value_at


class Sealed(NamedTuple):
    """
    For whom and what a key is.

    Attributes:
        identity: The identity type.
        value: The identity; never printed.
        purpose: The purpose.
        period: ``2026-11``, ``2026`` or empty.
    """

    identity: str
    value: str
    purpose: str
    period: str = ""

    def __repr__(self) -> str:
        return f"<Sealed {self.identity} {self.purpose} {self.period}>"


class SealingKeys(Protocol):
    """Where data keys are; each call may raise :class:`~privacykit.errors.StoreError`."""

    def key_for(self, whom: Sealed) -> DataKey | None:
        """Return the key, made now if there is none; ``None`` for whom is suppressed."""
        ...

    def key(self, kid: bytes) -> DataKey | None:
        """Return a key by its name; ``None`` where it is destroyed or not ours."""
        ...


class _PlacedRule:
    """A rule with its paths taken apart."""

    __slots__ = ("beside", "bound", "field", "person", "rule")

    def __init__(self, rule: SealRule) -> None:
        self.rule = rule
        self.field = rule.field.split(".")
        self.person = rule.person.split(".")
        self.beside = [(one.path.split("."), one.by) for one in rule.beside]
        self.bound = field_binding(rule.purpose, rule.field)


class EventSealer:
    """
    Seals the fields of events for producers.

    Args:
        keys: Where data keys are.
        rules: Which fields; a field that two of them name is one too many.
        random: Returns so many random bytes.

    Raises:
        InputError: PK386, two rules seal the same field of the same events, or a coarser value
            stands in, or around, a field that a rule seals.
    """

    def __init__(
        self, keys: SealingKeys, rules: Sequence[SealRule], random: Callable[[int], bytes]
    ) -> None:
        self._keys = keys
        self._rules = tuple(_PlacedRule(rule) for rule in rules)
        self._random = random
        _check_apart(rules)

    def seal(self, event: Mapping[str, Any], now: float) -> dict[str, Any]:
        """
        Return *event* with its personal fields sealed; *event* itself stays as it is.

        Args:
            event: A CloudEvent, or any record with ``id`` and ``type``.
            now: Unix seconds; periods of keys are counted in UTC.

        Raises:
            InputError: PK386, the record has no ``id``: nothing would bind what is sealed to it; or
                JSON cannot write a field; or a list, or another value that is no object, stands on
                the way to a field.
            StoreError: The keys cannot be reached: nothing may be sent.
        """
        kind, bound = _named(event)
        sealed = dict(event)
        for placed in self._rules:
            rule = placed.rule
            value = field_at(event, placed.field) if rule.applies(kind) else None
            if value is None:
                continue
            for path, by in placed.beside:
                put(sealed, path, by(value))
            key = self._key_of(placed, value_at(event, placed.person), now)
            if key is None:
                put(sealed, placed.field, no_value())
                continue
            nonce = self._random(NONCE_BYTES)
            put(sealed, placed.field, seal_value(key, nonce, value, bound + placed.bound))
        return sealed

    def _key_of(self, placed: _PlacedRule, whom: Any, now: float) -> DataKey | None:  # noqa: ANN401
        if not isinstance(whom, str | int) or isinstance(whom, bool) or not str(whom).strip():
            return None
        rule, name = placed.rule, str(whom)
        if not _is_text(name):
            return None
        period = "" if rule.period == "none" else _period(rule.period, now)
        return self._keys.key_for(Sealed(rule.identity, name, rule.purpose, period))


class EventOpener:
    """
    Opens the fields of events for consumers.

    Args:
        keys: Where data keys are; give it a cache that forgets within minutes.
        rules: The rules of the producer: what a field is bound to is in them.
    """

    def __init__(self, keys: SealingKeys, rules: Sequence[SealRule]) -> None:
        self._keys = keys
        self._rules = tuple(_PlacedRule(rule) for rule in rules)

    def open(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """
        Return *event* with what can be opened opened, and :class:`Shredded` for the rest.

        Args:
            event: As it was sealed.

        Raises:
            StoreError: The keys cannot be reached: nobody can tell whether they are destroyed.
        """
        kind, bound = _named(event)
        opened = dict(event)
        for placed in self._rules:
            found = value_at(event, placed.field) if placed.rule.applies(kind) else None
            inside = envelope_of(found)
            if inside is not None:
                put(opened, placed.field, self._opened(inside, bound + placed.bound))
        return opened

    def _opened(self, inside: Mapping[str, Any], bound: bytes) -> Any:  # noqa: ANN401 - a value
        kid = kid_of(inside) if inside["alg"] == ALGORITHM else None
        if kid is None:
            return Shredded(NEVER_SEALED)
        key = self._keys.key(kid)
        return Shredded(NO_KEY, kid.hex()) if key is None else open_value(key, inside, bound)


def _named(event: Mapping[str, Any]) -> tuple[str, bytes]:
    """
    Return the type of *event*, and what binds its fields to it.

    Raises:
        InputError: PK386, it has no id.
    """
    event_id, kind = event.get("id"), str(event.get("type", ""))
    if not event_id:
        raise InputError("PK386 an event needs an id: what is sealed is bound to it")
    return kind, record_binding(str(event_id), kind, str(event.get("dataschema", "")))


def _is_text(name: str) -> bool:
    try:
        return bool(name.encode())
    except UnicodeError:
        return False


def _period(period: str, now: float) -> str:
    moment = datetime.fromtimestamp(now, UTC)
    return f"{moment:%Y-%m}" if period == "month" else f"{moment:%Y}"


def _check_apart(rules: Sequence[SealRule]) -> None:
    """
    Check that no rule touches what another seals.

    Raises:
        InputError: PK386, one does.
    """
    for number, one in enumerate(rules):
        for place, other in enumerate(rules):
            if one.types and other.types and not {*one.types} & {*other.types}:
                continue
            if place < number and _overlap(one.field, other.field):
                raise InputError("PK386 two rules of sealing name the same field")
            for beside in one.beside:
                if _overlap(beside.path, other.field):
                    words = f"PK386 the coarser value {beside.path} would break {other.field}"
                    raise InputError(f"{words}, which is sealed")


def _overlap(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")
