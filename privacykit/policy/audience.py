"""The audience of a site and who runs it, as configuration says and no request can change. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Audience:
    """
    Facts about the site that decide which law applies to it.

    Attributes:
        establishments: Where the operator is established: places (``"DE"``, ``"CA-QC"``) or ids of
            establishment regimes (``"AE-DIFC"``), whose law follows the operator.
        child_directed: The service addresses children; an unknown age is then a child's.
        online_platform: The service is an online platform in the sense of the EU's Digital
            Services Act.
        data_types: Kinds of data the site handles, such as ``"consumer_health_data"``.
        thresholds_met: The operator is large enough for acts with a threshold; assume so.
    """

    establishments: tuple[str, ...] = ()
    child_directed: bool = False
    online_platform: bool = False
    data_types: frozenset[str] = frozenset()
    thresholds_met: bool = True
