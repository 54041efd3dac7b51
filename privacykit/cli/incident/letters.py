"""``privacykit incident letters``: drafts to authorities and people. Writes files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from privacykit.cli.incident.opened_service import INCIDENT, service_of, write_document
from privacykit.cli.terminal.console import CONFIG, JSON, say, say_json
from privacykit.cli.terminal.opened import opened
from privacykit.cli.terminal.options import OPERATOR
from privacykit.errors import InputError
from privacykit.settings.paths import DEFAULT_FILE


def letters(
    incident_id: INCIDENT = "",
    output: Annotated[
        Path, typer.Option("--output", metavar="FOLDER", help="Where the drafts are written.")
    ] = Path("letters"),
    forms: Annotated[
        list[str] | None,
        typer.Option(
            "--form",
            metavar="NAME",
            help="gdpr33, gdpr34, anpd, oaic26wk, kvkk or california; else its laws' own.",
        ),
    ] = None,
    operator: OPERATOR = "",
    config: CONFIG = DEFAULT_FILE,
    as_json: JSON = False,
) -> None:
    """
    Write drafts to authorities and people, in Markdown and HTML.

    What is known is filled in; what only a person can state is marked and never guessed. A draft is
    nobody's notice: read it, fill it in, send it.

    Raises:
        InputError: There is no such incident or form.
    """
    from privacykit.documents.incident.blocks import as_html, as_markdown, gaps
    from privacykit.documents.incident.forms import FORMS, LetterFacts, form_blocks
    from privacykit.operate.incidents.law import incident_policies, organisation_of, told_by_form

    if not set(forms or ()) <= FORMS.keys():
        raise InputError(f"--form: one of {', '.join(FORMS)}")
    with opened(config, changes=True) as context:
        service = service_of(context)
        incident = service.found(incident_id)
        policies = incident_policies(context, incident.all_places, incident.opened_at)
        names = told_by_form(context.settings, policies)
        wanted = forms or sorted({*names, *(["gdpr34"] if names else ["gdpr33", "gdpr34"])})
        us = organisation_of(context)
        told = []
        for form in wanted:
            facts = LetterFacts(incident, us, names.get(form, ""))
            blocks = form_blocks(form, facts)
            stem = f"{incident.incident_id}-{form}"
            write_document(output, f"{stem}.html", as_html(f"{form} (draft)", blocks))
            path = write_document(output, f"{stem}.md", as_markdown(blocks))
            told.append({"form": form, "file": str(path), "to_fill": gaps(blocks)})
        service.reported(incident, wanted, context.operator(operator))
    if as_json:
        say_json(told)
        return
    for one in told:
        say(f"{one['file']}: {len(one['to_fill'])} to fill in")
