"""`sihe init`: output and errors of setting up a district.

Belongs here: what is printed, which errors are wrong usage. Does not belong here: the files (`districts.setup`).
"""

import click

from pipelines.districts import codes, district, divisions, setup
from pipelines.settings import Settings


def set_up(where: Settings, code: str, *, overwrite: bool) -> None:
    """Writes the files of a district into the home and prints the next steps.

    Raises click.UsageError for an unknown code and for existing files.
    """
    if where.city_file.exists():
        raise click.UsageError(f"{where.home} is the home of a city: a district needs a home of its own (--home)")
    try:
        setup.prepare(where, code, overwrite=overwrite)
    except (setup.UnknownDistrict, setup.AlreadyThere) as error:
        raise click.UsageError(str(error)) from error
    found = divisions.district(code)
    assert found is not None
    known = district.known_divisions(where)
    streets = sum(len(one.code) == codes.STREET for one in known)
    click.echo(
        f"written  {where.district_file}: {divisions.full_name(found)}\n"
        f"written  {where.local_seeds / district.DIVISION}: {streets} streets and towns,"
        f" {len(known) - streets} communities and villages (statistics of 2023)\n"
        f"written  {where.local_seeds / district.KPI_OVERRIDE}: targets of this district, none yet\n\n"
        f"next     check {where.district_file.name}: titles in both languages, letter of the logo\n"
        f"         put the platforms' exports into {where.inbox}\n"
        f"         sihe run --home {where.home}\n"
        f"         sihe doctor --home {where.home}  (checks that the exports are from this district)"
    )
