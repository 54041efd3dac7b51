"""
Names of parameters and properties whose values are never kept, whatever the values look like. Pure.

Lists after ClearURLs, PostHog, Matomo, Plausible, Umami and OpenTelemetry (see
``tests/vectors/text/tracking_params.json``). Names that are harmless more often than not (``code``,
``state``, ``key``, ``id``, ``name``) are not here: they are kept only when somebody lists them.
"""

from __future__ import annotations

import re
from itertools import pairwise

_CLICK_IDS = """
gclid gclsrc dclid gbraid wbraid gad_source fbclid msclkid twclid li_fat_id igshid igsh ttclid
rdt_cid epik qclid sccid irclid yclid ymclid _kx mc_eid mc_cid mkt_tok srsltid vero_id
vero_conv wickedid rb_clickid s_cid _hsenc __hssc __hstc __hsfp oly_anon_id oly_enc_id
ml_subscriber ml_subscriber_hash _ga _gl _openstat fb_action_ids action_object_map
fb_xd_fragment fb_comment_id pk_vid nsukey sscid cjevent tblci obclid ob_click_id
"""
CLICK_IDS = frozenset(_CLICK_IDS.split())
"""Parameters by which advertising networks recognise a click, and with it a person."""

_SENSITIVE = """
auth authorization bearer credential credentials jwt otp passcode passphrase passwd password pw
pwd saml secret session sessionid sid sig signature ticket token totp apikey accesskey
phpsessid jsessionid aspsessionid cfid cftoken csrf xsrf csrfmiddlewaretoken
email emailaddress mail mobile msisdn phone phonenumber tel telephone whatsapp
firstname fullname lastname surname username login userid uid
birth birthday birthdate dob iban bic card cardnumber creditcard cvc cvv pan passport ssn
ip ipaddress lat latitude lng lon longitude street postcode zip zipcode
"""
_WORDS = frozenset(_SENSITIVE.split())
_PIECE = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


def is_sensitive(name: str) -> bool:
    """
    Return whether values under *name* are credentials, identifiers or data of a person.

    ``reset_token``, ``accessToken`` and ``X-Session-Id`` are, by one of the words in them.
    """
    lower = name.lower()
    if lower in CLICK_IDS:
        return True
    pieces = [piece.lower() for piece in _PIECE.findall(name)]
    pairs = (a + b for a, b in pairwise(pieces))
    return not _WORDS.isdisjoint(pieces) or not _WORDS.isdisjoint(pairs) or lower in _WORDS
