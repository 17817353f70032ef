"""The gate: who may come in, with which role, and what was done.

Belongs here: persons, passwords, second factors, sessions, the audit, the checks of every request, the gate's own
pages. Does not belong here: what a person sees in the dashboard (`dashboards/reader/principal.py`), Dagster's pages
(`orchestration.webserver`), arguments of commands (`commands.serving`, `commands.people`).
"""
