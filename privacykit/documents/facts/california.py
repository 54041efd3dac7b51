"""California's statutory categories of personal information, by fideslang key. Pure data."""

from __future__ import annotations

from typing import Final

from privacykit.personal.categories import within

STATUTORY: Final = {
    "A": "Identifiers",
    "B": "Personal information categories listed in the California Customer Records statute"
    " (Cal. Civ. Code § 1798.80(e))",
    "C": "Characteristics of protected classifications under California or federal law",
    "D": "Commercial information",
    "E": "Biometric information",
    "F": "Internet or other electronic network activity information",
    "G": "Geolocation data",
    "H": "Audio, electronic, visual, thermal, olfactory, or similar information",
    "I": "Professional or employment-related information",
    "J": "Education information",
    "K": "Inferences drawn to create a profile about a consumer",
    "L": "Sensitive personal information",
}
"""Civ. Code 1798.140(v)(1)(A) to (L), named as the statute names them."""

LETTERS: Final[tuple[tuple[str, str], ...]] = (
    ("user.account", "A"),
    ("user.account.settings", "F"),
    ("user.authorization", "L"),
    ("user.authorization.biometric", "EL"),
    ("user.authorization.biometrics", "EL"),
    ("user.behavior", "F"),
    ("user.behavior.purchase_history", "D"),
    ("user.biometric", "EL"),
    ("user.biometric.health", "EL"),
    ("user.biometrics", "EL"),
    ("user.children", "C"),
    ("user.childrens", "C"),
    ("user.contact", "AB"),
    ("user.contact.organization", "I"),
    ("user.content", "F"),
    ("user.content.private", "L"),
    ("user.content.self_image", "H"),
    ("user.criminal_history", "C"),
    ("user.demographic", "C"),
    ("user.demographic.citizenship_or_immigration_status", "CL"),
    ("user.demographic.language", "F"),
    ("user.demographic.philosophical_belief", "CL"),
    ("user.demographic.political_opinion", "C"),
    ("user.demographic.profile", "K"),
    ("user.demographic.race_ethnicity", "CL"),
    ("user.demographic.religious_belief", "CL"),
    ("user.demographic.sexual_orientation", "CL"),
    ("user.demographic.union_membership", "L"),
    ("user.device", "F"),
    ("user.device.cookie_id", "A"),
    ("user.device.device_id", "A"),
    ("user.device.ip_address", "A"),
    ("user.financial", "BDL"),
    ("user.government_id", "BAL"),
    ("user.health", "BL"),
    ("user.health_and_medical", "BL"),
    ("user.job_title", "I"),
    ("user.location", "G"),
    ("user.location.precise", "GL"),
    ("user.name", "AB"),
    ("user.payment", "BD"),
    ("user.privacy_preferences", "F"),
    ("user.professional_information", "I"),
    ("user.sensor", "H"),
    ("user.settings", "F"),
    ("user.social", "F"),
    ("user.social_activity", "F"),
    ("user.telemetry", "F"),
    ("user.unique_id", "A"),
    ("user.user_sensor", "H"),
    ("user.workplace", "I"),
)
"""Branches of fideslang to letters; the longest branch that holds a key decides."""
EVERYTHING = "A"
"""What is only known to be of a person is an identifier at least."""
SENSITIVE: Final = (
    "user.authorization.biometric",
    "user.authorization.biometrics",
    "user.biometric",
    "user.biometrics",
    "user.criminal_history",
    "user.demographic.philosophical_belief",
    "user.demographic.political_opinion",
    "user.demographic.race_ethnicity",
    "user.demographic.religious_belief",
    "user.demographic.sexual_orientation",
    "user.demographic.union_membership",
    "user.health",
    "user.health_and_medical",
)
"""Branches of special categories (GDPR Art. 9(1), 10)."""


def letters_of(key: str) -> str:
    """Return the letters of the statutory categories that the fideslang *key* falls under."""
    fitting = [(len(branch), letters) for branch, letters in LETTERS if within(key, branch)]
    return max(fitting)[1] if fitting else EVERYTHING


def is_special(key: str) -> bool:
    """Say whether the fideslang *key* is of a special category (GDPR Art. 9, 10)."""
    return any(within(key, branch) for branch in SENSITIVE)
