"""
The fragment of the banner: HTML for the top of a page, the same for all who are asked alike.

Reads its templates from the package. Laws, held by ``tests/web/banner/``: refuse, allow and choose
are three buttons of one class; there is no box to be ticked; nothing of another site is loaded.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache

import msgspec
from markupsafe import escape

from privacykit.collect.site import Purpose
from privacykit.web.banner.question import BannerQuestion
from privacykit.web.preferences.assets import hashed
from privacykit.web.preferences.context import RoutesContext
from privacykit.web.preferences.pages import NEXT, html_of

KEPT = 64
"""Fragments that are remembered; about 3 KB each."""
BUTTONS = ("refuse", "allow", "choose")


class Placed(msgspec.Struct, frozen=True):
    """
    Where a fragment stands and what came before it.

    Attributes:
        base: Path of our routes as the browser sees it.
        query: The query that keeps a language asked for; empty, or with its question mark.
        goes_on: Whether the answer leads back to a page.
        done: Whether a choice just made holds.
        trouble: Why it does not, the key of a text.
    """

    base: str
    query: str = ""
    goes_on: bool = False
    done: bool = False
    trouble: str = ""


class SiteBanner:
    """
    Makes the banner of one site in one language.

    Args:
        context: The site.
    """

    def __init__(self, context: RoutesContext) -> None:
        self._context = context
        self._rendered = lru_cache(maxsize=KEPT)(self._render)

    def html(self, question: BannerQuestion, placed: Placed, leads_to: str) -> str:
        """
        Return the fragment.

        Args:
            question: What is asked.
            placed: Where it stands.
            leads_to: The path that an answer leads back to, empty where to none.
        """
        return self._rendered(question, placed).replace(NEXT, escape(leads_to))

    def _render(self, question: BannerQuestion, placed: Placed) -> str:
        purposes = self._context.purposes
        return html_of(
            self._context,
            "banner.html" if question.asked else "choices_link.html",
            placed.base,
            placed.query,
            question=question,
            placed=placed,
            asked=_named(purposes, question.asked),
            states=json.dumps({p.id: p.id in question.allowed for p in purposes}),
            buttons=BUTTONS,
            style=f"{placed.base}/static/{hashed('banner.css')}",
            next=NEXT if placed.goes_on else "",
        )


def _named(purposes: Sequence[Purpose], ids: Sequence[str]) -> list[Purpose]:
    return [purpose for purpose in purposes if purpose.id in ids]
