"""Purposes that a request stops. Pure."""

from __future__ import annotations

from privacykit.govern import flow
from privacykit.govern.records import RequestType, SubjectRequest
from privacykit.settings.model import Settings

_SALE = frozenset({"sale", "targeted_ads"})
_SENSITIVE = frozenset({"sensitive_data", "sensitive_sale", "profiling_significant"})


def stopped_purposes(settings: Settings, request: SubjectRequest) -> tuple[str, ...]:
    """Return the purposes stopped: those named, those of a sale, … ; none is all."""
    if request.purposes or request.subject_request_type not in flow.CHOICES:
        return request.purposes
    uses = {
        RequestType.OPT_OUT_SALE_SHARING: _SALE,
        RequestType.LIMIT_SENSITIVE: _SENSITIVE,
    }.get(request.subject_request_type)
    if uses is None:
        return ()
    known = settings.purposes.items()
    return tuple(name for name, purpose in known if uses & set(purpose.uses)) or ("sale",)
