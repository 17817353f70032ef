"""The KPI registry: one file per KPI, checked strictly, compiled for dbt.

Belongs here: the allowed content of a KPI file, reading all of them, checking their expressions, the macro for dbt.
Does not belong here: the numbers themselves (`dbt_project/`), how they are shown (`dashboards/`).
"""
