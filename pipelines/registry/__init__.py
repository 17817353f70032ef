"""The KPI registry: one file a KPI, checked strictly, compiled to what dbt reads.

Belongs here: what a KPI file may say, reading all of them, checking their expressions, the macro that dbt gets. Does
not belong here: the numbers themselves (`dbt_project/`), what is shown of them (`dashboards/`).
"""
