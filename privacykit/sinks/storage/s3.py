"""
A bucket of S3, or of what speaks as it does, as a place of objects. Does network I/O.

Laws of this file:

1. Only the configured place is called: no redirect, no proxy and no credential of the environment.
2. An object is created only where there is none (``If-None-Match``), and replaced only as it was
   read (``If-Match``): a server that does not know these conditions is refused by ``answers``.
3. Connections that a fork handed on are the parent's.

Source: AWS, "Amazon S3 API Reference": PutObject, GetObject, DeleteObject, ListObjectsV2, error
responses; "Conditional requests".
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from html import unescape
from http import HTTPStatus
from math import inf
from ssl import SSLContext
from urllib.parse import urlsplit

from privacykit.errors import KeyMaterialError, SinkError
from privacykit.sinks.http.client import HTTPAnswer, client_of
from privacykit.sinks.storage.object_store import FoundObject, ObjectStore
from privacykit.sinks.storage.s3_signing import S3Credentials, S3Request, signed_headers
from privacykit.sinks.unanswered import no_answer
from privacykit.webhook import http_date, wait_asked

MOST_OBJECT = 512 * 1024 * 1024
"""Bytes of an object that are read; ours are far smaller."""

_KEY = re.compile(r"<Key>([^<]*)</Key>")
_MORE = re.compile(r"<NextContinuationToken>([^<]*)</NextContinuationToken>")
_CODE = re.compile(r"<Code>(\w{1,60})</Code>")
_LATER = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
_CHANGED = HTTPStatus.PRECONDITION_FAILED
_MISSING = HTTPStatus.NOT_FOUND


@dataclass(frozen=True, slots=True)
class S3Place:
    """
    Where a bucket is.

    Attributes:
        endpoint: The URL that paths are put behind, without a slash at its end.
        path: What a path begins with: the bucket, unless the host names it, and the prefix.
        prefix: What the key of every object begins with, with a slash at its end or empty.
        region: Where the bucket is.
    """

    endpoint: str
    path: str
    prefix: str
    region: str

    @classmethod
    def of(cls, bucket: str, prefix: str, region: str, endpoint: str | None) -> S3Place:
        """
        Return the place of *bucket*.

        AWS wants the bucket in the name of the host, and all others understand it in the path.

        Args:
            bucket: Its name.
            prefix: What keys begin with.
            region: Where the bucket is.
            endpoint: The URL of the server; ``None`` is AWS.
        """
        whole = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        if endpoint is None:
            return cls(f"https://{bucket}.s3.{region}.amazonaws.com", "/", whole, region)
        return cls(endpoint.rstrip("/"), f"/{bucket}/", whole, region)


class S3Objects(ObjectStore):
    """
    Objects in a bucket.

    Args:
        place: Where it is.
        credentials: Reads who we are, when it is needed.
        clock: Returns Unix seconds.
        timeout: Seconds.
        trusted: Whose certificates are believed, if not those that everybody believes.

    Raises:
        MissingExtraError: The extra ``http`` is not installed.
    """

    def __init__(
        self,
        place: S3Place,
        credentials: Callable[[], S3Credentials],
        *,
        clock: Callable[[], float],
        timeout: float,
        trusted: SSLContext | None = None,
    ) -> None:
        what = "a sink of type 'objects' with a URL"
        self._client = client_of(what, timeout=timeout, trusted=trusted)
        self._place = place
        self._host = urlsplit(place.endpoint).netloc
        self._credentials = credentials
        self._clock = clock

    async def put_new(self, key: str, body: bytes) -> bool:
        """
        Create the object.

        Raises:
            SinkError: It is not known to be there.
        """
        said = await self._ask("PUT", key, body=body, headers={"if-none-match": "*"})
        return self._checked(said, _CHANGED).status != _CHANGED

    async def replace(self, key: str, body: bytes, tag: str) -> bool:
        """
        Replace the object as it was read.

        Raises:
            SinkError: It is not known to be replaced.
        """
        said = await self._ask("PUT", key, body=body, headers={"if-match": tag})
        return self._checked(said, _CHANGED, _MISSING).success

    async def get(self, key: str) -> FoundObject | None:
        """
        Read the object.

        Raises:
            SinkError: The server does not answer, or refuses us.
        """
        said = self._checked(await self._ask("GET", key), _MISSING)
        if said.status == _MISSING:
            return None
        return FoundObject(said.body, said.headers.get("etag", ""), _changed(said.headers))

    async def delete(self, key: str) -> None:
        """
        Remove the object; where the bucket keeps versions, they stay.

        Raises:
            SinkError: The server does not answer, or refuses us.
        """
        self._checked(await self._ask("DELETE", key), _MISSING)

    async def keys(self, prefix: str) -> AsyncIterator[str]:
        """
        Yield the keys that begin with *prefix*, a thousand a request.

        Raises:
            SinkError: The server does not answer, or refuses us.
        """
        query = {"list-type": "2", "prefix": self._place.prefix + prefix}
        while True:
            said = self._checked(await self._ask("GET", None, query=query)).text
            for key in _KEY.findall(said):
                yield unescape(key).removeprefix(self._place.prefix)
            more = _MORE.search(said)
            if more is None:
                return
            query["continuation-token"] = unescape(more[1])

    async def tidy(self) -> None:
        """Nothing is left behind: an object is there when it is whole."""

    async def answers(self) -> None:
        """
        List one key, and ask for an object to be replaced that is not there.

        Raises:
            SinkError: The server does not answer, refuses us, or does not know conditions.
        """
        query = {"list-type": "2", "max-keys": "1", "prefix": self._place.prefix}
        self._checked(await self._ask("GET", None, query=query))
        # Of a name that nothing has: a server that heeds the condition creates nothing.
        said = await self._ask("PUT", "privacykit-check", headers={"if-match": '"0"'})
        if self._checked(said, _CHANGED, _MISSING).success:
            await self.delete("privacykit-check")
            raise SinkError("PK180 the server does not know conditional requests")

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _ask(
        self,
        method: str,
        key: str | None,
        *,
        query: Mapping[str, str] | None = None,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> HTTPAnswer:
        place = self._place
        path = place.path if key is None else f"{place.path}{place.prefix}{key}"
        request = S3Request(method, self._host, path, query or {}, body)
        try:
            proof = signed_headers(request, self._credentials(), place.region, self._clock())
            return await self._client.exchange(
                method,
                place.endpoint + request.target,
                most=MOST_OBJECT,
                headers={**proof, **(headers or {})},
                content=body,
                whole=True,
            )
        except KeyMaterialError as error:
            raise SinkError(f"PK165 {error}", refuses=True) from None
        except self._client.failures as error:
            told = no_answer(error)
            raise SinkError(told, unclear=method == "PUT") from None

    def _checked(self, said: HTTPAnswer, *expected: int) -> HTTPAnswer:
        """
        Return *said* where it is a success, or *expected*.

        Raises:
            SinkError: It is neither.
        """
        status, code = said.status, None if said.success else _CODE.search(said.text)
        # A bucket that is not there is no object that is not there.
        wrong_place = code is not None and code[1] == "NoSuchBucket"
        if said.success or (status in expected and not wrong_place):
            return said
        told = f"{status} {code[1]}" if code else f"{status}"
        if status in _LATER:
            wait = wait_asked(said.headers.get("retry-after"), self._clock())
            raise SinkError(f"PK168 the server answered {told}", retry_after=wait)
        raise SinkError(f"PK167 the server refuses us ({told})", refuses=True)


def _changed(headers: Mapping[str, str]) -> float:
    then = http_date(headers.get("last-modified", ""))
    return inf if then is None else then
