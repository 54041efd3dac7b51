"""
The Data Rights Protocol 1.0 as a covered business: agents, requests, their states. Pure.

Decided where the text is silent: a message that comes again is the same request, by its
``agent-request-id`` or else by its very bytes; tokens hold no state of ours and die with the key
that asked for them; only verified claims find somebody where any is verified.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from typing import Any

import msgspec

from privacykit.errors import InputError
from privacykit.govern.records import Identity, SubjectRequest
from privacykit.recipients.protocols.book import (
    ChannelOrder,
    FiledOrder,
    ProtocolAnswer,
    ProtocolCall,
    RequestBook,
    digest_of,
    json_answer,
)
from privacykit.recipients.protocols.drp.signed import DrpFault, check_message, opened_message
from privacykit.recipients.protocols.drp.states import (
    EXERCISES,
    OPT_IN,
    exercise_of,
    our_id,
    state_of,
    status_object,
)
from privacykit.recipients.protocols.opendsr.messages import LONGEST_VALUE, may_call

CLAIMS = {"email": "email", "phone_number": "phone_number"}
"""Claims (§3.04) that find somebody, and what the data map calls them."""
NONCE_BYTES = 16
MAC_BYTES = 32
_PERSON = b"privacykit.drp"
_TIMES = frozenset({"issued-at", "expires-at"})
_FORBIDDEN = ProtocolAnswer(403)


class DrpAgent(msgspec.Struct, frozen=True):
    """
    An agent that may send us requests.

    Attributes:
        id: Its name in the directory.
        keys: Its verify keys, base64.
        callback_hosts: Where its callbacks may go.
        proof: What its sending a verified claim proves.
    """

    id: str
    keys: tuple[str, ...]
    callback_hosts: frozenset[str]
    proof: str


class DrpSetup(msgspec.Struct, frozen=True):
    """
    What the business is told.

    Attributes:
        business_id: Ours in the directory.
        agents: By their ids.
        place: Whose law sets the deadline.
        verification_url: Where somebody can prove who they are; empty for nowhere.
        token_keys: Reads our durable keys, the newest first: they make tokens.
    """

    business_id: str
    agents: Mapping[str, DrpAgent]
    place: str
    verification_url: str
    token_keys: Callable[[], Sequence[bytes]]


class DrpBusiness:
    """
    Answers agents.

    Args:
        setup: What it is told.
        book: Where requests are filed.
        clock: Unix seconds.
        random: So many random bytes.
    """

    def __init__(
        self,
        setup: DrpSetup,
        book: RequestBook,
        clock: Callable[[], float],
        random: Callable[[int], bytes],
    ) -> None:
        self._setup = setup
        self._book = book
        self._clock = clock
        self._random = random

    def answer(self, call: ProtocolCall) -> ProtocolAnswer:
        """
        Answer one call.

        Raises:
            BackendError: A store failed: nothing was filed.
        """
        _, version, route, id_, *more = [*call.path.rstrip("/").split("/"), "", "", ""]
        if version != "v1" or any(more) or route not in {"agent", "data-rights-request"}:
            return _error(DrpFault("there is no such route", status=404))
        if route == "agent":
            return self._agent(call, id_)
        agent = self._owner(call.bearer)
        if agent is None:
            return _error(DrpFault("a token from POST /v1/agent is needed", status=403))
        try:
            return json_answer(self._request(call, agent, id_))
        except DrpFault as fault:
            return _error(fault)

    def state(self, request: SubjectRequest) -> str:
        """Return state and reason of *request* as one word: what callbacks tell."""
        return "/".join(state_of(request, verifies=bool(self._setup.verification_url)))

    def callback(self, filed: FiledOrder, _url: str) -> tuple[bytes, dict[str, str]]:
        """Return body and headers of the callback that tells how *filed* stands (§2.03)."""
        headers = {"content-type": "application/json"}
        return msgspec.json.encode(self._standing(filed)), headers

    def _agent(self, call: ProtocolCall, id_: str) -> ProtocolAnswer:
        """Give a token out, or say that it is good (§2.05, §2.06); 403 without a word otherwise."""
        if call.method == "GET":
            owner = self._owner(call.bearer)
            return json_answer({}) if owner is not None and owner.id == id_ else _FORBIDDEN
        agent = self._setup.agents.get(id_)
        if agent is None or call.method != "POST":
            return _FORBIDDEN
        try:
            message, key = opened_message(call.body, agent.keys)
            check_message(message, id_, self._setup.business_id, self._clock())
        except DrpFault:
            return _FORBIDDEN
        return json_answer({"agent-id": id_, "token": self._token(id_, key)})

    def _request(self, call: ProtocolCall, agent: DrpAgent, id_: str) -> dict[str, Any]:
        if call.method == "POST" and not id_:
            return self._standing(self._receive(call.body, agent))
        if call.method not in {"GET", "DELETE"} or not id_:
            raise DrpFault("this route takes no such method", status=405)
        filed = self._book.of_request("drp", agent.id, our_id(id_))
        if filed is None:
            raise DrpFault("the request is not this agent's", status=403)
        if call.method == "DELETE":
            opened_message(call.body, agent.keys)
            if state_of(filed.request, verifies=False)[0] != "revoked":
                filed = self._revoked(filed)
        return self._standing(filed)

    def _revoked(self, filed: FiledOrder) -> FiledOrder:
        try:
            return self._book.cancel(filed)
        except InputError:
            words = "it is being carried out, or was answered"
            raise DrpFault(words, status=409, fatal=True) from None

    def _receive(self, body: bytes, agent: DrpAgent) -> FiledOrder:
        message, _ = opened_message(body, agent.keys)
        check_message(message, agent.id, self._setup.business_id, self._clock())
        order = self._order(message, body, agent)
        try:
            filed = self._book.file(order)
        except InputError:
            raise DrpFault("no claim names anybody", fatal=True) from None
        if filed.digest != order.digest:
            raise DrpFault("another request has this agent-request-id", fatal=True)
        return filed

    def _order(self, message: Mapping[str, Any], body: bytes, agent: DrpAgent) -> ChannelOrder:
        exercise = exercise_of(message.get("exercise"))
        if exercise == OPT_IN:
            raise DrpFault("sale:opt-in is no request that we take", fatal=True)
        if exercise not in EXERCISES:
            raise DrpFault("exercise is not one that we take", fatal=True)
        if message.get("regime") not in (None, "ccpa"):
            raise DrpFault("regime is not one that we take", fatal=True)
        callback = message.get("status_callback")
        if callback is not None and not may_call(callback, agent.callback_hosts):
            raise DrpFault("the host of status_callback has to be agreed on")
        identities, proven = _people(message)
        number = message.get("agent-request-id")
        if number is not None and (not isinstance(number, str) or len(number) > LONGEST_VALUE):
            raise DrpFault("agent-request-id is no text")
        said = {name: value for name, value in message.items() if name not in _TIMES}
        return ChannelOrder(
            channel="drp",
            party=agent.id,
            number=f"id:{number}" if number else f"body:{digest_of(body)}",
            digest=digest_of(msgspec.json.encode(said, order="deterministic")),
            wanted=EXERCISES[exercise],
            identities=identities,
            proof=agent.proof if proven else "",
            place=self._setup.place,
            details={
                "agent_request_id": number,
                "exercise": exercise,
                "callbacks": [callback] if callback else [],
            },
            told="open/",
        )

    def _standing(self, filed: FiledOrder) -> dict[str, Any]:
        return status_object(filed.request, filed.details, self._setup.verification_url)

    def _token(self, agent: str, key: str) -> str:
        nonce = self._random(NONCE_BYTES)
        mac = _mac(self._setup.token_keys()[0], agent, key, nonce)
        return f"{agent}.{urlsafe_b64encode(nonce + mac).decode().rstrip('=')}"

    def _owner(self, token: str) -> DrpAgent | None:
        """Return the agent whose *token* is, given out for a key that it still has."""
        id_, _, rest = token.partition(".")
        agent = self._setup.agents.get(id_)
        try:
            raw = urlsafe_b64decode(rest.encode("ascii") + b"==")
        except ValueError:
            return None
        if agent is None or len(raw) != NONCE_BYTES + MAC_BYTES:
            return None
        nonce, mac = raw[:NONCE_BYTES], raw[NONCE_BYTES:]
        for ours in self._setup.token_keys():
            for key in agent.keys:
                if hmac.compare_digest(mac, _mac(ours, id_, key, nonce)):
                    return agent
        return None


def _people(message: Mapping[str, Any]) -> tuple[tuple[Identity, ...], bool]:
    """
    Return whom the claims name, and whether the agent verified that.

    Raises:
        DrpFault: They name nobody.
    """
    told = {name: message[name] for name in CLAIMS if message.get(name)}
    if not all(isinstance(it, str) and len(it) <= LONGEST_VALUE for it in told.values()):
        raise DrpFault("a claim is no text")
    verified = {name: it for name, it in told.items() if message.get(f"{name}_verified") is True}
    chosen = verified or told
    if not chosen:
        raise DrpFault(f"a claim is needed: {' or '.join(CLAIMS)}", fatal=True)
    return tuple(Identity(CLAIMS[name], it) for name, it in chosen.items()), bool(verified)


def _mac(key: bytes, agent: str, signer: str, nonce: bytes) -> bytes:
    state = blake2b(digest_size=MAC_BYTES, key=key, person=_PERSON)
    for part in (agent.encode(), signer.encode(), nonce):
        state.update(len(part).to_bytes(4) + part)
    return state.digest()


def _error(fault: DrpFault) -> ProtocolAnswer:
    told: dict[str, Any] = {"code": str(fault.status), "message": fault.message}
    return json_answer(told | ({"fatal": True} if fault.fatal else {}), fault.status)
