"""The set-up of the Data Deletion Request Framework, from a configuration. Reads key files."""

from __future__ import annotations

from privacykit.operate.protocols.key_files import read_key
from privacykit.recipients.protocols.ddrf.recipient import DdrfSetup, KnownIdentifier
from privacykit.recipients.protocols.ddrf.tokens import signing_key
from privacykit.settings.requests.tables import DdrfTable


def ddrf_setup(table: DdrfTable, endpoint: str) -> DdrfSetup:
    """
    Return what *table* says.

    Args:
        table: ``[requests.ddrf]``.
        endpoint: Where requests are sent.

    Raises:
        ConfigurationError: PK370, a key cannot be used.
    """
    return DdrfSetup(
        domain=table.domain,
        endpoint=endpoint,
        keys=[
            read_key(key, f"requests.ddrf.keys.{at}", signing_key)
            for at, key in enumerate(table.keys)
        ],
        partners=frozenset(table.partners),
        identifiers=[KnownIdentifier(it.type, it.format, it.identity) for it in table.identifiers],
        place=table.place,
        proof=table.proof,
    )
