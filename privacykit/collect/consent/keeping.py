"""The port where consent is kept: records, orders to stop, and what one choice changes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

from privacykit.collect.ports import ConsentRecord, Envelope, StopKind

if TYPE_CHECKING:
    from privacykit.collect.consent.shown import ConsentText


class ConsentChange(Protocol):
    """What one choice changes; see :meth:`ConsentStore.together` for when it is committed."""

    def add(self, consent: ConsentRecord, text: ConsentText | None = None) -> None:
        """
        Keep *consent*, and once the *text* that was shown.

        Raises:
            StoreError: It is not kept, so it must not be used.
        """
        ...

    def withdraw(self, record: str, at: float, interface: str = "") -> bool:
        """Withdraw *record*; ``False`` when there is none."""
        ...

    def stop(
        self,
        kind: StopKind,
        key: str,
        *,
        at: float,
        until: float | None,
        purposes: Sequence[str] = (),
    ) -> None:
        """
        Let nothing of *key* leave from now on, pending events included.

        Args:
            kind: What *key* is.
            key: A visitor id, consent record or subject reference.
            at: Unix seconds of the order.
            until: Unix seconds when the order may be forgotten; ``None`` is never.
            purposes: The purposes stopped; none given means all.
        """
        ...


class ConsentStore(ConsentChange, Protocol):
    """
    Consent records, and what must not leave any more. Synchronous; called in threads.

    What it changes by itself is committed when it returns; several changes are one in the block of
    :meth:`together`.
    """

    def together(self) -> AbstractContextManager[ConsentChange]:
        """
        Open a change: what is withdrawn, stopped and added in the block is committed at its end.

        Raises:
            UnprovenError: Nothing can vouch for what was added: all else is committed.
            StoreError: Nothing is.
        """
        ...

    def get(self, record: str) -> ConsentRecord | None:
        """Return the consent *record*, withdrawn or not, or ``None``."""
        ...

    def text(self, hash_: str) -> ConsentText | None:
        """Return the text of *hash_*, ``None`` where it is not kept."""
        ...

    def stopped(self, envelopes: Iterable[Envelope]) -> set[str]:
        """Return the event ids among *envelopes* that must not leave: withdrawn or stopped."""
        ...
