"""
Tables whose rows are people, by their shape: names of tables only help. Pure.

A key of its own, a way to reach somebody, and who it is: a name, a day of birth. What tells of an
order or a message is not, though it names a person; nor is a row that says whose it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from privacykit.govern.datamap.proposal.guessed_kinds import PARTS, Guess, guess_kind
from privacykit.govern.datamap.proposal.plain import plain, runs, words
from privacykit.govern.datamap.proposal.whose_key import called_people, only_people, says_whose
from privacykit.govern.datamap.schema import Table
from privacykit.govern.identity.types import EMAIL

Guesses = Mapping[str, Mapping[str, Guess]]
"""Table to column to what is guessed of it."""

_WHO = ("user.name", "user.demographic.date_of_birth")
_HAPPENED = words("""
    total amount price sum quantity paid message subject body betrag summe preis menge nachricht
    betreff montant prix quantite sujet importe precio cantidad mensaje asunto importo prezzo
    quantita messaggio oggetto valor preco quantidade mensagem assunto bedrag prijs aantal
    bericht onderwerp kwota cena ilosc wiadomosc temat tutar fiyat miktar mesaj konu 金額
    数量 件名 本文
    金额 数量 消息 主题 المبلغ الكمية الرسالة الموضوع
""")
"""Words of what happened: an order, a message."""


def people_among(tables: Sequence[Table], guesses: Guesses) -> set[str]:
    """Return the tables of *tables* whose rows are people."""
    pointed = {key.target for table in tables for key in table.foreign_keys}
    finds = {table.name for table in tables if _finding(table, guesses[table.name])}
    sure = {name for name in finds if only_people(name)}
    maybe = {
        table.name
        for table in tables
        if table.name in finds - sure
        if called_people(table.name) or _shaped(table, guesses[table.name], pointed)
    }
    rows = {table.name: table for table in tables}
    return sure | {name for name in maybe if not says_whose(rows[name], (sure | maybe) - {name})}


def looks_like_people(table: Table) -> bool:
    """Say whether rows of a table look like people, by the names of its columns alone."""
    fields = {c.name: guess_kind(table, c, lambda _, __: {}) for c in table.columns}
    found = _finding(table, fields)
    return bool(found) and (called_people(table.name) or _shaped(table, fields, set()))


def _finding(table: Table, fields: Mapping[str, Guess]) -> dict[str, str]:
    """Return the columns of its own by which somebody is found, and of which type."""
    pointing = {column for key in table.foreign_keys for column in key.columns}
    return {
        name: identity
        for name, (_, identity, _) in fields.items()
        if identity and identity != "ip_address" and name not in pointing
    }


def _shaped(table: Table, fields: Mapping[str, Guess], pointed: set[str]) -> bool:
    if len(table.key) != 1 or PARTS.fullmatch(plain(table.name)):
        return False
    mails = {name for name, kind in _finding(table, fields).items() if kind == EMAIL}
    alone = any(set(unique) <= mails for unique in (*table.uniques, *table.identifying, table.key))
    categories = [category for category, _, sure in fields.values() if sure]
    if any(each.startswith(_WHO[1]) for each in categories):
        return True
    happened = any(_HAPPENED & {*runs(column.name)} for column in table.columns)
    named = any(each.startswith(_WHO[0]) for each in categories)
    known = named or (bool(mails) and table.name in pointed)
    return known and (not happened or (bool(mails) and alone))
