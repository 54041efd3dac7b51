"""Rows of plain words for decoded strings and sections. Pure; sets of vendors are counted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from privacykit.cli.signals import names
from privacykit.cli.terminal.words import many
from privacykit.signals.bits.ids import Ids
from privacykit.signals.gpp.canada import CanadaSection
from privacykit.signals.gpp.opt_outs import opt_outs
from privacykit.signals.gpp.string import Section
from privacykit.signals.gpp.us import UsSection, Value
from privacykit.signals.tcf.fields import moment
from privacykit.signals.tcf.model import TcString, TcStringV1
from privacykit.signals.us_privacy import UsPrivacy

Row = tuple[str, str]

MOST_SHOWN = 8
"""Vendors that are shown of a set; ``--json`` has all."""

_WORD = re.compile(r"[A-Z][a-z]+")
_NOTICE = {0: "does not apply", 1: "given", 2: "not given"}
_OPT_OUT = {0: "does not apply", 1: "opted out", 2: "did not opt out"}
_CONSENT = {0: "does not apply", 1: "no consent", 2: "consent"}
_YES = {0: "does not apply", 1: "yes", 2: "no"}
_OPT_OUT_STATES = {"usca", "usut", "usia"}
"""Where sensitive data is opted out of; elsewhere it is consented to."""
_UNDEFINED = "undefined, taken as the protective answer"
_ANSWERS = {"Y": "yes", "N": "no", "-": "does not apply"}


def section_rows(section: Section, now: datetime) -> list[Row]:
    """Return what *section* says."""
    if isinstance(section, UsSection):
        return us_rows(section)
    if isinstance(section, UsPrivacy):
        return us_privacy_rows(section)
    if isinstance(section, CanadaSection):
        return _canada_rows(section, now)
    return tcf_rows(section, now)


def tcf_rows(string: TcString | TcStringV1, now: datetime) -> list[Row]:
    """Return what a TC string says; its age as of *now*."""
    rows = _written(string, now)
    if isinstance(string, TcStringV1):
        # The purposes of version 1 had the same numbers and other meanings.
        allowed = _listed(string.purposes_allowed, {})
        return [*rows, ("purposes", allowed), ("vendors", vendors(string.vendor_consents))]
    rows += [
        ("policy", f"{string.tcf_policy_version} (vendor list {string.vendor_list_version})"),
        ("scope", "this site" if string.is_service_specific else "global"),
        ("consent to", _purposes(string.purposes_consent)),
        ("legitimate interest", _purposes(string.purposes_li_transparency)),
        ("special features", _listed(string.special_feature_opt_ins, names.SPECIAL_FEATURES)),
        ("vendors with consent", vendors(string.vendor_consents)),
        ("vendors on interest", vendors(string.vendor_legitimate_interests)),
    ]
    for one in string.publisher_restrictions:
        kind = names.RESTRICTIONS[one.restriction_type]
        rows.append((f"purpose {one.purpose_id}", f"{kind}, for {vendors(one.vendor_ids)}"))
    rows.append(("disclosed vendors", _segment(string.disclosed_vendors)))
    if string.publisher_tc is not None:
        publisher = string.publisher_tc
        rows.append(("publisher's consent", _purposes(publisher.pub_purposes_consent)))
        rows.append(("publisher's interest", _purposes(publisher.pub_purposes_li_transparency)))
    return rows


def _written(string: TcString | TcStringV1 | CanadaSection, now: datetime) -> list[Row]:
    made, changed = moment(string.created), moment(string.last_updated)
    days = (now - min(made, changed)).days
    age = f"{many(days, 'day')} ago" if days >= 0 else "in the future"
    language = string.consent_language
    manager = f"{string.cmp_id}, version {string.cmp_version}, in language {language}"
    return [("made", f"{made:%Y-%m-%d}, {age}"), ("consent manager", manager)]


def _canada_rows(section: CanadaSection, now: datetime) -> list[Row]:
    return [
        *_written(section, now),
        ("express consent to", _purposes(section.purposes_express)),
        ("implied consent to", _purposes(section.purposes_implied)),
        ("vendors, express", vendors(section.vendors_express)),
        ("vendors, implied", vendors(section.vendors_implied)),
        ("restrictions", many(len(section.restrictions), "restriction")),
        ("disclosed vendors", _segment(section.disclosed_vendors)),
    ]


def us_privacy_rows(string: UsPrivacy) -> list[Row]:
    """Return what a US Privacy string says."""
    return [
        ("notice given", _ANSWERS[string.notice]),
        ("opted out of sale", _ANSWERS[string.opt_out_sale]),
        ("under the LSPA", _ANSWERS[string.lspa_covered]),
    ]


def us_rows(section: UsSection) -> list[Row]:
    """Return what a US section says, and what that comes to."""
    rows = [(_spaced(name), _said(section, name, value)) for name, value in section.fields.items()]
    if section.sensitive is not None:
        rows.append(("sensitive data", _said(section, "Sensitive", section.sensitive)))
    if section.layout.gpc:
        gpc = {None: "not recorded, which is not off", True: "on", False: "off"}[section.gpc]
        rows.append(("gpc", gpc))
    out = "the person opted out" if opt_outs(section).any else "no opt-out"
    return [*rows, ("so", out)]


def _said(section: UsSection, name: str, value: Value) -> str:
    if name.endswith("Notice"):
        meanings = _NOTICE
    elif name.endswith("OptOut") or (
        name.startswith("Sensitive") and section.layout.name in _OPT_OUT_STATES
    ):
        meanings = _OPT_OUT
    elif name.startswith("Mspa"):
        meanings = _YES
    else:
        meanings = _CONSENT
    if isinstance(value, int):
        return meanings.get(value, _UNDEFINED)
    return "; ".join(_slots(value, meanings)) or "does not apply"


def _slots(values: Iterable[int], meanings: dict[int, str]) -> Iterator[str]:
    """Give what the places say that say anything, places of one meaning together."""
    said: dict[str, list[int]] = {}
    for place, value in enumerate(values, 1):
        if value:
            said.setdefault(meanings.get(value, _UNDEFINED), []).append(place)
    for meaning, places in said.items():
        yield f"{meaning} in place {', '.join(map(str, places))}"


def _spaced(name: str) -> str:
    return " ".join(_WORD.findall(name)).lower()


def _purposes(ids: Ids) -> str:
    return _listed(ids, names.PURPOSES)


def _listed(ids: Ids, called: dict[int, str]) -> str:
    words = (f"{number} {called[number]}" if number in called else str(number) for number in ids)
    return "; ".join(words) or "none"


def _segment(ids: Ids | None) -> str:
    return "the segment is absent" if ids is None else vendors(ids)


def vendors(ids: Ids) -> str:
    """Return how many vendors *ids* holds, and the first of them."""
    count = len(ids)
    if not count:
        return "none"
    first = [str(number) for number, _ in zip(ids, range(MOST_SHOWN), strict=False)]
    more = ", …" if count > MOST_SHOWN else ""
    return f"{count} ({', '.join(first)}{more})"
