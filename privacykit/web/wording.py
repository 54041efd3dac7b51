"""The words of the pages, apart from the pages, so that a site can put its own. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ENGLISH: Mapping[str, str] = MappingProxyType(
    {
        "title": "Your privacy choices",
        "intro": "Decide what this site may do with data about your visits."
        " You can change your mind here at any time.",
        "honoured": "Opt-out request honoured",
        "honoured_text": "Your browser sends Global Privacy Control."
        " We treat it as your request not to sell or share your data"
        " and not to use it for targeted advertising.",
        "overridden": "Opt-out signal seen, your own choice applies",
        "overridden_text": "Your browser sends Global Privacy Control."
        " After a notice about it you allowed some purposes on this page,"
        " and that later choice counts."
        " Refuse them below to let the signal decide again.",
        "not_applied": "Opt-out signal seen",
        "not_applied_text": "Your browser sends Global Privacy Control."
        " Nothing on this site depends on it where you are; the list below says what applies.",
        "no_signal": "Your browser sends no opt-out signal (Global Privacy Control).",
        "dnt": "Your browser also sends Do Not Track.",
        "conflict": "Your browser asks us to opt you out."
        " If you allow a purpose below, your choice here goes before that signal on this site.",
        "purposes": "What may happen",
        "necessary": "Always on",
        "on": "On",
        "off": "Off",
        "off_consent": "Off until you allow it",
        "off_refused": "Off, as you chose",
        "off_fixed": "Off, cannot be allowed here",
        "why": "Why?",
        "why_place": "Rules applied: {place}",
        "place_unknown": "strictest of all places, since yours is unknown",
        "more_reasons": "Rules of other places that agree or ask for less: {count}",
        "no_reasons": "Nothing was decided, so nothing happens.",
        "unsure": "not verified",
        "save": "Save choices",
        "refuse": "Refuse all",
        "allow": "Allow all",
        "withdraw": "Withdraw my consent",
        "withdraw_text": "You allowed some purposes {age}."
        " Withdrawing is as easy as that was, and stops what has not left yet.",
        "this_month": "less than a month ago",
        "one_month": "a month ago",
        "months": "{months} months ago",
        "opt_out_title": "Opt out",
        "opt_out_text": "One click refuses every purpose that is not strictly necessary."
        " It takes effect at once, needs no account and sets one cookie that says no"
        " and holds nothing that identifies you.",
        "opt_out": "Opt out of everything",
        "opted_out": "You are opted out.",
        "done_refused": "Done: everything that is not strictly necessary is off.",
        "done_saved": "Done: your choices are saved.",
        "done_withdrawn": "Done: your consent is withdrawn.",
        "back": "Back to the site",
        "all_choices": "All choices",
        "controller": "Responsible: {controller}",
        "contact": "Contact:",
        "error_400": "That did not work",
        "error_400_text": "The form was not complete. Nothing was changed.",
        "error_403": "Please allow from this page",
        "error_403_text": "Permission can only be given from this site's own page,"
        " so that nobody else can give it for you. Nothing was changed.",
        "error_404": "There is no such page",
        "error_404_text": "The address may have been mistyped.",
        "error_503": "Please try again",
        "error_503_text": "Your choice could not be stored just now. Nothing new is allowed.",
        "error_503_refused": "Your choice could not be stored completely just now,"
        " but this browser now says no, and that is honoured from here on."
        " Please send it once more, so that what has not left yet is stopped too.",
        "error_503_look": "This page cannot be shown just now, and nothing happens meanwhile"
        " that needs your permission."
        " You can say no to everything all the same: the button sets one cookie that says so.",
        "again": "Send again",
    }
)
"""
British English. Placeholders in braces are filled in; nothing in here may hold markup.

A key ``reason_`` and a reason code, where a site adds one, replaces our sentence for that reason.
"""
