"""
The Data Rights Protocol 1.0 spoken with an agent that was written from the specification.

It knows nothing of our code: JSON, Ed25519, base64 and HTTP alone.
"""

from __future__ import annotations

import json
import uuid
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from privacykit.errors import ConfigurationError
from privacykit.govern.records import RequestStatus, RequestType
from privacykit.operate.protocols.callbacks import StatusCallbacks
from privacykit.operate.protocols.clients.outgoing import PartyClient
from privacykit.operate.protocols.served import callback_words
from privacykit.settings.load import parse
from privacykit.testing.layout import CONFIG
from tests.browsers import served
from tests.operate.protocols.authority import speaking
from tests.operate.protocols.conftest import ProtocolShop

VECTOR = json.loads((Path(__file__).parents[2] / "vectors/protocols/drp.json").read_text())
BASE = "/privacy/requests/drp"
ASK = f"{BASE}/v1/data-rights-request"
SEED = bytes(range(32))


def key_of(name):
    """Return the signing key of the agent *name*."""
    return Ed25519PrivateKey.from_private_bytes(
        SEED if name == "AGENT_EXAMPLE" else name.encode().ljust(32, b".")
    )


def public(name):
    """Return what the directory says of the agent *name*."""
    return b64encode(key_of(name).public_key().public_bytes_raw()).decode()


def drp(callback="agent.example", more=""):
    """Return the table of a covered business."""
    return f"""
[requests]
url = "https://shop.example"

[requests.drp]
business_id = "SHOP_EXAMPLE"
{more}
[[requests.drp.agents]]
id = "AGENT_EXAMPLE"
verify_key = "{public("AGENT_EXAMPLE")}"
callback_hosts = ["{callback}"]

[[requests.drp.agents]]
id = "OTHER"
verify_key = ["{public("NEW")}", "{public("OTHER")}"]
"""


class Agent:
    """
    An authorised agent.

    Args:
        http: What carries requests.
        now: Unix seconds.
        name: Its id in the directory.
    """

    def __init__(self, http, now, name="AGENT_EXAMPLE"):
        self.http, self.now, self.name = http, now, name
        self.token = ""

    def at(self, seconds):
        """Write a time, so many seconds from now."""
        return datetime.fromtimestamp(self.now + seconds, UTC).isoformat()

    def message(self, **changes):
        """Return what §2.01 asks for, with *changes*; ``None`` leaves a member out."""
        message = {
            "agent-id": self.name,
            "business-id": "SHOP_EXAMPLE",
            "issued-at": self.at(-1),
            "expires-at": self.at(600),
            "drp.version": "1.0",
            "exercise": "deletion",
            "regime": "ccpa",
            "name": "Mara Lind",
            "email": "mara@example.org",
            "email_verified": True,
        }
        message |= {name.replace("__", "."): value for name, value in changes.items()}
        return {name: value for name, value in message.items() if value is not None}

    def signed(self, message, key=None):
        """Sign as §3.07 says: combined mode, then base64."""
        raw = message if isinstance(message, bytes) else json.dumps(message).encode()
        return b64encode(key_of(key or self.name).sign(raw) + raw)

    @property
    def headers(self):
        return {"authorization": f"Bearer {self.token}", "content-type": "text/plain"}

    def sets_up(self, key=None):
        """Get a token (§2.05)."""
        body = {
            name: value
            for name, value in self.message().items()
            if name.endswith(("-id", "-at")) or name == "drp.version"
        }
        answer = self.http.post(f"{BASE}/v1/agent/{self.name}", content=self.signed(body, key))
        assert answer.status_code == 200, answer.text
        assert answer.json()["agent-id"] == self.name
        self.token = answer.json()["token"]
        return self

    def asks(self, body=None, **changes):
        """Send a request."""
        content = self.signed(self.message(**changes)) if body is None else body
        return self.http.post(ASK, content=content, headers=self.headers)

    def looks(self, id_):
        """Ask how a request stands."""
        return self.http.get(f"{ASK}/{id_}", headers=self.headers)

    def revokes(self, id_, key=None):
        """Take a request back."""
        content = self.signed({"reason": "I don't want my account deleted"}, key)
        return self.http.request("DELETE", f"{ASK}/{id_}", content=content, headers=self.headers)


@pytest.fixture
def shop(tmp_path):
    """A covered business."""
    return ProtocolShop(tmp_path, drp())


@pytest.fixture
def agent(shop):
    """An agent with a token."""
    return Agent(shop.client(), shop.now).sets_up()


def test_the_vector_is_understood(tmp_path):
    """Bytes that were signed elsewhere, at the time that they name."""
    shop = ProtocolShop(tmp_path, drp())
    assert public("AGENT_EXAMPLE") == VECTOR["verify_key"]
    shop.now = datetime.fromisoformat(VECTOR["now"]).timestamp()
    agent = Agent(shop.client(), shop.now).sets_up()
    answer = agent.asks(VECTOR["body"].encode())
    assert (answer.status_code, answer.json()["status"]) == (200, "open")
    assert json.loads(b64decode(VECTOR["body"])[64:]) == VECTOR["message"]
    (filed,) = shop.requests()
    assert filed.subject_request_type is RequestType.ERASURE
    assert [(it.type, it.value) for it in filed.subject_identities] == [
        ("email", "mara@example.org")
    ]
    assert (filed.place, filed.assurance.method) == ("US-CA", "agent_authorisation")


def test_a_whole_conversation_over_http(tmp_path):
    """Token, request, state, the same again, revoking: by an agent from the text."""
    import time

    import httpx2

    shop = ProtocolShop(tmp_path, drp())
    with served(shop.app) as address, httpx2.Client(base_url=address) as http:
        agent = Agent(http, time.time()).sets_up()
        assert http.get(f"{BASE}/v1/agent/AGENT_EXAMPLE", headers=agent.headers).json() == {}
        body = agent.signed(agent.message(**{"agent-request-id": "foo"}))
        first = agent.asks(body)
        told = first.json()
        assert (first.status_code, told["status"], told["agent_request_id"]) == (
            200,
            "open",
            "foo",
        )
        assert (uuid.UUID(told["request_id"]).version, uuid.UUID(told["request_id"]).variant) == (
            4,
            uuid.RFC_4122,
        )
        assert {"received_at", "expected_by"} <= set(told)
        assert agent.asks(body).json() == told
        assert agent.looks(told["request_id"]).json() == told
        revoked = agent.revokes(told["request_id"])
        assert (revoked.status_code, revoked.json()["status"]) == (200, "revoked")
        assert agent.revokes(told["request_id"]).json()["status"] == "revoked"
    assert len(shop.requests()) == 1


FAULTS = {
    "base64": (lambda _: b"%%%", 400, False),
    "signature": (lambda a: a.signed(a.message(), "OTHER"), 403, False),
    "changed": (lambda a: a.signed(a.message())[:-8] + b"AAAAAAA=", 403, False),
    "agent": (lambda a: a.signed(a.message(**{"agent-id": "OTHER"})), 403, False),
    "business": (lambda a: a.signed(a.message(**{"business-id": "SHOP"})), 403, False),
    "future": (lambda a: a.signed(a.message(**{"issued-at": a.at(120)})), 400, False),
    "over": (lambda a: a.signed(a.message(**{"expires-at": a.at(-0.5)})), 400, True),
    "window": (lambda a: a.signed(a.message(**{"expires-at": a.at(90_000)})), 400, True),
    "no time": (lambda a: a.signed(a.message(**{"issued-at": None})), 400, False),
    "no zone": (lambda a: a.signed(a.message(**{"issued-at": "2026-11-28T12:00:00"})), 400, False),
    "version": (lambda a: a.signed(a.message(drp__version="2.0")), 400, True),
    "no object": (lambda a: a.signed(b"[1]"), 400, False),
    "empty": (lambda _: b"", 403, False),
    "exercise": (lambda a: a.signed(a.message(exercise="correction")), 400, True),
    "opt-in": (lambda a: a.signed(a.message(exercise="sale:opt_in")), 400, True),
    "regime": (lambda a: a.signed(a.message(regime="gdpr")), 400, True),
    "nobody": (lambda a: a.signed(a.message(email=None)), 400, True),
    "claim": (lambda a: a.signed(a.message(email=["a"])), 400, False),
    "placeholder": (lambda a: a.signed(a.message(email="n/a")), 400, True),
    "callback": (
        lambda a: a.signed(a.message(status_callback="https://10.0.0.7/x")),
        400,
        False,
    ),
    "callback user": (
        lambda a: a.signed(a.message(status_callback="https://agent.example@evil.example/x")),
        400,
        False,
    ),
}


@pytest.fixture(scope="module")
def still(tmp_path_factory):
    """An agent before a business of a whole module, at which nothing is filed."""
    shop = ProtocolShop(tmp_path_factory.mktemp("still"), drp())
    return Agent(shop.client(), shop.now).sets_up()


@pytest.mark.parametrize("fault", FAULTS)
def test_each_check_fails_alone(still, fault):
    """With the words of the error schema: a code that is text, and *fatal* where it is."""
    make, status, fatal = FAULTS[fault]
    answer = still.asks(make(still))
    told = answer.json()
    assert (answer.status_code, told["code"]) == (status, str(status))
    assert told.get("fatal", False) is fatal
    assert "mara" not in answer.text


@pytest.mark.parametrize("token", ["", "x", "AGENT_EXAMPLE.x", "OTHER." + "A" * 64, "é"])
def test_who_has_no_token_is_told_nothing(still, token):
    """Nor whether there is such a request."""
    bearer = {"authorization": f"Bearer {token}"}
    id_ = uuid.uuid4()
    answers = [
        still.http.post(ASK, content=still.signed(still.message()), headers=bearer),
        still.http.get(f"{ASK}/{id_}", headers=bearer),
        still.http.get(f"{BASE}/v1/agent/AGENT_EXAMPLE", headers=bearer),
    ]
    assert [answer.status_code for answer in answers] == [403] * 3


def test_a_key_set_up_that_fails_is_forbidden_without_a_word(still):
    """§2.05.1."""
    good = still.message()
    tries = {
        "AGENT_EXAMPLE": still.signed(good, "OTHER"),
        "OTHER": still.signed(good),
        "NOBODY": still.signed(good | {"agent-id": "NOBODY"}),
    }
    for name, body in tries.items():
        answer = still.http.post(f"{BASE}/v1/agent/{name}", content=body)
        assert (answer.status_code, answer.content) == (403, b"")
    other = still.http.get(f"{BASE}/v1/agent/OTHER", headers=still.headers)
    assert (other.status_code, other.content) == (403, b"")


def test_a_request_of_another_agent_is_forbidden(shop, agent):
    """To look at, and to revoke."""
    id_ = agent.asks().json()["request_id"]
    other = Agent(agent.http, shop.now, "OTHER").sets_up()
    assert (other.looks(id_).status_code, other.revokes(id_).status_code) == (403, 403)
    assert other.looks(uuid.uuid4()).status_code == 403
    assert agent.looks(id_).json()["status"] == "open"
    assert agent.revokes(id_, key="OTHER").status_code == 403


def test_a_message_that_is_sent_anew_is_the_same_request(shop, agent):
    """By the agent's own number, whatever its times are."""
    first = agent.asks(**{"agent-request-id": "r1"}).json()
    later = agent.asks(**{"agent-request-id": "r1", "issued-at": agent.at(-30)}).json()
    other = agent.asks(**{"agent-request-id": "r1", "exercise": "access"})
    assert first["request_id"] == later["request_id"]
    assert (other.status_code, other.json()["fatal"]) == (400, True)
    assert len(shop.requests()) == 1


def test_a_rotated_key_goes_on_and_a_dropped_one_ends_its_tokens(shop):
    """An agent rotates: both verify for a while."""
    old = Agent(shop.client(), shop.now, "OTHER").sets_up()
    new = Agent(shop.client(), shop.now, "OTHER").sets_up("NEW")
    for agent in (old, new):
        answer = agent.http.get(f"{BASE}/v1/agent/OTHER", headers=agent.headers)
        assert answer.status_code == 200
    text = shop.path.read_text()
    shop.path.write_text(text.replace(f', "{public("OTHER")}"', ""))
    http = shop.client()
    codes = [
        http.get(f"{BASE}/v1/agent/OTHER", headers=agent.headers).status_code
        for agent in (old, new)
    ]
    assert codes == [403, 200]


@pytest.mark.parametrize(
    ("exercise", "kind"),
    [
        ("access", RequestType.ACCESS),
        ("access:categories", RequestType.ACCESS),
        ("access:specific", RequestType.ACCESS),
        ("sale:opt-out", RequestType.OPT_OUT_SALE_SHARING),
        ("sale:opt_out", RequestType.OPT_OUT_SALE_SHARING),
    ],
)
def test_every_action_is_understood(shop, agent, exercise, kind):
    """The older underscore, too."""
    assert agent.asks(exercise=exercise).status_code == 200
    assert [it.subject_request_type for it in shop.requests()] == [kind]


@pytest.mark.parametrize(
    ("steps", "ground", "state", "reason"),
    [
        (("accepted",), "", "in_progress", None),
        (("accepted", "in_progress"), "", "in_progress", None),
        (("accepted", "in_progress", "fulfilled"), "", "fulfilled", None),
        (("accepted", "in_progress", "partially_fulfilled"), "", "fulfilled", None),
        (("accepted", "in_progress", "unfulfilled"), "", "denied", "other"),
        (("rejected",), "no_match", "denied", "no_match"),
        (("rejected",), "claim_not_covered", "denied", "claim_not_covered"),
        (("rejected",), "outside_jurisdiction", "denied", "outside_jurisdiction"),
        (("rejected",), "JustificationA12IdentityFailure", "denied", "insuf_verification"),
        (("rejected",), "JustificationA12MaliciousIntent", "denied", "suspected_fraud"),
        (("rejected",), "JustificationA12ManifestlyExcessive", "denied", "too_many_requests"),
        (("rejected",), "JustificationA12ManifestlyUnfounded", "denied", "other"),
    ],
)
def test_states_have_the_words_of_the_specification(shop, agent, steps, ground, state, reason):
    """Every state, every reason."""
    id_ = agent.asks().json()["request_id"]
    shop.move(*steps, ground=ground)
    told = agent.looks(id_).json()
    assert (told["status"], told.get("reason")) == (state, reason)
    assert agent.revokes(id_).status_code == (200 if steps == ("accepted",) else 409)


def test_an_unverified_claim_proves_nothing(tmp_path):
    """Where somebody can prove who they are, the agent is told where."""
    more = 'user_verification_url = "https://shop.example/verify"\n'
    shop = ProtocolShop(tmp_path, drp(more=more))
    agent = Agent(shop.client(), shop.now).sets_up()
    told = agent.asks(email_verified="yes").json()
    assert (told["status"], told["reason"]) == ("in_progress", "need_user_verification")
    assert told["user_verification_url"] == f"https://shop.example/verify/{told['request_id']}"
    (filed,) = shop.requests()
    assert filed.assurance is None


def test_only_verified_claims_find_somebody_where_any_is(shop, agent):
    """What an agent did not verify may be somebody else's."""
    agent.asks(phone_number="+15305550142")
    agent.asks(phone_number="+15305550142", phone_number_verified=True, email_verified=False)
    found = {it.subject_identities[0].type for it in shop.requests()}
    assert found == {"email", "phone_number"}
    assert {len(it.subject_identities) for it in shop.requests()} == {1}


def test_changes_are_told_to_the_callback_until_it_answers_200(tmp_path):
    """Its body is not looked at."""
    heard, failures = [], [500, None]

    def listener(_method, _path, _headers, body):
        if failures:
            failure = failures.pop(0)
            return failure and (failure, {}, b"")
        heard.append(json.loads(body))
        return 200, {}, b"<whatever>"

    with speaking(listener) as port:
        shop = ProtocolShop(tmp_path, drp(f"127.0.0.1:{port}"))
        agent = Agent(shop.client(), shop.now).sets_up()
        url = f"http://127.0.0.1:{port}/status"
        id_ = agent.asks(status_callback=url).json()["request_id"]
        shop.move("accepted", "in_progress", "fulfilled")
        for _ in range(4):
            shop.now += 3600
            context = shop.context()
            with PartyClient() as client:
                StatusCallbacks(context, callback_words(context), client).send_due()
            context.close()
    assert [(it["request_id"], it["status"]) for it in heard] == [(id_, "fulfilled")]


@pytest.mark.parametrize("key", ["", "AAAA", "not base64"])
def test_a_key_that_is_none_is_named_at_the_start(key):
    """PK367, with its place in the file."""
    text = CONFIG + drp().replace(public("AGENT_EXAMPLE"), key)
    with pytest.raises(ConfigurationError, match=r"PK367.*agents\.0\.verify_key"):
        parse(text)


def test_two_agents_of_one_id_are_named_at_the_start():
    """Whose request it is would be a guess: PK369."""
    with pytest.raises(ConfigurationError, match=r"PK369.*agents\.1\.id"):
        parse(CONFIG + drp().replace('"OTHER"', '"AGENT_EXAMPLE"'))


def test_nothing_that_an_agent_sends_is_approved_by_itself(shop, agent):
    """An operator says yes."""
    agent.asks()
    assert [it.status for it in shop.requests()] == [RequestStatus.INITIATED]
