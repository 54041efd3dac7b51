"""
Stored values: addresses, user agents and identifiers where none may stand.

One look at a text serves three claims; what may stand where is said by the schemas of events and of
our tables, and by the data map. Pure.
"""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from privacykit.govern.datamap import Field
from privacykit.govern.erasure.strategies import TOKEN
from privacykit.pseudonym.texts.names import told_place
from privacykit.verify.claims import times
from privacykit.verify.places.own_tables import BY_DESIGN
from privacykit.verify.places.place import PlaceKind, StoredRow
from privacykit.verify.stated import Stated
from privacykit.verify.tested.claim import MOST_PLACES, TestedClaim
from privacykit.verify.values.classes import LAX, is_address, may_hold, names_addresses
from privacykit.verify.values.forms import column_form, event_forms
from privacykit.verify.values.labels import (
    ADDRESS,
    AGENT,
    IDENTIFIERS,
    NO_ADDRESS,
    WORDS,
    AddressRule,
    labels_in,
)
from privacykit.verify.values.leaves import Leaf, leaves
from privacykit.verify.values.named import is_coordinate, spelled, spelled_number

EVERYWHERE = frozenset(PlaceKind)
_BODIES = ("body.", "bodies.", ".")


class SeenValue(NamedTuple):
    """
    A value of a kind, seen in a row.

    Attributes:
        path: Where it stands in the row.
        label: Its kind.
        stated: Whether the data map says that it may stand there.
    """

    path: str
    label: str
    stated: bool


class ValueReader:
    """
    What stands in rows, read once for all claims.

    Args:
        stated: The policy in force.
    """

    def __init__(self, stated: Stated) -> None:
        self._stated = stated
        self._row: StoredRow | None = None
        self._seen: list[SeenValue] = []

    def seen(self, row: StoredRow) -> list[SeenValue]:
        """Return the values of *row* that have a kind, whether they may stand there or not."""
        if row is not self._row:
            self._row = row
            self._seen = list(self._read(row))
        return self._seen

    def labels(self, row: StoredRow) -> list[tuple[str, str]]:
        """Return the path and label of what may not stand in *row*."""
        return [(one.path, one.label) for one in self.seen(row) if not one.stated]

    def _read(self, row: StoredRow) -> Iterator[SeenValue]:
        for column, value in row.values.items():
            for found in (*_names(column), *leaves(spelled(column, value), column)):
                leaf = _spelled_out(found)
                permitted = self._permitted(row, leaf)
                if permitted is None:
                    continue
                path = leaf.path.removeprefix(".")
                for label in self._labels(row, leaf):
                    yield SeenValue(path, label, label in permitted)

    def _labels(self, row: StoredRow, leaf: Leaf) -> set[str]:
        """Return the labels of *leaf*: of a number those that its name gives it, outside events."""
        found = {"location"} if is_coordinate(leaf.path, leaf.value) else set[str]()
        if leaf.is_number and not _is_of_event(row, leaf):
            return found
        return found.union(labels_in(leaf.value, self._rule(row, leaf)))

    def _permitted(self, row: StoredRow, leaf: Leaf) -> frozenset[str] | None:
        """Return the labels that may stand there; ``None`` where the text is as it must be."""
        if row.kind is PlaceKind.MAPPED:
            return self._of_map(row, leaf)
        inside = _event_path(leaf.path)
        if inside is not None and _is_of_event(row, leaf):
            fits = event_forms().get(inside)
            if fits is not None and fits(leaf.hidden_in or leaf.value):
                return None
            return self._of_address(row, inside)
        if leaf.is_number:
            return frozenset()
        table = "events" if row.kind in {PlaceKind.EVENTS, PlaceKind.SINK} else row.table
        fits = column_form(table, leaf.path.removeprefix("envelopes."))
        fitting = fits is not None and fits(leaf.hidden_in or leaf.value)
        return None if fitting else frozenset()

    def _of_address(self, row: StoredRow, inside: str) -> frozenset[str] | None:
        """Let the pseudonym of an address stand where it belongs: nobody can tell it from one."""
        if inside != "data.ip" or row.event is None:
            return frozenset()
        said = row.event.data.get("ip_method")
        return None if self._stated.keyed and said == self._stated.method.name else frozenset()

    def _rule(self, row: StoredRow, leaf: Leaf) -> AddressRule:
        """Return how fine an address may be: in an event no finer than the event itself says."""
        if _event_path(leaf.path) != "data.ip" or row.event is None:
            return _coarsest(self._stated.rule)
        bits = row.event.data.get("ip_bits")
        rule = self._stated.rule
        if rule is NO_ADDRESS and self._stated.keyed:
            rule = AddressRule(32, 128)
        if not isinstance(bits, int):
            return rule
        return AddressRule(min(rule.ipv4_bits, bits), min(rule.ipv6_bits, bits))

    def _of_map(self, row: StoredRow, leaf: Leaf) -> frozenset[str] | None:
        field = self._field(row.place, row.table, leaf.path)
        # In one of twenty thousand tokens of ours the digits happen to be those of a bank account.
        if not leaf.is_number and TOKEN.fullmatch(leaf.hidden_in or leaf.value):
            return None
        if field is None or field.exclude or not field.personal:
            return LAX
        categories = tuple(field.category)
        held = may_hold(categories)
        if ADDRESS in held and not names_addresses(categories) and is_address(leaf.value):
            return held - {ADDRESS}
        return held

    def _field(self, dataset: str, table: str, path: str) -> Field | None:
        """Return what the map says of the column at *path*, or of what holds it."""
        if self._stated.datamap is None:
            return None
        collection = self._stated.datamap.of(dataset).get(table)
        if collection is None:
            return None
        while path:
            if path in collection.fields:
                return collection.fields[path]
            path = path.rpartition(".")[0]
        return None


def _event_path(path: str) -> str | None:
    """Return where *path* is inside an event; ``None`` where it is beside it."""
    for begin in _BODIES:
        if path.startswith(begin):
            return path[len(begin) :]
    return "" if path in {"body", "bodies"} else None


@lru_cache(10_000)
def _names(column: str) -> tuple[Leaf, ...]:
    """Return the name of a column as a leaf of it, where it could be somebody's."""
    told = told_place(column)
    return () if told == column else (Leaf(told, column),)


def _spelled_out(leaf: Leaf) -> Leaf:
    """Return *leaf*, where it is the number of an address by its name, as that address."""
    text = spelled_number(leaf.path, leaf.value)
    return leaf if text == leaf.value else leaf._replace(value=text, is_number=False)


def _is_of_event(row: StoredRow, leaf: Leaf) -> bool:
    """Tell whether *leaf* is part of an event's body, whose every member is looked at."""
    if row.kind is PlaceKind.MAPPED or _event_path(leaf.path) is None:
        return False
    return row.event is not None or row.kind is not PlaceKind.OWN


def _coarsest(rule: AddressRule) -> AddressRule:
    """Return what may stand in a text: an address that is kept whole has a member of its own."""
    return AddressRule(min(rule.ipv4_bits, 24), min(rule.ipv6_bits, 64))


class _ValueClaim(TestedClaim):
    """A claim that something stands nowhere, but where the data map says so."""

    kinds = EVERYWHERE
    id: str
    advice: str
    tells_stated = True
    """Whether what stands where the map has it is told; else the map itself says as much."""

    def __init__(self, reader: ValueReader) -> None:
        super().__init__()
        self._reader = reader
        self._stated: Counter[tuple[str, str]] = Counter()

    def look(self, row: StoredRow) -> None:
        """Look at every text of *row*."""
        self.seen(row.place)
        for one in self._reader.seen(row):
            words = self._words_of(one.label)
            if words and not one.stated:
                self.found(self.id, row.at(one.path), words, self.advice)
            elif words and self.tells_stated and len(self._stated) < MOST_PLACES:
                self._stated[row.at(one.path), WORDS[one.label]] += 1

    def settle(self) -> None:
        """Say what stands where the data map has it, which disproves nothing."""
        for (place, words), count in sorted(self._stated.items()):
            self.stays.append(f"as the data map says there is {words} in {place}, {times(count)}")

    @abstractmethod
    def _words_of(self, label: str) -> str:
        """Return what *label* is called; empty where it is another claim's."""


_BY_DESIGN = (
    "It does not look into " + ", ".join(sorted(BY_DESIGN)) + ": they hold what people asked for."
)


class AddressClaim(_ValueClaim):
    """No address is finer than the policy allows."""

    name = "addresses"
    says = "no stored address is finer than [ip] allows where the data map names none"
    id = "PK300"
    advice = (
        "mend what wrote it and weaken what is there; if whole addresses belong there, say "
        "user.device.ip_address in the data map"
    )
    cannot_show = (
        "It cannot tell an address that somebody hashed, nor one in pictures and packed binary "
        "forms, nor what free space of a file still holds. " + _BY_DESIGN
    )

    def _words_of(self, label: str) -> str:
        return "an address that is finer than allowed" if label == ADDRESS else ""


class AgentClaim(_ValueClaim):
    """No user agent is stored."""

    name = "user-agents"
    says = "no whole user agent is stored where the data map names no device"
    id = "PK301"
    advice = "mend what wrote it: events keep the family and major version only"
    cannot_show = "It knows the forms of browsers and common programs, not of new ones."

    def _words_of(self, label: str) -> str:
        return WORDS[AGENT] if label == AGENT else ""


class IdentifierClaim(_ValueClaim):
    """No identifier stands where the map says none does."""

    name = "identifiers"
    says = "no e-mail address, number, token or key stands where the schema or the map has none"
    id = "PK302"
    advice = "if it belongs there, say so in the data map; else mend what wrote it"
    tells_stated = False
    cannot_show = (
        "It cannot tell what has no form: names, streets, short codes, nor what has the form of a "
        "random reference where one stands. In tables of applications "
        "ids, tokens and long numbers are keys as well, and are not told. " + _BY_DESIGN
    )

    def _words_of(self, label: str) -> str:
        return WORDS[label] if label in IDENTIFIERS else ""


def value_claims(stated: Stated) -> tuple[TestedClaim, ...]:
    """Return the claims about values, which share what they read."""
    reader = ValueReader(stated)
    return AddressClaim(reader), AgentClaim(reader), IdentifierClaim(reader)
