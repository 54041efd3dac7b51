"""Which policies ``privacykit explain`` asks, and how. Reads privacykit.toml and policy files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from privacykit.policy.policyset import PolicySet
from privacykit.settings.load import DEFAULT_FILE, load
from privacykit.settings.paths import Paths
from privacykit.settings.policies import load_policies, shipped_policies


@dataclass(frozen=True, slots=True)
class AskedLaw:
    """
    The law as it is asked.

    Attributes:
        policies: Those in force.
        own: Whether some of them are the operator's.
        gpc_scope: ``everywhere`` or ``mandated``.
        strict: Whether no risk is taken where the law is unsettled.
    """

    policies: PolicySet
    own: bool
    gpc_scope: str
    strict: bool


def asked_law(
    config: str, *, policies: Sequence[Path] | None, gpc_scope: str | None, strict: bool | None
) -> AskedLaw:
    """
    Return what the configuration says, and over it what the options say.

    Args:
        config: The configuration file; where it is the default one, it need not be there.

        policies: Directories to use instead of the configured ones.

        gpc_scope: Instead of ``[signals] gpc_scope``.

        strict: Instead of ``[policies] strict``.

    Raises:
        ConfigurationError: The file is wrong, or was named and is not there.
        PolicyError: A policy file is wrong.
    """
    if config != DEFAULT_FILE or Path(config).exists():
        settings = load(config)
        find = Paths.beside(config).file
        configured = [find(name) for name in settings.policies.directories]
        gpc_scope = gpc_scope or settings.signals.gpc_scope
        strict = settings.policies.strict if strict is None else strict
    else:
        configured = []
    folders = list(policies or configured)
    law = load_policies(folders) if folders else shipped_policies()
    return AskedLaw(law, bool(folders), gpc_scope or "everywhere", bool(strict))
