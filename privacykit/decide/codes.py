"""
Why a decision came out as it did: one code and one sentence for each way. Pure.

Codes are stable; they stand in events, in ``explain`` and in ``[[cases]]`` of policy files.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Self


class Code(StrEnum):
    """
    The code of a reason; :attr:`words` says it plainly.

    Of codes with one verdict the earlier member asks more, so it is the one to read first.
    """

    words: str

    def __new__(cls, code: str, words: str) -> Self:
        """Make a member that is its code and carries its sentence."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.words = words
        return member

    PROHIBITED = "prohibited", "The law forbids it, and no consent can cure that."
    MINOR_PROHIBITED = "minor_prohibited", "The law forbids it for minors of this age."
    ONLY_IF_NECESSARY = (
        "only_if_necessary",
        "It may happen only where the service the person asked for strictly needs it.",
    )
    PERMISSION_NEEDED = "permission_needed", "The authority must have permitted it."
    REFUSED = "refused", "The person said no."
    WITHDRAWN = "withdrawn", "The person took consent back."
    OPTED_OUT = "opted_out", "The person opted out."
    SUPPRESSED = (
        "suppressed",
        "The person had themselves erased or objected, and has not agreed since.",
    )
    GPC = "gpc", "The browser sends Global Privacy Control."
    DNT_OBJECTION = "dnt_objection", "Do Not Track counts as an objection here."
    SIGNATURE_NEEDED = "signature_needed", "A signed authorisation is needed."
    PARENT_AND_CHILD_NEEDED = (
        "parent_and_child_needed",
        "Below this age child and parent must consent together.",
    )
    PARENT_NEEDED = "parent_needed", "Below this age a parent must consent."
    MINOR_CONSENT_NEEDED = "minor_consent_needed", "A minor of this age must agree first."
    EXPLICIT_CONSENT_NEEDED = "explicit_consent_needed", "Only explicit consent is enough."
    CONSENT_BEFORE_SIGNAL = (
        "consent_before_signal",
        "The consent was given without knowing of the browser's signal, which opts out of sale.",
    )
    CONSENT_EXPIRED = "consent_expired", "The consent is too old and must be given again."
    CONSENT_NEEDED = "consent_needed", "Nothing happens before the person agrees."
    CONDITIONS_NOT_MET = (
        "conditions_not_met",
        "It could pass without consent, but not every condition is stated to hold.",
    )
    UNSETTLED_CONDITIONS = (
        "unsettled_conditions",
        "The law is unsettled, and not all four conditions hold under which we take the risk.",
    )
    UNSETTLED_STRICT = "unsettled_strict", "The law is unsettled, and strict mode takes no risk."
    NO_RULE = "no_rule", "No rule is known here, so the cautious answer holds."
    UNSETTLED = "unsettled", "The law is unsettled; all four cautious conditions hold."
    SIGNATURE = "signature", "A signed authorisation was given."
    PARENTAL_CONSENT = "parental_consent", "A parent agreed."
    CONSENT = "consent", "The person agreed."
    PERMISSION = "permission", "The authority has permitted it."
    NECESSARY = "necessary", "The service the person asked for strictly needs it."
    EXEMPT = "exempt", "Every condition of the exemption is stated to hold."
    OPT_OUT = "opt_out", "It may happen until the person opts out, which has not happened."
    NOTICE = "notice", "It may happen with notice."
    STRICTLY_NECESSARY = "strictly_necessary", "What is strictly necessary may always happen."
    WAIT = "wait", "Too little time has passed since the refusal to ask again."
    WAIT_UNKNOWN = "wait_unknown", "There was a refusal, but nobody says how long ago."
    WAIT_OVER = "wait_over", "Enough time has passed since the refusal."
    NO_WAIT = "no_wait", "The law sets no number of months before asking again."
    NOTHING_REFUSED = "nothing_refused", "Nothing was refused, so nothing is asked again."
    UNKNOWN_USE = "unknown_use", "No law knows this use, so it is refused."
    NO_POLICY = "no_policy", "No policy applies, so nothing may happen."
    INVALID_CASE = "invalid_case", "The case cannot be read, so it is refused."


WORDS: Final = {code.value: code.words for code in Code}
"""The sentence of each code."""

RANK: Final = {code.value: rank for rank, code in enumerate(Code)}
"""How early each code stands; of equal verdicts the lower rank is read first."""

ANSWERED_BY_GRANT: Final = frozenset(
    {
        Code.REFUSED.value,
        Code.WITHDRAWN.value,
        Code.OPTED_OUT.value,
        Code.SUPPRESSED.value,
        Code.GPC.value,
        Code.DNT_OBJECTION.value,
        Code.MINOR_CONSENT_NEEDED.value,
        Code.CONSENT_BEFORE_SIGNAL.value,
        Code.CONSENT_EXPIRED.value,
        Code.CONSENT_NEEDED.value,
        Code.CONDITIONS_NOT_MET.value,
        Code.UNSETTLED_CONDITIONS.value,
        Code.UNSETTLED_STRICT.value,
    }
)
"""What a plain grant on our form answers; whatever else is asked stops one, so it is read first."""

LETS_PASS: Final = frozenset(
    {
        Code.UNSETTLED.value,
        Code.SIGNATURE.value,
        Code.PARENTAL_CONSENT.value,
        Code.CONSENT.value,
        Code.PERMISSION.value,
        Code.NECESSARY.value,
        Code.EXEMPT.value,
        Code.OPT_OUT.value,
        Code.NOTICE.value,
        Code.STRICTLY_NECESSARY.value,
        Code.WAIT_OVER.value,
        Code.NOTHING_REFUSED.value,
    }
)
"""What a policy says that stops nothing."""
