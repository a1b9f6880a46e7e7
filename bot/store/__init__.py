"""The only place with SQL: functions take a connection and data, and return what `core.model` describes."""
