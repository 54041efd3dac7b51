"""``privacykit report send``: reports to a hook of the operator's, signed. Does network I/O."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Final

from privacykit.cli.report.options import EventOptions, ScopeOptions
from privacykit.cli.report.serve import Reports
from privacykit.cli.terminal.console import say
from privacykit.errors import BackendError, InputError

if TYPE_CHECKING:
    from privacykit.govern.requests.notify import RecipientAnswer
    from privacykit.reports.result import Report
    from privacykit.settings.values import Credential

TYPE: Final = "privacykit.report"
NO_ANSWER: Final = "no answer"


def send(events: EventOptions, scope: ScopeOptions, *, report: Reports = None) -> None:
    """
    Send reports as JSON to the hook of the configuration, signed as webhooks are.

    Each is one message, tried once; run it by a timer. --from, --to, --compare and --segment hold
    for all of them.

    Raises:
        InputError: There is no report to send or no hook, or one cannot be asked.
        BackendError: The hook did not take one.
    """
    from privacykit.cli.report.pages.kinds import reports_of
    from privacykit.recipients.webhook import Webhooks
    from privacykit.webhook import sign

    if not report:
        raise InputError("say what to send: --report overview, or --report 'funnel --steps A,B'")
    url, keys = _hook(events.config)
    made = reports_of(report, events, scope)
    with Webhooks(time.time) as hooks:
        for name, one in made:
            body = body_of(one)
            message = f"report_{secrets.token_hex(12)}"
            answer = hooks.send(url, sign(message, int(time.time()), body, keys=keys), body)
            if not _taken(answer):
                raise BackendError(f"the hook did not take {name}: {answer.evidence}")
            say(f"sent: {name}")


def body_of(report: Report) -> bytes:
    """Return a message as Standard Webhooks has it: a type, a time and the report."""
    import msgspec

    from privacykit.reports.result import document

    told = {"type": TYPE, "timestamp": report.generated_at, "data": document(report)}
    return msgspec.json.encode(told)


def _taken(answer: RecipientAnswer) -> bool:
    """Tell whether the hook has it, be it to work on later."""
    untold = answer.evidence == NO_ANSWER or answer.evidence.startswith("http ")
    return answer.status == "acknowledged" or (answer.status == "pending" and not untold)


def _hook(config: str) -> tuple[str, list[bytes]]:
    """
    Return where to send, and what with.

    Raises:
        InputError: The configuration does not say, or the URL would carry it in the clear.
    """
    from privacykit.settings.load import load
    from privacykit.webhook import is_private, signing_keys

    table = load(config).reports
    url, key = _revealed(table.hook), _revealed(table.key)
    if not url or not key:
        raise InputError("say where to send reports: hook and key of [reports] in privacykit.toml")
    if not is_private(url):
        raise InputError("hook of [reports] is https, or http to this machine, without a user")
    return url, signing_keys(key)


def _revealed(value: str | Credential | None) -> str | None:
    return value if value is None or isinstance(value, str) else value.reveal()
