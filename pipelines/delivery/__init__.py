"""From a file to treated rows: landing, reading, row rules, privacy. Pure: no database, no Dagster."""
