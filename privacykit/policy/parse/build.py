"""Checked tables to frozen policies. Pure: text in, policy or problems out."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Final

from pydantic import ValidationError

from privacykit.errors import PolicyError, Problem
from privacykit.policy.clause import Clause, Practice
from privacykit.policy.condition import Conditions, PropertyCondition
from privacykit.policy.model import (
    Age,
    Amendment,
    Departure,
    Dnt,
    Fact,
    Gpc,
    Law,
    Minor,
    Pending,
    Policy,
    Rule,
    Stricter,
)
from privacykit.policy.parse.facts import Cited, DeadlineShape, FactShape, Shape
from privacykit.policy.parse.shape import (
    AgeShape,
    ConditionShape,
    ConditionsShape,
    GpcShape,
    MinorShape,
    PolicyShape,
    RuleShape,
)
from privacykit.toml_files.lines import syntax_problem, with_lines
from privacykit.toml_files.words import meant_key, words_of

CASES_MARK: Final = "\n[[cases]]"
"""Where the cases of a file begin; they stand last, so that a start need not read them."""

_HIDDEN = frozenset(Cited.model_fields) | {"since", "before", "by_right", "rights"}
_GROUPS = ("consent", "deadlines", "requests", "breach")
_FACTS = (
    "threshold",
    "handling",
    "retention",
    "ip_address",
    "visitor_id",
    "rights",
    "records",
    "ux",
    "fine",
    "regulator",
    "transfers",
)


@dataclass(frozen=True, slots=True)
class Parsed:
    """
    A policy file read.

    Attributes:
        policy: The policy as written, not yet merged with what it extends.
        cases: The cases it carries, as tables; empty unless they were asked for.
    """

    policy: Policy
    cases: tuple[dict[str, object], ...] = ()


def parse_policy(text: str, file: str, *, with_cases: bool = False) -> Parsed:
    """
    Read one policy file.

    Args:
        text: TOML. Its ``[[cases]]`` must stand last.
        file: Its name, for messages.
        with_cases: Read the cases too.

    Returns:
        The policy, with ``hash`` over the text of its clauses.

    Raises:
        PolicyError: Everything that is wrong with the file, each with key, id and hint.
    """
    law, mark, _ = text.replace("\r\n", "\n").partition(CASES_MARK)
    try:
        table = tomllib.loads(text if with_cases else law)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(syntax_problem("PK050", file, error)) from None
    if isinstance(read := table.get("read"), date):
        _fill_read({key: part for key, part in table.items() if key != "cases"}, read)
    try:
        shape = PolicyShape.model_validate(table)
    except ValidationError as error:
        raise PolicyError(*with_lines(_problems(error, file), text)) from None
    policy = _policy(shape, sha256(law.strip().encode()).hexdigest())
    return Parsed(policy, tuple(shape.cases) if mark else ())


def policy_schema() -> dict[str, object]:
    """Return the JSON Schema of a policy file, for editors."""
    schema = PolicyShape.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _fill_read(part: object, read: date) -> None:
    """Note *read* in every statement within *part* that names no day of its own."""
    if isinstance(part, dict):
        if "citation" in part:
            part.setdefault("read", read)
        for inner in part.values():
            _fill_read(inner, read)
    elif isinstance(part, list):
        for inner in part:
            _fill_read(inner, read)


def _problems(error: ValidationError, file: str) -> Iterator[Problem]:
    for one in error.errors(include_url=False, include_input=False):
        key = ".".join(str(part) for part in one["loc"])
        last = str(one["loc"][-1]) if one["loc"] else ""
        if one["type"] == "missing" and last in {"citation", "confidence"}:
            yield Problem("PK054", file, key, f"no {last}", "every value says where it stands")
        elif one["type"] == "missing":
            yield Problem("PK052", file, key, "this key is missing")
        elif one["type"] == "extra_forbidden":
            near = meant_key(PolicyShape, one["loc"])
            hint = "see privacykit policy schema" if near == "remove it" else near
            yield Problem("PK051", file, key, "unknown key", hint)
        elif key.startswith("rules.") and key.endswith(".[key]"):
            yield Problem("PK056", file, key.removesuffix(".[key]"), "unknown use")
        elif (message := words_of(one)).startswith("PK"):
            yield Problem(message[:5], file, key, message[7:])
        elif "date" in one["type"]:
            yield Problem("PK055", file, key, "not a date", "write 2026-12-01, without quotes")
        else:
            yield Problem("PK053", file, key, message)


def _clause(path: str, cited: Cited) -> Clause:
    other = cited.practice
    practice = Practice(other.says, other.citation, other.confidence, other.read) if other else None
    return Clause(
        path, cited.citation, cited.confidence, cited.note, cited.override, practice, cited.read
    )


def _policy(shape: PolicyShape, digest: str) -> Policy:
    dnt, law = shape.dnt, shape.law
    return Policy(
        id=shape.id,
        name=shape.name,
        kind=shape.kind,
        places=tuple(shape.places),
        follows=frozenset(shape.scope.follows if shape.scope else ()),
        law=Law(law.title, law.in_force, _clause("law", law)) if law else None,
        extends=shape.extends,
        over=shape.over,
        has_threshold=shape.threshold is not None,
        hash=digest[:12],
        rules={use: _rule(use, rule, f"rules.{use}") for use, rule in shape.rules.items()},
        minors={key: _minor(minor, f"minors.{key}") for key, minor in shape.minors.items()},
        age=_age(shape.consent_age) if shape.consent_age else None,
        gpc=_gpc(shape.gpc) if shape.gpc else None,
        dnt=Dnt(dnt.effect, _clause("dnt", dnt)) if dnt else None,
        facts=dict(_facts(shape)),
        amendments=tuple(
            Amendment(a.on, a.what, _clause("amendments", a)) for a in shape.amendments
        ),
        pending=tuple(Pending(p.what, _clause("pending", p), p.expected) for p in shape.pending),
        departures=tuple(
            Departure(d.place, d.on, _clause("departures", d)) for d in shape.departures
        ),
        notes=tuple(shape.notes),
        drop=tuple(shape.drop),
    )


def _rule(use: str, shape: RuleShape, path: str) -> Rule:
    stricter = shape.stricter
    return Rule(
        use=use,
        model=shape.model,
        clause=_clause(path, shape),
        conditions=_conditions(shape.conditions) if shape.conditions else None,
        otherwise=shape.else_,
        stricter=Stricter(stricter.model, _conditions(stricter)) if stricter else None,
        prohibited=tuple(_condition(one) for one in shape.prohibited),
        data_types=frozenset(shape.data_types),
        any_size=shape.any_size,
        any_size_for=frozenset(shape.any_size_for),
        since=shape.since,
        before=_rule(use, shape.before, f"{path}.before") if shape.before else None,
    )


def _condition(shape: ConditionShape) -> PropertyCondition:
    return PropertyCondition(shape.prop, shape.is_, shape.max, shape.min)


def _conditions(shape: ConditionsShape) -> Conditions:
    def each(
        parts: list[ConditionShape | ConditionsShape],
    ) -> tuple[PropertyCondition | Conditions, ...]:
        return tuple(
            _condition(one) if isinstance(one, ConditionShape) else _conditions(one)
            for one in parts
        )

    return Conditions(each(shape.all), each(shape.any_of))


def _minor(shape: MinorShape, path: str) -> Minor:
    named = frozenset(use for use in shape.uses if use not in {"any", "consent_based"})
    return Minor(
        effect=shape.effect,
        clause=_clause(path, shape),
        uses=named,
        any_use="any" in shape.uses,
        consent_based="consent_based" in shape.uses,
        below=shape.below,
        at_least=shape.from_ or 0,
        online_platform=shape.only_if == "online_platform",
        exceptions=tuple(shape.exceptions),
        any_size=shape.any_size,
        since=shape.since,
        until=shape.until,
    )


def _age(shape: AgeShape, path: str = "consent_age") -> Age:
    return Age(
        shape.years,
        _clause(path, shape),
        tuple(shape.exceptions),
        shape.since,
        _age(shape.before, f"{path}.before") if shape.before else None,
    )


def _gpc(shape: GpcShape) -> Gpc:
    return Gpc(
        shape.status,
        _clause("gpc", shape),
        frozenset(shape.uses),
        shape.since,
        shape.shown_since,
        frozenset(shape.beyond),
    )


def _facts(shape: PolicyShape) -> Iterator[tuple[str, Fact]]:
    if shape.scope is not None:
        yield "scope", Fact(_clause("scope", shape.scope))
    for name in _FACTS:
        if (fact := getattr(shape, name)) is not None:
            yield name, _fact(fact, name)
    for group in _GROUPS:
        table: Shape = getattr(shape, group)
        for name in type(table).model_fields:
            if (fact := getattr(table, name)) is not None:
                yield f"{group}.{name}", _fact(fact, f"{group}.{name}")
                for right, other in _by_right(fact):
                    path = f"{group}.{name}.{right}"
                    yield path, _fact(other, path)


def _by_right(fact: FactShape) -> Iterator[tuple[str, FactShape]]:
    """Give the periods that *fact* has for some rights, each under the right it is for."""
    if isinstance(fact, DeadlineShape):
        for one in fact.by_right:
            yield from ((right, one) for right in one.rights)


def _fact(shape: FactShape, path: str) -> Fact:
    said = shape.model_dump(exclude_unset=True, by_alias=True, exclude=set(_HIDDEN))
    older = _fact(shape.before, f"{path}.before") if shape.before is not None else None
    return Fact(_clause(path, shape), said, shape.since, older)
