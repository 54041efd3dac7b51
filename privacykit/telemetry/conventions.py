"""
Attribute keys of OpenTelemetry's semantic conventions that need more than their name says. Pure.

After opentelemetry-semantic-conventions 0.66b2, with the older names that instrumentations still
write. A key in no list is weakened by its name and by what its value looks like, as in a log.
"""

from __future__ import annotations

_DROPPED = """
client.port db.query.text db.statement device.id exception.message feature_flag.context.id
gen_ai.input.messages gen_ai.output.messages gen_ai.system_instructions http.user_agent
messaging.kafka.message.key messaging.message.conversation_id net.peer.port net.sock.peer.port
network.peer.port process.owner source.port url.fragment url.query user_agent.original
user_agent.version
"""
_DROPPED_BELOW = """
db.operation.parameter. db.query.parameter. db.sql.parameter. enduser. gen_ai.completion.
gen_ai.prompt. geo. http.request.header. http.response.header. rpc.grpc.request.metadata.
rpc.grpc.response.metadata. rpc.request.metadata. rpc.response.metadata.
sentry.message.parameter. session. tls.client. user.
"""
_PLAIN = """
db.query.summary deployment.environment deployment.environment.name error.type
gen_ai.usage.input_tokens gen_ai.usage.output_tokens geo.continent.code geo.country.iso_code
host.name http.host http.request.body.size http.response.body.size http.server_name net.host.name
net.host.port network.local.port sentry.environment sentry.message.template server.address
server.port user_agent.name
http.request.header.content-length http.request.header.content-type
http.request.header.content_length http.request.header.content_type
http.response.header.content-length http.response.header.content-type
http.response.header.content_length http.response.header.content_type
"""
_OWN = """
cloud. container. deployment. faas. host. k8s. os. service. telemetry.
"""
_ADDRESSES = """
client.address http.client_ip net.peer.ip net.sock.peer.addr network.peer.address source.address
"""

DROPPED = frozenset(_DROPPED.split())
"""Left out, names and all."""

DROPPED_BELOW = tuple(_DROPPED_BELOW.split())
"""The same for every key that begins so."""

PLAIN = frozenset(_PLAIN.split())
"""Kept as numbers or as scrubbed text, though their names sound like a person's or a request's."""

OWN = tuple(_OWN.split())
"""What the resource says of the machine and the service: their names and ids are nobody's."""

ADDRESSES = tuple(_ADDRESSES.split())
"""Keys under which instrumentations write the client."""

ROUTE = "http.route"
"""The template of a page: its placeholders stay."""

STACK_TRACE = "exception.stacktrace"
"""Where an exception was raised; what it says is left out."""


def is_dropped(key: str) -> bool:
    """Return whether *key*, in lower case, is left out whatever stands under it."""
    return key in DROPPED or (key.startswith(DROPPED_BELOW) and key not in PLAIN)
