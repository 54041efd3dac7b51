"""The words of the pages, apart from the pages, so that a site can put its own. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from privacykit.decide.codes import WORDS
from privacykit.web.data_page.wording import DATA_ENGLISH
from privacykit.web.language.request_words import REQUEST_ENGLISH

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
        "banner_title": "May we use data about your visit?",
        "banner_list": "With your permission this site would do the following."
        " If you refuse, the site works all the same."
        " You can change your mind at any time.",
        "banner_text": "This site asks for your permission to use data about your visits."
        " If you refuse, the site works all the same."
        " You can change your mind at any time.",
        "banner_conflict": "Your browser asks us to opt you out."
        " If you allow this, your choice here goes before that signal on this site.",
        "recipients": "Also received by: {names}",
        "kept_here": "Kept in your browser for it:",
        "kept_by_site": "this site",
        "kept_session": "until you close the browser",
        "kept_unstated": "how long is not stated",
        "span_day": "1 day",
        "span_days": "{count} days",
        "span_month": "1 month",
        "span_months": "{count} months",
        "span_year": "1 year",
        "span_years": "{count} years",
        "span_both": "{first} and {second}",
        "choose": "Choose",
        "close": "Close and refuse all",
        "choices_link": "Privacy choices",
        "choices_link_california": "Your Privacy Choices",
        "languages": "Language",
        "policy_link": "Privacy policy",
        "notice_link": "Privacy notice",
        "frame_text": "Your browser keeps no choice for this site inside the pages of another."
        " Opt out on a page of its own:",
        "purposes": "What may happen",
        "necessary": "Always on",
        "on": "On",
        "off": "Off",
        "off_consent": "Off until you allow it",
        "off_refused": "Off, as you chose",
        "off_fixed": "Off, cannot be allowed here",
        "off_gpc": "Off: refused by your browser's signal (Global Privacy Control)",
        "off_dnt": "Off: refused by your browser's signal (Do Not Track)",
        "off_banner": "Off: refused in another banner of this site",
        "off_string": "Off: refused by the privacy string that this site stores",
        "off_address": "Off: refused by a privacy string in the address of this page",
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
        "done_barred": "Not in force: {names}. The list below says what stands against it.",
        "done_cleared": "This browser keeps no choice of yours: the rules where you are decide.",
        "done_withdrawn": "Done: your consent is withdrawn.",
        "not_kept": "This page came without the choice it was to show."
        " If you have just made it: your choice did not hold.",
        "not_kept_plain": "The page came over plain HTTP, and a choice is kept over HTTPS only."
        " Open this page with https:// and choose again.",
        "not_kept_host": "The page came from a host name that the choice is not kept for."
        " Open it on the main address of the site and choose again.",
        "not_kept_blocked": "Then your browser seems to block the cookies of this site,"
        " and the choice is one."
        " Allow them for this site and choose again, or leave Global Privacy Control on.",
        "not_kept_other": "Then another choice that this browser keeps goes before it:"
        " the list below says what holds. Remove the cookies of this site and choose again.",
        "tag_text": "What {source} shows here needs your permission for: {purposes}.",
        "tag_allow": "Allow: {purposes}",
        "tag_choices": "All choices",
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
        "error_409": "That cannot be allowed here now",
        "error_409_text": "Something else refuses it. Nothing was changed yet.",
        "error_503": "Please try again",
        "error_503_text": "Your choice could not be stored just now. Nothing new is allowed.",
        "error_503_refused": "Your choice could not be stored completely just now,"
        " but this browser now says no, and that is honoured from here on."
        " Please send it once more, so that what has not left yet is stopped too.",
        "error_503_look": "This page cannot be shown just now, and nothing happens meanwhile"
        " that needs your permission."
        " You can say no to everything all the same: the button sets one cookie that says so.",
        "again": "Send again",
        "account_title": "Your choices on all your devices",
        "account_text": "While you are signed in, what you refuse on one device holds on your"
        " others, too. What you allow is only offered there, and counts once you allow it there.",
        "account_held": "Another device of yours refused: {names}. It holds here, too.",
        "account_given": "This browser refuses: {names}."
        " That now holds for your account, and on your other devices, too.",
        "account_undo": "If you want to allow it all the same, or somebody else refused it here,"
        " you can allow it under “All choices”.",
        "account_offer": "You allowed on another device: {names}. Do you allow it here, too?",
        "account_allow": "Allow it here",
        "account_refuse": "Refuse it here",
        "account_same": "This browser and your account say the same.",
        "account_on": "Continue",
        "account_told": "Another device of yours refused some of this. Nothing was changed yet.",
        "account_nobody": "You are not signed in",
        "account_nobody_text": "So only the choice that this browser keeps applies.",
        "receipt": "Get a receipt for your consent",
        "receipt_title": "Receipt for your consent",
        "receipt_text": "A signed file that says what you allowed and refused, when,"
        " and which words you were shown. Anybody can check the signature with our public key.",
        "receipt_iso_27560": "Download (ISO/IEC TS 27560)",
        "receipt_kantara": "Download (Kantara 1.1)",
        "receipt_keys": "Our public keys",
        "receipt_none": "This browser shows no consent of yours that we keep, so there is none.",
        "receipt_later": "Too many receipts were asked for just now.",
        **DATA_ENGLISH,
        **REQUEST_ENGLISH,
        **{f"reason_{code}": words for code, words in WORDS.items()},
    }
)
"""
British English. Placeholders in braces are filled in; nothing in here may hold markup.

A key ``reason_`` and a reason code is our sentence for that reason.
"""
