"""The list of changes for visitors: what changed when, and what because of criticism. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from privacykit.documents.notice.layout import RIGHT_TO_LEFT
from privacykit.documents.pages.view import PageLine, PageView, Run, Runs, ViewSection
from privacykit.documents.pages.writer import Writer
from privacykit.documents.values import written
from privacykit.settings.duties.changes import NoticeChangeTable


def changes_page(changes: Sequence[NoticeChangeTable], writer: Writer, back: str) -> PageView:
    """
    Return the list of *changes* as a page.

    Args:
        changes: The newest first.
        writer: Writes it in one language.
        back: Where the notice is.
    """
    days = dict.fromkeys(one.on for one in changes)
    sections = [
        ViewSection(
            f"since-{day}",
            writer.say("changes_since", day=day),
            tuple(PageLine(_line(one, writer)) for one in changes if one.on == day),
            folded=False,
        )
        for day in days
    ]
    intro = "changes_intro" if sections else "changes_empty"
    foot = (
        PageLine(writer.say(intro)),
        PageLine((Run("".join(run.text for run in writer.say("back_to_notice")), href=back),)),
    )
    direction = "rtl" if writer.language in RIGHT_TO_LEFT else "ltr"
    return PageView(writer.say("changes_title"), writer.language, direction, tuple(sections), foot)


def _line(change: NoticeChangeTable, writer: Writer) -> Runs:
    texts: dict[str, str] = {tag: one.what for tag, one in change.texts.items()}
    what = writer.value(written(change.what, texts))
    if not change.criticism:
        return what
    told: dict[str, str] = {tag: one.criticism for tag, one in change.texts.items()}
    why = writer.say("changes_criticism", criticism=written(change.criticism, told))
    return (*what, Run(" "), *why)
