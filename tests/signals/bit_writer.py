"""An encoder of consent strings for tests, written from the specifications, bit text by bit text."""

from __future__ import annotations

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def text_of(bits, *, pad_to=8):
    """Return *bits* as base64url, padded as the writers do."""
    bits += "0" * (-len(bits) % pad_to)
    bits += "0" * (-len(bits) % 6)
    return "".join(ALPHABET[int(bits[at : at + 6], 2)] for at in range(0, len(bits), 6))


def bits_of(text):
    """Return the bits of base64url *text*."""
    return "".join(f"{ALPHABET.index(character):06b}" for character in text)


def number(value, width):
    """Return *value* in *width* bits."""
    assert 0 <= value < 1 << width
    return f"{value:0{width}b}" if width else ""


def field(ids, width):
    """Return a field of *width* bits with those of *ids* set."""
    return "".join("1" if place in ids else "0" for place in range(1, width + 1))


def runs(ids):
    """Return *ids* as ascending ranges."""
    found = []
    for one in sorted(ids):
        if found and one == found[-1][1] + 1:
            found[-1][1] = one
        else:
            found.append([one, one])
    return found


def int_range(ids):
    """Return a list of *ids* by sixteen-bit numbers."""
    entries = runs(ids)
    bits = number(len(entries), 12)
    for first, last in entries:
        bits += "0" + number(first, 16) if first == last else "1" + number(first, 16)
        bits += number(last, 16) if last != first else ""
    return bits


def vendors(ids, *, as_range, highest=None):
    """Return a vendor section."""
    top = max(ids, default=0) if highest is None else highest
    return number(top, 16) + ("1" + int_range(ids) if as_range else "0" + field(ids, top))


def fibonacci(value):
    """Return *value* from 1 in Fibonacci code."""
    terms = [1, 2]
    while terms[-1] <= value:
        terms.append(terms[-1] + terms[-2])
    code = ""
    for term in reversed([term for term in terms if term <= value]):
        code = ("1" if term <= value else "0") + code
        value -= term if term <= value else 0
    return code + "1"


def fibonacci_range(ids):
    """Return a list of *ids* by Fibonacci codes."""
    entries, seen = runs(ids), 0
    bits = number(len(entries), 12)
    for first, last in entries:
        bits += ("0" if first == last else "1") + fibonacci(first - seen)
        bits += fibonacci(last - first) if last != first else ""
        seen = last
    return bits


def letters(code):
    """Return two letters in twelve bits."""
    return "".join(number(ord(letter) - 65, 6) for letter in code)


def gpp_header(ids):
    """Return the header of a GPP string."""
    return text_of(number(3, 6) + number(1, 6) + fibonacci_range(ids))


def tc_core(said):
    """Return the core of a TC string of version 2 from its fields."""
    bits = (
        number(2, 6)
        + number(said["created"], 36)
        + number(said["last_updated"], 36)
        + number(said["cmp_id"], 12)
        + number(said["cmp_version"], 12)
        + number(said["consent_screen"], 6)
        + letters(said["consent_language"])
        + number(said["vendor_list_version"], 12)
        + number(said["tcf_policy_version"], 6)
        + number(said["is_service_specific"], 1)
        + number(said["use_non_standard_texts"], 1)
        + field(said["special_feature_opt_ins"], 12)
        + field(said["purposes_consent"], 24)
        + field(said["purposes_li_transparency"], 24)
        + number(said["purpose_one_treatment"], 1)
        + letters(said["publisher_cc"])
        + vendors(said["vendor_consents"], as_range=said["consents_as_range"])
        + vendors(said["vendor_legitimate_interests"], as_range=said["interests_as_range"])
        + number(len(said["publisher_restrictions"]), 12)
    )
    for purpose, kind, ids in said["publisher_restrictions"]:
        bits += number(purpose, 6) + number(kind, 2) + int_range(ids)
    return bits


def tc_string(said):
    """Return a TC string of version 2 with the segments that *said* has."""
    parts = [text_of(tc_core(said))]
    for kind, name in ((1, "disclosed_vendors"), (2, "allowed_vendors")):
        if said[name] is not None:
            parts.append(text_of(number(kind, 3) + vendors(said[name], as_range=bool(kind % 2))))
    if said["publisher_tc"] is not None:
        consents, interests, custom, own, own_interests = said["publisher_tc"]
        bits = number(3, 3) + field(consents, 24) + field(interests, 24) + number(custom, 6)
        parts.append(text_of(bits + field(own, custom) + field(own_interests, custom)))
    return ".".join(parts)
