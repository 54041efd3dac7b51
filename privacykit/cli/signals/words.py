"""A signal in plain words: a title, rows, and what follows. Pure; echoes no input."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import msgspec

from privacykit.cli.signals import names
from privacykit.cli.signals.answers import SignalLine, answer
from privacykit.cli.signals.recognise import bare
from privacykit.cli.signals.rows import Row, section_rows, tcf_rows, us_privacy_rows
from privacykit.cli.terminal.words import many
from privacykit.signals.gpp.string import EUROPE, IDS, NAMES, decode_gpp, decode_section
from privacykit.signals.tcf.decode import decode as decode_tcf
from privacykit.signals.tcf.model import TcString, TcStringV1
from privacykit.signals.tcf.validity import TcFacts, unusable
from privacykit.signals.unknown import Unknown
from privacykit.signals.us_privacy import decode_us_privacy, says_opted_out


class ToldSignal(msgspec.Struct):
    """
    What is said about a signal.

    Attributes:
        title: What it is.
        rows: What stands in it.
        meaning: What follows.
        unknown: Whether it could not be read.
    """

    title: str
    rows: list[Row] = []
    meaning: list[str] = []
    unknown: bool = False


def told(line: SignalLine, now: datetime) -> ToldSignal:
    """
    Return what the signal of *line* says.

    Args:
        line: The signal, its standard recognised.
        now: The time, for the age of a consent.
    """
    found = _TOLD.get(line.standard, _by_answer)(line, now)
    if found.unknown and isinstance(line.input, str) and bare(line.input) != line.input:
        found.meaning.append("Quotes and percent escapes are no part of it: take them off.")
    return found


def reliance(line: SignalLine, now: datetime) -> dict[str, Any]:
    """
    Return whether a TC string, alone or in a GPP string, may be relied upon, as an answer says it.

    Nothing is said of other standards, and of what cannot be read.

    Args:
        line: The signal, its standard recognised.
        now: The time, for the age of a consent.
    """
    string = _tc_string(line)
    if string is None:
        return {}
    ground = unusable(TcFacts.of(string), now)
    return {"usable": True} if ground is None else {"usable": False, "unusable": ground}


def _tc_string(line: SignalLine) -> TcString | TcStringV1 | None:
    found: object = None
    if line.standard == "tcf":
        found = decode_tcf(line.input)
    elif line.standard == "gpp":
        string = decode_gpp(line.input)
        if not isinstance(string, Unknown):
            found = dict(string.sections()).get(EUROPE)
    return found if isinstance(found, TcString | TcStringV1) else None


def _refused(what: str, unknown: Unknown, *more: str) -> ToldSignal:
    why = names.REASONS[unknown.reason]
    where = f" ({unknown.detail})" if unknown.detail else ""
    meaning = [f"It says nothing, because {why}{where}.", "An unknown signal is no consent.", *more]
    return ToldSignal(f"{what}, unknown", meaning=meaning, unknown=True)


def _reliance(string: TcString | TcStringV1, now: datetime) -> str:
    ground = unusable(TcFacts.of(string), now)
    if ground is None:
        return "It may be relied upon today, for vendors it discloses and purposes it allows."
    return f"It is no consent: {names.GROUNDS[ground]}."


def _tcf(line: SignalLine, now: datetime) -> ToldSignal:
    string = decode_tcf(line.input)
    if isinstance(string, Unknown):
        return _refused("A TC string", string)
    title = f"A TC string of version {string.version} (IAB Europe TCF)"
    return ToldSignal(title, tcf_rows(string, now), [_reliance(string, now)])


def _gpp(line: SignalLine, now: datetime) -> ToldSignal:
    string = decode_gpp(line.input)
    if isinstance(string, Unknown):
        return _refused("A GPP string", string)
    rows: list[Row] = []
    unread = 0
    meaning = []
    for section_id, section in string.sections():
        name = NAMES.get(section_id, str(section_id))
        rows.append((name, names.SECTIONS.get(name, "a section that is not known")))
        if isinstance(section, Unknown):
            unread += 1
            rows.append(("", f"unknown: {names.REASONS[section.reason]} ({section.detail})"))
            continue
        rows += [("", f"{label}: {text}") for label, text in section_rows(section, now)]
        if isinstance(section, TcString):
            meaning.append(f"tcfeuv2: {_reliance(section, now)}")
    title = f"A GPP string with {many(len(string.texts), 'section')} (IAB Tech Lab)"
    if unread:
        meaning.append(f"{many(unread, 'section')} could not be read; the others stand.")
    meaning.append("Only the sections that gpp_sid names apply; without it, any opt-out counts.")
    return ToldSignal(title, rows, meaning, unknown=bool(unread))


def _section(line: SignalLine, now: datetime) -> ToldSignal:
    name = line.section or ""
    what = f"Section {name} of a GPP string ({names.SECTIONS[name]})"
    section = decode_section(IDS[name], line.input)
    if isinstance(section, Unknown):
        return _refused(what, section)
    return ToldSignal(what, section_rows(section, now))


def _us_privacy(line: SignalLine, _: datetime) -> ToldSignal:
    string = decode_us_privacy(line.input)
    if isinstance(string, Unknown):
        out = ["Its third character is Y all the same, which counts as an opt-out of sale."]
        return _refused("A US Privacy string", string, *(out if says_opted_out(line.input) else ()))
    if not string.applies:
        says = "its writer says that the law does not apply"
    elif string.opted_out_of_sale:
        says = "the person opted out of sale"
    else:
        says = "no opt-out of sale"
    return ToldSignal("A US Privacy string of version 1", us_privacy_rows(string), [f"So: {says}."])


def _by_answer(line: SignalLine, _: datetime) -> ToldSignal:
    """Tell a small signal by the members of its answer, which are words already."""
    said = answer(line)
    what = _SMALL[line.standard]
    if said.get("valid") is False:
        meaning = [f"It says nothing: {said['reason']}.", "An unknown signal is no consent."]
        return ToldSignal(f"{what}, unknown", meaning=meaning, unknown=True)
    members = {**said, **said.get("fields", {})}
    rows = [(key, _value(value)) for key, value in members.items() if key not in _HIDDEN]
    return ToldSignal(what, rows, list(_follows(line.standard, said)))


def _value(value: Any) -> str:  # noqa: ANN401  (a member of an answer)
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    if value is None:
        return "nothing"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _follows(standard: str, said: dict[str, Any]) -> Iterable[str]:
    match standard:
        case "gpc" if said["gpc"]:
            yield "So: an opt-out of sale, sharing and targeted advertising."
        case "gpc":
            yield "So: no opt-out; all but exactly 1 counts as if the header were not there."
        case "dnt":
            yield f"So: {_DNT[said['dnt']]}."
        case "gpp-sid" if said.get("none_applies"):
            yield "So: no section applies, which permits nothing by itself."
        case "gpp-sid":
            known = [NAMES.get(id_, "a section that is not known") for id_ in said["ids"]]
            yield f"So: of a GPP string only these sections apply: {', '.join(known) or 'none'}."
        case "ac-string":
            yield "So: it counts only beside a TC string that may be relied upon."


_DNT = {
    0: "no objection, which permits nothing by itself",
    1: "an objection to analytics where the law takes it as one",
    None: "no preference, as the value is neither 0 nor 1",
}
_HIDDEN = {"valid", "fields"}
_SMALL = {
    "gpc": "A Sec-GPC header (Global Privacy Control)",
    "dnt": "A DNT header (Do Not Track)",
    "tk": "A Tk header (the answer to Do Not Track)",
    "adpc": "An ADPC header (Advanced Data Protection Control)",
    "gpp-sid": "A list of the GPP sections that apply",
    "ac-string": "An AC string (Google's Additional Consent)",
}
_TOLD: dict[str, Callable[[SignalLine, datetime], ToldSignal]] = {
    "tcf": _tcf,
    "gpp": _gpp,
    "gpp-section": _section,
    "uspv1": _us_privacy,
}
