"""Limits on what strangers may have written: so many rows a network and a process. Pure."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from privacykit import forks
from privacykit.errors import BackendError


@dataclass(frozen=True, slots=True)
class Rate:
    """
    How much may be written.

    Attributes:
        burst: So much at once.
        per_second: So much comes back.
    """

    burst: float
    per_second: float


EVERYBODY = Rate(600, 10)
"""Of one process: ten choices a second, with a minute's rest saved up."""
NETWORK = Rate(60, 0.1)
"""Of one network (24 bits of IPv4, 48 of IPv6): sixty, then six a minute."""
DATA_EVERYBODY = Rate(60, 1)
"""Of one process, for the data page: databases are searched for each."""
DATA_NETWORK = Rate(20, 0.05)
"""Of one network, for the data page: twenty at once, then three a minute."""
MOST_NETWORKS = 4096
"""Networks, or senders, remembered; the one that wrote longest ago is forgotten first."""
_IPV4_BYTES, _IPV4_KEPT, _IPV6_KEPT = 4, 3, 6


class LimitError(BackendError):
    """More choices were sent than strangers may have written down now."""


class WriteLimits:
    """
    Tells whether one more thing of a stranger's, such as a choice, may be written down.

    Without it anybody could fill ``[records]`` with a loop of posts: no sender of a form proves who
    they are. Only the weakened network is a key of this memory.

    Args:
        everybody: The rate of the whole process.
        network: The rate of one network.
        sender: The rate of one sender, where senders are told apart.
    """

    def __init__(
        self, everybody: Rate = EVERYBODY, network: Rate = NETWORK, sender: Rate | None = None
    ) -> None:
        self._everybody = _Bucket(everybody)
        self._networks = _Buckets(network)
        self._senders = None if sender is None else _Buckets(sender)
        self.after_fork_in_child()
        forks.renew(self)

    def after_fork_in_child(self) -> None:
        """Forget who held the lock."""
        self._lock = Lock()

    def __repr__(self) -> str:
        return f"<WriteLimits of {len(self._networks)}>"

    def allow(self, address: bytes | None, now: float, sender: bytes = b"") -> bool:
        """
        Tell whether a stranger may write once more now, and count it if so.

        Args:
            address: The client's packed address, ``None`` where it is unknown.
            now: Unix seconds.
            sender: Tells senders within a network apart; a pseudonym, as it is remembered.
        """
        with self._lock:
            buckets = [self._everybody]
            if address is not None:
                buckets.append(self._networks.of(_network(address)))
                if self._senders is not None:
                    buckets.append(self._senders.of(sender))
            for bucket in reversed(buckets):
                if not bucket.has(now):
                    return False
            for bucket in buckets:
                bucket.left -= 1
            return True


class _Buckets:
    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._known: OrderedDict[bytes, _Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def of(self, key: bytes) -> _Bucket:
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = _Bucket(self._rate)
        self._known.move_to_end(key)
        if len(self._known) > MOST_NETWORKS:
            self._known.popitem(last=False)
        return found


class _Bucket:
    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self.left = rate.burst
        self._at: float | None = None

    def has(self, now: float) -> bool:
        since = 0.0 if self._at is None else max(0.0, now - self._at)
        self.left = min(self._rate.burst, self.left + since * self._rate.per_second)
        self._at = now
        return self.left >= 1


def _network(address: bytes) -> bytes:
    return address[: _IPV4_KEPT if len(address) == _IPV4_BYTES else _IPV6_KEPT]
