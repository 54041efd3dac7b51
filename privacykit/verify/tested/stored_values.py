"""
Stored values: addresses, user agents and identifiers where none may stand.

One look at a text serves three claims; what may stand where is said by the schemas of events and of
our tables, and by the data map. Pure.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from functools import cache

from privacykit.govern.datamap import Field
from privacykit.govern.erasure.strategies import TOKEN
from privacykit.verify.places.own_tables import BY_DESIGN
from privacykit.verify.places.place import PlaceKind, StoredRow
from privacykit.verify.stated import Stated
from privacykit.verify.tested.claim import TestedClaim
from privacykit.verify.values.forms import column_form, event_forms
from privacykit.verify.values.labels import (
    ADDRESS,
    AGENT,
    ENCODED,
    NO_ADDRESS,
    AddressRule,
    labels_in,
)
from privacykit.verify.values.leaves import Leaf, leaves

EVERYWHERE = frozenset(PlaceKind)
_BODIES = ("body.", "bodies.", ".")
_LAX = frozenset({"id", "number", "token", ENCODED})
"""In tables of applications these are keys, order numbers and file names as well."""
_MAY_HOLD: Mapping[str, tuple[str, ...]] = {
    "email": ("user.contact", "user.account", "user.authorization", "user.content"),
    "phone": ("user.contact", "user.account", "user.location", "user.financial", "user.content"),
    "iban": ("user.financial", "user.payment", "user.content"),
    "card": ("user.financial", "user.payment", "user.content"),
    "mac": ("user.device", "user.content"),
    "location": ("user.location", "user.contact", "user.content"),
    "credential": ("user.authorization", "user.account", "user.content"),
    ADDRESS: ("user.device", "user.location", "user.content"),
    AGENT: ("user.device", "user.content"),
}
"""Categories of the map that say that a column may hold such a value, by label."""


class ValueReader:
    """
    What stands in rows and may not, read once for all claims.

    Args:
        stated: The policy in force.
    """

    def __init__(self, stated: Stated) -> None:
        self._stated = stated
        self._row: StoredRow | None = None
        self._labels: list[tuple[str, str]] = []

    def labels(self, row: StoredRow) -> list[tuple[str, str]]:
        """Return the path and label of what may not stand in *row*."""
        if row is not self._row:
            self._row = row
            self._labels = list(self._read(row))
        return self._labels

    def _read(self, row: StoredRow) -> Iterator[tuple[str, str]]:
        for column, value in row.values.items():
            for leaf in leaves(value, column):
                permitted = self._permitted(row, leaf)
                if permitted is None:
                    continue
                path = leaf.path.removeprefix(".")
                for label in set(labels_in(leaf.value, self._rule(row, leaf))):
                    if label not in permitted:
                        yield path, label

    def _permitted(self, row: StoredRow, leaf: Leaf) -> frozenset[str] | None:
        """Return the labels that may stand there; ``None`` where the text is as it must be."""
        if row.kind is PlaceKind.MAPPED:
            return self._of_map(row, leaf)
        inside = _event_path(leaf.path)
        if inside is not None and (row.event is not None or row.kind is not PlaceKind.OWN):
            fits = event_forms().get(inside)
            if fits is not None and fits(leaf.hidden_in or leaf.value):
                return None
            return self._of_address(row, inside)
        if leaf.is_number:
            return None
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
        if leaf.is_number or TOKEN.fullmatch(leaf.hidden_in or leaf.value):
            return None
        if field is None or field.exclude or not field.personal:
            return _LAX
        return _LAX | may_hold(tuple(field.category))

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


def _coarsest(rule: AddressRule) -> AddressRule:
    """Return what may stand in a text: an address that is kept whole has a member of its own."""
    return AddressRule(min(rule.ipv4_bits, 24), min(rule.ipv6_bits, 64))


@cache
def may_hold(categories: tuple[str, ...]) -> frozenset[str]:
    """Return the labels that a column of *categories* may hold."""
    return frozenset(
        label
        for label, roots in _MAY_HOLD.items()
        if any(_related(root, key) for root in roots for key in categories)
    )


def _related(root: str, key: str) -> bool:
    return key == root or key.startswith(f"{root}.") or root.startswith(f"{key}.")


class _ValueClaim(TestedClaim):
    """A claim that something stands nowhere."""

    kinds = EVERYWHERE
    id: str
    advice: str

    def __init__(self, reader: ValueReader) -> None:
        super().__init__()
        self._reader = reader

    def look(self, row: StoredRow) -> None:
        """Look at every text of *row*."""
        self.seen(row.place)
        for path, label in self._reader.labels(row):
            if words := self._words_of(label):
                self.found(self.id, row.at(path), words, self.advice)

    @abstractmethod
    def _words_of(self, label: str) -> str:
        """Return what *label* is called; empty where it is another claim's."""


_BY_DESIGN = (
    "It does not look into " + ", ".join(sorted(BY_DESIGN)) + ": they hold what people asked for."
)


class AddressClaim(_ValueClaim):
    """No address is finer than the policy allows."""

    name = "addresses"
    says = "no stored address is finer than [ip] allows"
    id = "PK300"
    advice = "mend what wrote it, then `privacykit subject erase` or `scrub` what is there"
    cannot_show = (
        "It cannot tell an address that somebody hashed, nor one in pictures and packed binary "
        "forms, nor what free space of a file still holds. " + _BY_DESIGN
    )

    def _words_of(self, label: str) -> str:
        return "an address that is finer than allowed" if label == ADDRESS else ""


class AgentClaim(_ValueClaim):
    """No user agent is stored."""

    name = "user-agents"
    says = "no whole user agent is stored"
    id = "PK301"
    advice = "mend what wrote it: events keep the family and major version only"
    cannot_show = "It knows the forms of browsers and common programs, not of new ones."

    def _words_of(self, label: str) -> str:
        return "the text of a user agent" if label == AGENT else ""


_WORDS = {
    "email": "an e-mail address",
    "credential": "a credential",
    "iban": "a bank account",
    "id": "a unique id",
    "mac": "the address of a device",
    "card": "the number of a card",
    "phone": "a telephone number",
    "number": "a long number",
    "location": "a precise location",
    "token": "a token",
    ENCODED: "text encoded more than three deep",
}


class IdentifierClaim(_ValueClaim):
    """No identifier stands where the map says none does."""

    name = "identifiers"
    says = "no e-mail address, number, token or key stands where the schema or the map has none"
    id = "PK302"
    advice = "if it belongs there, say so in the data map; else mend what wrote it"
    cannot_show = (
        "It cannot tell what has no form: names, streets, short codes, nor what has the form of a "
        "random reference where one stands. In tables of applications "
        "ids, tokens and long numbers are keys as well, and are not told. " + _BY_DESIGN
    )

    def _words_of(self, label: str) -> str:
        return _WORDS.get(label, "")


def value_claims(stated: Stated) -> tuple[TestedClaim, ...]:
    """Return the claims about values, which share what they read."""
    reader = ValueReader(stated)
    return AddressClaim(reader), AgentClaim(reader), IdentifierClaim(reader)
