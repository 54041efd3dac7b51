"""Claims that other commands test already: the audit log is whole, the data map is the schema."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from privacykit.errors import Problem
from privacykit.govern.audit.verify import LogStatus
from privacykit.operate.consent.records import verify_consents
from privacykit.operate.context import OperatorContext
from privacykit.stores.records.operations.lacking import lacking
from privacykit.verify.tested.claim import Untouched

Examine = Callable[[], tuple[Sequence[Problem], Sequence[Problem]]]
"""Compares the data map with the live schemas: what is wrong, and advice."""


class AuditClaim(Untouched):
    """
    The log is whole.

    Args:
        context: The stores.
    """

    name = "audit"
    says = "the audit log and the chain of consent records are whole"
    cannot_show = "It compares with the checkpoint that is kept apart, not with copies elsewhere."

    def __init__(self, context: OperatorContext) -> None:
        super().__init__()
        self._context = context

    def settle(self) -> None:
        """
        Check both chains.

        Raises:
            StoreError: The database did not answer.
        """
        context = self._context
        witness = context.witness()
        report = context.audit.verify([witness] if witness else [], context.public_keys)
        self.seen("audit log", report.entries)
        if report.standing in {LogStatus.BROKEN, LogStatus.OLDER}:
            words = f"the audit log is {report.standing.value}"
            number = max(len(report.findings) + report.more, 1)
            self.found("PK315", "records: audit log", words, "`privacykit audit verify`", number)
        for what, number in lacking(context.engine).items():
            words = "rows that the audit log knows of are gone"
            self.found("PK315", f"records: {what}", words, "`privacykit audit verify`", number)
        if report.standing is LogStatus.CONSISTENT:
            self.unable.append("No checkpoint vouches for the audit log.")
        chain = verify_consents(context)
        self.seen("consent records", chain.records)
        if not chain.is_whole:
            words = "the chain of consent records is broken"
            self.found("PK315", "records: consents", words, "`privacykit consent verify`")


class MapClaim(Untouched):
    """
    Every table and column is mapped.

    Args:
        examine: Compares the map with the live schemas; ``None`` where there is no map.
        datasets: Names of the datasets.
    """

    name = "datamap"
    says = "every table and column of the application is mapped, or excluded with a reason"
    cannot_show = "It does not see databases that the map does not name, nor what is encrypted."

    def __init__(self, examine: Examine | None, datasets: Sequence[str]) -> None:
        super().__init__()
        self._examine = examine
        self._datasets = datasets

    def settle(self) -> None:
        """
        Compare the map with the live schemas.

        Raises:
            ConfigurationError: The map is wrong.
            StoreError: A store did not answer.
        """
        if self._examine is None:
            return
        wrong, _ = self._examine()
        for name in self._datasets:
            self.seen(name)
        for problem in wrong:
            if problem.id == "PK241":
                self.unread(problem.key, f"{problem.id} {problem.message}")
            else:
                self.found(problem.id, f"data map: {problem.key}", problem.message, problem.hint)
