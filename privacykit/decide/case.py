"""
A case in writing: one question to the law as JSON or TOML, and its answer. Pure.

The format serves ``explain --batch`` and the ``[[cases]]`` of policy files. What is absent is
unknown, and unknown is not met; what cannot be read is refused, and nothing of it is quoted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import msgspec

from privacykit.decide.case_members import misplaced
from privacykit.decide.case_words import stated_properties
from privacykit.decide.codes import Code
from privacykit.decide.decision import Decision, conclude, weigh
from privacykit.decide.judge import Ruling
from privacykit.decide.reason import Consent, Reason, Signals
from privacykit.errors import InputError
from privacykit.policy.audience import Audience
from privacykit.policy.model import Policy
from privacykit.policy.place import normalise_place
from privacykit.policy.policyset import PolicySet
from privacykit.policy.verdict import Verdict

_SCOPES: Final = frozenset({"everywhere", "mandated"})
_ON: Final = (True, 1, "1")
_MANY: Final = 1_000_000
_DAY: Final = len("2026-11-21")


class CaseError(InputError):
    """
    A case cannot be read.

    Attributes:
        key: The key that is wrong.
        case_id: The ``id`` of the case, as far as it could be read.
        hint: What to do.
    """

    def __init__(self, key: str, case_id: object = None, hint: str = "") -> None:
        super().__init__(f"cannot read {key} of the case" + (f": {hint}" if hint else ""))
        self.key = key
        self.case_id = case_id
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Case:
    """
    One question.

    Attributes:
        id: Whatever the asker calls it; it comes back as it is.
        on: The date of the event; ``None`` leaves it to whoever answers.
        place: Where the visitor seems to be.
        residence: A place the visitor declared.
        use: What is to be done.
        audience: Who the site is for and who runs it.
        signals: What the visitor said.
        properties: What is declared of the purpose.
        gpc_scope: ``"everywhere"``, ``"mandated"`` or ``None``, which leaves it open.
    """

    id: object
    on: date | None
    place: str
    residence: str | None
    use: str
    audience: Audience
    signals: Signals
    properties: Mapping[str, object]
    gpc_scope: str | None

    @classmethod
    def parse(cls, data: bytes | str | Mapping[str, Any]) -> Case:
        """
        Read a case from a JSON object or a table.

        Raises:
            CaseError: Something in it has the wrong form, or stands where nobody reads it; a use
                nobody knows is not an error.
        """
        table = _table(data)
        case_id = table.get("id")
        try:
            return _case(table)
        except CaseError as error:
            raise CaseError(error.key, case_id, error.hint) from None


def answer(
    case: Case,
    law: PolicySet,
    *,
    today: date,
    gpc_scope: str = "everywhere",
    strict: bool = False,
) -> dict[str, object]:
    """
    Answer *case* with verdict, reasons and policies.

    Args:
        case: The question.
        law: The policies to ask.
        today: The date of a case that states none.
        gpc_scope: The scope of a case that states none.
        strict: Take no risk where the law is unsettled.
    """
    policies, rulings = ask(case, law, today=today, gpc_scope=gpc_scope, strict=strict)
    return as_answer(case.id, conclude(policies, rulings))


def ask(
    case: Case,
    law: PolicySet,
    *,
    today: date,
    gpc_scope: str = "everywhere",
    strict: bool = False,
) -> tuple[tuple[Policy, ...], list[Ruling]]:
    """
    Return the policies that apply to *case*, and each one's own answer, the strictest first.

    Args:
        case: The question.
        law: The policies to ask.
        today: The date of a case that states none.
        gpc_scope: The scope of a case that states none.
        strict: Take no risk where the law is unsettled.
    """
    on = case.on or today
    policies = law.applicable(case.place, on=on, audience=case.audience, residence=case.residence)
    rulings = weigh(
        policies,
        case.use,
        signals=case.signals,
        audience=case.audience,
        properties=case.properties,
        on=on,
        gpc_scope=case.gpc_scope or gpc_scope,
        strict=strict,
    )
    return policies, rulings


def as_answer(case_id: object, decision: Decision) -> dict[str, object]:
    """Put *decision* into the form of an answer."""
    return {
        "id": case_id,
        "verdict": decision.verdict.word,
        "reasons": decision.reasons,
        "policies": decision.policies,
    }


def refuse(error: CaseError) -> dict[str, object]:
    """Answer a case that cannot be read: no."""
    why = f"the case format: {error.hint}" if error.hint else "the case format"
    reason = Reason(Code.INVALID_CASE.value, "ZZ", error.key, why, "verified")
    return as_answer(error.case_id, Decision(Verdict.DENY, (reason,), ()))


def _table(data: bytes | str | Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(data, bytes | str):
        try:
            data = msgspec.json.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise CaseError("the JSON") from None
    if not isinstance(data, Mapping):
        raise CaseError("the JSON")
    return data


def _case(table: Mapping[str, Any]) -> Case:
    if wrong := misplaced(table):
        raise CaseError(wrong[0], hint=wrong[1])
    audience = _mapping(table, "audience")
    use = _word(table, "purpose") or _word(table, "use")
    scope = _word(table, "gpc_scope")
    if use is None:
        raise CaseError("purpose")
    if scope is not None and scope not in _SCOPES:
        raise CaseError("gpc_scope")
    return Case(
        id=table.get("id"),
        on=_date(table.get("date")),
        place=normalise_place(table.get("country"), table.get("subdivision")),
        residence=_residence(table) or _residence(audience),
        use=use,
        audience=_audience(audience, _words(table, "establishments")),
        signals=_signals(_mapping(table, "signals")),
        properties=stated_properties(_mapping(table, "properties")),
        gpc_scope=scope,
    )


def _residence(table: Mapping[str, Any]) -> str | None:
    return _word(table, "declared_residence") or _word(table, "residence")


def _audience(table: Mapping[str, Any], establishments: tuple[str, ...]) -> Audience:
    return Audience(
        establishments=(*establishments, *_words(table, "establishments")),
        child_directed=_flag(table, "child_directed"),
        online_platform=_flag(table, "online_platform"),
        data_types=frozenset(_words(table, "data_types")),
        # Only a plain `false` says that the thresholds are not met.
        thresholds_met=table.get("thresholds_met") is not False,
    )


def _signals(table: Mapping[str, Any]) -> Signals:
    try:
        consent = Consent(_word(table, "consent") or "none")
    except ValueError:
        raise CaseError("signals.consent") from None
    return Signals(
        gpc=_flag(table, "gpc"),
        dnt=_flag(table, "dnt"),
        consent=consent,
        opted_out=_flag(table, "opted_out"),
        age=_number(table, "age"),
        consent_after_gpc=table.get("consent_after_gpc") is True,
        parental_consent=table.get("parental_consent") is True,
        signed_authorization=table.get("signed_authorization") is True,
        months_since_refusal=_number(table, "months_since_refusal"),
        months_since_consent=_number(table, "months_since_consent"),
    )


def _mapping(table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = table.get(key)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise CaseError(key)
    return value


def _word(table: Mapping[str, Any], key: str) -> str | None:
    value = table.get(key)
    if value is not None and not isinstance(value, str):
        raise CaseError(key)
    return value


def _words(table: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = table.get(key)
    if value is None:
        return ()
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise CaseError(key)
    return tuple(value)


def _flag(table: Mapping[str, Any], key: str) -> bool:
    """Read a protective flag: whatever may mean yes counts as yes."""
    return table.get(key) in _ON


def _number(table: Mapping[str, Any], key: str) -> int | None:
    value = table.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _MANY:
        raise CaseError(f"signals.{key}")
    return int(value)


def _date(value: object) -> date | None:
    if value is None or type(value) is date:
        return value
    try:
        return date.fromisoformat(value[:_DAY]) if isinstance(value, str) else _no_date()
    except ValueError:
        return _no_date()


def _no_date() -> date:
    raise CaseError("date")
