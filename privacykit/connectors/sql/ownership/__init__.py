"""Ownership of rows as SQL: the predicates that every statement is made of."""
