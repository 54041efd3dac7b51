"""A certificate authority of the tests, and servers on loopback that speak what a test says."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


@cache
def rsa_key(_name):
    """Return a key of the tests' own, one for each name."""
    return rsa.generate_private_key(65537, 2048)


def pem_of(key):
    """Return *key* as PEM."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _called(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def certificate(domain, key, *, signer="authority", days=30, began=1):
    """Return a certificate for *domain* and *key*, PEM; *signer* ``self`` signs itself."""
    now = datetime.now(UTC)
    issuer_key = key if signer == "self" else rsa_key(signer)
    made = (
        x509.CertificateBuilder()
        .subject_name(_called(domain))
        .issuer_name(_called(domain if signer == "self" else signer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=began))
        .not_valid_after(now - timedelta(days=began) + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(domain)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(issuer_key, SHA256())
    )
    return made.public_bytes(Encoding.PEM).decode()


@cache
def root(signer="authority"):
    """Return the certificate of the authority, PEM."""
    key, now = rsa_key(signer), datetime.now(UTC)
    usage = dict.fromkeys(
        (
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(_called(signer))
        .issuer_name(_called(signer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=2))
        .not_valid_after(now + timedelta(days=300))
        .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
        .add_extension(x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, SHA256())
    )
    return made.public_bytes(Encoding.PEM).decode()


@contextmanager
def speaking(answer):
    """
    Serve on loopback what *answer* says; give the port.

    Args:
        answer: From method, path, headers in lower case and body to status, headers and body;
            ``None`` breaks the connection off.
    """

    class Handler(BaseHTTPRequestHandler):
        def _speak(self):
            size = int(self.headers.get("content-length") or 0)
            told = {name.lower(): value for name, value in self.headers.items()}
            said = answer(self.command, self.path, told, self.rfile.read(size))
            if said is None:
                self.close_connection = True
                return
            status, headers, body = said
            self.send_response(status)
            for name, value in {**headers, "content-length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_DELETE = _speak  # noqa: N815 - the standard library's names

        def log_message(self, *_):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
