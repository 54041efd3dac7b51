"""
The desk of a data broker before DROP: download, match, respond, amend, each to be done again.

Does I/O. Every step leaves a state from which it goes on after a crash: an archive is kept until
its lines are, a batch is matched whole or not, and an answer that may have arrived is sent again
as a correction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path

import msgspec

from privacykit.errors import BackendError, ConfigurationError, InputError, Problem
from privacykit.govern.records import RequestStatus
from privacykit.operate.context import OperatorContext
from privacykit.operate.protocols.drop.intake import DropIntake, take_in
from privacykit.operate.protocols.drop.list_store import DropLists
from privacykit.operate.protocols.drop.matching import ListMatcher, MatchOutcome
from privacykit.operate.protocols.drop.service_client import DropService
from privacykit.private_files import replacing
from privacykit.recipients.protocols.drop.lists import DAYS_BETWEEN, DropStatus, answer_lines
from privacykit.settings.load import DEFAULT_FILE
from privacykit.settings.requests.tables import DropTable

DAY_SECONDS = 86_400.0
ALARM_ITEMS = 1000
"""From so many items of one list on, none that matches is no accident."""
_S = RequestStatus
_ANSWERS = {
    _S.FULFILLED: DropStatus.DELETED,
    _S.PARTIALLY_FULFILLED: DropStatus.EXEMPTED,
    _S.REJECTED: DropStatus.EXEMPTED,
}
ServiceMaker = Callable[[str, str], DropService]
"""From address and key to what speaks with the service."""


class RespondOutcome(msgspec.Struct, frozen=True):
    """
    What was answered.

    Attributes:
        accepted: How many answers the service took.
        rejected: How many it did not.
        waiting: Items whose request is not done yet, or of a list that cannot be looked through.
        unnamed: Those lists.
    """

    accepted: int
    rejected: int
    waiting: int
    unnamed: tuple[str, ...] = ()


class DropDesk:
    """
    What a broker does.

    Args:
        context: The stores.
        service: Makes what speaks with the service.

    Raises:
        ConfigurationError: There is no ``[requests.drop]``, or its key cannot be read.
    """

    def __init__(self, context: OperatorContext, service: ServiceMaker) -> None:
        table = context.settings.requests.drop
        if table is None:
            hint = "see docs/how-to/requests-by-protocol.md"
            words = "DROP needs a table of its own"
            raise ConfigurationError(Problem("PK013", DEFAULT_FILE, "requests.drop", words, hint))
        self._table: DropTable = table
        self._context = context
        self._make = service
        self._folder = context.paths.file(table.folder)

    @cached_property
    def lists(self) -> DropLists:
        """The lists as they stand."""
        keys = [(key.id, key.value) for key in self._context.keys.all("suppression")]
        return DropLists(self._folder / "lists.db", keys)

    @property
    def _inbox(self) -> Path:
        return self._folder / "inbox.zip"

    def download(self) -> DropIntake | None:
        """
        Fetch what is new and take it in.

        Who took a request back is spared: it is cancelled, unless it was begun.

        Returns:
            What came; ``None`` where there was nothing new.

        Raises:
            BackendError: The service does not answer, or refuses.
            InputError: PK376, what came is no archive of lists: nothing of it is kept.
        """
        _ = self.lists
        if not self._inbox.exists():
            with self._service() as service:
                came = service.download(self._inbox)
            self.lists.note("looked_at", str(self._context.clock()))
            if came == "nothing":
                return None
        return self._taken_in()

    def match(self) -> MatchOutcome:
        """
        Look for people of ours in every list, and file a request for each.

        The whole standing lists are looked through and not only what is new: whom we met since is
        found, too.

        Raises:
            StoreError: A store does not answer: what was not looked through is matched again.
            InputError: PK376, an archive waited that is none.
        """
        came = self._taken_in() if self._inbox.exists() else None
        found = ListMatcher(self._context, self.lists, self._table.identities).match()
        self.lists.note_matched()
        self._context.seal()
        return msgspec.structs.replace(
            found, alarms=self._alarms(), unnamed=self._unnamed(), intake=came
        )

    def respond(self, *, accept_no_match: bool = False) -> RespondOutcome:
        """
        Answer what is decided.

        Args:
            accept_no_match: Whether an operator looked at lists of which nothing matched.

        Raises:
            InputError: PK375, nothing of a long list matched, and nobody looked at that; or a
                batch was not matched.
            BackendError: The service does not answer, or refuses.
        """
        lists = self.lists
        if lists.unmatched_batches():
            raise InputError("lists came that were not matched: privacykit drop match")
        if (alarms := self._alarms()) and not accept_no_match:
            named = ", ".join(alarms)
            raise InputError(
                f"PK375 nothing of {named} matched: look at the standard forms, then say"
                " --accept-no-match"
            )
        self._decide()
        return self._sent(corrections=False)

    def amend(self) -> RespondOutcome:
        """
        Correct what was answered and is otherwise by now.

        Raises:
            BackendError: The service does not answer, or refuses.
        """
        self._decide()
        return self._sent(corrections=True)

    def status(self) -> dict[str, object]:
        """Return how the lists stand, and when the service has to be asked again."""
        lists, now = self.lists, self._context.clock()
        looked = float(lists.fact("looked_at") or 0)
        due = looked + DAYS_BETWEEN * DAY_SECONDS if looked else None
        return {
            "lists": lists.counts(),
            "looked_at": looked or None,
            "due_at": due,
            "overdue": due is None or now > due,
            "archive_waits": self._inbox.exists(),
            "unmatched_batches": lists.unmatched_batches(),
            "alarms": self._alarms(),
            "unnamed": self._unnamed(),
        }

    def close(self) -> None:
        """Close the lists."""
        if "lists" in self.__dict__:
            self.lists.close()

    def _taken_in(self) -> DropIntake:
        return take_in(self._context, self.lists, self._inbox, self._folder / "refused.zip")

    def _decide(self) -> None:
        """Note what is to be answered about each item, as its request stands."""
        for request_id, shared in self.lists.requests():
            filed = self._context.requests.load(request_id)
            status = _ANSWERS.get(filed.request.status) if filed else None
            if shared and status is DropStatus.DELETED:
                status = DropStatus.OPTED_OUT
            self.lists.want(request_id, status)
        # Of another list nobody looked: that nobody was found there would be untrue.
        self.lists.want_rest(DropStatus.NOT_FOUND, self._table.identities)

    def _sent(self, *, corrections: bool) -> RespondOutcome:
        lists, file = self.lists, self._folder / "answers.csv"
        with replacing(file) as out:
            count = 0
            for line in answer_lines(lists.answers(corrections=corrections)):
                out.write(line.encode())
                count += 1
        count -= 1  # the header
        waiting = sum(it["waiting"] for it in lists.counts().values())
        if count < 1:
            file.unlink()
            return RespondOutcome(0, 0, waiting, self._unnamed())
        with self._service() as service:
            outcome = None if corrections else service.send("/data/upload", file)
            if outcome is None:
                # No download waits: an upload before a crash may have arrived. This corrects it.
                outcome = service.send("/data/amend", file)
        if outcome is None:
            raise BackendError("PK378 DROP takes neither answers nor corrections now")
        lists.sent(_told(file, outcome.rejected))
        file.unlink()
        waiting = sum(it["waiting"] for it in lists.counts().values())
        rejected = len(outcome.rejected)
        return RespondOutcome(count - rejected, rejected, waiting, self._unnamed())

    def _unnamed(self) -> tuple[str, ...]:
        """Return the lists for which the configuration names no identity."""
        named = set(map(str, self._table.identities))
        return tuple(which for which in self.lists.counts() if which not in named)

    def _alarms(self) -> tuple[str, ...]:
        return tuple(
            which
            for which, counts in self.lists.counts().items()
            if counts["items"] >= ALARM_ITEMS
            and not counts["matched"]
            and not self.lists.unmatched_batches()
        )

    def _service(self) -> DropService:
        key = self._table.key.reveal()
        if not key:
            hint = "put it where [requests.drop] key says"
            words = "the API key of DROP cannot be read"
            raise ConfigurationError(
                Problem("PK368", DEFAULT_FILE, "requests.drop.key", words, hint)
            )
        return self._make(self._table.url, key)


def _told(file: Path, rejected: frozenset[str]) -> Iterator[tuple[str, int]]:
    """Yield what the answers in *file* said, but for what was rejected."""
    with file.open(encoding="ascii") as lines:
        next(lines)
        for line in lines:
            id_, _, status = line.strip().partition(",")
            if id_ not in rejected:
                yield id_, int(status)
