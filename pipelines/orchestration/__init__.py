"""The Dagster shell: assets, checks, schedules. With `commands`, the only rooms that import dagster."""
