"""The database: declarative base, engines, migrations. SQLite by default, PostgreSQL by its address."""
