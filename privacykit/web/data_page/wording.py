"""The words of the data page; a site's own wording may replace each. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

DATA_ENGLISH: Mapping[str, str] = MappingProxyType(
    {
        "data_title": "What we hold about you",
        "data_intro": "See what this site keeps that can be tied to you, take it with you,"
        " or have it deleted.",
        "data_show": "Show what you hold",
        "data_by_cookie": "What can be tied to this browser is found by the cookie that keeps your"
        " consent, and by nothing else: whoever uses this browser sees the same.",
        "data_by_account": "If you are signed in, what was noted while you were signed in is shown,"
        " too.",
        "data_nobody": "We cannot tell which data is yours",
        "data_nobody_text": "This browser holds no consent of yours that still stands, and you are"
        " not signed in. So there is nothing here by which data of yours could be found, and we"
        " show nobody the data of somebody else.",
        "data_agreed": "What you agreed to",
        "data_agreed_nothing": "No consent of yours is kept under this browser's cookie.",
        "data_agreed_line": "You allowed {purposes}.",
        "data_agreed_gpc": "You did so after a notice that it goes against your browser's signal.",
        "data_agreed_text": "Wording {version}; rules {policies}.",
        "data_agreed_many": "Wording {version}; rules of {count} places, as yours was not known.",
        "data_proof": "The proof of a consent stays for {span} after its end, because we must be"
        " able to show it and claims may be made so long (GDPR Art. 7(1) and 17(3)(e))."
        " It names nobody.",
        "data_visits": "What we know of your visits",
        "data_none": "No event can be tied to you.",
        "data_count": "We keep {total} of your visits and actions."
        " Days on which they happened: {days}.",
        "data_count_more": "We keep more than {total} of your visits and actions; so many were"
        " counted. Days on which they happened: {days}.",
        "data_beside": "Of everybody together we keep about {site} on this site, so yours are"
        " about one in {share}.",
        "data_beside_most": "Of everybody together we keep about {site} on this site, so yours are"
        " a large part.",
        "data_table": "What for, how many and how long",
        "data_purpose": "What for",
        "data_events": "How many",
        "data_kept": "How long at most",
        "data_kept_from": "{span} from when it happened",
        "data_newest": "The newest, one by one",
        "data_when": "When",
        "data_what": "What",
        "data_where": "Where on the site",
        "data_with": "With what",
        "data_until": "Goes at the latest",
        "data_page_view": "page view",
        "data_waiting": "on its way",
        "data_recipients": "Copies may have gone to: {recipients}.",
        "data_span_months": "{months} months",
        "data_span_days": "{days} days",
        "data_span_both": "{months} months and {days} days",
        "data_not_here": "What is not here",
        "data_not_here_text": "Visits before you agreed, and without an account, cannot be tied to"
        " anybody once their day is over; nothing more is kept to find them (GDPR Art. 11)."
        " Copies that recipients have, and what this site keeps outside of its visits, are not in"
        " this list either: ask for those.",
        "data_take": "Take it with you",
        "data_take_text": "A file with all of it, to read and for programs.",
        "data_export": "Download everything",
        "data_remove": "Delete it",
        "data_remove_text": "Deletes the visits and actions that are tied to this browser's"
        " consent and withdraws the consent. What the law makes us hold stays, and so does the"
        " proof that there was a consent.",
        "data_sure": "Yes, delete it",
        "data_delete": "Delete",
        "data_correct": "Correct it",
        "data_correct_text": "What was seen of a visit cannot be changed, only deleted."
        " What you allow can be changed at any time:",
        "data_ask": "Ask us",
        "data_ask_text": "As you are signed in, you need to prove nothing more. We answer in the"
        " time that the law sets.",
        "data_ask_access": "Send me everything about me",
        "data_ask_erasure": "Delete everything about me",
        "data_ask_rectification": "Something about me is wrong",
        "data_deleted": "Deleted",
        "data_deleted_text": "Done: {rows} visits and actions that were tied to your consent are"
        " deleted, and the consent is withdrawn.",
        "data_filed": "Your request has arrived",
        "data_filed_text": "Nothing more is needed of you now.",
        "data_filed_due_text": "Nothing more is needed of you now. It is due by {day}.",
        "data_back": "What we hold about you",
        "error_data_foreign": "Please ask from this page",
        "error_data_foreign_text": "Data is shown, given out and deleted only when this"
        " site's own page asks for it. Nothing was shown or changed.",
        "error_data_busy": "Please wait a little",
        "error_data_busy_text": "This was asked too often just now. Nothing was changed; try"
        " again in a few minutes.",
        "error_data_sorry": "That cannot be told just now",
        "error_data_sorry_text": "A store did not answer. Please try again later.",
        "error_data_unsure": "Please say that you are sure",
        "error_data_unsure_text": "Nothing was deleted. Go back and tick the box.",
        "error_data_unfiled": "Please write to us",
        "error_data_unfiled_text": "Your request could not be taken here. Nothing was filed.",
    }
)
"""British English. Placeholders in braces are filled in; nothing in here may hold markup."""
