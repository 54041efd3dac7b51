"""
A person's events deleted at an HTTP backend: found, asked for, followed. Does network I/O.

Laws of this file:

1. Nothing leaves but ids that were sent to this backend before, and our credential.
2. Whatever stops an attempt, what it had reached is handed back: nothing is asked for twice that
   the backend said it works on.
3. A backend that refuses *us* keeps the order waiting; only one that refuses the order ends it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from ssl import SSLContext
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from privacykit.collect.events.format import tables_of
from privacykit.collect.ports import OutboxRow
from privacykit.errors import REFUSED_SECONDS, ConfigurationError, KeyMaterialError, SinkError
from privacykit.sinks.config import SinkConfig, options, problem
from privacykit.sinks.deletes import (
    FOLLOW_SECONDS,
    NOTHING_FOUND,
    Deletes,
    Deletion,
    DeletionProgress,
)
from privacykit.sinks.http.answers import Answer
from privacykit.sinks.http.client import HTTPClient, client_of
from privacykit.sinks.http.config import checked_url, settings_of
from privacykit.sinks.http.deletion import CallReading, DeletionAPI, DeletionCall
from privacykit.sinks.mapping.rules import EventMapping, mapped
from privacykit.webhook import AnswerKind

MOST_CALLS = 60
"""Calls in one attempt; the next one goes on."""

ATTEMPT_SECONDS = 45.0
"""After so long no further call begins in an attempt."""

SOON_SECONDS = 60.0
MOST_ANSWER = 1_000_000


class _StoppedError(Exception):
    """An attempt ends here: *progress* says why, without what is left."""

    def __init__(self, progress: DeletionProgress) -> None:
        super().__init__()
        self.progress = progress


class HTTPDeleter(Deletes):
    """
    Asks the interface *api*.

    Args:
        api: The interface.
        mapping: What became of an event that was sent.
        client: Makes the calls.
        url: Where the interface is.
        settings: The keys of the sink and of its table ``deletion``; credentials as callables.
        clock: Returns Unix seconds.
    """

    def __init__(
        self,
        api: DeletionAPI,
        mapping: EventMapping,
        client: HTTPClient,
        *,
        url: str,
        settings: Mapping[str, Any],
        clock: Callable[[], float],
    ) -> None:
        self.found_by = api.found_by
        self.level = api.level
        self._api = api
        self._client = client
        self._url = url
        self._settings = settings
        self._clock = clock
        self._calls, self._began, self._found = 0, 0.0, 0
        (rule,) = (field for field in mapping.fields if field.to == api.by)
        self._id = rule.source.bind(settings)
        self._switched_on = not api.switch or bool(settings.get(api.switch))

    def known_as(self, row: OutboxRow) -> str:
        """Return what the mapping made of the event in the field that the interface looks for."""
        if not self._switched_on:
            return ""
        try:
            found = self._id(tables_of(row.body), self._clock())
        except (msgspec.MsgspecError, ValueError):
            return ""
        return "" if found is None else str(found)

    async def delete(self, order: Deletion) -> DeletionProgress:
        """
        Go on with *order* as far as one attempt goes.

        Raises:
            SinkError: Our credential is gone.
        """
        ids, tasks = list(order.ids), list(order.tasks)
        self._calls, self._began, self._found = 0, self._clock(), order.found
        progress = DeletionProgress()
        try:
            while ids:
                await self._ask(ids, tasks)
            progress = await self._followed(tasks)
        except _StoppedError as stopped:
            progress = stopped.progress
        except KeyMaterialError as error:
            raise SinkError(f"PK165 {error}", refuses=True) from None
        except self._client.failures as error:
            progress = DeletionProgress(
                evidence=f"no answer ({type(error).__name__})", trouble=True
            )
        if progress.failed or ids or tasks:
            left = msgspec.structs.replace(
                order, ids=tuple(ids), tasks=tuple(tasks), found=self._found
            )
            return msgspec.structs.replace(progress, left=left)
        if self.level == "none":
            return progress
        if not self._found:
            # It may also be that it shows nothing to whoever looks: no level is claimed.
            return DeletionProgress(evidence=NOTHING_FOUND)
        return msgspec.structs.replace(progress, level="logical")

    async def _ask(self, ids: list[str], tasks: list[str]) -> None:
        """Ask for the first of *ids*, and take off what nothing is left of."""
        api, some = self._api, ids[: self._api.most]
        values: dict[str, Any] = {"ids": some, "id": some[0]}
        going: tuple[str, ...] = ()
        if api.find is not None:
            looked = await self._said(api.find, values)
            if not looked.found:
                del ids[: len(some)]
                return
            values["found"], going = looked.found, looked.tasks
            self._found += 1
        said = await self._said(api.ask, values)
        self._found += bool(said.tasks)
        tasks += [task for task in (*going, *said.tasks) if task not in tasks]
        if api.find is None:
            del ids[: len(some)]

    async def _followed(self, tasks: list[str]) -> DeletionProgress:
        """Ask how far each of *tasks* is, and take off those that are done."""
        if self._api.follow is None:
            tasks.clear()
            return DeletionProgress()
        word = ""
        for task in tuple(tasks):
            said = await self._said(self._api.follow, {"task": task})
            called = f"{task} " if self._api.named else ""
            word = f"{called}{said.said}".strip()
            if said.state == "failed":
                return DeletionProgress(evidence=word, failed=True)
            if said.state == "done":
                tasks.remove(task)
        return DeletionProgress(evidence=word, wait=FOLLOW_SECONDS if tasks else None)

    async def _said(self, call: DeletionCall, values: Mapping[str, Any]) -> CallReading:
        """
        Make *call*, and read the answer.

        Raises:
            _StoppedError: It was not taken.
        """
        self._calls += 1
        if self._calls > MOST_CALLS or self._clock() - self._began > ATTEMPT_SECONDS:
            raise _StoppedError(DeletionProgress(evidence="goes on", wait=SOON_SECONDS))
        answer = await self._answer(call, values)
        said = call.read(answer)
        word = f"http {answer.status}" if said.kind is AnswerKind.AGAIN else said.said
        word = word or f"http {answer.status}"
        if said.kind is AnswerKind.REFUSED:
            raise _StoppedError(DeletionProgress(evidence=word, failed=True))
        if said.kind is not AnswerKind.TAKEN:
            ours = said.kind is AnswerKind.REFUSES_US
            wait = said.wait or (REFUSED_SECONDS if ours else None)
            raise _StoppedError(DeletionProgress(evidence=word, trouble=True, wait=wait))
        return said

    async def _answer(self, call: DeletionCall, values: Mapping[str, Any]) -> Answer:
        now, api = self._clock(), self._api
        path = call.path.bind(self._settings)(values, now)
        fields = mapped(call.fields, self._settings)(values, now)
        headers = dict(mapped(api.headers, self._settings)(values, now))
        content = b""
        if call.method == "POST":
            headers["content-type"] = api.content_type
            content = msgspec.json.encode(fields)
            if call.form:
                headers["content-type"] = "application/x-www-form-urlencoded"
                content = urlencode(list(_flat(fields))).encode()
        status, told, read = await self._client.exchange(
            call.method,
            self._url.rstrip("/") + quote(path, safe="/:"),
            most=MOST_ANSWER,
            params=mapped(call.query, self._settings)(values, now) or None,
            headers=headers,
            content=content,
        )
        return Answer(status, told, read, values.get("ids", ()), now)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


def build_deleter(
    api: DeletionAPI,
    mapping: EventMapping,
    config: SinkConfig,
    *,
    url: str | None,
    settings: Mapping[str, Any],
    trusted: SSLContext | None,
) -> HTTPDeleter | None:
    """
    Build what asks *api* as the table of a sink says.

    Args:
        api: The interface.
        mapping: What became of an event that was sent.
        config: The table; without one inside it, ``deletion``, only an interface that needs none.
        url: Where the sink's events go.
        settings: The keys of the sink.
        trusted: Whose certificates are believed, if not those that everybody believes.

    Raises:
        ConfigurationError: The URL would carry ids in the clear, or a key is wrong.
        MissingExtraError: The extra ``http`` is not installed.
    """
    table = config.deletion
    if api.table and table is None:
        return None
    if api.table and table and table.token is None:
        raise ConfigurationError(
            problem(table, "PK163", "token", "deleting needs a token of its own", "add it")
        )
    keys = dict(settings) | {"sink_token": config.token}
    if table is not None:
        keys |= settings_of(table, options(table, api.options)) | {
            "token": table.token or config.token
        }
        url = table.url or api.url or url
    client = client_of(
        f"deleting at a sink of type '{config.type}'", timeout=settings["timeout"], trusted=trusted
    )
    where = checked_url(table or config, url)
    return HTTPDeleter(api, mapping, client, url=where, settings=keys, clock=config.clock)


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401 - any JSON
    """Yield the parameters of *value* as PHP spells them: ``visits[0][idsite]``."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, one in inner:
        called = f"{name}[{key}]" if name else str(key)
        if isinstance(one, dict | list):
            yield from _flat(one, called)
        else:
            yield called, str(one)
