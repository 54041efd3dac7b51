"""
Signatures of requests to S3, and of whatever speaks as it does. Pure.

Source: AWS, "Signature Version 4 for API requests", with the header ``x-amz-content-sha256`` that
S3 wants. A path is signed as it is sent: its segments percent-encoded once.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import quote

_UNRESERVED = "-_.~"


@dataclass(frozen=True, slots=True)
class S3Credentials:
    """
    Who asks.

    Attributes:
        access_key: The id of an access key; no secret.
        secret_key: Its secret half.
        session_token: Goes with keys that last for hours only.
    """

    access_key: str
    secret_key: str = field(repr=False)
    session_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class S3Request:
    """
    What is signed.

    Attributes:
        method: In capitals.
        host: As the header says it, with a port that is not the scheme's own.
        path: From the slash on, not encoded.
        query: Parameters, not encoded.
        body: The bytes that are sent.
    """

    method: str
    host: str
    path: str
    query: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def target(self) -> str:
        """Path and query, encoded as they are signed and must be sent."""
        return encoded_path(self.path) + (f"?{_query(self.query)}" if self.query else "")


def signed_headers(
    request: S3Request, credentials: S3Credentials, region: str, now: float
) -> dict[str, str]:
    """
    Return the headers that prove who sends *request*.

    Args:
        request: What is sent.
        credentials: Who sends it.
        region: Where the bucket is, ``eu-central-1`` for one.
        now: Unix seconds; a server refuses what is a quarter of an hour off.
    """
    at = datetime.fromtimestamp(now, UTC)
    moment, day = at.strftime("%Y%m%dT%H%M%SZ"), at.strftime("%Y%m%d")
    digest = sha256(request.body).hexdigest()
    headers = {"host": request.host, "x-amz-content-sha256": digest, "x-amz-date": moment}
    if credentials.session_token:
        headers["x-amz-security-token"] = credentials.session_token
    names = ";".join(sorted(headers))
    canonical = "\n".join(
        (
            request.method,
            encoded_path(request.path),
            _query(request.query),
            *(f"{name}:{headers[name]}" for name in sorted(headers)),
            "",
            names,
            digest,
        )
    )
    scope = f"{day}/{region}/s3/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
    key = f"AWS4{credentials.secret_key}".encode()
    for part in (day, region, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), sha256)
    signature = hmac.digest(key, text.encode(), sha256).hex()
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={credentials.access_key}/{scope}, "
        f"SignedHeaders={names}, Signature={signature}"
    )
    return headers


def encoded_path(path: str) -> str:
    """Return *path* percent-encoded, its slashes left."""
    return quote(path, safe=f"/{_UNRESERVED}")


def _query(query: Mapping[str, str]) -> str:
    pairs = sorted(
        (quote(k, safe=_UNRESERVED), quote(v, safe=_UNRESERVED)) for k, v in query.items()
    )
    return "&".join(f"{name}={value}" for name, value in pairs)
