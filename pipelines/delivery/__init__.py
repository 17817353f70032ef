"""From a file to rows without personal data: landing, reading, row rules, privacy. Pure: no database, no Dagster."""
