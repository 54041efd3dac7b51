"""TOML text of a policy file to a policy, or every error with file, key and id. Pure."""

from privacykit.policy.parse.build import Parsed, parse_policy, policy_schema

__all__ = ["Parsed", "parse_policy", "policy_schema"]
