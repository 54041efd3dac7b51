"""
The service of DROP: download, upload, amend, with the waits that it asks for. Does network I/O.

No redirect is followed; files go to and from the disk in pieces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

from privacykit.errors import BackendError, MissingExtraError
from privacykit.logs.libraries import withhold_library_logs
from privacykit.private_files import replacing
from privacykit.recipients.certificates import believed
from privacykit.recipients.protocols.drop.lists import UploadOutcome, read_outcome
from privacykit.webhook import wait_asked

if TYPE_CHECKING:
    from httpx2 import BaseTransport, Response

TIMEOUT_SECONDS = 60.0
MOST_TRIES = 20
LONGEST_WAIT, USUAL_WAIT = 300.0, 30.0
MOST_ARCHIVE = 1 << 30
MOST_ANSWER = 64 << 20
_PIECE = 1 << 16
_WORDS = {
    401: "the API key is not known: look at [requests.drop] key",
    403: "the broker is not eligible, or has selected no list: look at its account",
    404: "there is nothing at this address: look at [requests.drop] url",
}
Downloaded = Literal["archive", "nothing"]


class DropService:
    """
    Speaks with the service.

    Args:
        url: Its address.
        key: The API key.
        clock: Unix seconds.
        wait: Waits so many seconds.
        transport: For tests: what carries the calls instead of the network.
    """

    def __init__(
        self,
        url: str,
        key: str,
        clock: Callable[[], float],
        wait: Callable[[float], object],
        transport: BaseTransport | None = None,
    ) -> None:
        try:
            import httpx2
        except ImportError:  # pragma: no cover - the test extra brings it
            raise MissingExtraError("http", "DROP") from None
        withhold_library_logs()
        self._failures = (httpx2.HTTPError, httpx2.InvalidURL)
        self._clock = clock
        self._wait = wait
        self._client = httpx2.Client(
            base_url=url,
            transport=transport,
            verify=believed(),
            timeout=TIMEOUT_SECONDS,
            follow_redirects=False,
            trust_env=False,
            headers={"user-agent": "privacykit", "x-api-key": key},
        )

    def download(self, target: Path) -> Downloaded:
        """
        Fetch what is new into *target*, which is there whole or not at all.

        Raises:
            BackendError: PK378, it does not answer, refuses us, or wants the last batch answered.
        """
        accept = {"accept": "application/zip, application/json"}
        for _ in range(MOST_TRIES):
            try:
                with self._client.stream("GET", "/data/download", headers=accept) as response:
                    if response.status_code == 200:  # noqa: PLR2004 - HTTP: OK
                        return self._kept(response, target)
                    seconds = self._seconds(response)
            except self._failures:
                seconds = USUAL_WAIT
            self._wait(seconds)
        raise BackendError("PK378 DROP prepares the lists still: come again later")

    def send(self, path: str, file: Path) -> UploadOutcome | None:
        """
        Send the answers in *file* to *path*, ``/data/upload`` or ``/data/amend``.

        Returns:
            What became of them; ``None`` where no download waits for an answer (409).

        Raises:
            BackendError: PK378, it does not answer, or refuses us.
        """
        for _ in range(MOST_TRIES):
            try:
                with file.open("rb") as body:
                    sent = {"files": (file.name, body, "text/csv")}
                    response = self._client.post(path, files=sent)
            except self._failures:
                self._wait(USUAL_WAIT)
                continue
            if response.status_code in {200, 202}:
                return read_outcome(response.content[:MOST_ANSWER])
            if response.status_code == 409:  # noqa: PLR2004 - HTTP: conflict
                return None
            self._wait(self._seconds(response))
        raise BackendError("PK378 DROP does not take the answers now: come again later")

    def _kept(self, response: Response, target: Path) -> Downloaded:
        if not response.headers.get("content-type", "").startswith("application/zip"):
            return "nothing"
        with replacing(target) as file:
            for piece in self._pieces(response):
                file.write(piece)
        return "archive"

    def _pieces(self, response: Response) -> Iterator[bytes]:
        read = 0
        for piece in response.iter_bytes(_PIECE):
            read += len(piece)
            if read > MOST_ARCHIVE:
                raise BackendError("PK378 the download is larger than lists are")
            yield piece

    def _seconds(self, response: Response) -> float:
        """
        Return how long to wait before the next try.

        Raises:
            BackendError: There is no use in one.
        """
        status = response.status_code
        if status == 409:  # noqa: PLR2004 - HTTP: conflict
            raise BackendError(
                "PK378 the last lists are not fully answered: privacykit drop respond"
            )
        if status in {202, 429} or status >= 500:  # noqa: PLR2004 - HTTP: server errors
            asked = wait_asked(response.headers.get("retry-after"), self._clock())
            return min(max(asked or USUAL_WAIT, 1.0), LONGEST_WAIT)
        why = _WORDS.get(status, f"it answers {status}")
        raise BackendError(f"PK378 DROP refuses: {why}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()
