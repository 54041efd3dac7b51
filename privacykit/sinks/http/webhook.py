"""Events as CloudEvents batches, signed as Standard Webhooks, to any endpoint. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from privacykit.errors import ConfigurationError, KeyMaterialError
from privacykit.sinks.config import SinkConfig, problem
from privacykit.sinks.http.kind import Attempt, BatchShape, HTTPKind, HTTPOptions
from privacykit.sinks.mapping.credentials import bearer
from privacykit.sinks.mapping.revealed import revealed
from privacykit.sinks.mapping.rules import FieldRule
from privacykit.sinks.mapping.sources import Option
from privacykit.webhook import sign, signing_keys


def _sign(attempt: Attempt) -> Mapping[str, str]:
    key = attempt.settings["key"]
    if key is None:
        return {}
    return sign(attempt.message, int(attempt.at), attempt.body, keys=signing_keys(revealed(key)))


def _check(config: SinkConfig, _options: HTTPOptions) -> None:
    if config.key is None:
        return
    try:
        signing_keys(revealed(config.key))
    except KeyMaterialError as error:
        raise ConfigurationError(
            problem(config, "PK165", "key", str(error), "write it as whsec_ and base64")
        ) from None


HTTP = HTTPKind(
    "http",
    "CloudEvents in batches, signed as Standard Webhooks, to any HTTP endpoint.",
    headers=(FieldRule("authorization", bearer(Option("token"))),),
    shape=BatchShape(content_type="application/cloudevents-batch+json; charset=UTF-8"),
    uses=("token", "key"),
    sign=_sign,
    check=_check,
    deduplicates="the event's `source` and `id`, and the `webhook-id` of a batch",
    erasure="Tell the receiver with a [recipient](../requests.md) of the data map.",
)
KIND = HTTP.kind()
