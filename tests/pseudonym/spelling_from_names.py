"""
Make `privacykit/pseudonym/texts/spelling.py` from names and words that people made up.

Run as `python tests/pseudonym/spelling_from_names.py --names FILE… --words FILE…`, each file a name
or word a line: the names of two package registries, a million, and the 20,000 commonest words of 27
languages written in Latin letters, without their marks. Without words, which tell nothing of
capitals and digits, `LETTERS` stays as it is. The tables keep how often one letter follows two
others, one kind three others, and nothing of any name.
"""

from __future__ import annotations

import argparse
import random
import re
import textwrap
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import product
from math import log2
from pathlib import Path
from string import ascii_lowercase

from privacykit.pseudonym.texts import spelling

TARGET = Path(__file__).parents[2] / "privacykit/pseudonym/texts/spelling.py"
START = "^"
LETTERS = START + ascii_lowercase
KINDS = "lud"
KINDS_BEFORE = 3
END = "$"
DIGITS = "0123456789abcdefghijklmnopqrstuv"
STEPS_IN_A_BIT = 2
BELIEVED = 30
"""So many sights of two letters weigh as much as what is known of the last one alone."""

_PIECE = re.compile(r"[A-Za-z0-9]+")
_MADE_BY_A_MACHINE = re.compile(r"(?=[a-z]*\d)(?=\d*[a-f])[0-9a-f]{8,}")

LONGEST_ACRONYM, ACRONYMS = 4, 0.1
"""So many of the parts that are no longer than this are written as acronyms among other words."""

_Chance = Callable[[], float]


def _begun(parts: list[str], chance: _Chance) -> list[str]:
    """Return *parts* with a capital first, or short ones in capitals: ``SQLitePCLRaw``."""
    return [
        part.upper() if len(part) <= LONGEST_ACRONYM and chance() < ACRONYMS else part.capitalize()
        for part in parts
    ]


_SPELLINGS: tuple[tuple[float, Callable[[list[str], _Chance], str]], ...] = (
    (0.10, lambda parts, chance: "-".join(_begun(parts, chance))),
    (0.12, lambda parts, chance: parts[0] + "".join(_begun(parts[1:], chance))),
    (0.12, lambda parts, chance: "".join(_begun(parts, chance))),
    (0.06, lambda parts, _chance: "".join(parts).upper()),
)
"""Registries want small letters; people write the same names in these ways too, so often."""

HEAD = '''"""
Spelling of people: what each letter costs after two others, and each kind after two others. Pure.

Data, made by `spelling_from_names.py` of the tests; half bits, in base 32. In `LETTERS` the rows
are the two letters before, the columns the letter; in `KINDS` the rows are the three kinds before,
the columns small letter, capital, digit and end. Before the first, and after a digit, stands
nothing, a letter of its own.
"""

from __future__ import annotations
'''


def spelt(names: Iterable[str]) -> Iterator[str]:
    """Yield the pieces of *names*, some of them in other spellings."""
    chance = random.Random(7)
    for name in names:
        if not name.isascii() or _MADE_BY_A_MACHINE.search(name):
            continue
        written, left = name, chance.random()
        parts = [part for part in re.split(r"[-_.]+", name) if part]
        for share, spell in _SPELLINGS:
            if 0 <= left < share and parts:
                written = spell(parts, chance.random)
            left -= share
        yield from _PIECE.findall(written)


def kind(character: str) -> str:
    """Return what *character* is: a small letter, a capital or a digit."""
    return "d" if character.isdigit() else "l" if character.islower() else "u"


class Sights:
    """How often what was seen after what."""

    def __init__(self) -> None:
        self.kinds: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.one: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.two: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.alone: Counter[str] = Counter()

    def see(self, piece: str) -> None:
        """Count what stands in *piece*."""
        kinds, letters = START * KINDS_BEFORE, START * 2
        for character in piece:
            self.kinds[kinds][kind(character)] += 1
            kinds = kinds[1:] + kind(character)
            if character.isdigit():
                letters = START * 2
                continue
            letter = character.lower()
            self.alone[letter] += 1
            self.one[letters[1]][letter] += 1
            self.two[letters][letter] += 1
            letters = letters[1] + letter
        self.kinds[kinds][END] += 1

    def share(self, before: str, letter: str) -> float:
        """Return how likely *letter* is after *before*, none to two letters."""
        if not before:
            return (self.alone[letter] + 1) / (self.alone.total() + len(ascii_lowercase))
        seen = (self.one if len(before) == 1 else self.two)[before]
        known = BELIEVED * self.share(before[1:], letter)
        return (seen[letter] + known) / (seen.total() + BELIEVED)

    def kind_share(self, before: str, after: str) -> float:
        """Return how likely a character of the kind *after* is, or an end."""
        seen = self.kinds[before]
        return (seen[after] + 1) / (seen.total() + len(KINDS + END))


def digit(share: float) -> str:
    """Return the cost of what is so likely, a digit of base 32."""
    return DIGITS[min(len(DIGITS) - 1, round(-STEPS_IN_A_BIT * log2(share)))]


def letters_of(sights: Sights) -> str:
    """Return the table of letters."""
    pairs = [a + b for a in LETTERS for b in LETTERS]
    return "".join(digit(sights.share(ab, c)) for ab in pairs for c in ascii_lowercase)


def kinds_of(sights: Sights) -> str:
    """Return the table of kinds."""
    before = ["".join(each) for each in product(START + KINDS, repeat=KINDS_BEFORE)]
    return "".join(digit(sights.kind_share(abc, c)) for abc in before for c in KINDS + END)


def module(tables: dict[str, str]) -> str:
    """Return the text of the module."""
    wrapped = {name: "\n".join(textwrap.wrap(text, 98)) for name, text in tables.items()}
    return HEAD + "".join(f'\n{name} = """\n{text}\n"""\n' for name, text in wrapped.items())


def seen(files: list[str], sights: Sights) -> Sights:
    """Return *sights* with the pieces of *files* counted."""
    for file in files:
        for piece in spelt(Path(file).read_text("utf-8").splitlines()):
            sights.see(piece)
    return sights


def main() -> None:
    """Learn from the files and write the module."""
    parser = argparse.ArgumentParser(description="Make the tables of how people spell.")
    parser.add_argument("--names", nargs="+", required=True, metavar="FILE")
    parser.add_argument("--words", nargs="+", default=[], metavar="FILE")
    given = parser.parse_args()
    sights = seen(given.names, Sights())
    kinds = kinds_of(sights)
    letters = "".join(spelling.LETTERS.split())
    if given.words:
        letters = letters_of(seen(given.words, sights))
    TARGET.write_text(module({"LETTERS": letters, "KINDS": kinds}))


if __name__ == "__main__":
    main()
