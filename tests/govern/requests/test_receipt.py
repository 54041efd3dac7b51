"""Receipts: signed, and checked with the public key alone."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from privacykit.errors import InputError
from privacykit.govern.audit.entries import Checkpoint
from privacykit.govern.records import (
    Action,
    Effect,
    Propagation,
    Receipt,
    RequestStatus,
    RequestType,
    StepResult,
)
from privacykit.govern.requests.receipt import signed, verified

SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(32))
PUBLIC = SIGNER.public_key()
RECEIPT = Receipt(
    "aa",
    "bb",
    RequestType.ERASURE,
    "EU@0",
    1_795_000_000.25,
    None,
    1_795_000_100.75,
    RequestStatus.PARTIALLY_FULFILLED,
    (StepResult("shop", "orders", Action.DELETE, 3, 2, rows_retained=1, effect=Effect.LOGICAL),),
    (Propagation("mailer", "pending", 1_795_000_050.0),),
    suppressed=True,
    checkpoint=Checkpoint("o", 1, "00" * 32, "11" * 32, 1_795_000_101),
)


def test_receipt_comes_back_verified():
    """What was signed is read back, with times in whole seconds."""
    back = verified(signed(RECEIPT, SIGNER), (PUBLIC,))

    assert (RECEIPT.steps, 1_795_000_101.0) == (back.steps, back.finished_at)


def test_white_space_does_not_matter():
    """A receipt printed prettily verifies still."""
    pretty = json.dumps(json.loads(signed(RECEIPT, SIGNER)), indent=2).encode()

    assert verified(pretty, (PUBLIC,)).receipt_id == "aa"


def test_other_tools_write_the_same_bytes():
    """The signed bytes are what any JSON library writes with sorted keys and no spaces."""
    document = json.loads(signed(RECEIPT, SIGNER))
    signature = document.pop("signature")

    payload = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    assert SIGNER.sign(payload.encode()).hex() == signature


@pytest.mark.parametrize("field", ["status", "suppressed", "finished_at", "key"])
def test_changed_receipt_is_refused(field):
    """No field can change under the signature."""
    document = json.loads(signed(RECEIPT, SIGNER))
    document[field] = {"status": "fulfilled", "suppressed": False}.get(field, "00")
    document["finished_at"] = 7 if field == "finished_at" else document["finished_at"]

    with pytest.raises(InputError, match="no trusted key signed this receipt as it stands"):
        verified(json.dumps(document).encode(), (PUBLIC,))


def test_key_inside_the_document_is_not_trusted():
    """A receipt signed by a stranger, who names his own key in it, is refused."""
    stranger = Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)

    with pytest.raises(InputError, match="no trusted key signed this receipt as it stands"):
        verified(signed(RECEIPT, stranger), (PUBLIC,))


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"signature": "zz"}', b"\xff"])
def test_other_documents_are_refused(text):
    """What is no receipt is not read as one."""
    with pytest.raises(InputError, match="not a receipt"):
        verified(text, (PUBLIC,))
