"""
All exceptions of privacykit, by whose fault they are. Pure.

.. code-block:: text

    PrivacyKitError
    ├── ConfigurationError      a file of the user's is wrong: file, key, id, what to do
    │   ├── PolicyError         ... a policy file
    │   ├── DataMapError        ... the data map
    │   └── MissingExtraError   ... an optional package is not installed
    ├── InputError              a value given at run time is wrong; the value is never quoted
    │   ├── AddressError        ... an IP address
    │   ├── KeyMaterialError    ... key bytes
    │   ├── PlanError           ... a plan: not approved, expired, changed, or held by another run
    │   └── ReportRefusalError  ... nothing: a report that ids, laws or earlier reports do not allow
    └── BackendError            a store, sink or file system failed
        ├── StoreError          ... a store of ours
        │   ├── UnprovenError   ... a chain of ours: what it would vouch for was not written
        │   └── SchemaError     ... its tables are of another version (and a ConfigurationError)
        └── SinkError           ... a sink

"Not collected" is never an exception: it is a result with reasons.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


class PrivacyKitError(Exception):
    """The base of all our exceptions. No message of ours quotes a person's data or a key."""


@dataclass(frozen=True, slots=True)
class Problem:
    """
    One thing wrong with a file, said so that it can be mended.

    Attributes:
        id: Stable id of the kind of problem, ``PK`` and three digits, documented in the reference.
        file: The file it was found in, as the user named it.
        key: Dotted path of the key inside the file, empty when the whole file is meant.
        message: What is wrong, in one sentence, without values that may be personal or secret.
        hint: What to do next.
        line: The line of the file that it stands in, from 1; 0 where no line can be named.
    """

    id: str
    file: str
    key: str
    message: str
    hint: str = ""
    line: int = 0

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        if self.key:
            where += f": {self.key}"
        return f"{self.id} {where}: {self.message}" + (f" ({self.hint})" if self.hint else "")


class ConfigurationError(PrivacyKitError):
    """
    A file of the user's is wrong. Every problem found is in *problems*, not only the first.

    Attributes:
        problems: What is wrong, in file order; never empty.
    """

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


class PolicyError(ConfigurationError):
    """A policy file is wrong."""


class DataMapError(ConfigurationError):
    """The data map is wrong or does not cover what it must."""


class MissingExtraError(ConfigurationError):
    """An optional package is not installed; the message names the extra that brings it."""

    def __init__(self, extra: str, what: str) -> None:
        super().__init__(
            Problem(
                "PK001",
                "environment",
                extra,
                f"{what} needs the extra '{extra}', which is not installed",
                f"pip install 'privacykit[{extra}]'",
            )
        )
        self.extra = extra


class InputError(PrivacyKitError):
    """A value given at run time is wrong. The message never quotes it."""


class AddressError(InputError):
    """Not an IP address, or not one that may be used here."""


class KeyMaterialError(InputError):
    """Key bytes of the wrong length or of a forbidden form."""


class PlanError(InputError):
    """A plan may not be carried out as asked: unapproved, expired, changed or running already."""


class ReportRefusalError(InputError):
    """A report is asked for well, and may not be told; the message begins with a code."""


class BackendError(PrivacyKitError):
    """Something outside the process failed; what was asked for was not done."""


class StoreError(BackendError):
    """A store of ours could not be read or written."""


class UnprovenError(StoreError):
    """
    The chain that vouches for a record is not as we left it, so the record was not written.

    What else was asked for together with it is committed.
    """


class SchemaError(StoreError, ConfigurationError):
    """
    The tables of a store are of another version than ours; the start is refused.

    It is a wrong configuration as well: waiting does not mend it.
    """


@contextmanager
def naming(place: str) -> Iterator[None]:
    """
    Say of what fails inside that it was at *place*, a dataset or a collection of it.

    Raises:
        StoreError: As inside, with the place before it: an operator has many.
    """
    try:
        yield
    except StoreError as error:
        if isinstance(error, SchemaError) or str(error).startswith(place):
            raise  # it names its store itself, or the collection in it
        raise StoreError(f"{place}: {error}") from None


REFUSED_SECONDS = 300.0
"""How long a sink that refuses us is left alone."""


class SinkError(BackendError):
    """
    A sink did not take what it was sent.

    Attributes:
        retry_after: Seconds the sink asked to be left alone for, if it did; an hour is the most.
        unclear: Whether it may have taken the events all the same.
        refuses: Whether it refuses us, whatever we sent; without a time of its own it is left alone
            for :data:`REFUSED_SECONDS`.
    """

    def __init__(
        self,
        message: str,
        *,
        retry_after: float | None = None,
        unclear: bool = False,
        refuses: bool = False,
    ) -> None:
        super().__init__(message)
        self.retry_after = REFUSED_SECONDS if refuses and not retry_after else retry_after
        self.unclear = unclear
        self.refuses = refuses


NO_SINK = "no sink of this name is configured: privacykit sinks status"
"""What is said of a name that no sink has."""
