"""
Hooks of ``sentry_sdk.init`` that let out what a log may hold, and drop what they fail at. Pure.

Laws of this file:

- An event is built anew from an allow-list of its structure; what the list does not know stays.
- What exceptions say, local variables, source lines, the request but its method, the user and
  attachments are left out.
- An exception of ours drops the event (P2).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from privacykit.logs.addresses import Weaken
from privacykit.telemetry.attributes import TelemetryWeakener

MOST_BREADCRUMBS = 100
MOST_SPANS = 1000

_EVENT_TEXTS = ("level", "type", "logger", "message", "status", "monitor_slug", "platform")
_TRACED = ("event_id", "check_in_id", "trace_id", "span_id", "parent_span_id", "segment_id")
_TIMED = ("timestamp", "start_timestamp", "duration", "time_unix_nano")
_SPAN_TEXTS = ("op", "status", "origin")
_OWN = ("release", "environment", "dist")
"""What whoever starts the SDK says of the program itself."""
_OWN_ATTRIBUTES = ("sentry.release", "sentry.environment", "sentry.sdk.version")
_LONGEST_OWN = 200
_SAMPLING_TEXTS = ("sampled", "sample_rate", "sample_rand")
_FRAME_CODE = ("filename", "function", "module")
_FRAME_NUMBERS = ("lineno", "colno", "in_app")

_ID = re.compile(r"[0-9A-Fa-f-]{8,36}")
_KEY = re.compile(r"[0-9A-Za-z]{1,64}")
_TIME = re.compile(r"[0-9TZ:.+-]{1,40}")
_STATEMENTS = ("db", "query", "subprocess", "graphql")
_WORD = re.compile(r"[A-Za-z_.-]{1,40}")

Found = dict[str, Any]
Hint = Mapping[str, Any]


class SentryScrubber:
    """
    The hooks of one client; :data:`before_send` and the like are those of one made without options.

    Args:
        weaken: Address text to what may be sent of it; by default as in logs.
        server_name: Whether the name of the machine is sent.

    Attributes:
        dropped: Events, breadcrumbs, logs and metrics that could not be weakened.
    """

    def __init__(self, weaken: Weaken | None = None, *, server_name: bool = False) -> None:
        self._weakener = TelemetryWeakener(weaken)
        self._server_name = server_name
        self.dropped = 0

    def options(self) -> dict[str, Any]:
        """
        Return the arguments of ``sentry_sdk.init`` that a site wants.

        The hooks; no local variables, source lines and bodies, which would be read to be thrown
        away; and no sessions, which carry addresses past every hook.
        """
        return {
            "before_send": self.before_send,
            "before_send_transaction": self.before_send_transaction,
            "before_send_log": self.before_send_log,
            "before_send_metric": self.before_send_metric,
            "before_breadcrumb": self.before_breadcrumb,
            "include_local_variables": False,
            "include_source_context": False,
            "max_request_body_size": "never",
            "auto_session_tracking": False,
        }

    def before_send(self, event: Any, hint: Hint) -> Any:  # noqa: ANN401 - sentry's own types
        """Return what may be sent of the error or check-in *event*, ``None`` if we failed."""
        return self._kept(self._event, event, hint)

    def before_send_transaction(self, event: Any, hint: Hint) -> Any:  # noqa: ANN401
        """Return what may be sent of the transaction *event*, ``None`` if we failed."""
        return self._kept(self._event, event, hint)

    def before_send_log(self, log: Any, hint: Hint) -> Any:  # noqa: ANN401, ARG002
        """Return what may be sent of *log*, ``None`` if we failed."""
        return self._kept(self._log, log, {})

    def before_send_metric(self, metric: Any, hint: Hint) -> Any:  # noqa: ANN401, ARG002
        """Return what may be sent of *metric*, ``None`` if we failed."""
        return self._kept(self._metric, metric, {})

    def before_breadcrumb(self, crumb: Any, hint: Hint) -> Any:  # noqa: ANN401, ARG002
        """Return what may be remembered of *crumb*, ``None`` if we failed."""
        return self._kept(self._breadcrumb, crumb, {})

    def _kept(self, build: Callable[[Found], Found], found: Found, hint: Hint) -> Found | None:
        try:
            attachments = hint.get("attachments") if hint else None
            if attachments:
                attachments.clear()
            return build(found)
        except Exception:  # noqa: BLE001 - P2: what cannot be weakened is not sent
            self.dropped += 1
            return None

    def _event(self, event: Found) -> Found:
        kept = dict(self._common(event, _EVENT_TEXTS))
        if self._server_name and event.get("server_name"):
            kept["server_name"] = self._weakener.text(event["server_name"])
        if event.get("transaction"):
            kept["transaction"] = self._weakener.name(event["transaction"])
        for key, build in (
            ("sdk", self._named),
            ("transaction_info", self._source),
            ("logentry", self._message),
            ("exception", self._exceptions),
            ("threads", self._threads),
            ("breadcrumbs", self._breadcrumbs),
            ("request", self._request),
            ("contexts", self._contexts),
            ("tags", self._fields),
            ("extra", self._fields),
        ):
            if event.get(key):
                kept[key] = build(event[key])
        if event.get("fingerprint"):
            kept["fingerprint"] = [self._weakener.text(each) for each in event["fingerprint"]]
        if "spans" in event:
            kept["spans"] = [self._span(each) for each in event["spans"][:MOST_SPANS]]
        return kept

    def _common(self, found: Found, texts: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
        """Give the ids, times, the program's own names and scrubbed *texts* of *found*."""
        for key in _OWN:
            if isinstance(found.get(key), str):
                yield key, found[key][:_LONGEST_OWN]
        for key in _TRACED:
            if isinstance(found.get(key), str) and _ID.fullmatch(found[key]):
                yield key, found[key]
        for key in _TIMED:
            value = found.get(key)
            if isinstance(value, int | float) or (
                isinstance(value, str) and _TIME.fullmatch(value)
            ):
                yield key, value
        for key in texts:
            if isinstance(found.get(key), str):
                yield key, self._weakener.text(found[key])

    def _fields(self, found: Found) -> dict[object, object]:
        return self._weakener.mapping(dict(found))

    def _named(self, found: Found) -> Found:
        return {key: self._weakener.text(found[key]) for key in ("name", "version") if key in found}

    def _source(self, found: Found) -> Found:
        return {"source": self._weakener.text(found.get("source"))}

    def _message(self, found: Found) -> Found:
        """Return the message before its parameters were put in."""
        return {"message": self._weakener.text(found.get("message"))}

    def _request(self, found: Found) -> Found:
        method = str(found.get("method"))
        return {"method": method} if _WORD.fullmatch(method) else {}

    def _exceptions(self, found: Found) -> Found:
        return {"values": [self._exception(each) for each in _values(found)]}

    def _exception(self, found: Found) -> Found:
        kept: Found = {"type": self._weakener.code(found.get("type")), "value": ""}
        if found.get("module"):
            kept["module"] = self._weakener.code(found["module"])
        mechanism = found.get("mechanism") or {}
        kept["mechanism"] = {
            "type": self._weakener.text(mechanism.get("type")),
            "handled": mechanism.get("handled") is not False,
        }
        return kept | self._frames(found)

    def _threads(self, found: Found) -> Found:
        flags = ("id", "current", "crashed")
        return {
            "values": [
                {key: each[key] for key in flags if isinstance(each.get(key), int)}
                | self._frames(each)
                for each in _values(found)
            ]
        }

    def _frames(self, found: Found) -> Found:
        frames = (found.get("stacktrace") or {}).get("frames")
        return {"stacktrace": {"frames": [self._frame(each) for each in frames]}} if frames else {}

    def _frame(self, found: Found) -> Found:
        kept: Found = {
            key: self._weakener.code(found[key]) for key in _FRAME_CODE if found.get(key)
        }
        numbers = {key: found[key] for key in _FRAME_NUMBERS if isinstance(found.get(key), int)}
        return kept | numbers

    def _breadcrumbs(self, found: Found) -> Found:
        return {"values": [self._breadcrumb(each) for each in _values(found)[-MOST_BREADCRUMBS:]]}

    def _breadcrumb(self, crumb: Found) -> Found:
        kept = dict(self._common(crumb, ("type", "category", "level")))
        if isinstance(crumb.get("timestamp"), datetime):  # until the event is serialised
            kept["timestamp"] = crumb["timestamp"]
        if crumb.get("message"):
            kept["message"] = self._described(crumb["message"], str(crumb.get("category")))
        if crumb.get("data"):
            kept["data"] = self._weakener.attributes(crumb["data"])
        return kept

    def _contexts(self, found: Found) -> Found:
        kept: Found = {key: self._named(found[key]) for key in ("runtime", "os") if found.get(key)}
        trace = found.get("trace")
        if trace:
            kept["trace"] = self._span(trace)
            sampling = trace.get("dynamic_sampling_context")
            if sampling:
                kept["trace"]["dynamic_sampling_context"] = self._sampling(sampling)
        return kept

    def _sampling(self, found: Found) -> Found:
        """Return what the header of an envelope says of its trace."""
        kept = dict(self._common(found, _SAMPLING_TEXTS))
        for key in ("public_key", "org_id"):
            if isinstance(found.get(key), str) and _KEY.fullmatch(found[key]):
                kept[key] = found[key]
        if found.get("transaction"):
            kept["transaction"] = self._weakener.name(found["transaction"])
        return kept

    def _span(self, found: Found) -> Found:
        kept = dict(self._common(found, _SPAN_TEXTS))
        if found.get("description"):
            kept["description"] = self._described(found["description"], str(found.get("op")))
        if found.get("data"):
            kept["data"] = self._weakener.attributes(found["data"])
        if found.get("tags"):
            kept["tags"] = self._fields(found["tags"])
        return kept

    def _described(self, description: object, op: str) -> str:
        """Return what a span is about; of a statement its first word, of a key nothing."""
        text = str(description)
        if op.startswith("cache"):
            return ""
        if op.startswith(_STATEMENTS):
            first = text.strip().partition(" ")[0]
            return first if _WORD.fullmatch(first) else ""
        return self._weakener.name(text)

    def _log(self, log: Found) -> Found:
        kept = dict(self._common(log, ("severity_text",)))
        if isinstance(log.get("severity_number"), int):
            kept["severity_number"] = log["severity_number"]
        return kept | {
            "body": self._weakener.text(log.get("body")),
            "attributes": self._attributes(log),
        }

    def _metric(self, metric: Found) -> Found:
        kept = dict(self._common(metric, ("name", "type", "unit")))
        kept["timestamp"], kept["value"] = float(metric["timestamp"]), float(metric["value"])
        return kept | {"attributes": self._attributes(metric)}

    def _attributes(self, found: Found) -> Found:
        given = found.get("attributes") or {}
        own = {key: given[key] for key in _OWN_ATTRIBUTES if isinstance(given.get(key), str)}
        return self._weakener.flat(given) | own


def _values(found: Any) -> list[Found]:  # noqa: ANN401 - a list, or a mapping around one
    values = found.get("values") if isinstance(found, Mapping) else found
    return [each for each in values or [] if isinstance(each, dict)]


_of_all = SentryScrubber()

before_send = _of_all.before_send
before_send_transaction = _of_all.before_send_transaction
before_send_log = _of_all.before_send_log
before_send_metric = _of_all.before_send_metric
before_breadcrumb = _of_all.before_breadcrumb
