"""One question of ``privacykit explain``, to a configured site or to the bare law. Writes text."""

from __future__ import annotations

from privacykit.cli.explain.batch import today
from privacykit.cli.explain.law import AskedLaw, check_consent, check_property_names
from privacykit.cli.explain.question import QuestionPut, date_of, option_of
from privacykit.cli.explain.render import in_words, purpose_document, site_in_words
from privacykit.cli.terminal.console import Exit, say, say_json, stop
from privacykit.decide.case import Case, CaseError, answer
from privacykit.errors import InputError
from privacykit.policy.override import overridden


def explain_site(question: QuestionPut, asked: AskedLaw, config: str, *, json: bool) -> None:
    """
    Say what a request to a site of the configuration would get.

    Args:
        question: The question.
        asked: The policies in force and the configuration.
        config: Name of its file.
        json: Answer as JSON.

    Raises:
        InputError: A name is unknown, or the question is none to a site.
        ConfigurationError: The configuration cannot be used.
    """
    from privacykit.runtime.explained import SiteQuestions, answers, mask_of, purpose_of

    wish, where, said = question.wish, question.where, question.said
    if asked.settings is None:
        wanted = wish.purpose or "analytics_storage"
        hint = f"ask the bare law, as in --use {wanted}, or name a file with --config"
        raise InputError(f"there is no {config} here, so there are no purposes: {hint}")
    _check_of_a_request(question)
    place = _checked(question, asked)
    questions = SiteQuestions(asked.settings, config, asked.policies)
    site = question.over(questions.site(wish.site, wish.host), asked)
    purpose = purpose_of(site, wish.purpose) if wish.purpose is not None else None
    if where.address is not None:
        place = questions.place_of(where.address)
    day = questions.day(site, date_of(wish.on))
    mask, cookie = question.mask(site), (said.cookie or "").encode("latin-1", "replace")
    if cookie:
        mask |= mask_of(day, {b"cookie": cookie})
    told = [one for one in answers(day, place, mask, cookie) if purpose in (None, one.purpose)]
    if json:
        found = {"site": site.id, "place": place, "date": day.day}
        documents = [purpose_document(one, asked.policies, own=asked.own) for one in told]
        say_json({**found, **documents[0]} if purpose else {**found, "purposes": documents})
        return
    for line in site_in_words(told, asked.policies, site.id, place, day.day):
        say(line)


def _check_of_a_request(question: QuestionPut) -> None:
    if member := question.beyond_a_request:
        raise InputError(f"{option_of(member)}: no request tells it; ask the bare law with --use")
    if question.said.cookie is not None and question.said.chooses:
        raise InputError("--cookie is the whole choice: leave out options that state another")
    where = question.where
    if where.address is not None and (where.country or where.subdivision):
        raise InputError("--address and --country both say where: give one")


def explain_law(question: QuestionPut, asked: AskedLaw, config: str, *, json: bool) -> None:  # noqa: ARG001
    """
    Say what the bare law answers about a use.

    Args:
        question: The question.
        asked: The policies in force.
        config: Name of the configuration; nothing of its sites is asked.
        json: Answer as JSON.

    Raises:
        InputError: A name is unknown, or only a site would know it.
    """
    if member := question.beyond_the_law:
        name = option_of(member)
        raise InputError(f"{name} asks the configuration and --use the bare law: give one")
    asked.check_use(question.wish.use or "")
    _checked(question, asked)
    try:
        case = Case.parse(question.case_table(asked.gpc_scope))
    except CaseError as error:
        stop(Exit.MISUSE, f"{error}: see privacykit explain --help")
    law = asked.policies
    if json:
        overrides = {"overrides": list(overridden(law))} if asked.own else {}
        say_json(answer(case, law, today=today(), strict=asked.strict) | overrides)
        return
    for line in in_words(case, law, today=today(), strict=asked.strict):
        say(line)


def _checked(question: QuestionPut, asked: AskedLaw) -> str:
    """Return the place asked for, once every name of the question is known to be one."""
    for code in question.what_if.establishment or ():
        asked.check_place("--establishment", code)
    where = question.where
    if where.residence is not None:
        asked.check_place("--residence", where.residence)
    check_property_names(question.properties, asked.policies)
    check_consent(question.said.consent)
    return asked.place(where.country, where.subdivision)
