"""The Dagster layer: assets, checks, schedules. Only this package and `commands` import dagster."""
