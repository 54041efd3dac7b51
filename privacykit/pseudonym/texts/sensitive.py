"""
Names whose values are never kept, of parameters and properties and in texts. Pure.

A name is read as its words, in whichever spelling: ``reset_token``, ``resetToken``,
``Reset-Token2``, ``RESET.TOKENS`` and ``resettoken`` are one name. It is sensitive by a word
(``token``), or by what is spoken of together with a word that says whose it is (``number`` of an
``account``). Harmless alone are ``code``, ``state``, ``key``, ``id``, ``name`` and ``number``:
somebody who lists them means them.

In a text a name before a colon without quotes is a word of prose, unless it names a credential.
Time grows in proportion to the text: what one finding holds is not read again for another.

Click identifiers after ClearURLs, PostHog, Matomo, Plausible, Umami and OpenTelemetry (see
``tests/vectors/text/tracking_params.json``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

_CLICK_IDS = """
gclid gclsrc dclid gbraid wbraid gad_source fbclid msclkid twclid li_fat_id igshid igsh ttclid
rdt_cid epik qclid sccid irclid yclid ymclid _kx mc_eid mc_cid mkt_tok srsltid vero_id
vero_conv wickedid rb_clickid s_cid _hsenc _hsmi __hssc __hstc __hsfp hsctatracking oly_anon_id
oly_enc_id ml_subscriber ml_subscriber_hash _ga _gl _openstat fb_action_ids action_object_map
fb_xd_fragment fb_comment_id pk_vid nsukey sscid cjevent tblci obclid ob_click_id __s
"""
CLICK_IDS = frozenset(_CLICK_IDS.split())
"""Parameters by which advertising networks recognise a click, and with it a person."""
_SHORTEST_JOINED = 5
_JOINED_CLICK_IDS = frozenset(
    joined for each in CLICK_IDS if len(joined := each.replace("_", "")) >= _SHORTEST_JOINED
)

_ALONE = """
auth authentication authorization bearer credential jwt otp passcode passphrase passwd password pw
pwd saml secret session sessionid sid sig signature ticket token totp mfa apikey accesskey
phpsessid jsessionid aspsessionid cfid cftoken csrf xsrf csrfmiddlewaretoken assertion verifier
email mail mobile msisdn phone tel telephone whatsapp fax cellphone
firstname fullname lastname surname forename username login userid uid cardholder
birth birthday birthdate dob iban bic card creditcard cvc cvv pan passport ssn
address addr ip rdns lat latitude lng lon longitude gps coordinate street postcode zip zipcode
imei imsi iccid idfa gaid idfv udid nino bsn cpf dni nif pesel personnummer aadhaar
"""
_CREDENTIALS = """
accesskey apikey aspsessionid auth authentication authorization bearer cftoken credential csrf
csrfmiddlewaretoken cvc cvv jsessionid jwt otp passcode passphrase passwd password phpsessid pw pwd
secret session sessionid token totp xsrf
"""
"""Those of them that open a door."""
_WHOSE = """
account advertising anonymous bank billing buyer card cc child citizen client contact contract
credit customer debit device distinct driver employee family father government guest health holder
identification identity insurance lead licence license medical member mother national owner
passport patient payer person personal plate policy profile recipient security sender shipping
social spouse student subscriber tax user visitor voter
"""
_OF_A_DOOR = """
access activate activation api auth backup confirm confirmation deploy device encryption invitation
invite license licence login magic master mfa one onetime otp pass pin private recover recovery
refresh reset secret security service share shared signing signin signup sms ssh sso storage
time totp unlock unsubscribe validation verification verify
"""
_OF_A_NAME = """
birth display family first full given last legal login maiden middle nick real screen sur
"""
_OF_A_CALLER = "caller client peer remote visitor user"
_OF_A_CODE = "challenge fiscal iban pin post postal routing sort swift tax zip"
_OF_A_NUMBER = "cell fax home house mobile registration routing street telephone work"
_OF_NO_LOCK = """
cache event feature foreign group idempotency lookup message partition primary sort
"""
_HARMLESS_KEYS = frozenset(_OF_NO_LOCK.split())
_TOGETHER = {
    "birth": _WHOSE + "date day place",
    "code": _WHOSE + _OF_A_DOOR + _OF_A_CODE,
    "date": "birth",
    "domain": "caller client peer remote",
    "host": _OF_A_CALLER,
    "hostname": _OF_A_CALLER,
    "id": _WHOSE,
    "link": _OF_A_DOOR,
    "name": _WHOSE + _OF_A_NAME + "caller peer remote",
    "no": _WHOSE + _OF_A_NUMBER,
    "nr": _WHOSE + _OF_A_NUMBER,
    "num": _WHOSE + _OF_A_NUMBER,
    "number": _WHOSE + _OF_A_NUMBER,
    "response": "saml",
    "uri": _OF_A_DOOR,
    "url": _OF_A_DOOR,
}
_BESIDE = """
answer challenge client confirm current customer data default delivery encrypted field hash hashed
home
input key my new of old plain primary question raw request response secondary shop string text value
work
"""


_WORDS = frozenset(_ALONE.split())
_OPENS = frozenset(_CREDENTIALS.split())
_COMPANIONS = {head: frozenset(words.split()) for head, words in _TOGETHER.items()}
_KNOWN = _WORDS | _COMPANIONS.keys() | frozenset((*_BESIDE.split(), *_HARMLESS_KEYS))
_KNOWN |= frozenset().union(*_COMPANIONS.values())

_PIECE = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_LONGEST_NAME = 200
_LONGEST_WORD = max(map(len, _KNOWN)) + 2
_LONGEST_PIECE = 40


def is_sensitive(name: str) -> bool:
    """Return whether values under *name* are credentials, identifiers or data of a person."""
    return _is_sensitive(name[:_LONGEST_NAME])  # so that long names buy no memory


@lru_cache(maxsize=1024)
def _is_sensitive(name: str) -> bool:
    lower = name.lower()
    joined = "".join(filter(str.isalnum, lower))
    if lower in CLICK_IDS or joined in _JOINED_CLICK_IDS:
        return True
    words = words_of(name)
    return (
        not _WORDS.isdisjoint(words)
        or any(not _COMPANIONS[word].isdisjoint(words) for word in words & _COMPANIONS.keys())
        or ("key" in words and _is_qualified(words) and _HARMLESS_KEYS.isdisjoint(words))
    )


def is_credential(name: str) -> bool:
    """Return whether values under *name*, which is one of the sensitive, open a door."""
    words = words_of(name[:_LONGEST_NAME])
    return is_sensitive(name) and ("key" in words or not _OPENS.isdisjoint(words))


def _is_qualified(words: frozenset[str]) -> bool:
    return sum(map(str.isalpha, words)) > 1


def words_of(name: str) -> frozenset[str]:
    """
    Return the words of *name*, in lower case and singular.

    It is parted at hyphens, dots, underscores, digits and capitals; what is left is parted further
    where all of it is words that are known here (``nationalid``), and joined where two make one.
    """
    pieces = [_singular(piece.lower()) for piece in _PIECE.findall(name)]
    words = set(pieces)
    for first, second in pairwise(pieces):
        words.add(_singular(first + second))
    for piece in pieces:
        words |= _parted(piece)
    return frozenset(words)


def _singular(word: str) -> str:
    for ending in ("es", "s"):
        if word not in _KNOWN and word.removesuffix(ending) in _KNOWN:
            return word.removesuffix(ending)
    return word


def _parted(piece: str) -> set[str]:
    """Return the known words that *piece* is made of, none where it is made of anything else."""
    if piece in _KNOWN or not piece.isalpha() or len(piece) > _LONGEST_PIECE:
        return set()
    made: dict[int, list[str]] = {0: []}
    for end in range(1, len(piece) + 1):
        for start in range(max(0, end - _LONGEST_WORD), end):
            word = _singular(piece[start:end])
            if start in made and word in _KNOWN:
                made[end] = [*made[start], word]
                break
    return set(made.get(len(piece), []))


# --- in texts -------------------------------------------------------------------------------------
_FIELD = re.compile(
    r"(?<![\w.-])(?P<name>[A-Za-z_][\w.-]{0,63}+)(?:\[\w{0,32}\])?(?P<quote>\\?[\"']?)"
    r"\s{0,3}(?P<sign>=>?|:)\s{0,3}"
)
_HEADER = re.compile(
    r"(?<![\w-])(?:(?:proxy-)?authorization|(?:set-)?cookie|user-agent|referer|referrer)"
    r"(?:(?P<quote>\\?[\"'])\s{0,3}[:=]|\s{0,3}[:=])\s{0,3}b?",
    re.IGNORECASE,
)
"""Of these all of the line is the value."""
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*+\"?|'(?:[^'\\]|\\.)*+'?", re.DOTALL)
_ESCAPED = re.compile(r"\\([\"'])(?:(?!\\\1).)*+(?:\\\1)?", re.DOTALL)
_LINE = re.compile(r"[^\r\n\"']*+")
_BARE = re.compile(r"[^\s\"'&,;<>)\]}]*+")
_BRACKET = re.compile(r"[\[({})\]]")
_OPENING = frozenset("[({")
_NOBODYS = frozenset({"none", "null", "true", "false", "undefined", "-"})
_LABEL = re.compile(r"\[[a-z]{2,16}\]")

_AGENT = re.compile(
    r"(?:Mozilla|Opera|Dalvik)/\d[\w.]{0,16}"
    r"(?:\s{0,2}\([^()]{0,256}(?:\([^()]{0,128}\)[^()]{0,256}){0,2}\)?"
    r"|\s[A-Za-z][\w.+-]{0,40}/v?\d[\w.+-]{0,40}|\s(?:Mobile|like Gecko)(?![\w/])){0,20}",
)


def labelled(text: str) -> Iterator[tuple[int, int, str]]:
    """
    Yield the values that stand under names of credentials and persons, and whole user agents.

    Args:
        text: Decoded.

    Returns:
        Spans ``(start, end, label)`` of the values alone: ``credential``, ``agent``.
    """
    for agent in _AGENT.finditer(text):
        yield agent.start(), agent.end(), "agent"
    for pattern, line in ((_HEADER, True), (_FIELD, False)):
        found = pattern.search(text)
        while found is not None:
            start = end = found.end()
            if line or _is_meant(found):
                end = _end(text, start, line=line and not found["quote"])
                if _says_something(text[start:end]):
                    yield start, end, "credential"
            found = pattern.search(text, end)


def _is_meant(found: re.Match[str]) -> bool:
    if found["sign"] == ":" and not found["quote"]:
        # A colon without a blank stands in names of events too.
        return found[0][-1].isspace() and is_credential(found["name"])
    return is_sensitive(found["name"])


def _says_something(value: str) -> bool:
    bare = value.strip("\\\"' ").lower()
    return bool(bare) and bare not in _NOBODYS and _LABEL.fullmatch(bare) is None


def _end(text: str, start: int, *, line: bool) -> int:
    """Return where the value ends that begins at *start*: quoted, in brackets, or a word."""
    for pattern in (_QUOTED, _ESCAPED):
        quoted = pattern.match(text, start)
        if quoted is not None:
            return quoted.end()
    word = _LINE.match(text, start) if line else _LABEL.match(text, start)
    if word is None and text[start : start + 1] in _OPENING:
        return _closed(text, start)
    word = word or _BARE.match(text, start)
    return word.end() if word else start


def _closed(text: str, start: int) -> int:
    deep = 0
    for bracket in _BRACKET.finditer(text, start):
        deep += 1 if bracket[0] in _OPENING else -1
        if deep == 0:
            return bracket.end()
    return len(text)
