"""
Kinds of data that breach laws single out, by the keys of fideslang. Pure data.

Sources: GDPR Art. 9(1) and 10; the definition of *personal information* in the states' breach
statutes (Cal. Civ. Code 1798.82(h), Tex. Bus. & Com. Code 521.002, C.R.S. 6-1-716(1)(g), Va. Code
18.2-186.6(A)), which differ in detail: what is named here must be judged.
"""

from __future__ import annotations

from privacykit.personal.categories import within

SPECIAL: tuple[tuple[str, str], ...] = (
    ("user.health", "health"),
    ("user.health_and_medical", "health"),
    ("user.biometric.health", "health"),
    ("user.biometric", "biometric data"),
    ("user.biometrics", "biometric data"),
    ("user.authorization.biometric", "biometric data"),
    ("user.authorization.biometrics", "biometric data"),
    ("user.demographic.race_ethnicity", "racial or ethnic origin"),
    ("user.demographic.political_opinion", "political opinions"),
    ("user.demographic.religious_belief", "religious beliefs"),
    ("user.demographic.philosophical_belief", "philosophical beliefs"),
    ("user.demographic.union_membership", "trade union membership"),
    ("user.demographic.sexual_orientation", "sexual orientation"),
    ("user.criminal_history", "criminal convictions and offences"),
)
"""Branch to the category of GDPR Art. 9 or 10."""

TRIGGERS: tuple[tuple[str, str], ...] = (
    ("user.government_id", "government identifier"),
    ("user.financial", "account or card number"),
    ("user.payment", "account or card number"),
    ("user.health", "medical or health-insurance information"),
    ("user.health_and_medical", "medical or health-insurance information"),
    ("user.biometric", "biometric data"),
    ("user.biometrics", "biometric data"),
    ("user.authorization.biometric", "biometric data"),
    ("user.authorization.biometrics", "biometric data"),
    ("user.authorization.credentials", "credentials of an account"),
    ("user.authorization.password", "credentials of an account"),
)
"""Branch to the kind of data that the states' breach statutes name."""

_CHILDREN = ("user.children", "user.childrens")


def special_of(categories: tuple[str, ...]) -> str:
    """Return the special category that *categories* fall into; empty for none."""
    return _first(categories, SPECIAL)


def trigger_of(categories: tuple[str, ...]) -> str:
    """Return the kind of data of the states' breach laws; empty for none."""
    return _first(categories, TRIGGERS)


def of_children(categories: tuple[str, ...]) -> bool:
    """Say whether *categories* are of children's data (ANPD Res. 15/2024 Art. 5)."""
    return any(within(key, branch) for key in categories for branch in _CHILDREN)


def _first(categories: tuple[str, ...], table: tuple[tuple[str, str], ...]) -> str:
    found = (words for key in categories for branch, words in table if within(key, branch))
    return next(found, "")
