"""The claims that a run tests, and the places that it reads for them. Opens stores to read."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain
from pathlib import Path

from privacykit.errors import InputError
from privacykit.govern.datamap import DataMap
from privacykit.operate.context import OperatorContext
from privacykit.settings.policies import load_policies, shipped_directory
from privacykit.verify.law import LawAlone
from privacykit.verify.places.all_places import (
    datamap_of,
    mapped_places,
    own_databases,
    sink_places,
    unreadable_sinks,
)
from privacykit.verify.places.copies import copies_beside
from privacykit.verify.places.left_out import LeftOut, Nobody, PlaceWithout
from privacykit.verify.places.own import OwnDatabase
from privacykit.verify.places.place import StoredPlace
from privacykit.verify.stated import INTERVAL, Stated
from privacykit.verify.tested.claim import TestedClaim
from privacykit.verify.tested.decisions import DecisionClaim, changes, folders_changed, versions
from privacykit.verify.tested.expired import RetentionClaim
from privacykit.verify.tested.gone_people import GoneClaim
from privacykit.verify.tested.ids import SaltClaim, VisitorClaim
from privacykit.verify.tested.logs import LogClaim
from privacykit.verify.tested.proofs import ProofClaim
from privacykit.verify.tested.reused import AuditClaim, Examine, MapClaim
from privacykit.verify.tested.sink_purposes import SinkClaim
from privacykit.verify.tested.stored_values import value_claims
from privacykit.verify.tested.transport import TransportClaim
from privacykit.verify.watch.unreported import MadeUpVisits

CLAIMS = (
    "addresses",
    "user-agents",
    "identifiers",
    "visitors",
    "salts",
    "consent",
    "retention",
    "erased",
    "datamap",
    "sinks",
    "policies",
    "logs",
    "transport",
    "audit",
)
"""The names of all claims, in the order of a report."""


@dataclass(frozen=True)
class Sampling:
    """
    How much is looked at.

    Attributes:
        most: Rows of each table, lines of each file; ``None`` is all.
        random: Returns a number of 0 to 1.
    """

    most: int | None
    random: Callable[[], float]


class Verification:
    """
    What a run tests and reads.

    Args:
        config: The configuration file.
        sampling: How much is looked at.
        examine: Compares the data map with the live schemas.
        clock: Returns Unix seconds.

    Raises:
        ConfigurationError: The configuration or the data map is wrong.
    """

    def __init__(
        self, config: str, sampling: Sampling, examine: Examine, clock: Callable[[], float]
    ) -> None:
        self.context = OperatorContext(config, clock, look=True)
        self._behind = OperatorContext(config, lambda: clock() - INTERVAL, look=True)
        self.datamap = datamap_of(self.context)
        self.stated = Stated.of(self.context.settings, self.datamap, clock())
        self._sampling = sampling
        self._examine = examine
        collects = self.context.settings.collects
        self._left_out: LeftOut = (
            MadeUpVisits(config, self.context, time.monotonic) if collects else Nobody()
        )

    def close(self) -> None:
        """Close every database."""
        self.context.close()
        self._behind.close()

    def claims(self, names: Sequence[str]) -> list[TestedClaim]:
        """
        Return the claims called *names*, all of them if none are said.

        Raises:
            InputError: There is none of a name.
        """
        wanted = list(names) or list(CLAIMS)
        if unknown := sorted(set(wanted) - set(CLAIMS)):
            raise InputError(f"no claim is called {', '.join(unknown)}; one of {', '.join(CLAIMS)}")
        made = {claim.name: claim for claim in self._all(frozenset(wanted))}
        return [made[name] for name in CLAIMS if name in made and name in wanted]

    def places(self) -> Iterator[StoredPlace]:
        """Yield every place that rows are read of, without those of a watch's made-up people."""
        found: list[Iterator[StoredPlace]] = [
            own_databases(self.context),
            sink_places(self.context),
            copies_beside((*own_databases(self.context), *sink_places(self.context))),
        ]
        if self.datamap is not None:
            found.append(mapped_places(self.context, self.datamap))
        yield from (PlaceWithout(place, self._left_out) for place in chain(*found))

    def _stores(self) -> tuple[OwnDatabase, ...]:
        sinks = [place for place in sink_places(self.context) if isinstance(place, OwnDatabase)]
        own = [place for place in own_databases(self.context) if place.name == "event store"]
        return (*own, *sinks)

    def _all(self, wanted: frozenset[str]) -> Iterator[TestedClaim]:
        """Yield claims, of those that are dear to make only what is wanted."""
        stated, context, settings = self.stated, self.context, self.context.settings
        yield from value_claims(stated)
        yield VisitorClaim(stated, self._stores(), self._left_out)
        if settings.collects:
            yield SaltClaim(stated, context.paths.url(settings.salts.url, "salts.url"))
        yield ProofClaim(stated, context, self._stores(), self._left_out)
        yield RetentionClaim(stated, self._behind, self._stores())
        yield GoneClaim(stated, context)
        datasets = list(self.datamap.datasets) if self.datamap else []
        yield MapClaim(self._examine if self.datamap else None, datasets)
        yield SinkClaim(stated, unreadable_sinks(context))
        if "policies" in wanted:
            yield self._decisions()
        yield LogClaim(
            stated,
            context.paths.folder,
            self._sampling.most,
            self._sampling.random,
            self._left_out,
        )
        yield TransportClaim(stated, context)
        yield AuditClaim(context)

    def _decisions(self) -> DecisionClaim:
        folders = [self.context.paths.file(n) for n in self.context.settings.policies.directories]
        policies = load_policies(folders)
        files = [shipped_directory(), *folders]
        changed, moved = changes(policies, files), folders_changed(files)
        law = LawAlone(self.stated, policies) if self.context.settings.collects else None
        return DecisionClaim(self.stated, versions(policies), changed, moved, law)


def policy_digest(config: str, datamap: DataMap | None, folder: Path, name: str) -> str:
    """Return SHA-256 over the bytes of the configuration and of the data map, if there is one."""
    digest = sha256(Path(config).read_bytes())
    if datamap is not None:
        digest.update(b"\0" + (folder / name).read_bytes())
    return digest.hexdigest()
