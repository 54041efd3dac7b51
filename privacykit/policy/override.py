"""
Users' own policies over ours: new places, house rules, and changes to a policy of ours. Pure.

A file with the id of one of ours says that it extends it, and replaces only the clauses it has.
Law of this file: whoever relaxes a clause of ours whose words were read, or in which letter and
practice differ, says why, or nothing is loaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

from privacykit.errors import PolicyError, Problem
from privacykit.policy.clause import WORDS_READ
from privacykit.policy.model import Policy
from privacykit.policy.strictness import Stated, relaxes


@dataclass(frozen=True, slots=True)
class Overridden:
    """
    A clause that a user's policy replaced, saying why.

    Attributes:
        policy: Id of the policy it holds in.
        path: Where it stands; inherited ones name the policy they come from.
        reason: The user's reason.
    """

    policy: str
    path: str
    reason: str


def put_over(base: Mapping[str, Policy], own: Iterable[Policy]) -> dict[str, Policy]:
    """
    Return *base* with *own* policies over it, none of them merged yet.

    Raises:
        PolicyError: A policy of ours is replaced without ``extends`` naming it, or a clause
            of ours whose words were read is relaxed or dropped without ``override``.
    """
    result = dict(base)
    problems: list[Problem] = []
    for policy in own:
        under = result.get(policy.id)
        if under is None:
            result[policy.id] = policy
        elif policy.extends != policy.id:
            message, hint = "this id is ours", f'write extends = "{policy.id}" to change it'
            problems.append(Problem("PK062", f"{policy.id}.toml", "extends", message, hint))
        else:
            problems.extend(_relaxed(under, policy))
            result[policy.id] = _changed(under, policy)
    if problems:
        raise PolicyError(*problems)
    return result


def overridden(policies: Iterable[Policy]) -> Iterator[Overridden]:
    """Give every clause of *policies* that a user's policy replaced, saying why."""
    for policy in policies:
        for statement in statements(policy).values():
            if statement.clause.override:
                yield Overridden(policy.id, statement.clause.path, statement.clause.override)


def statements(policy: Policy) -> dict[str, Stated]:
    """Return every statement of *policy* by its path in the file."""
    single: dict[str, Stated | None] = {
        "consent_age": policy.age,
        "gpc": policy.gpc,
        "dnt": policy.dnt,
    }
    return {
        **{f"rules.{use}": rule for use, rule in policy.rules.items()},
        **{path: one for path, one in single.items() if one is not None},
        **{f"minors.{key}": minor for key, minor in policy.minors.items()},
        **policy.facts,
    }


def _relaxed(under: Policy, over: Policy) -> Iterator[Problem]:
    file, ours = f"{over.id}.toml", statements(under)
    hint = 'say why: override = "…"'
    words_read = "relaxes a clause whose words were read, without a reason"
    contested = "relaxes a clause in which letter and practice differ, without a reason"
    for path, new in statements(over).items():
        old = ours.get(path)
        if old is None or not old.clause.wants_reason:
            continue
        if not new.clause.override and relaxes(old, new):
            message = words_read if old.clause.confidence in WORDS_READ else contested
            yield Problem("PK063", file, path, message, hint)
    for path in over.drop:
        yield Problem("PK063", file, "drop", f"drops our clause {path}", "replace it instead")


def _changed(under: Policy, over: Policy) -> Policy:
    return replace(
        under,
        name=over.name,
        places=over.places or under.places,
        follows=over.follows or under.follows,
        law=over.law or under.law,
        has_threshold=under.has_threshold or over.has_threshold,
        hash=sha256(f"{under.hash} {over.hash}".encode()).hexdigest()[:12],
        rules={**under.rules, **over.rules},
        minors={**under.minors, **over.minors},
        age=over.age or under.age,
        gpc=over.gpc or under.gpc,
        dnt=over.dnt or under.dnt,
        facts={**under.facts, **over.facts},
        amendments=under.amendments + over.amendments,
        pending=under.pending + over.pending,
        departures=under.departures + over.departures,
        notes=under.notes + over.notes,
        drop=under.drop + over.drop,
    )
