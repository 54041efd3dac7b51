"""
A shop of eighteen related tables and a truth to check erasures by: for tests, demo and benchmarks.

It has what real schemas have: addresses that two people share, orders a law keeps, owners that may
be nobody, rows that point at their own table, keys of several columns, a loop of foreign keys.
"""

from examples.shop.database.after import differences, erased
from examples.shop.database.data import Row, Rows, email_of, fill, make_rows, read_rows
from examples.shop.database.tables import SHOP, SHOP_MAP, TABLES, create_shop
from examples.shop.database.truth import classes_of, key_of

__all__ = [
    "SHOP",
    "SHOP_MAP",
    "TABLES",
    "Row",
    "Rows",
    "classes_of",
    "create_shop",
    "differences",
    "email_of",
    "erased",
    "fill",
    "key_of",
    "make_rows",
    "read_rows",
]
