"""
The data map: where personal data lives, whose it is, and what becomes of it. Pure.

.. code-block:: text

    system -> dataset (one store) -> collection (a table) -> field (a column, one line)

The only room of flow 2 that knows pydantic. Unknown keys are errors: a misspelt key that is
dropped in silence is a person's data that nobody erases.
"""

from privacykit.govern.datamap.collection import (
    AggregateRule,
    Collection,
    KeepRule,
    RelationRule,
    RetentionRule,
)
from privacykit.govern.datamap.field import Field
from privacykit.govern.datamap.model import DataMap, Dataset, ReasonToKeep, Recipient, System
from privacykit.govern.datamap.parse import parse_datamap

__all__ = [
    "AggregateRule",
    "Collection",
    "DataMap",
    "Dataset",
    "Field",
    "KeepRule",
    "ReasonToKeep",
    "Recipient",
    "RelationRule",
    "RetentionRule",
    "System",
    "parse_datamap",
]
