"""
Receipts: what was done for a person, signed so that anybody can check it. Pure.

The signature covers the JSON document without ``signature``, keys sorted, no white space, UTF-8,
and only whole numbers in it, so that any language writes the same bytes (RFC 8785 for this
subset). The public key alone verifies it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from privacykit.errors import InputError
from privacykit.govern.audit.signature import is_signed
from privacykit.govern.records import Hold, Receipt, RequestStatus, StepResult
from privacykit.govern.requests.lifecycle import Ground, is_held


def signed(receipt: Receipt, key: Ed25519PrivateKey) -> bytes:
    """
    Sign *receipt*.

    Args:
        receipt: Counts and codes only; its times are rounded to seconds.
        key: The key that signs checkpoints and receipts.

    Returns:
        The receipt as a JSON document with ``key`` (the public one, hex) and ``signature``.
    """
    document = _whole(msgspec.to_builtins(receipt))
    document.pop("signature", None)
    document["key"] = key.public_key().public_bytes_raw().hex()
    document["signature"] = key.sign(_payload(document)).hex()
    return msgspec.json.encode(document, order="sorted")


def verified(document: bytes, keys: tuple[Ed25519PublicKey, ...]) -> Receipt:
    """
    Read a receipt that one of *keys* signed.

    The key inside the document proves nothing; it only says which one to look for.

    Args:
        document: What :func:`signed` returned, spaced as one likes.
        keys: Public keys that are trusted.

    Raises:
        InputError: Not a receipt, or none of *keys* signed it as it stands.
    """
    try:
        fields = msgspec.json.decode(document, type=dict[str, Any])
        signature = bytes.fromhex(str(fields.pop("signature", "")))
        receipt = msgspec.convert(fields | {"signature": signature.hex()}, Receipt)
    except (msgspec.MsgspecError, ValueError):
        raise InputError("not a receipt") from None
    payload = _payload(fields)
    if not is_signed(payload, signature, keys):
        raise InputError("no trusted key signed this receipt as it stands")
    return receipt


def continued(receipt: Receipt, before: bytes | None) -> Receipt:
    """
    Return *receipt* with what earlier plans of its request did.

    Args:
        receipt: Of what was carried out now, which may have been killed and gone on with.
        before: The newest receipt of the same request, if there is one.
    """
    if before is None:
        return receipt
    last = msgspec.json.decode(before, type=Receipt)
    done = (step for step in last.steps if step.rows_changed and last.plan_id != receipt.plan_id)
    return msgspec.structs.replace(receipt, earlier=(*last.earlier, *done))


def _payload(document: dict[str, Any]) -> bytes:
    return msgspec.json.encode(
        {name: value for name, value in document.items() if name != "signature"}, order="sorted"
    )


def _whole(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return {name: _whole(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_whole(inner) for inner in value]
    return round(value) if isinstance(value, float) else value


def changed_rows(results: Iterable[StepResult]) -> int:
    """Return how many rows were changed."""
    return sum(result.rows_changed for result in results)


def held_rows(results: Iterable[StepResult]) -> dict[str, int]:
    """Return how many rows a hold kept from being destroyed, by collection; for the audit log."""
    return {
        f"{result.dataset}.{result.collection}": result.rows_matched
        for result in results
        if result.justification == Ground.HELD.value and result.rows_matched
    }


def was_released(ground: str | None, holds: Iterable[Hold], moment: float) -> bool:
    """
    Tell whether something was kept for a hold, and one ended meanwhile.

    Args:
        ground: Why something was kept.
        holds: All that there ever were.
        moment: Unix seconds: what ended then or later ended meanwhile.
    """
    return is_held(ground) and any((hold.released_at or 0.0) >= moment for hold in holds)


def with_held(
    status: RequestStatus, ground: str | None, results: Iterable[StepResult]
) -> tuple[RequestStatus, str | None]:
    """
    Return how an erasure ended, and why, where a hold kept rows of *results* besides.

    With that ground it is taken up again when the hold is released.

    Args:
        status: How it ended without them.
        ground: Why, if not wholly.
        results: What was done in stores of ours.
    """
    if status is RequestStatus.UNFULFILLED or not held_rows(results):
        return status, ground
    grounds = dict.fromkeys([*(ground.split(", ") if ground else ()), Ground.HELD.value])
    return RequestStatus.PARTIALLY_FULFILLED, ", ".join(grounds)
