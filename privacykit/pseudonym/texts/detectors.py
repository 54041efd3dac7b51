"""
Find personal data and credentials in free text, by form and check digit. Pure.

Laws of this file:

- Time grows in proportion to the text: every repetition is bounded or starts at a boundary, so no
  text makes a pattern go back over what it read more than a fixed number of times.
- When in doubt it is a finding. A lost order number costs a chart, a kept card number a person.
- What has no form is not found: names, addresses of houses, short codes. `docs/limitations.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from socket import AF_INET6, inet_pton

from privacykit.pseudonym.texts.randomness import looks_random
from privacykit.pseudonym.texts.sensitive import labelled

Span = tuple[int, int, str]
PASSES = 4

_SUSPECT = re.compile(
    r"[@=:]|\d{4}|\d[\W_]{1,3}\d|[A-Za-z0-9_+/=~.-]{8}|\b(?:bearer|basic)\s", re.IGNORECASE
)
"""What every finding holds at least one of; short texts hold none and cost one pass."""
_MARKED = re.compile(r"[\d@:=]")
"""What every finding holds but some credentials and tokens; prose often holds none."""

# --- e-mail -------------------------------------------------------------------------------------
_LOCAL_PART = 254
_NOT_LOCAL = frozenset(" \t\r\n\x0b\x0c\xa0<>()[]{},;:\"'=&?/\\|@")
_SELDOM_LOCAL = frozenset("{}|'")
"""RFC 5322 has them in names, other texts around names: they belong to a word that they follow."""
_DOMAIN = re.compile(r"\[[0-9A-Fa-f.:]{2,45}\]|[\w-]{1,63}(?:\.[\w-]{1,63}){0,20}")
_USERINFO = re.compile(r"(?<=//)[^\s/?#]{1,256}@")

# --- credentials --------------------------------------------------------------------------------
_START = r"(?<![A-Za-z0-9_-])"
_CREDENTIAL = re.compile(
    _START + r"(?:(?:AKIA|ASIA|AGPA|AIDA|AROA|ANPA)[A-Z0-9]{8,}"  # AWS
    r"|gh[pousr]_\w{8,}|github_pat_\w{8,}|glpat-[\w-]{8,}"  # GitHub, GitLab
    r"|xox[a-z]-[\w-]{6,}|xapp-[\w-]{6,}"  # Slack
    r"|(?:sk|rk|pk)_(?:live|test)_\w{6,}|whsec_[\w+/=]{6,}|sk-[\w-]{12,}"  # Stripe, OpenAI
    r"|AIza[\w-]{12,}|ya29\.[\w-]{8,}|SG\.[\w-]{8,}[\w.-]*|(?:npm|hf)_\w{12,}|pypi-[\w-]{12,}"
    r"|(?:AC|SK)[0-9a-f]{32}|AGE-SECRET-KEY-1\w{8,}|v[1-4]\.(?:local|public)\.[\w-]{8,}[\w.-]*)"
)
_JWT = re.compile(_START + r"eyJ[\w-]{4,}(?:\.[\w-]*){0,4}")
_PEM = re.compile(r"-----BEGIN [A-Z ]{0,40}(?:PRIVATE KEY|CERTIFICATE)[A-Z ]{0,20}-----")
_BEARER = re.compile(r"(?<![A-Za-z])(?:bearer|basic)\s{1,3}([\w.~+/=-]{6,})", re.IGNORECASE)
_NO_PROSE = re.compile(r"\d|=|.[A-Z]|.{17}")
"""What follows "basic" and is no word: "basic understanding" is prose."""
_NAMED = re.compile(
    r"(?<![A-Za-z])(?:pass(?:word|wd|phrase|code)?|pwd|secret|token|api[_ -]?key|access[_ -]?key"
    r"|auth(?:orization)?|session(?:[_ -]?id)?|credentials?|otp|pin|cvc|cvv|ssn)"
    r"[\"']?\s{0,3}[:=]\s{0,3}[\"']?([^\s\"'&,;<>]+)",
    re.IGNORECASE,
)

# --- numbers ------------------------------------------------------------------------------------
_NUMBER = re.compile(r"(?<!\d)\+?\(?\d(?:(?:[^\w,;]|_|[,;](?!\s)){0,3}\d){6,24}(?!\d)")
"""Digits in groups, whatever parts them; only a comma before a blank ends a number."""
_LONG_NUMBER = re.compile(r"\d{9,}")
_YEAR, _MONTH, _DAY = r"(?:19|20)\d\d", r"(?:0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])"
_WHEN = re.compile(
    rf"(?<!\d)(?:{_YEAR}([-./]){_MONTH}\1{_DAY}|{_DAY}([-./]){_MONTH}\2{_YEAR}"
    rf"|{_MONTH}/{_DAY}/{_YEAR}|{_YEAR} ?[-/] ?{_YEAR}"
    r"|(?:[01]?\d|2[0-4]):[0-5]\d(?::[0-5]\d(?:[.,]\d{1,6})?)?)(?![\d:])"
)
"""Dates, times of day and spans of years: what of a number is left without them counts."""
_AMOUNT = re.compile(r"\d{1,8}\.\d{1,2}|\d{1,2}(?:[,.' ]\d{3}){1,2}[.,]\d\d?")
_COORDINATES = re.compile(
    r"(?<![\d.])-?\d{1,3}\.\d{3,20}\xb0?\s{0,2}[,;/ ]\s{0,2}-?\d{1,3}\.\d{3,20}"
)
SHORTEST_CARD, LONGEST_CARD = 13, 19
SHORTEST_PHONE, LONGEST_PHONE = 8, 15
SHORTEST_LOCAL_PHONE, MANY_DIGITS = 7, 9

# --- addresses of machines ----------------------------------------------------------------------
_IPV4 = re.compile(r"(?<![\w.])\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\w])")
_IPV6 = re.compile(r"(?<![\w:.])(?=[0-9A-Fa-f:]{0,40}:)[0-9A-Fa-f:]{2,45}(?:\d{0,3}\.\d{1,3}){0,3}")
_IPV4_HEX = re.compile(r"(?<![\w.])0x[0-9a-f]{1,8}(?:\.0x[0-9a-f]{1,8}){1,3}(?!\w)", re.IGNORECASE)
_MAC = re.compile(
    r"(?<![\w:-])[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}(?![\w:-])"
    r"|(?<![\w.-])[0-9A-Fa-f]{4}(?:\.[0-9A-Fa-f]{4}){2}(?![\w.-])"
)

# --- IBAN: ISO 13616 registry, letters and length -----------------------------------------------
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}[\W_]{0,3}[A-Za-z0-9]")
_HASH = re.compile(r"(?=..\d*[A-Fa-f])[0-9A-Fa-f]+")
_GOES_ON = re.compile(r"[A-Za-z]{0,99}\d")
LONGEST_GAP = 3
_IBAN_COUNTRIES = """
AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27
DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28
IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22
MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24
SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30
"""
_IBAN_LENGTHS = {entry[:2]: int(entry[2:]) for entry in _IBAN_COUNTRIES.split()}

# --- long random words --------------------------------------------------------------------------
_UUID = re.compile(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{8}-?(?:[0-9A-Fa-f]{4}-?){3}[0-9A-Fa-f]{12}")
_WORD = re.compile(r"[A-Za-z0-9_+/=~.-]{8,}")


def find(text: str) -> list[Span]:
    """
    Return what *text* holds of persons and credentials.

    Returns:
        Spans ``(start, end, label)`` in order, none inside another. Labels: ``email``,
        ``credential``, ``iban``, ``id``, ``ip``, ``mac``, ``location``, ``card``, ``phone``,
        ``number``, ``token``. Where two findings overlap the span holds both, under the label of
        the one that comes first in this list.
    """
    if not _SUSPECT.search(text):
        return []
    spans: list[Span] = []
    for detector in _DETECTORS if _MARKED.search(text) else _OF_LETTERS:
        spans.extend(detector(text))
    return _merge(spans) if spans else spans


def _merge(spans: list[Span]) -> list[Span]:
    ranked = sorted((start, end, rank, label) for rank, (start, end, label) in enumerate(spans))
    merged = [ranked[0]]
    for start, end, rank, label in ranked[1:]:
        last_start, last_end, last_rank, last_label = merged[-1]
        if start >= last_end:
            merged.append((start, end, rank, label))
        else:
            best = min((last_rank, last_label), (rank, label))
            merged[-1] = (last_start, max(last_end, end), *best)
    return [(start, end, label) for start, end, _, label in merged]


def _emails(text: str) -> Iterator[Span]:
    for found in _USERINFO.finditer(text):
        yield found.start(), found.end(), "email"
    at = text.find("@")
    while at >= 0:
        start = at
        while start > 0 and at - start < _LOCAL_PART and _is_local(text, start - 1):
            start -= 1
        domain = _DOMAIN.match(text, at + 1)
        if start < at and domain:
            yield start, domain.end(), "email"
        elif at and text[at - 1] == '"' and domain:
            yield max(text.rfind('"', max(0, at - _LOCAL_PART), at - 1), 0), domain.end(), "email"
        at = text.find("@", at + 1)


def _is_local(text: str, i: int) -> bool:
    if text[i] in _SELDOM_LOCAL:
        return i > 0 and text[i - 1].isalnum()
    return text[i] not in _NOT_LOCAL


def _credentials(text: str) -> Iterator[Span]:
    for pattern in (_CREDENTIAL, _JWT):
        for found in pattern.finditer(text):
            yield found.start(), found.end(), "credential"
    for found in _NAMED.finditer(text) if "=" in text or ":" in text else ():
        yield found.start(1), found.end(1), "credential"
    for found in _BEARER.finditer(text):
        if _NO_PROSE.search(found[1]):
            yield found.start(1), found.end(1), "credential"
    for found in _PEM.finditer(text):
        end = text.find("-----END", found.end())
        yield found.start(), len(text) if end < 0 else end, "credential"


def _ibans(text: str) -> Iterator[Span]:
    for found in _IBAN.finditer(text):
        length = _IBAN_LENGTHS.get(text[found.start() : found.start() + 2].upper(), 0)
        taken: list[str] = []
        end = last = found.start()
        while end < len(text) and len(taken) < length:
            character = text[end]
            if character.isascii() and character.isalnum():
                taken.append(character)
                last = end
            elif character.isalnum() or end - last > LONGEST_GAP:
                break
            end += 1
        account = "".join(taken)
        # Of a hundred words that begin like an account one has its check digits by chance.
        token = _HASH.fullmatch(account) or _GOES_ON.match(text, last + 1)
        if length and len(taken) == length and not token and _mod_97(account) == 1:
            yield found.start(), end, "iban"


def _mod_97(iban: str) -> int:
    # ISO 7064: the first four go to the end, letters count from A = 10.
    return int("".join(str(int(c, 36)) for c in iban[4:] + iban[:4])) % 97


def _numbers(text: str) -> Iterator[Span]:
    for found in _NUMBER.finditer(text):
        label = _label_of_number(found[0])
        if label:
            yield found.start(), found.end(), label
    for found in _LONG_NUMBER.finditer(text):
        yield found.start(), found.end(), "card" if _luhn(found[0]) else "number"


def _label_of_number(text: str) -> str:
    digits = _digits_of(text)
    count = len(digits)
    if text[0] == "+" or digits.startswith("00"):
        return "phone" if SHORTEST_PHONE <= count <= LONGEST_PHONE + 2 else "number"
    if _luhn(digits):
        return "card"
    count = len(_digits_of(_WHEN.sub("", text)))
    if count < SHORTEST_LOCAL_PHONE or _AMOUNT.fullmatch(text):
        return ""
    if count > LONGEST_PHONE:
        return "number"
    if count >= MANY_DIGITS:
        return "number" if text.isdigit() else "phone"
    return "phone" if text[0] in "(0" and not text.isdigit() else ""


def _digits_of(text: str) -> str:
    return "".join(c for c in text if c.isdigit())


def _luhn(digits: str) -> bool:
    if not SHORTEST_CARD <= len(digits) <= LONGEST_CARD:
        return False
    numbers = [int(c) for c in reversed(digits)]
    return (sum(numbers[::2]) + sum(sum(divmod(2 * n, 10)) for n in numbers[1::2])) % 10 == 0


def _machines(text: str) -> Iterator[Span]:
    for found in _IPV4.finditer(text) if text.count(".") > 2 else ():  # noqa: PLR2004 - of four
        if all(int(part) <= 255 for part in found[0].split(".")):  # noqa: PLR2004 - an octet
            yield found.start(), found.end(), "ip"
    for found in _IPV6.finditer(text) if text.count(":") > 1 else ():
        if found[0].count(":") > 1 and found[0].strip(":") and _is_ipv6(found[0].rstrip(".")):
            yield found.start(), found.end(), "ip"
    for pattern, label in ((_IPV4_HEX, "ip"), (_MAC, "mac")):
        for found in pattern.finditer(text):
            yield found.start(), found.end(), label


def _is_ipv6(text: str) -> bool:
    # A sentence may end in a colon right after the address.
    for candidate in (text, text[:-1]):
        try:
            inet_pton(AF_INET6, candidate)
        except (OSError, ValueError):
            continue
        return True
    return False


def _locations(text: str) -> Iterator[Span]:
    return ((found.start(), found.end(), "location") for found in _COORDINATES.finditer(text))


def _ids(text: str) -> Iterator[Span]:
    return ((found.start(), found.end(), "id") for found in _UUID.finditer(text))


def _tokens(text: str) -> Iterator[Span]:
    for found in _WORD.finditer(text):
        if looks_random(found[0]):
            yield found.start(), found.end(), "token"


_OF_LETTERS = (_credentials, _tokens)
_DETECTORS = (
    *(_emails, _credentials, _ibans, _ids, _machines, _locations, _numbers, _tokens),
    labelled,
)


def mask(text: str, passes: int = PASSES) -> str:
    """
    Return *text*, already decoded, with each finding replaced by its label in brackets.

    Looked at again until nothing new is found: what stood beside a finding may be one without it.
    """
    masked = _mask_once(text)
    return masked if masked == text or not passes else mask(masked, passes - 1)


def _mask_once(text: str) -> str:
    spans = find(text)
    if not spans:
        return text
    kept = 0
    parts: list[str] = []
    for start, end, label in spans:
        parts += text[kept:start], f"[{label}]"
        kept = end
    return "".join(parts) + text[kept:]
