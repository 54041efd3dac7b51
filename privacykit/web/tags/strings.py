"""
Strings for advertisers from a decision: a GPP string with one US section, and US Privacy. Pure.

Laws of this file, held by ``tests/web/tags/test_strings.py``:

- whatever the decision does not allow is written as opted out, and so is what nobody decided;
- a stricter decision is never written as a looser string;
- no string gives consent to sensitive data or for a child, and none claims an agreement (MSPA)
  that we cannot know of;
- outside of the United States no section applies, and that is said; where the place is unknown, and
  in states without a section of their own, the national one does.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from privacykit.collect.privacy import Privacy
from privacykit.policy.verdict import Verdict
from privacykit.policy.words import Use
from privacykit.signals.choice.mask import GPC, REFUSED
from privacykit.signals.gpp.layouts import LAYOUTS, USNAT, Layout
from privacykit.signals.gpp.us import UsSection, Value
from privacykit.signals.gpp.write import encode_gpp, encode_us
from privacykit.signals.us_privacy import UsPrivacy
from privacykit.web.tags.config import GppScope, Tags

NOT_APPLICABLE, YES, NO = 0, 1, 2
"""Values of a field: an opt-out of 1 was made, a notice of 1 was given, a consent of 1 was not."""
UNKNOWN_PLACE = "ZZ"
SECTIONS = {f"US-{layout.name[2:].upper()}": id_ for id_, layout in LAYOUTS.items() if id_ != USNAT}
"""The section of each state that has one."""
SELLING = frozenset({Use.SALE, Use.SENSITIVE_SALE})
ADVERTISING = frozenset({Use.TARGETED_ADS})
SENSITIVE = frozenset({Use.SENSITIVE_DATA, Use.SENSITIVE_SALE})
LAW_DOES_NOT_APPLY = UsPrivacy("-", "-", "-")


class UsAnswers(NamedTuple):
    """
    What a section asks, answered.

    Attributes:
        sale: Whether the person opted out of sale.
        advertising: Whether the person opted out of sharing and targeted advertising.
        sensitive: Whether the site has a purpose with sensitive data.
        child: Whether the site is directed at children.
        gpc: Whether the browser sends Global Privacy Control.
        notices: Whether notices are given.
    """

    sale: int
    advertising: int
    sensitive: bool
    child: bool
    gpc: bool
    notices: bool


class GppAnswer(NamedTuple):
    """
    A GPP string, and what an API says beside it.

    Attributes:
        text: The string.
        applicable: The sections that apply; -1 where none does.
        sections: The fields of each by its API prefix, as ``getSection`` of the API returns them.
    """

    text: str
    applicable: tuple[int, ...]
    sections: dict[str, dict[str, Value | bool]]


def asked_of(privacy: Privacy, notices: bool) -> UsAnswers:
    """Return what the decision about a request answers; *notices* says whether they are given."""
    site, plan = privacy.site_day.site, privacy.plan
    allowed = {id_ for id_, made in plan.decisions.items() if made.verdict is Verdict.ALLOW}
    uses = {purpose.id: frozenset(purpose.uses) for purpose in site.purposes}
    said_no = bool(plan.mask & (GPC | REFUSED))

    def opted_out(of: Collection[str]) -> int:
        asking = [id_ for id_ in uses if not uses[id_].isdisjoint(of)]
        if not asking:
            return YES if said_no else NOT_APPLICABLE
        return NO if allowed.issuperset(asking) else YES

    return UsAnswers(
        opted_out(SELLING),
        opted_out(ADVERTISING),
        any(not own.isdisjoint(SENSITIVE) for own in uses.values()),
        site.audience.child_directed,
        bool(plan.mask & GPC),
        notices,
    )


def gpp_of(asked: UsAnswers, place: str, scope: GppScope) -> GppAnswer:
    """
    Return the GPP string for a visitor at *place*.

    Args:
        asked: The answers.
        place: ``US-CA``; ``ZZ`` when unknown.
        scope: Whether states have their own section, where there is one.
    """
    section_id = section_of(place, scope)
    if section_id is None:
        return GppAnswer(encode_gpp({}), (-1,), {})
    section = us_section(LAYOUTS[section_id], asked)
    text = encode_gpp({section_id: encode_us(section)})
    return GppAnswer(text, (section_id,), {section.layout.name: _told(section)})


def section_of(place: str, scope: GppScope) -> int | None:
    """Return the id of the section for *place*, ``None`` where the law there has none."""
    if not is_american(place):
        return None
    return USNAT if scope == "national" else SECTIONS.get(place, USNAT)


def is_american(place: str) -> bool:
    """Tell whether *place* is in the United States, or unknown, so that it may be."""
    return place == UNKNOWN_PLACE or place.partition("-")[0] == "US"


def us_section(layout: Layout, asked: UsAnswers) -> UsSection:
    """Return the section of *layout* that says what was *asked*."""
    sensitive = YES if asked.sensitive else NOT_APPLICABLE
    return UsSection(
        layout,
        {
            field.name: (_value(field.name, asked),) * field.slots
            if field.slots
            else _value(field.name, asked)
            for field in layout.fields
        },
        asked.gpc if layout.gpc else None,
        (sensitive,) * layout.sensitive_slots if layout.sensitive_slots else None,
        None,
        layout.version,
    )


def us_privacy_of(asked: UsAnswers, place: str) -> UsPrivacy:
    """Return the US Privacy string for a visitor at *place*: a ``N`` only where sale may happen."""
    if not is_american(place):
        return LAW_DOES_NOT_APPLY
    sells = asked.sale == NO and asked.advertising != YES
    return UsPrivacy("Y" if asked.notices else "N", "N" if sells else "Y", "N")


def strings_of(privacy: Privacy, tags: Tags) -> dict[str, object]:
    """Return as JSON members the strings that *tags* want about a request."""
    asked, place = asked_of(privacy, tags.notices), privacy.plan.place
    told: dict[str, object] = {}
    if tags.gpp is not None:
        told["gpp"] = gpp_of(asked, place, tags.gpp)._asdict()
    if tags.us_privacy:
        told["us_privacy"] = str(us_privacy_of(asked, place))
    return told


_SALE = {"SaleOptOut": "sale", "SaleOptOutNotice": "sale"}
_ADVERTISING = dict.fromkeys(
    (
        "SharingOptOut",
        "SharingOptOutNotice",
        "TargetedAdvertisingOptOut",
        "TargetedAdvertisingOptOutNotice",
    ),
    "advertising",
)
_OPT_OUTS = {**_SALE, **_ADVERTISING}
_ALWAYS_TOLD = frozenset({"SharingNotice", "ProcessingNotice"})
_SENSITIVE_NOTICES = frozenset(
    {
        "SensitiveDataProcessingOptOutNotice",
        "SensitiveDataOptOutNotice",
        "SensitiveDataLimitUseNotice",
    }
)


def _value(name: str, asked: UsAnswers) -> int:
    """Return the value of the field *name*; one that is not known does not apply."""
    notice = YES if asked.notices else NO
    if name in _OPT_OUTS:
        said: int = getattr(asked, _OPT_OUTS[name])
        return said if not name.endswith("Notice") or said == NOT_APPLICABLE else notice
    if name in _ALWAYS_TOLD:
        return notice
    if name in _SENSITIVE_NOTICES:
        return notice if asked.sensitive else NOT_APPLICABLE
    if name == "SensitiveDataProcessing":
        return YES if asked.sensitive else NOT_APPLICABLE
    if name == "KnownChildSensitiveDataConsents":
        return YES if asked.child else NOT_APPLICABLE
    return NO if name == "MspaCoveredTransaction" else NOT_APPLICABLE


def _told(section: UsSection) -> dict[str, Value | bool]:
    told: dict[str, Value | bool] = {section.layout.version_field: section.version}
    told |= section.fields
    if section.sensitive is not None:
        told["SensitiveDataProcessing"] = section.sensitive
    if section.gpc is not None:
        told |= {"GpcSegmentType": 1, "GpcSegmentIncluded": True, "Gpc": section.gpc}
    return told
