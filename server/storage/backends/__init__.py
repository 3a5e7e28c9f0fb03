"""Where a database can be: a file of SQLite's, or a PostgreSQL server."""
