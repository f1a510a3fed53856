"""Databases without tables, for tests of migrations."""

from tests.parts.empty import empty_database, empty_postgres, empty_sqlite

__all__ = ["empty_database", "empty_postgres", "empty_sqlite"]
