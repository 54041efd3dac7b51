"""
Labels: what kinds of personal data a text holds, addresses that are coarse enough left out. Pure.

The detectors are those that scrub events, so that what they would have let through is no finding;
but for e-mail addresses that a mail program or somebody wrote without their sign.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from privacykit.pseudonym.addresses.address import IPV4_BYTES, pack, parse
from privacykit.pseudonym.texts.decoding import decode
from privacykit.pseudonym.texts.detectors import find

ADDRESS = "ip"
AGENT = "agent"
ENCODED = "encoded"
"""Text encoded more than three deep: nobody does that by accident."""
IDENTIFIERS = frozenset({
    "email", "credential", "iban", "id", "mac", "card", "phone", "number", "location", "token",
    ENCODED,
})  # fmt: skip
"""Every label of the detectors but that of addresses."""
WORDS: Mapping[str, str] = {
    ADDRESS: "a whole address",
    AGENT: "the text of a user agent",
    "email": "an e-mail address",
    "credential": "a credential",
    "iban": "a bank account",
    "id": "a unique id",
    "mac": "the address of a device",
    "card": "the number of a card",
    "phone": "a telephone number",
    "number": "a long number",
    "location": "a precise location",
    "token": "a token",
    ENCODED: "text encoded more than three deep",
}
"""What a label is called."""

_MOMENT = re.compile(
    r"(?<![\d.])(?:19|20)\d\d-[01]\d-[0-3]\d[T ][0-2]\d:[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?![\d.])"
)
"""A time as databases write it, whose digits may pass for those of a card."""
_PRODUCT = re.compile(r"[A-Za-z][\w.+-]{0,40}/v?\d[\w.]*")
_MAYBE_AGENT = re.compile(r"/\d|\(compatible; ", re.IGNORECASE)
"""What every user agent holds one of: looking for it costs a twentieth."""
_AGENT = re.compile(
    r"Mozilla/\d|(?:AppleWebKit|Gecko|KHTML|Presto|Trident|Dalvik|OPR|EdgA?|CriOS|FxiOS|Chrome"
    r"|HeadlessChrome|Firefox|Safari|SamsungBrowser|UCBrowser|CFNetwork|Darwin)/\d"
    r"|\b(?:curl|Wget|okhttp|python-requests|python-httpx|aiohttp|Go-http-client|axios|node-fetch"
    r"|Java|libwww-perl|PostmanRuntime|Apache-HttpClient|Googlebot|bingbot)/\d"
    r"|\(compatible; ",
    re.IGNORECASE,
)
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9+%_-]|\.|=2E){0,62}"
_DOT = r"(?:\.|=2E|\s?[\[({]\s?dot\s?[\])}]\s?)"
_HOST = rf"[A-Za-z0-9-]{{1,63}}(?:{_DOT}[A-Za-z0-9-]{{1,63}}){{0,8}}{_DOT}[A-Za-z]{{2,24}}(?![\w-])"
_SIGNLESS = re.compile(
    rf"(?<![A-Za-z0-9.+%_-]){_NAME}(?:\s?[\[({{]\s?at\s?[\])}}]\s?|\+AEA-){_HOST}"
    rf"|(?:(?<=\?q\?)|(?<![?&;A-Za-z0-9.+%_-]))(?=[A-Za-z0-9+%_-]{{1,60}}(?:\.|=2E)){_NAME}=40{_HOST}",
    re.IGNORECASE,
)
"""
An address whose sign is spelled (``[at]``), in UTF-7 (RFC 2152) or quoted-printable (RFC 2045,
2047); there the name has a dot, since ``w=40em.at`` is a parameter.
"""
_HEX_WORD = re.compile(r"(?=\d*[A-Fa-f])[0-9A-Fa-f]{15,}")
_PHONE = re.compile(r"\+|00|(?<![A-Za-z\d][-_/.])[(0]")
"""How numbers begin that are dialled: abroad, or with what leads out of a town."""
_SIGN = re.compile(r"=40|\+AEA-|[\[({]\s?at\s?[\])}]", re.IGNORECASE)
_DASHED = re.compile(r"(?<![\w-])(?:ip-)?(\d{1,3})-(\d{1,3})-(\d{1,3})-(\d{1,3})(?=[.-])")
_REVERSE = re.compile(r"(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.in-addr\.arpa", re.IGNORECASE)
_REVERSE_6 = re.compile(r"(?:[0-9a-f]\.){32}ip6\.arpa", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AddressRule:
    """
    How fine an address may be.

    Attributes:
        ipv4_bits: Leading bits that may be kept of IPv4.
        ipv6_bits: Of IPv6.
    """

    ipv4_bits: int
    ipv6_bits: int

    def allows(self, text: str, bits: int | None = None) -> bool:
        """
        Tell whether *text* is an address that is no finer; *bits* is a tighter bound, if any.

        An address in another notation, such as IPv4-mapped, is taken for what it means.
        """
        spelled, meant = parse(text), pack(text)
        if spelled is None or meant is None:
            return False
        return all(self._coarse(packed, bits) for packed in {spelled, meant})

    def _coarse(self, packed: bytes, bits: int | None) -> bool:
        size = len(packed) * 8
        kept = self.ipv4_bits if len(packed) == IPV4_BYTES else self.ipv6_bits
        kept = kept if bits is None else min(kept, bits)
        return not int.from_bytes(packed, "big") & ((1 << (size - kept)) - 1)


NO_ADDRESS = AddressRule(0, 0)


def labels_in(text: str, rule: AddressRule) -> Iterator[str]:
    """
    Yield the labels of what stands in *text*; one may come more than once.

    Args:
        text: As it is stored; its encodings are undone.
        rule: Which addresses may stand there.
    """
    decoded = decode(text)
    if decoded is None:
        yield ENCODED
        return
    decoded = _MOMENT.sub(" ", decoded)
    if _MAYBE_AGENT.search(decoded) and _AGENT.search(decoded):
        yield AGENT
        decoded = _PRODUCT.sub(" ", decoded)
    if _spelled_out(decoded, rule):
        yield ADDRESS
        return
    decoded = _REVERSE_6.sub(" ", decoded)
    if _SIGN.search(decoded) and _SIGNLESS.search(decoded):
        yield "email"
    for start, end, label in find(decoded):
        if label == ADDRESS and rule.allows(_address(decoded, start, end)):
            continue
        yield _surer(label, decoded, start, end)


def _surer(label: str, text: str, start: int, end: int) -> str:
    """
    Return *label*, or what is known for sure where that is less.

    A card or telephone in a word of hexadecimal digits is part of a token, and digits in groups are
    a number of an order as well, unless they begin as only telephones do.
    """
    if label in {"card", "phone"} and _HEX_WORD.fullmatch(text, start, end):
        return "token"
    if label == "phone" and not _PHONE.match(text, start):
        return "number"
    return label


def _address(text: str, start: int, end: int) -> str:
    """Return the address of a finding without the stop or colon that a sentence goes on with."""
    found = text[start:end].strip().rstrip(".")
    return found.rstrip(":") if found.count(":") == 1 else found


def _spelled_out(text: str, rule: AddressRule) -> bool:
    """Tell whether a host name spells an address, as providers name their customers'."""
    if "-" not in text and "arpa" not in text:
        return False
    found = [".".join(one.groups()) for one in _DASHED.finditer(text)]
    found += [".".join(reversed(one.groups())) for one in _REVERSE.finditer(text)]
    for one in _REVERSE_6.findall(text):
        digits = one[:63].replace(".", "")[::-1]
        found.append(":".join(digits[at : at + 4] for at in range(0, 32, 4)))
    return any(pack(one) is not None and not rule.allows(one) for one in found)
