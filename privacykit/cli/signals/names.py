"""Plain words for the purposes, sections, reasons and grounds of consent strings. Pure data."""

from __future__ import annotations

PURPOSES = {
    1: "keep or read something on the device",
    2: "choose advertising from limited data",
    3: "make profiles for personal advertising",
    4: "choose advertising by profiles",
    5: "make profiles for personal content",
    6: "choose content by profiles",
    7: "measure how advertising does",
    8: "measure how content does",
    9: "know audiences by statistics",
    10: "develop and improve services",
    11: "choose content from limited data",
}
"""TCF purposes; IAB Europe TCF Policies, Appendix A."""

SPECIAL_FEATURES = {
    1: "use the precise place",
    2: "scan the device to tell it apart",
}

RESTRICTIONS = {
    0: "not allowed",
    1: "only with consent",
    2: "only on legitimate interest",
    3: "a type that nothing defines, so not allowed",
}

GROUNDS = {
    "old_version": "version 1 is void since 30 September 2020",
    "global_scope": "it is for no one site, and global scope is no more",
    "created_in_future": "it is dated in the future",
    "too_old": "it is older than thirteen months",
    "old_policy": "it is of a policy that was over when it was made",
    "unknown_policy": "it is of a policy that this version does not know",
    "no_disclosed_vendors": "it was made after February 2026 and lists no disclosed vendors",
}

SECTIONS = {
    "tcfeuv1": "TCF for Europe, version 1",
    "tcfeuv2": "TCF for Europe, version 2",
    "tcfcav1": "TCF for Canada",
    "uspv1": "US Privacy",
    "usnat": "United States, national",
    "usca": "California",
    "usva": "Virginia",
    "usco": "Colorado",
    "usut": "Utah",
    "usct": "Connecticut",
    "usfl": "Florida",
    "usmt": "Montana",
    "usor": "Oregon",
    "ustx": "Texas",
    "usde": "Delaware",
    "usia": "Iowa",
    "usne": "Nebraska",
    "usnh": "New Hampshire",
    "usnj": "New Jersey",
    "ustn": "Tennessee",
    "usmn": "Minnesota",
    "usmd": "Maryland",
    "usin": "Indiana",
    "usky": "Kentucky",
    "usri": "Rhode Island",
}

REASONS = {
    "empty": "there is nothing to read",
    "too_long": "it is longer than any real one",
    "bad_character": "it holds a character that does not belong there",
    "truncated": "it is cut off",
    "trailing_bits": "something stands behind its end",
    "unsupported_version": "its version is not one that is read",
    "unsupported_type": "a part is of a type that the standard does not have",
    "bad_value": "a value is none that the standard has",
    "bad_range": "a range breaks a rule",
    "too_many": "it holds more entries than are read",
    "duplicate": "a part stands in it twice",
    "no_core": "the part that everything hangs on is missing",
    "unexpected_segment": "a part stands in it that its layout does not have",
    "segment_count": "it has other parts than it says",
    "ambiguous": "it can be read in two ways that disagree",
    "no_format": "there is no format for it",
}
