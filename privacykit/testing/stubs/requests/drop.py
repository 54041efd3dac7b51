"""
California's DROP, to rehearse with: lists to download, answers to take. Listens on a port.

Source: privacy.ca.gov, technical specifications for data brokers, 1.2.0, as far as published.
"""

from __future__ import annotations

import io
import re
import zipfile
from base64 import b64encode
from collections.abc import Mapping, Sequence

from privacykit.testing.stubs.server import ServiceStub, StubAnswer, StubRequest

STATUSES = frozenset({"2", "3", "4", "5"})


class DropStub(ServiceStub):
    """
    A service with one broker.

    Attributes:
        archive: What a download gives; ``None`` is nothing new.
        open: Ids that wait for an answer.
        answered: Ids to the status that was answered.
        rejects: Ids whose answers it does not take.
    """

    def __init__(self) -> None:
        super().__init__()
        self.token = "drop-key"  # noqa: S105 - of a stand-in
        self.archive: bytes | None = None
        self.open: set[str] = set()
        self.answered: dict[str, str] = {}
        self.rejects: set[str] = set()

    def offer(self, lists: Mapping[str, Sequence[tuple[str, bytes]]]) -> None:
        """
        Offer *lists* for download.

        Args:
            lists: Names of files, as ``20261130_B1_Email.csv``, to ids and hashes.
        """
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, rows in lists.items():
                lines = [f"{id_},{b64encode(hashed).decode()}" for id_, hashed in rows]
                text = "\r\n".join(["ID,Hash", *lines, ""])
                # Of no date: the same lists are the same archive, whenever they are asked for.
                archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
                if "_Removed" not in name:
                    self.open |= {id_ for id_, _ in rows}
        self.archive = packed.getvalue()

    def answer(self, request: StubRequest) -> StubAnswer:
        """Answer as the reference says."""
        if request.headers.get("x-api-key") != self.token:
            return StubAnswer(401)
        if (request.method, request.path) == ("GET", "/data/download"):
            return self._downloaded()
        if request.method == "POST" and request.path in {"/data/upload", "/data/amend"}:
            return self._taken(request)
        return StubAnswer(404)

    def _downloaded(self) -> StubAnswer:
        if self.archive is None and self.open:
            return StubAnswer(409, {"message": "the last batch is not answered"})
        if self.archive is None:
            return StubAnswer(200, {"message": "nothing new"})
        given, self.archive = self.archive, None
        return StubAnswer(200, given, {"content-type": "application/zip"})

    def _taken(self, request: StubRequest) -> StubAnswer:
        amends = request.path.endswith("amend")
        if not amends and not self.open:
            return StubAnswer(409, {"message": "no download is waiting"})
        found = re.search(
            rb'name="files"; filename="[^"]+"\r\n.*?\r\n\r\n(.*?)\r\n--', request.raw, re.DOTALL
        )
        header, *rows = (found[1].decode() if found else "").split("\r\n")
        if header != "Id,Status":
            self.fault("header")
            return StubAnswer(400)
        rejected = []
        for row in filter(None, rows):
            id_, _, status = row.partition(",")
            known = id_ in (self.answered if amends else self.open)
            if not known or status not in STATUSES or id_ in self.rejects:
                rejected.append(id_)
                continue
            self.open.discard(id_)
            self.answered[id_] = status
        taken = len(rows) - 1 - len(rejected)
        told = {"acceptedCount": taken, "rejectedCount": len(rejected), "rejectedIds": rejected}
        return StubAnswer(202, told)
