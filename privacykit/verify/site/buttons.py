"""
Buttons compared: whether refusing is as easy as accepting (CNIL, deliberation 2020-092, §34). Pure.

Looks are compared by size, letters and background, as a browser measured them, else by what the
page itself says. What attention a colour draws no measure here tells.
"""

from __future__ import annotations

from collections.abc import Iterator

from privacykit.verify.claims import Violation
from privacykit.verify.site.http import SiteAnswer
from privacykit.verify.site.pages import PageParts, SeenButton, SeenForm
from privacykit.verify.site.seen import ButtonLook, SiteScan
from privacykit.verify.site.voices import SiteHeard

SMALLER = 0.75
"""Of the accepting button's area: less than that is smaller to anybody's eye."""
ALLOW, REFUSE = "allow", "refuse"


def button_violations(heard: SiteHeard, scan: SiteScan | None) -> Iterator[Violation]:
    """Yield what makes refusing harder than accepting."""
    wrong = _in_form(heard.more["page"])
    if not wrong and scan is not None and scan.accept is not None:
        wrong = harder(scan.accept, scan.refuse)
    if wrong:
        yield Violation(
            "PK329",
            f"{heard.expected.prefix}/" if scan is None else scan.banner or "the banner",
            1,
            wrong,
            "give both buttons one look, side by side; ours have it, unless a style changes it",
        )


def _in_form(page: SiteAnswer) -> str:
    forms = [form for form in PageParts(page.text).forms if form.id == "choices"]
    if not forms:
        return ""  # another claim's business
    allow, refuse = _button(forms[0], ALLOW), _button(forms[0], REFUSE)
    if allow is None:
        return ""
    if refuse is None:
        return "there is a button that accepts everything, and none that refuses everything"
    return "" if allow.look == refuse.look else "the two buttons are not of one kind"


def _button(form: SeenForm, value: str) -> SeenButton | None:
    return next((one for one in form.buttons if (one.name, one.value) == ("action", value)), None)


def harder(accept: ButtonLook, refuse: ButtonLook | None) -> str:
    """Say why refusing is harder by how the buttons look; empty where it is not."""
    if refuse is None:
        return "the button that refuses is not shown beside the one that accepts"
    if refuse.width * refuse.height < SMALLER * accept.width * accept.height:
        return "the button that refuses is smaller"
    if refuse.font < accept.font:
        return "the letters of the button that refuses are smaller"
    return (
        "only the button that accepts has a colour of its own"
        if (accept.filled and not refuse.filled)
        else ""
    )
