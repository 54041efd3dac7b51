"""
The question of the banner: what a visitor is asked about, of whom is known what holds. Pure.

Laws of this file, held by ``tests/properties/test_question_laws.py``: nothing is asked that the law
does not ask, that no permission could allow, that was refused within the wait, or that is allowed
already.
"""

from __future__ import annotations

import msgspec

from privacykit.web.banner.law import ALTERNATIVE_LINK, CLOSE_REFUSES, FIRST_LAYER, AskingLaw
from privacykit.web.preferences.context import RoutesContext
from privacykit.web.preferences.state import CurrentState


class BannerQuestion(msgspec.Struct, frozen=True):
    """
    What a banner shows: of few different values.

    Attributes:
        asked: Ids of the purposes asked about, in the site's order; none where nothing is asked.
        signal: Which words tell what became of Global Privacy Control.
        conflicts: Whether a permission would go against that signal, which must be said.
        lists: Whether purposes and recipients stand on the first layer.
        closes: Whether there is a cross that refuses.
        alternative: Whether the link has the words and the sign of 11 CCR 7015.
        allowed: Ids of the purposes that may happen now.
    """

    asked: tuple[str, ...]
    signal: str
    conflicts: bool
    lists: bool
    closes: bool
    alternative: bool
    allowed: tuple[str, ...]


def question_of(context: RoutesContext, state: CurrentState) -> BannerQuestion:
    """
    Return what is to be asked now.

    A question covers what is open. What was allowed elsewhere, as beside a picture that waits, is
    answered and stays as it is, and so is what was refused within the wait.

    Args:
        context: The site.
        state: What holds for the visitor.
    """
    law = state.asking()
    asked = _asked(context, state, law)
    return BannerQuestion(
        asked,
        state.signal,
        bool(asked) and state.gpc,
        context.lists_purposes or not FIRST_LAYER.isdisjoint(law.rules),
        CLOSE_REFUSES in law.rules,
        ALTERNATIVE_LINK in law.rules,
        tuple(p.id for p in context.purposes if p.necessary or state.allows(p.id)),
    )


def _asked(context: RoutesContext, state: CurrentState, law: AskingLaw) -> tuple[str, ...]:
    refused = state.refusing(context.purposes)
    may_ask_again = law.may_ask_again and state.months >= context.ask_again_months
    can_be = [p.id for p in context.optional if p.id in law.needs & state.grantable]
    return tuple(
        id_
        for id_ in can_be
        if not state.allows(id_) and (may_ask_again if id_ in refused else law.may_ask)
    )
