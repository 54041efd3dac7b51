"""The words of the request form; a site's own wording may replace each. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

REQUEST_ENGLISH: Mapping[str, str] = MappingProxyType(
    {
        "request_title": "Ask us about your data",
        "request_intro": "You need no account. We answer in the time that the law sets.",
        "request_right": "What do you ask for?",
        "request_access": "A copy of my data, and how it is used",
        "request_erasure": "Delete my data",
        "request_rectification": "Correct my data",
        "request_portability": "My data as a file to take elsewhere",
        "request_restriction": "Stop using my data for now",
        "request_objection": "Stop using my data, as I object",
        "request_opt_out_sale_sharing": "Do not sell or share my data",
        "request_limit_sensitive": "Limit the use of my sensitive data",
        "request_consent_withdrawal": "Take back my consent",
        "request_email": "Your e-mail address",
        "request_email_text": "A link is sent there, so that nobody asks in your name.",
        "request_who": "For whom do you ask?",
        "request_self": "For myself",
        "request_agent": "For somebody who authorised me",
        "request_parent": "For a child in my care",
        "request_about": "E-mail address of that person, if it is not for yourself",
        "request_send": "Send me the link",
        "request_mailed": "Please look into your mail",
        "request_mailed_text": "If the address is right, a link is on its way there. It works for"
        " {days} days. Nothing is noted until you use it.",
        "request_mail_subject": "Please confirm your request",
        "request_mail_asked": "Somebody, hopefully you, asked at {site}: {right}.",
        "request_mail_open": "To confirm it, open this address:",
        "request_mail_else": "If it was not you, do nothing: then nothing is noted.",
        "request_confirm": "Confirm your request",
        "request_confirm_text": "Your request: {right}. It is noted once you confirm it.",
        "request_confirm_button": "Confirm",
        "request_filed": "Your request has arrived",
        "request_due": "We answer by {day}.",
        "request_keep": "Keep this address: it shows how your request stands, and there you can"
        " take it back.",
        "request_proof_agent": "Before we go on, please send us a proof that this person authorised"
        " you: a signed permission or a power of attorney.",
        "request_proof_parent": "Before we go on, please send us a proof that the child is in your"
        " care.",
        "request_status": "How your request stands",
        "request_state_open": "It has arrived and is being looked at.",
        "request_state_proof": "We wait for a proof.",
        "request_state_working": "We are at it.",
        "request_state_done": "It is done.",
        "request_state_part": "It is done, but for what we must keep.",
        "request_state_refused": "We cannot do what you asked; why, we tell you in our answer.",
        "request_state_cancelled": "It was taken back.",
        "request_cancel_text": "As long as nothing was done, you can take your request back.",
        "request_cancel": "Take it back",
        "error_request_invalid": "Please look at what you wrote",
        "error_request_invalid_text": "Choose what you ask for, and write whole e-mail addresses."
        " Nothing was sent.",
        "error_request_link": "This address cannot be used",
        "error_request_link_text": "It is too old, or a part of it is missing. Please ask again.",
        "error_request_late": "It cannot be taken back any more",
        "error_request_late_text": "Your request is being carried out, or was answered.",
    }
)
"""British English. Placeholders in braces are filled in; nothing in here may hold markup."""
