"""The contract of salt stores, held by each of ours."""

from __future__ import annotations

import pytest

from privacykit.stores.salts.open import open_salts
from privacykit.testing.salt_contract import SaltStoreContract


class TestSqlSalts(SaltStoreContract):
    """SQLite, PostgreSQL, MariaDB."""

    @pytest.fixture
    def store(self, sql_url):
        """A store in a database of its own."""
        return open_salts(sql_url)


class TestRedisSalts(SaltStoreContract):
    """Redis."""

    @pytest.fixture
    def store(self, redis_url):
        """A store under a prefix of its own."""
        store = open_salts(redis_url)
        yield store
        store.destroy_all(0)


class TestMemorySalts(SaltStoreContract):
    """The memory of one process."""

    @pytest.fixture
    def store(self):
        """A store of its own."""
        return open_salts("memory://")
