"""
Answers to a line of ``privacykit signals decode --batch``, by the standard it names. Pure.

What is refused answers ``{"valid": false, "reason"}``; a reason holds no part of the input.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from privacykit.cli.signals.members import wrong_member
from privacykit.cli.signals.plain import (
    additional_consent_members,
    adpc_members,
    section_header,
    section_members,
    tcf_members,
    us_privacy_members,
)
from privacykit.signals.additional_consent import decode_additional_consent
from privacykit.signals.adpc import decode_adpc
from privacykit.signals.bits.data_types import decode_type
from privacykit.signals.consent_status import valid_for_processing
from privacykit.signals.dnt import parse_tk, preference
from privacykit.signals.gpc import gpc, parse_support
from privacykit.signals.gpp.header import TYPE, GppHeader, decode_header
from privacykit.signals.gpp.layouts import LAYOUTS
from privacykit.signals.gpp.opt_outs import opt_outs, sale_opt_out
from privacykit.signals.gpp.prebid import prebid_decision
from privacykit.signals.gpp.sid import decode_sid
from privacykit.signals.gpp.string import IDS, NAMES, decode_gpp, decode_section
from privacykit.signals.gpp.us import UsSection, decode_us
from privacykit.signals.tcf.decode import decode as decode_tcf
from privacykit.signals.tcf.validity import TcFacts, unusable
from privacykit.signals.unknown import Unknown
from privacykit.signals.us_privacy import decode_us_privacy

Answer = dict[str, Any]


class SignalLine(msgspec.Struct):
    """
    A line of a batch.

    Attributes:
        id: Comes back in the answer.
        standard: What the input is.
        input: Text, a list of headers, or an object, by the standard.
        section: Name of a GPP section, where the standard is about one.
        type: Name of a data type, where the standard is about one.
        params: Of that type.
    """

    id: str | int
    standard: str
    input: Any
    section: str | None = None
    type: str | None = None
    params: dict[str, int] | None = None


class _Validity(msgspec.Struct):
    now: datetime
    fields: TcFacts


class _Support(msgspec.Struct):
    body: str
    status: int = 200
    content_type: str = ""


class _Sid(msgspec.Struct):
    value: str
    carrier: str = ""


def answer(line: SignalLine) -> Answer:
    """
    Return the answer to *line*, without its id.

    An input that is not of the kind its standard has is refused like any other.
    """
    answered = STANDARDS.get(line.standard.replace("_", "-"))
    if answered is None:
        return _refused(Unknown("no_format", "a standard that is not known"))
    try:
        return answered(line)
    except msgspec.ValidationError as error:
        member = wrong_member(error, "input")
        told = f"an input of another kind than the standard has{member}"
        return _refused(Unknown("bad_value", told))


def _refused(unknown: Unknown) -> Answer:
    return {"valid": False, "reason": str(unknown)}


def _text(line: SignalLine) -> str:
    return msgspec.convert(line.input, str)


def _tcf(line: SignalLine) -> Answer:
    string = decode_tcf(_text(line))
    if isinstance(string, Unknown):
        return _refused(string)
    return {"valid": True, "fields": tcf_members(string)}


def _validity(line: SignalLine) -> Answer:
    asked = msgspec.convert(line.input, _Validity)
    facts = asked.fields
    for moment in (asked.now, facts.created, facts.last_updated):
        if moment.tzinfo is None:
            return _refused(Unknown("bad_value", "a time without a zone"))
    ground = unusable(facts, asked.now)
    return {"usable": True} if ground is None else {"usable": False, "reason": ground}


def _header_members(header: GppHeader) -> Answer:
    return {"Type": TYPE, "Version": header.version, "SectionIds": list(header.section_ids)}


def _gpp_header(line: SignalLine) -> Answer:
    header = decode_header(_text(line))
    if isinstance(header, Unknown):
        return _refused(header)
    return {"valid": True, "fields": _header_members(header)}


def _gpp(line: SignalLine) -> Answer:
    string = decode_gpp(_text(line))
    if isinstance(string, Unknown):
        return _refused(string)
    sections = {}
    for section_id, section in string.sections():
        if not isinstance(section, Unknown):
            sections[NAMES[section_id]] = section_members(section)
        elif section.reason != "no_format":
            # Strictly: whoever checks a string wants to hear of the one section that is wrong.
            where = f"section {section_id}" + (f": {section.detail}" if section.detail else "")
            return _refused(Unknown(section.reason, where))
    return {"valid": True, "header": _header_members(string.header), "sections": sections}


def _section_id(line: SignalLine) -> int:
    return IDS.get(line.section or "", 0)


def _gpp_section(line: SignalLine) -> Answer:
    section = decode_section(_section_id(line), _text(line))
    if isinstance(section, Unknown):
        return _refused(section)
    told: Answer = {"valid": True, "fields": section_members(section)}
    if isinstance(section, UsSection) and (header := section_header(section)) is not None:
        told["section_header"] = header
    return told


def _us_decision(line: SignalLine) -> Answer:
    section_id = _section_id(line)
    section = decode_us(section_id, _text(line))
    if isinstance(section, Unknown):
        return _refused(section)
    said = opt_outs(section)
    told: Answer = {
        "user_opted_out": said.any,
        "opted_out": {
            "sale": said.sale,
            "sharing": said.sharing,
            "targeted_advertising": said.targeted_advertising,
        },
        "gpc": bool(said.gpc) if LAYOUTS[section_id].gpc else None,
    }
    prebid = prebid_decision(section)
    if prebid is not None:
        told["prebid"] = msgspec.to_builtins(prebid)
    return told


def _sale_opt_out(line: SignalLine) -> Answer:
    string = decode_gpp(_text(line))
    return {"sale_opt_out": None if isinstance(string, Unknown) else sale_opt_out(string)}


def _gpp_sid(line: SignalLine) -> Answer:
    applicable = decode_sid(msgspec.convert(line.input, _Sid).value)
    if isinstance(applicable, Unknown):
        return _refused(applicable)
    told: Answer = {"valid": True, "ids": list(applicable.ids)}
    return {**told, "none_applies": True} if applicable.none_applies else told


def _gpp_type(line: SignalLine) -> Answer:
    value = decode_type(line.type or "", _text(line), line.params or {})
    return _refused(value) if isinstance(value, Unknown) else {"valid": True, "value": value}


def _us_privacy(line: SignalLine) -> Answer:
    string = decode_us_privacy(_text(line))
    if isinstance(string, Unknown):
        return _refused(string)
    return {
        "valid": True,
        "fields": us_privacy_members(string),
        "opted_out_of_sale": string.opted_out_of_sale,
        "applies": string.applies,
    }


def _additional_consent(line: SignalLine) -> Answer:
    string = decode_additional_consent(_text(line))
    if isinstance(string, Unknown):
        return _refused(string)
    return {"valid": True, "fields": additional_consent_members(string)}


def _field_value(line: SignalLine, name: str) -> str | None:
    """Return the value of header *name*, its lines joined, as the border hands it on."""
    headers = msgspec.convert(line.input, list[tuple[str, str]])
    lines = [value for key, value in headers if key.lower() == name]
    return ", ".join(lines) if lines else None


def _latin_1(value: str | None) -> bytes | None:
    return None if value is None else value.encode("latin-1", "replace")


def _gpc(line: SignalLine) -> Answer:
    return {"gpc": gpc(_latin_1(_field_value(line, "sec-gpc")))}


def _dnt(line: SignalLine) -> Answer:
    said = preference(_latin_1(_field_value(line, "dnt")))
    return {"dnt": None if said is None else int(said)}


def _tk(line: SignalLine) -> Answer:
    status = parse_tk(_text(line))
    if status is None:
        return _refused(Unknown("bad_value", "not a tracking status by the grammar"))
    told: Answer = {"valid": True, "tsv": status.value, "status_id": status.status_id}
    return told if status.meaning == status.value else {**told, "treat_as": status.meaning}


def _gpc_json(line: SignalLine) -> Answer:
    asked = msgspec.convert(line.input, _Support)
    found = parse_support(asked.status, asked.body.encode(errors="replace"), asked.content_type)
    support = "unknown" if found.support is None else found.support
    return {"support": support, "last_update": found.last_update}


def _adpc(line: SignalLine) -> Answer:
    header = decode_adpc(_field_value(line, "adpc") or "")
    return _refused(header) if isinstance(header, Unknown) else adpc_members(header)


def _status(line: SignalLine) -> Answer:
    return {"valid_for_processing": valid_for_processing(_text(line))}


STANDARDS: dict[str, Callable[[SignalLine], Answer]] = {
    "tcf": _tcf,
    "tcf-validity": _validity,
    "gpp": _gpp,
    "gpp-header": _gpp_header,
    "gpp-section": _gpp_section,
    "gpp-datatype": _gpp_type,
    "gpp-us-sale-opt-out": _sale_opt_out,
    "gpp-sid": _gpp_sid,
    "us-decision": _us_decision,
    "uspv1": _us_privacy,
    "ac-string": _additional_consent,
    "gpc": _gpc,
    "gpc.json": _gpc_json,
    "gpc-json": _gpc_json,
    "dnt": _dnt,
    "tk": _tk,
    "adpc": _adpc,
    "dpv-27560": _status,
}
"""The standards, and what answers for each."""
