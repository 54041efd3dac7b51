"""
The mask of a visitor's choice: what was granted and refused, as one small integer. Pure.

It is of a closed domain, so that decisions can be compiled once for a place and a mask.
"""

from __future__ import annotations

import msgspec

GPC = 1
DNT = 2
REFUSED = 4
GRANT_AFTER_GPC = 8
AGE_SHIFT = 4
PURPOSE_SHIFT = 9
OLDEST = 31
"""Months that fit into the five bits at :data:`AGE_SHIFT`; more is as good as this."""


class Choice(msgspec.Struct, frozen=True, gc=False):
    """
    A choice read from cookies.

    Attributes:
        mask: A small integer from a closed domain, so that decisions can be compiled per place and
            mask: :data:`REFUSED` when everything was refused, :data:`GRANT_AFTER_GPC`, the months
            since the grant (since the refusal, where no grant is in force) at :data:`AGE_SHIFT`,
            then for the purpose of index *i* the bits granted and refused at ``PURPOSE_SHIFT +
            2 * i``. :data:`GPC`, :data:`DNT` and both bits (``read.FOREIGN``) are never set here.
        record: The consent record a grant in force points to.
        ended: The consent record of a grant that is withdrawn, which a cookie still shows.
    """

    mask: int = 0
    record: str | None = None
    ended: str | None = None


NO_CHOICE = Choice()


def granted(mask: int, index: int) -> bool:
    """Return whether *mask* holds a grant for the purpose of *index*."""
    return bool(mask >> (PURPOSE_SHIFT + 2 * index) & 1)


def refused(mask: int, index: int) -> bool:
    """Return whether *mask* holds a refusal of the purpose of *index*."""
    return mask >> (PURPOSE_SHIFT + 2 * index) & 3 == 2  # noqa: PLR2004 - that bit alone


def age_months(mask: int) -> int:
    """Return the whole months since the grant or refusal in *mask*, at most :data:`OLDEST`."""
    return mask >> AGE_SHIFT & OLDEST


def after_granting(mask: int, purposes: int) -> int:
    """
    Return *mask* as it would be right after a grant of every one of the site's *purposes*.

    It answers what a grant can change at all: where the verdict under this mask is not ``allow``,
    asking is pointless.
    """
    everything = ((1 << 2 * purposes) - 1) // 3 << PURPOSE_SHIFT  # every second bit
    return mask & (GPC | DNT) | everything | (GRANT_AFTER_GPC if mask & GPC else 0)
