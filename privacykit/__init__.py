"""
privacykit: a privacy-compliance toolkit for web applications.

The public names, in reading order. Importing this package starts nothing, opens nothing and loads
nothing: each name is fetched when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from privacykit.app import PrivacyMiddleware, PrivacyWSGIMiddleware, wrap
    from privacykit.collect.ports import Emission
    from privacykit.collect.privacy import Privacy
    from privacykit.errors import (
        AddressError,
        BackendError,
        ConfigurationError,
        InputError,
        PrivacyKitError,
        StoreError,
    )
    from privacykit.personal.mark import Personal
    from privacykit.policy.verdict import Verdict
    from privacykit.web.banner.inline import privacy_banner

    __version__: str

_HOMES = {
    "PrivacyMiddleware": "privacykit.app",
    "PrivacyWSGIMiddleware": "privacykit.app",
    "wrap": "privacykit.app",
    "privacy_banner": "privacykit.web.banner.inline",
    "Privacy": "privacykit.collect.privacy",
    "Emission": "privacykit.collect.ports",
    "Personal": "privacykit.personal.mark",
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
    "Personal",
    "Privacy",
    "PrivacyKitError",
    "PrivacyMiddleware",
    "PrivacyWSGIMiddleware",
    "StoreError",
    "Verdict",
    "privacy_banner",
    "wrap",
]


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    if name == "__version__":
        return import_module("importlib.metadata").version("privacykit")
    raise AttributeError(f"module 'privacykit' has no attribute '{name}'")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
