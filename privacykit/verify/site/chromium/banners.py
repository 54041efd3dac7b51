"""
Buttons of known consent managers, by which a made-up visitor accepts or refuses. Pure.

Selectors as their publishers' own style sheets and documentation name them; a banner that was
built otherwise is not known, and then nothing is said of what follows a choice.
"""

from __future__ import annotations

from typing import NamedTuple


class BannerButtons(NamedTuple):
    """
    The buttons of one consent manager's first layer.

    Attributes:
        name: The consent manager.
        accept: Selector of the button that accepts everything.
        refuse: Selector of the button that refuses everything.
    """

    name: str
    accept: str
    refuse: str


KNOWN = (
    BannerButtons("OneTrust", "#onetrust-accept-btn-handler", "#onetrust-reject-all-handler"),
    BannerButtons(
        "Cookiebot",
        "#CybotCookiebotDialogBodyLevelButtonLevelOptinAllowAll",
        "#CybotCookiebotDialogBodyButtonDecline",
    ),
    BannerButtons(
        "Usercentrics",
        '[data-testid="uc-accept-all-button"]',
        '[data-testid="uc-deny-all-button"]',
    ),
    BannerButtons("Didomi", "#didomi-notice-agree-button", "#didomi-notice-disagree-button"),
    BannerButtons("Klaro", ".klaro .cm-btn-success", ".klaro .cn-decline"),
    BannerButtons(
        "orestbida cookieconsent",
        '#cc-main [data-role="all"], #c-p-bn',
        '#cc-main [data-role="necessary"], #c-s-bn',
    ),
    BannerButtons("tarteaucitron", "#tarteaucitronPersonalize2", "#tarteaucitronAllDenied2"),
    BannerButtons("Fides", ".fides-accept-all-button", ".fides-reject-all-button"),
    BannerButtons("CookieYes", ".cky-btn-accept", ".cky-btn-reject"),
    BannerButtons("Complianz", ".cmplz-btn.cmplz-accept", ".cmplz-btn.cmplz-deny"),
    BannerButtons("iubenda", ".iubenda-cs-accept-btn", ".iubenda-cs-reject-btn"),
    BannerButtons("Osano", ".osano-cm-accept-all", ".osano-cm-denyAll, .osano-cm-deny"),
    BannerButtons("TrustArc", "#truste-consent-button", "#truste-consent-required"),
    BannerButtons("Borlabs", "[data-cookie-accept-all]", "[data-cookie-refuse]"),
)
"""In the order in which they are looked for."""

OURS = "privacykit"
OUR_FORM = "form#choices"
OUR_ACCEPT = 'form#choices button[name="action"][value="allow"]'
OUR_REFUSE = 'form#choices button[name="action"][value="refuse"]'
OUR_BANNER_ACCEPT = '[data-privacy-banner="asks"] button[name="action"][value="allow"]'
OUR_BANNER_REFUSE = '[data-privacy-banner="asks"] .privacy-actions button[value="refuse"]'
