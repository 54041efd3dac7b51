"""A run in words, and as problems for tools. No value is in any of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import zip_longest

from privacykit.cli.terminal.words import hanging
from privacykit.errors import Problem
from privacykit.verify.claims import ClaimOutcome, ClaimResult, times
from privacykit.verify.last import LastRun

RULE_OF_THREE = 3
"""None of n seen: at most 3/n of all, at 95 % (Hanley and Lippman-Hand, JAMA 1983)."""
_WIDTH = 13


def lines_of(run: LastRun) -> Iterator[str]:
    """Yield the lines that an operator reads."""
    for result in run.results:
        yield from _claim(result)
    counts = dict.fromkeys(ClaimOutcome, 0)
    for result in run.results:
        counts[result.outcome] += 1
    told = ", ".join(f"{number} {outcome.value}" for outcome, number in counts.items() if number)
    yield f"{len(run.results)} claims: {told or 'none'}"


def _claim(result: ClaimResult) -> Iterator[str]:
    yield from hanging(f"{result.outcome.value:<{_WIDTH}}", f"{result.claim}: {result.says}")
    indent = " " * _WIDTH
    if result.outcome is ClaimOutcome.HOLDS:
        yield from hanging(indent, looked(result))
    if result.why:
        yield from hanging(indent, result.why)
    for one, after in zip_longest(result.violations, result.violations[1:]):
        # What several want done is said once, behind the last of them.
        again = after is not None and after.advice == one.advice
        advice = "" if again else f" ({one.advice})"
        words = f"{one.place}: {one.text}, {times(one.count)}{advice}"
        yield from hanging(f"{indent}{one.id} ", words)
    for told in result.stays:
        yield from hanging(indent, told)
    if result.violations and not result.all:
        yield from hanging(indent, "of a sample: --all finds the rest")


def looked(result: ClaimResult) -> str:
    """Return how much was looked at, and what a sample allows to say."""
    scope = f" ({result.scope})" if result.scope else ""
    if not result.looked_at:
        return f"nothing was there to look at{scope}"
    if result.all:
        return f"all of {result.looked_at} looked at{scope}"
    most = RULE_OF_THREE / max(result.looked_at, RULE_OF_THREE)
    return (
        f"0 of a sample of {result.looked_at}: at most {most:.2%} of all, at 95 %, not none{scope}"
    )


def problems_of(results: Iterable[ClaimResult], root: str = "") -> list[Problem]:
    """
    Return what disproves claims, and what could not be looked at.

    Args:
        results: The claims.
        root: Scheme and host of the site that they are about; empty of stores and files.
    """
    found = []
    for result in results:
        for one in result.violations:
            told = f"{one.text} ({one.count})"
            found.append(Problem(one.id, root or _file(one.place), one.place, told, one.advice))
        if result.outcome is ClaimOutcome.NOT_TESTED:
            found.append(_untested(result, "not tested", root, "see to it"))
    return found


def advice_of(results: Iterable[ClaimResult], root: str = "") -> list[Problem]:
    """Return what no test could show; the arguments are those of :func:`problems_of`."""
    return [
        _untested(result, "not testable", root)
        for result in results
        if result.outcome is ClaimOutcome.NOT_TESTABLE
    ]


def _untested(result: ClaimResult, what: str, root: str, hint: str = "") -> Problem:
    """Return that a claim was not looked at, under the id that says why, where there is one."""
    found = _ID.match(result.why)
    id_, why = (found[1], result.why[found.end() :]) if found else ("PK316", result.why)
    return Problem(id_, root or result.claim, result.claim, f"{what}: {why}", hint)


_ID = re.compile(r"(PK[0-9]{3}) ")


def _file(place: str) -> str:
    return place.partition(":")[0]
