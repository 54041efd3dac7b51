"""
Attribute keys of OpenTelemetry's semantic conventions that need more than their name says. Pure.

After opentelemetry-semantic-conventions 0.66b2, with the older names that instrumentations still
write, and those of OpenInference and OpenLLMetry. A key in no list is weakened by its name and by
what its value looks like, as in a log.
"""

from __future__ import annotations

_DROPPED = """
app.installation.id cache.key client.port cloudevents.event_subject db.query.text db.statement
device.id error.message exception.message faas.document.name feature_flag.context.id
feature_flag.error.message feature_flag.evaluation.error.message gen_ai.conversation.id
gen_ai.evaluation.explanation gen_ai.input.messages gen_ai.output.messages
gen_ai.retrieval.documents gen_ai.retrieval.query.text gen_ai.system_instructions
gen_ai.tool.call.arguments gen_ai.tool.call.result graphql.document http.user_agent
log.record.original messaging.gcp_pubsub.message.ordering_key messaging.kafka.message.key
messaging.message.conversation_id messaging.rocketmq.message.group
messaging.rocketmq.message.keys net.peer.name net.peer.port net.sock.peer.name
net.sock.peer.port network.peer.port source.domain
otel.status_description process.owner rpc.jsonrpc.error_message source.port
url.fragment url.query user_agent.original user_agent.version
input.value llm.prompt_template.variables output.value reranker.query tool.parameters
traceloop.entity.input traceloop.entity.output
"""
_DROPPED_BELOW = """
db.operation.parameter. db.query.parameter. db.sql.parameter. enduser. gen_ai.completion.
gen_ai.prompt. geo. graphql.variables. http.request.header. http.response.header.
rpc.connect_rpc.request.metadata. rpc.connect_rpc.response.metadata. rpc.grpc.request.metadata.
rpc.grpc.response.metadata. rpc.request.metadata. rpc.response.metadata.
sentry.message.parameter. session. tls.client. user.
embedding. llm.input_messages. llm.output_messages. llm.prompts. reranker.input_documents.
reranker.output_documents. retrieval.documents. traceloop.association.properties.
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
"""The same for every key that begins so, and for what stands before the last dot."""

PLAIN = frozenset(_PLAIN.split())
"""Kept as numbers or as scrubbed text, though their names sound like a person's or a request's."""

OWN = tuple(_OWN.split())
"""What the resource says of the machine and the service: their names and ids are nobody's."""

ADDRESSES = tuple(_ADDRESSES.split())
"""Keys under which instrumentations write the client."""

ROUTE = "http.route"
"""The template of a page: its placeholders stay."""

STACK_TRACES = frozenset({"exception.stacktrace", "code.stacktrace"})
"""Where an exception was raised; what it says is left out."""


def is_dropped(key: str) -> bool:
    """Return whether *key*, in lower case, is left out whatever stands under it."""
    return key in DROPPED or (f"{key}.".startswith(DROPPED_BELOW) and key not in PLAIN)
