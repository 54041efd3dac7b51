"""The words of the law that the code knows, one meaning each. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Confidence(StrEnum):
    """How sure we are of a clause."""

    VERIFIED = "verified"
    """The operative words were read in the text of the law or an official source."""
    QUOTED = "quoted"
    """The operative words were read as a word-for-word quotation in somebody else's dated work."""
    REPORTED = "reported"
    """A dated review states it, or it is settled knowledge; the text was not read."""
    UNSURE = "unsure"
    """Do not rely on it."""


class Use(StrEnum):
    """What a purpose does, in the words of the law; a purpose may have several uses."""

    STRICTLY_NECESSARY = "strictly_necessary"
    ANALYTICS_STORAGE = "analytics_storage"
    ANALYTICS_NO_STORAGE = "analytics_no_storage"
    TARGETED_ADS = "targeted_ads"
    SALE = "sale"
    SENSITIVE_DATA = "sensitive_data"
    SENSITIVE_SALE = "sensitive_sale"
    PROFILING_SIGNIFICANT = "profiling_significant"
    REPROMPT = "reprompt"


RULED_USES: Final = tuple(use for use in Use if use not in {Use.STRICTLY_NECESSARY, Use.REPROMPT})
"""The uses that policies have rules for."""

SIGNIFICANT_USES: Final = frozenset(
    {
        Use.SALE,
        Use.SENSITIVE_DATA,
        Use.SENSITIVE_SALE,
        Use.PROFILING_SIGNIFICANT,
    }
)
"""Uses that are denied, not asked about, where a policy has no rule for them."""


class Model(StrEnum):
    """What a rule asks before a use may happen."""

    NOTICE = "notice"
    OPT_OUT = "opt_out"
    EXEMPT = "exempt_if"
    OPT_IN = "opt_in"
    EXPLICIT_OPT_IN = "explicit_opt_in"
    SIGNED_AUTHORIZATION = "signed_authorization"
    AUTHORITY_PERMISSION = "authority_permission"
    STRICTLY_NECESSARY_ONLY = "strictly_necessary_only"
    PROHIBITED = "prohibited"


CONSENT_MODELS: Final = frozenset(
    {
        Model.OPT_IN,
        Model.EXPLICIT_OPT_IN,
        Model.SIGNED_AUTHORIZATION,
    }
)
"""Models under which nothing happens before somebody agreed."""


class Kind(StrEnum):
    """What sort of entry a policy is; it decides how the policy is found."""

    SUPRANATIONAL = "supranational"
    COUNTRY = "country"
    SUBDIVISION = "subdivision"
    OVERLAY = "overlay"
    ESTABLISHMENT_REGIME = "establishment_regime"
    FALLBACK = "fallback"


class Follows(StrEnum):
    """Whom a law follows."""

    VISITOR = "visitor"
    """Whoever is there."""
    RESIDENT = "resident"
    """Who lives there; being there is taken as a sign of it unless a residence is declared."""
    OPERATOR = "operator"
    """Whoever runs a site from there."""


class SignalEffect(StrEnum):
    """What being a minor changes."""

    PROHIBITED = "prohibited"
    PARENTAL_CONSENT = "parental_consent"
    JOINT_CONSENT = "joint_consent"
    """The child and a parent agree together."""
    OWN_CONSENT = "own_consent"
    """The minor must agree where an adult need not."""


class GpcStatus(StrEnum):
    """What a law says of Global Privacy Control."""

    MANDATORY = "mandatory"
    CONDITIONAL = "conditional"
    """A duty with excuses, which nobody has until they state them: treated as mandatory."""
    PERMISSIVE = "permissive"
    NOT_MANDATED = "not_mandated"
    HONOUR_BY_DEFAULT = "honour_by_default"
    """Our own choice for unknown places."""


class DntEffect(StrEnum):
    """What a law makes of Do Not Track."""

    OBJECTION = "objection"
    DISCLOSURE_ONLY = "disclosure_only"
    MUST_OFFER_OPTION = "must_offer_option"
    NONE = "none"


class RequestStart(StrEnum):
    """What starts the clock of a request."""

    RECEIPT = "receipt"
    """A request came in."""
    AUTHENTICATION = "authentication"
    """It is known who asks."""
    RELEVANT_TIME = "relevant_time"
    """The latest of request, proof of identity that was asked for, and fee."""
    WITHDRAWAL = "withdrawal"
    """Consent was withdrawn."""
    REFUSAL = "refusal"
    """The operator refused, or its time to answer ran out."""
    APPEAL_RECEIPT = "appeal_receipt"
    """An appeal to the operator came in."""
    COMPLAINT_RECEIPT = "complaint_receipt"
    """A complaint to the operator came in."""


class BreachStart(StrEnum):
    """What starts the clock of a breach, in the order in which things happen."""

    UNSAID = "unsaid"
    """The law names a period and no start: the earliest moment is taken."""
    FAILURE = "failure"
    """Protection failed, whether or not anybody noticed."""
    DETECTION = "detection"
    """The breach was detected."""
    DISCOVERY = "discovery"
    """The breach was discovered."""
    DISCOVERY_OR_NOTIFICATION = "discovery_or_notification"
    """It was discovered, or somebody else, such as a processor, said so: the earlier."""
    DISCOVERY_OR_DETERMINATION = "discovery_or_determination"
    """The law was read in a summary that names both: the earlier."""
    AWARENESS = "awareness"
    """The operator is reasonably certain that there was a breach."""
    KNOWLEDGE = "knowledge"
    """The operator knows of it, or reasonably believes it."""
    DETERMINATION = "determination"
    """An investigation came to the result that a breach occurred."""
    CONFIRMATION = "confirmation"
    """The breach is confirmed and who is affected can be told."""
    ASSESSMENT = "assessment"
    """It was assessed that the breach has to be notified."""
    AUTHORITY_NOTICE = "authority_notice"
    """The authority was told."""
    PEOPLE_NOTICE = "people_notice"
    """The people affected were told."""
