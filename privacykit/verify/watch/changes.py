"""
Changes between two runs: what is new, what has ended, and who is told of it. Does network I/O.

Who is told of the same thing every quarter of an hour stops listening: only changes are told.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from privacykit.errors import ConfigurationError, Problem
from privacykit.settings.duties.watch import WatchTable
from privacykit.settings.values import Credential
from privacykit.stores.watch_state import WatchFinding, WatchState

TYPE: Final = "privacykit.watch"


class WatchChanges(msgspec.Struct, frozen=True):
    """
    What is different from the run before.

    Attributes:
        appeared: What is wrong now and was not.
        ended: What was wrong and is not any more.
    """

    appeared: tuple[WatchFinding, ...] = ()
    ended: tuple[WatchFinding, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.appeared or self.ended)

    def lines(self) -> list[str]:
        """Return a line for each."""
        new = [f"{one.id} {one.place}: {one.text} ({one.advice})" for one in self.appeared]
        return [*new, *(f"{one.id} {one.place}: has ended" for one in self.ended)]


def changes(before: WatchState, now: tuple[WatchFinding, ...]) -> WatchChanges:
    """Return what is different; the same place with another wording is the same thing."""
    known, present = {one.key for one in before.findings}, {one.key for one in now}
    return WatchChanges(
        tuple(one for one in now if one.key not in known),
        tuple(one for one in before.findings if one.key not in present),
    )


def after(before: WatchState, at: float, every: float, now: tuple[WatchFinding, ...]) -> WatchState:
    """Return what to remember after a run at *at* that saw *now*, the next one due in *every*."""
    names = [" ".join(one.key) for one in now]
    since = {name: before.since.get(name, at) for name in names}
    return WatchState(at, every, now, since, before.runs + 1)


def once(found: Iterable[WatchFinding]) -> tuple[WatchFinding, ...]:
    """Return *found* with each thing once, in their order."""
    return tuple(sorted({one.key: one for one in reversed(list(found))}.values()))


class WatchHook:
    """
    The hook that is told of changes.

    Args:
        table: ``[watch]``.
        file: The configuration's path, for errors.
        clock: Unix seconds.

    Raises:
        ConfigurationError: The hook has no key or the key no hook, or the hook would be told in
            the clear.
    """

    def __init__(self, table: WatchTable, file: str, clock: Callable[[], float]) -> None:
        from privacykit.webhook import is_private, signing_keys

        self._url, key = _revealed(table.hook), _revealed(table.key)
        self._clock = clock
        if bool(self._url) is not bool(key):
            raise _wrong(file, "hook", "a hook and the key that it is signed with go together")
        if self._url and not is_private(self._url):
            raise _wrong(file, "hook", "it is neither https nor this machine, or has a user in it")
        self._keys = signing_keys(key) if key else []

    @property
    def is_there(self) -> bool:
        """Whether there is one."""
        return bool(self._url)

    def tell(self, told: WatchChanges, at: float) -> str:
        """
        Post *told*, signed; once.

        Returns:
            Why it was not taken; empty where it was, or there is no hook.
        """
        if not self._url or not told:
            return ""
        from privacykit.recipients.webhook import Webhooks
        from privacykit.webhook import sign

        message = {"type": TYPE, "timestamp": at, "data": told}
        body = msgspec.json.encode(message)
        id_ = f"watch_{secrets.token_hex(12)}"
        with Webhooks(self._clock) as hooks:
            headers = sign(id_, int(self._clock()), body, keys=self._keys)
            answer = hooks.send(self._url, headers, body)
        return "" if answer.status == "acknowledged" else answer.evidence


def _revealed(value: str | Credential | None) -> str | None:
    return value if value is None or isinstance(value, str) else value.reveal()


def _wrong(file: str, key: str, message: str) -> ConfigurationError:
    return ConfigurationError(Problem("PK333", file, f"watch.{key}", message, "see [watch]"))
