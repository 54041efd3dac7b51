"""A run: claims are shown every row of every place that they want, and say what they found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from privacykit.errors import ConfigurationError, PrivacyKitError
from privacykit.verify.claims import ClaimResult
from privacykit.verify.places.place import Chance, StoredPlace
from privacykit.verify.tested.claim import TestedClaim

Watch = Callable[[str, int], None]


def run(
    claims: Sequence[TestedClaim],
    places: Iterable[StoredPlace],
    most: int | None,
    random: Callable[[], float],
) -> list[ClaimResult]:
    """
    Test *claims* against *places*.

    Args:
        claims: What is tested.
        places: What is read, each once for all claims.
        most: Rows of each table that are looked at; ``None`` is all.
        random: Returns a number of 0 to 1.

    Returns:
        The results in the order of *claims*. A place that cannot be read leaves every claim that
        wanted it not tested, unless what was read disproves it already.
    """
    for place in places:
        wanted = [claim for claim in claims if claim.wants(place.kinds)]
        if wanted:
            _show(place, wanted, Chance(most, random))
    for claim in claims:
        try:
            claim.settle()
        except PrivacyKitError as error:
            claim.unread(claim.name, _said(error))
    return [claim.result() for claim in claims]


def _show(place: StoredPlace, wanted: Sequence[TestedClaim], chance: Chance) -> None:
    try:
        for claim in wanted:
            claim.seen(place.name, 0)
        for row in place.rows(chance):
            for claim in wanted:
                if row.kind in claim.kinds:
                    claim.look(row)
    except PrivacyKitError as error:
        for claim in wanted:
            claim.unread(place.name, _said(error))
    if chance.sampled:
        for claim in wanted:
            claim.sampled = True


def _said(error: PrivacyKitError) -> str:
    problems = error.problems if isinstance(error, ConfigurationError) else ()
    return "; ".join(map(str, problems)) or str(error)
