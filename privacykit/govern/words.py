"""The closed vocabularies of flow 2, from the standards that own the ideas. Pure."""

from __future__ import annotations

from enum import Enum
from typing import Literal, get_args

Language = Literal["de", "en"]
"""What letters to people are written in (ISO 639-1)."""
LANGUAGES: tuple[Language, ...] = get_args(Language)

StoredTreatment = Literal["address", "url", "user_agent", "id", "text", "drop"]
"""
What becomes of a stored value: as coarse as an address may be in a log; a URL without query and
tokens; the class of a device; a keyed hash; a text without e-mail addresses and tokens; nothing.
"""


class RequestType(Enum):
    """What a person asks for: GDPR Art. 7(3), 15 to 18, 20, 21; CCPA 1798.105 to .121."""

    ACCESS = "access"
    PORTABILITY = "portability"
    ERASURE = "erasure"
    RECTIFICATION = "rectification"
    RESTRICTION = "restriction"
    OBJECTION = "objection"
    OPT_OUT_SALE_SHARING = "opt_out_sale_sharing"
    LIMIT_SENSITIVE = "limit_sensitive"
    CONSENT_WITHDRAWAL = "consent_withdrawal"


class RequestStatus(Enum):
    """Where a request stands (W3C DPV); *rejected* is our no, *unfulfilled* our failure."""

    INITIATED = "initiated"
    ACKNOWLEDGED = "acknowledged"
    REQUIRES_ACTION = "requires_action"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    DELAYED = "delayed"
    FULFILLED = "fulfilled"
    PARTIALLY_FULFILLED = "partially_fulfilled"
    UNFULFILLED = "unfulfilled"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


class Relation(Enum):
    """Whose a row is, said on the foreign key that ties it (K9db, OSDI 2023)."""

    OWNED_BY = "owned_by"
    ACCESSED_BY = "accessed_by"
    OWNS = "owns"
    ACCESSES = "accesses"


class ErasureStrategy(Enum):
    """What erasure does to a row or a field."""

    DELETE = "delete"
    NULL = "null"
    HASH = "hash"
    HMAC = "hmac"
    MASK = "mask"
    RANDOM = "random"
    TRUNCATE = "truncate"
    GENERALISE = "generalise"
    DETACH = "detach"
    SHRED = "shred"
    KEEP = "keep"


class Effect(Enum):
    """
    The physical truth of an erasure (W3C DPV Delete, Erase, Pseudonymise, Anonymise).

    *logical*: no query finds it, bytes may. *erased*: the bytes were searched and are gone.
    *unreadable*: the key is destroyed. *pseudonymised*: a token stands in its place. *anonymised*:
    checked against singling out. *none*: nothing was changed.
    """

    NONE = "none"
    LOGICAL = "logical"
    ERASED = "erased"
    UNREADABLE = "unreadable"
    PSEUDONYMISED = "pseudonymised"
    ANONYMISED = "anonymised"


class Action(Enum):
    """What a step of a plan does to the rows it names."""

    EXPORT = "export"
    DELETE = "delete"
    CHANGE = "change"
    DETACH = "detach"
    KEEP = "keep"
    RECTIFY = "rectify"
    RESTRICT = "restrict"
