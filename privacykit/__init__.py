"""
privacykit: a privacy-compliance toolkit for web applications.

The public names, in reading order. Importing this package starts nothing, opens nothing and loads
nothing: each name is fetched when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from privacykit.app import PrivacyMiddleware, wrap
    from privacykit.collect.privacy import Emission, Privacy
    from privacykit.errors import (
        AddressError,
        BackendError,
        ConfigurationError,
        InputError,
        PrivacyKitError,
        StoreError,
    )
    from privacykit.policy.verdict import Verdict

_HOMES = {
    "PrivacyMiddleware": "privacykit.app",
    "wrap": "privacykit.app",
    "Privacy": "privacykit.collect.privacy",
    "Emission": "privacykit.collect.privacy",
    "Verdict": "privacykit.policy.verdict",
    "PrivacyKitError": "privacykit.errors",
    "ConfigurationError": "privacykit.errors",
    "InputError": "privacykit.errors",
    "AddressError": "privacykit.errors",
    "BackendError": "privacykit.errors",
    "StoreError": "privacykit.errors",
}

__all__ = [
    "AddressError",
    "BackendError",
    "ConfigurationError",
    "Emission",
    "InputError",
    "Privacy",
    "PrivacyKitError",
    "PrivacyMiddleware",
    "StoreError",
    "Verdict",
    "wrap",
]


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'privacykit' has no attribute '{name}'")
