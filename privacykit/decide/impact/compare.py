"""
Decisions under one set of policies beside those under another, every one of them. Pure.

The same change at many places is one change; so is the same change of several purposes. Laws of
this file, held by ``tests/decide/impact/``: nothing against itself changes nothing; each point of
a change is decided as the change says, before and after.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from privacykit.decide.decision import in_order, of_operator, rule_on
from privacykit.decide.impact.boxes import SAME, Box, boxes_of
from privacykit.decide.impact.change import (
    AskedPurpose,
    Change,
    Impact,
    LawOn,
    Policies,
    first_point,
)
from privacykit.decide.impact.grid import BITS, Asked, Grid, decided, grid_of, joined
from privacykit.decide.reason import Reason, Signals
from privacykit.policy.audience import Audience
from privacykit.policy.model import Policy
from privacykit.policy.place import UNKNOWN, country_of
from privacykit.policy.policyset import PolicySet
from privacykit.policy.verdict import Verdict
from privacykit.policy.words import Follows, Use

_VERDICTS = {bits: verdict for verdict, bits in BITS.items()}


def compare(old: LawOn, new: LawOn, subjects: Iterable[AskedPurpose]) -> list[Impact]:
    """
    Decide everything twice and return what differs.

    Args:
        old: The policies before, and their day.
        new: The policies after, and theirs.
        subjects: What to ask about.

    Returns:
        Groups of equal changes, those that are looser first, then those at most places.
    """
    (impacts,) = compare_each([(old, new)], subjects)
    return impacts


def compare_each(
    pairs: Sequence[tuple[LawOn, LawOn]], subjects: Iterable[AskedPurpose]
) -> list[list[Impact]]:
    """Compare each of *pairs* as :func:`compare` does, what they share decided once."""
    asked = list(subjects)
    each = [list(_cases(old, new, asked)) for old, new in pairs]
    made = Comparison({p for cases in each for case in cases for p in (*case.was, *case.now)})
    return [_grouped(cases, made) for cases in each]


def _cases(old: LawOn, new: LawOn, subjects: Iterable[AskedPurpose]) -> Iterator[_Case]:
    for subject in subjects:
        for label, place, audience in _rows(old.policies, new.policies, subject):
            was, now = old.at(place, audience), new.at(place, audience)
            yield _Case(subject, label, was, now, audience)


def _grouped(cases: Iterable[_Case], made: Comparison) -> list[Impact]:
    alike: dict[tuple[str, str, tuple[_Told, ...]], list[str]] = {}
    found: dict[tuple[_Told, ...], tuple[Change, ...]] = {}
    for case in cases:
        if changes := made.changes(case):
            told = tuple((c.old, c.new, c.grid.axes, c.box) for c in changes)
            alike.setdefault((case.subject.name, case.subject.site, told), []).append(case.place)
            found.setdefault(told, changes)
    together: dict[tuple[tuple[str, ...], tuple[_Told, ...]], list[tuple[str, str]]] = {}
    for (name, site, told), places in alike.items():
        together.setdefault((tuple(places), told), []).append((name, site))
    groups = [
        Impact(tuple(named), places, found[told]) for (places, told), named in together.items()
    ]
    return sorted(groups, key=lambda one: (not one.looser, -len(one.places), one.subjects))


_Told = tuple[Verdict, Verdict, tuple[tuple[str, tuple[object, ...]], ...], Box]


@dataclass(frozen=True, slots=True)
class _Case:
    """One subject at one place, under the policies before and after."""

    subject: AskedPurpose
    place: str
    was: Policies
    now: Policies
    audience: Audience


class Comparison:
    """
    Decides once for each set of policies, question and subject, however many places share them.

    Args:
        policies: Every policy that is asked, resolved for its day.
    """

    def __init__(self, policies: Iterable[Policy]) -> None:
        everything = list(policies)
        self._grids = {name: grid_of(everything, name) for name in (Use.REPROMPT, "")}
        self._contents: dict[object, int] = {}
        self._known: dict[Policy, int] = {}
        self._points: dict[tuple[int, Grid], list[int]] = {}
        self._answers: dict[tuple[object, ...], bytes] = {}
        self._boxes: dict[tuple[bytes, bytes], list[tuple[int, Box]]] = {}

    def changes(self, case: _Case) -> tuple[Change, ...]:
        """Return what *case* has decided otherwise."""
        subject = case.subject
        grid = self._grids[Use.REPROMPT if Use.REPROMPT in subject.uses else ""]
        keys = [self._key(subject, law) for law in (case.was, case.now)]
        if keys[0] == keys[1]:
            return ()
        shared = keys[0][0] & keys[1][0]
        if self._left(subject, case.was, shared, grid) == self._left(
            subject, case.now, shared, grid
        ):
            return ()
        was, now = (self._decided(subject, law, grid) for law in (case.was, case.now))
        if was == now:
            return ()
        if (was, now) not in self._boxes:
            marks = bytes(SAME if a == b else a << 3 | b for a, b in zip(was, now, strict=True))
            sizes = [len(values) for _, values in grid.axes]
            self._boxes[was, now] = boxes_of(marks, sizes)
        return tuple(self._change(case, grid, *one) for one in self._boxes[was, now])

    def _left(
        self, subject: AskedPurpose, law: Policies, shared: AbstractSet[int], grid: Grid
    ) -> list[object]:
        """Return what those of *law* answer whose content is not *shared*, and to what."""
        own = [policy for policy in law if self._content(policy) not in shared]
        asked = [subject.asked(use, law) for use in subject.uses]
        return [(_key(one), joined(self._answer(one, p, grid) for p in own)) for one in asked]

    def _key(
        self, subject: AskedPurpose, law: Policies
    ) -> tuple[frozenset[int], tuple[object, ...]]:
        contents = frozenset(map(self._content, law))
        return contents, tuple(_key(subject.asked(use, law)) for use in subject.uses)

    def _decided(self, subject: AskedPurpose, law: Policies, grid: Grid) -> bytes:
        key = self._key(subject, law)
        if key not in self._answers:
            asked = [subject.asked(use, law) for use in subject.uses]
            each = (joined(self._answer(one, p, grid) for p in law) for one in asked)
            self._answers[key] = decided(joined(each))
        return self._answers[key]

    def _answer(self, asked: Asked, policy: Policy, grid: Grid) -> bytes:
        content, asked = self._content(policy), asked.of(policy)
        key = (content, _key(asked))
        if key not in self._answers:
            if (content, grid) not in self._points:
                self._points[content, grid] = grid.points(policy)
            self._answers[key] = asked.answers(policy, grid, self._points[content, grid])
        return self._answers[key]

    def _content(self, policy: Policy) -> int:
        """Return a number for all that *policy* decides by; equal policies have one."""
        if policy not in self._known:
            consent = [policy.facts.get(f"consent.{name}") for name in ("refresh", "reprompt")]
            content = (
                policy.kind,
                policy.law is None,
                frozenset(policy.rules.items()),
                tuple(policy.minors.items()),
                policy.age,
                policy.gpc,
                policy.dnt,
                *consent,
            )
            self._known[policy] = self._contents.setdefault(content, len(self._contents))
        return self._known[policy]

    def _change(self, case: _Case, grid: Grid, mark: int, box: Box) -> Change:
        signals = grid.signals(first_point(grid, box))
        reasons = (_reason(case, law, signals) for law in (case.was, case.now))
        return Change(_VERDICTS[mark >> 3], _VERDICTS[mark & 7], grid, box, *reasons)


def _key(asked: Asked) -> tuple[object, ...]:
    """Return what tells questions apart; where the operator is established chooses only the law."""
    who = asked.audience
    # As text, because 1 is no ``true`` to a condition and yet equal to it.
    stated = repr(sorted(asked.properties.items()))
    audience = (who.child_directed, who.online_platform, who.data_types)
    return (asked.use, audience, stated, asked.gpc_scope, asked.strict)


def _reason(case: _Case, law: Policies, signals: Signals) -> Reason:
    """Return why *law* answers as it does, of several uses by the strictest."""
    own = of_operator(law, case.audience)
    rulings = []
    for use in case.subject.uses:
        said = case.subject.asked(use, law).question(signals)
        rulings += [ruling for policy in law if (ruling := rule_on(policy, said)) is not None]
    return in_order(rulings, own)[0].reason


def _rows(
    old: PolicySet, new: PolicySet, subject: AskedPurpose
) -> Iterator[tuple[str, str, Audience]]:
    """Give every place by its name; for the bare law also operators that a law follows alone."""
    codes = old.places() | new.places()
    for place in sorted(codes | {country_of(code) for code in codes} | {UNKNOWN}):
        yield place, place, subject.audience
    if not subject.of_operators:
        return
    only = frozenset({Follows.OPERATOR})
    followers = {p.id: p for p in (*old, *new) if p.follows == only}
    here = next((p.places[0] for p in followers.values() if p.places), UNKNOWN)
    for id_ in sorted(followers):
        yield f"{id_} operators", here, replace(subject.audience, establishments=(id_,))
