"""
Cases that are asked of a configured site: what its middleware would decide. Reads keys, policies.

Days of sites are kept, since their plans are: most cases say nothing of operator and purpose.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from privacykit.cli.explain.law import AskedLaw
from privacykit.cli.explain.options import WhatIf
from privacykit.cli.explain.question import QuestionPut, question_of
from privacykit.cli.explain.render import purpose_document
from privacykit.collect.site import Site
from privacykit.collect.site_day import SiteDay
from privacykit.decide.case import Case, CaseError
from privacykit.decide.decision import USES
from privacykit.errors import InputError
from privacykit.runtime.explained import SiteQuestions, answers, purpose_of


class SiteCases:
    """
    Answers cases about the purposes of a configuration.

    Args:
        asked: The policies in force and the configuration, which has a site.
        config: Name of its file.

    Raises:
        ConfigurationError: The configuration cannot be used.
    """

    def __init__(self, asked: AskedLaw, config: str) -> None:
        assert asked.settings is not None
        self._asked = asked
        self._purposes = frozenset(asked.settings.purposes)
        self._questions = SiteQuestions(asked.settings, config, asked.policies)
        self._days: dict[tuple[str, date | None, str], SiteDay] = {}

    def knows(self, purpose: str) -> bool:
        """Return whether *purpose* is one of the configuration, or no use of the law either."""
        return purpose in self._purposes or purpose not in USES

    def answer(self, case: Case, purpose: str, site: str | None) -> dict[str, object]:
        """
        Answer *case* about *purpose*.

        Args:
            case: The question.
            purpose: A purpose of the site.
            site: Its id; where there is but one, ``None`` will do.

        Raises:
            CaseError: There is no such site or purpose, or no request tells what the case does.
        """
        question = question_of(case, purpose, site)
        if member := question.beyond_a_request:
            raise CaseError(member, case.id, "no request tells it; name a use of the law as use")
        asked_of = self._site(case, site)
        try:
            wanted = purpose_of(asked_of, purpose).id
        except InputError as error:
            raise CaseError("purpose", case.id, str(error)) from None
        day = self._day(case, question, asked_of)
        told = answers(day, case.place, question.mask(day.site))
        [one] = [one for one in told if one.purpose.id == wanted]
        document = purpose_document(one, self._asked.policies, own=self._asked.own)
        where = {"site": asked_of.id, "place": case.place, "date": day.day}
        return {"id": case.id, **where, **document}

    def _site(self, case: Case, site: str | None) -> Site:
        try:
            return self._questions.site(site)
        except InputError as error:
            raise CaseError("site", case.id, str(error)) from None

    def _day(self, case: Case, question: QuestionPut, site: Site) -> SiteDay:
        asked = self._asked
        if case.gpc_scope is not None:
            asked = replace(asked, gpc_scope=case.gpc_scope)
        changed = question.over(site, asked)
        if question.properties or question.what_if != WhatIf():
            return self._questions.day(changed, case.on)
        key = site.id, case.on, asked.gpc_scope
        if key not in self._days:
            self._days[key] = self._questions.day(changed, case.on)
        return self._days[key]
