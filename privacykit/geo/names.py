"""
Countries, and names of subdivisions to ISO 3166-2 codes for databases that give names only. Pure.

Names are here for the countries whose law differs by subdivision: the United States and Canada.
"""

from __future__ import annotations

from unicodedata import combining, normalize

_COUNTRIES = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS
BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE
EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM
HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC
LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA
NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO
TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""
COUNTRIES = tuple(_COUNTRIES.split())
"""ISO 3166-1 alpha-2, all 249."""

_US = """
AL Alabama/AK Alaska/AZ Arizona/AR Arkansas/CA California/CO Colorado/CT Connecticut/DE Delaware
DC District of Columbia/DC Washington, D.C./FL Florida/GA Georgia/HI Hawaii/ID Idaho/IL Illinois
IN Indiana/IA Iowa/KS Kansas/KY Kentucky/LA Louisiana/ME Maine/MD Maryland/MA Massachusetts
MI Michigan/MN Minnesota/MS Mississippi/MO Missouri/MT Montana/NE Nebraska/NV Nevada
NH New Hampshire/NJ New Jersey/NM New Mexico/NY New York/NC North Carolina/ND North Dakota/OH Ohio
OK Oklahoma/OR Oregon/PA Pennsylvania/RI Rhode Island/SC South Carolina/SD South Dakota
TN Tennessee/TX Texas/UT Utah/VT Vermont/VA Virginia/WA Washington/WV West Virginia/WI Wisconsin
WY Wyoming/AS American Samoa/GU Guam/MP Northern Mariana Islands/PR Puerto Rico
UM United States Minor Outlying Islands/VI U.S. Virgin Islands/VI Virgin Islands
DC Washington DC/NY New York State/WA Washington State
"""
_CA = """
AB Alberta/BC British Columbia/MB Manitoba/NB New Brunswick/NL Newfoundland and Labrador
NL Newfoundland/NT Northwest Territories/NS Nova Scotia/NU Nunavut/ON Ontario
PE Prince Edward Island/QC Quebec/SK Saskatchewan/YT Yukon/YT Yukon Territory
BC Colombie-Britannique/NB Nouveau-Brunswick/NL Terre-Neuve-et-Labrador/NS Nouvelle-Écosse
NT Territoires du Nord-Ouest/PE Île-du-Prince-Édouard
"""


def fold(name: str) -> str:
    """Return *name* in lower case without accents, spaces and punctuation, to compare names by."""
    plain = normalize("NFKD", name.casefold())
    return "".join(c for c in plain if c.isalnum() and not combining(c))


def _table(text: str) -> dict[str, str]:
    entries = (
        entry.split(" ", 1) for line in text.strip().splitlines() for entry in line.split("/")
    )
    return {fold(name): code for code, name in entries}


_CODES_BY_NAME = {"US": _table(_US), "CA": _table(_CA)}
_CODES = {country: frozenset(table.values()) for country, table in _CODES_BY_NAME.items()}


def subdivision_code(country: str, text: str) -> str | None:
    """
    Return the ISO 3166-2 code of a subdivision, without its country.

    Args:
        country: ISO 3166-1 alpha-2 code.
        text: A code (``CA``), a full code (``US-CA``) or, for US and CA, a name in any case.

    Returns:
        One to three letters or digits; ``None`` for what is unknown. For US and CA only codes that
        exist are returned, so a made-up state counts as *state unknown*.
    """
    code = text.upper().removeprefix(f"{country}-")
    known = _CODES.get(country)
    if known is None:
        return code if 1 <= len(code) <= 3 and code.isascii() and code.isalnum() else None  # noqa: PLR2004 - ISO 3166-2 §5.2
    return code if code in known else _CODES_BY_NAME[country].get(fold(text))
