"""The parts of the facts: activities, what is kept how long, recipients, cookies. Pure."""

from __future__ import annotations

from typing import Literal

import msgspec

from privacykit.documents.statement import StatementKind, StatementSource
from privacykit.documents.values import Lasting, Value

CONFIG = "privacykit.toml"
"""What the configuration file is called in sources; edges put its own name there."""
PRODUCT = "privacykit"
"""What sources call that which this software does by itself."""


class KeptFact(msgspec.Struct, frozen=True):
    """
    How long something is kept.

    Attributes:
        span: How long; ``None`` where *words* say how the time is found.
        words: The criterion, where there is no number.
        starts: From when it counts, a column or empty; internal.
        cap: The policy whose lower number holds instead of the configured one, ``id@hash``.
        hold: Citation of the law that wants it kept, where one does.
        source: Where it is written.
        kind: How it is known.
    """

    span: Lasting | None
    source: StatementSource
    kind: StatementKind
    words: Value = ""
    starts: str = ""
    cap: str = ""
    hold: str = ""


class DataActivity(msgspec.Struct, frozen=True):
    """
    One activity of processing (GDPR Art. 30): one purpose, whose data, which, to whom, how long.

    Attributes:
        id: Unique and stable.
        origin: Visits of the sites, the data map, or what this software does by itself.
        purpose: The purpose's name in the files.
        label: Its name for people.
        description: One sentence.
        uses: The uses of the law, of visits.
        asking: Ids of the policies that let it be only by consent.
        persons: Whose data.
        categories: fideslang keys, sorted.
        recipients: Ids of recipients.
        kept: How long, each clock.
        basis: The stated basis, or the one that its nature brings; empty where a law's rule says.
        interest: The legitimate interest, as stated.
        collected: Where the data comes from, where not from the person; as stated.
        where: Systems and datasets; internal.
        unclocked: Collections for which neither a time nor a criterion is stated; internal.
        sources: Where it is written.
        told: How the label is known.
    """

    id: str
    origin: Literal["visits", "map", "own"]
    purpose: str
    label: Value
    description: Value
    persons: tuple[Value, ...]
    categories: tuple[str, ...]
    recipients: tuple[str, ...]
    kept: tuple[KeptFact, ...]
    sources: tuple[StatementSource, ...]
    uses: tuple[str, ...] = ()
    asking: frozenset[str] = frozenset()
    basis: str = ""
    interest: str = ""
    collected: str = ""
    where: tuple[str, ...] = ()
    unclocked: tuple[str, ...] = ()
    told: StatementKind = StatementKind.DERIVED


class RecipientFact(msgspec.Struct, frozen=True):
    """
    Somebody who receives data.

    Attributes:
        id: Unique: the sink's or recipient's name in the files; internal.
        name: Its public name, empty where none is stated.
        role: On our behalf, or on their own.
        country: ISO 3166, empty where unknown.
        outside: Whether the country lies outside the controller's region.
        safeguard: What protects the data there, as stated.
        contact: Where to write.
        kind: What kind of recipient it is.
        purposes: Names of purposes for which it receives data.
        host: Its host, where it is written out; internal, never printed.
        encrypted: Whether it is reached over TLS; ``None`` where nobody can tell.
        source: Where it is configured.
        asked: The key under ``[notice]`` that says what the public may read.
    """

    id: str
    name: str
    role: Literal["processor", "third_party"]
    country: str
    outside: bool
    safeguard: str
    purposes: tuple[str, ...]
    source: StatementSource
    asked: str
    contact: str = ""
    kind: str = ""
    host: str = ""
    encrypted: bool | None = None


class CookieFact(msgspec.Struct, frozen=True):
    """
    A cookie or what is like one.

    Attributes:
        name: Its name or pattern.
        purpose: Name of the purpose; empty for our own.
        life: How long it is kept, nothing of a session's; ``None`` where nobody said.
        session: Whether it goes when the browser is closed.
        says: What it is for.
        by: Who sets it, empty for the site.
        kind: ``cookie``, ``local_storage``, ``session_storage`` or ``other``.
        exempt: Whether it needs no consent because a service asked for needs it.
        source: Where it is configured.
        measured: Seconds seen; ``None`` where nothing was.
        seen: Where that is written, if anything was.
    """

    name: str
    purpose: str
    life: Lasting | None
    session: bool
    says: Value
    by: str
    kind: str
    exempt: bool
    source: StatementSource
    measured: int | None = None
    seen: StatementSource | None = None


class SiteFact(msgspec.Struct, frozen=True):
    """
    Who is responsible for which hosts.

    Attributes:
        name: The controller's.
        address: Postal.
        contact: For people.
        officer: Data protection officer.
        representative: Of a controller from outside.
        joint: Joint controllers.
        authority: The supervisory authority, as stated.
        hosts: Host names of the sites, which are public.
        region: Countries that count as at home, sorted.
        establishments: Where it is established, as written.
    """

    name: str
    address: str
    contact: str
    officer: str
    representative: str
    joint: tuple[str, ...]
    authority: str
    hosts: tuple[str, ...]
    region: tuple[str, ...]
    establishments: tuple[str, ...]
