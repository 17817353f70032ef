"""`sihe serve`, `sihe dashboard`, `sihe dagster`: the servers, behind the gate or open on this machine.

Belongs here: arguments, refusing to start where strangers would get in. Does not belong here: the server (`gate`),
starting and stopping processes (`servers`).
"""

from pathlib import Path

import click

from pipelines import settings
from pipelines.commands import servers
from pipelines.commands.preparing import (
    PORT,
    existing_home_option,
    home_option,
    inbox_option,
    prepare,
    prepare_existing,
    refuse_city,
)
from pipelines.districts import district
from pipelines.gate import checks, house, store
from pipelines.installation import House
from pipelines.orchestration import code_keeper, run_records

DASHBOARD_PORT, DAGSTER_PORT, GATE_PORT = 8501, 3000, 8500
LOOPBACK = "127.0.0.1"
_NOBODY = (
    "there are no users, so nobody could sign in: sihe user add NAME --role admin "
    "(for a look at it on this machine alone, sihe dashboard is open without users)"
)


@click.command()
@existing_home_option
@inbox_option
@click.option("--address", default=LOOPBACK, show_default=True, help="The address of this machine to listen on.")
@click.option("--port", type=PORT, default=GATE_PORT, show_default=True)
@click.option("--name", "names", multiple=True, metavar="HOST", help="A name people use; default that of SIHE_ADDRESS.")
@click.option("--certificate", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="For TLS, PEM.")
@click.option("--key", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Its private key, PEM.")
@click.option(
    "--behind-proxy", "proxy", metavar="ADDRESS", is_flag=False, flag_value=LOOPBACK,
    help=f"TLS ends in a reverse proxy at this address ({LOOPBACK} if none is given).",
)  # fmt: skip
def serve(
    home: Path | None,
    inbox: Path | None,
    address: str,
    port: int,
    names: tuple[str, ...],
    certificate: Path | None,
    key: Path | None,
    proxy: str | None,
) -> None:
    """Serve the dashboard at / and Dagster's pages at /dagster, behind a login."""
    if (certificate is None) != (key is None):
        raise click.UsageError("--certificate and --key belong together: give both")
    is_tls = certificate is not None or proxy is not None
    where = settings.load(home, inbox)
    known = checks.names(names, [where.address] if where.address else [])
    if not store.exists(where.home):
        raise click.ClickException(_NOBODY)
    is_far = not checks.is_loopback(address)
    if is_far and not is_tls:
        raise click.ClickException(
            f"{address} can be reached from other machines, and without TLS anybody on the way reads passwords: "
            "give --certificate and --key, or --behind-proxy if a reverse proxy ends TLS"
        )
    if (is_far or proxy is not None) and not known:
        raise click.ClickException(
            "under which name do people open it? Give --name HOST, or set SIHE_ADDRESS to https://HOST"
        )
    servers.refuse_taken({"gate": port})
    here = prepare(home, inbox)
    gatehouse = _gatehouse(here, checks.Place(known | set(checks.LOOPBACK), is_tls))
    if not gatehouse.people.listed():
        raise click.ClickException(_NOBODY)
    run_records.examine(here.settings)
    # The server brings Dagster and Streamlit: three seconds that other commands do not spend.
    from pipelines.gate import gated, server  # noqa: PLC0415

    gatehouse.audit.write("started", who="", address="", listening=f"{address}:{port}")
    click.echo(f"gate  {'https' if certificate else 'http'}://{address}:{port}\nstop with Ctrl-C")
    with code_keeper.kept(here.settings, code_keeper.SECOND_CHOICE):
        server.run(gated.gated(gatehouse), server.Listening(address, port, certificate, key, proxy))


def _gatehouse(here: House, place: checks.Place) -> house.Gatehouse:
    known = district.load(here.settings)
    if known is None:
        return house.opened(here.settings, place)
    return house.opened(here.settings, place, (known.name, known.title.en.split(" · ")[0]), known.letter)


@click.command()
@existing_home_option
@click.option("--port", type=PORT, default=DASHBOARD_PORT, show_default=True)
def dashboard(home: Path | None, port: int) -> None:
    """Start the dashboard for this machine alone, without a login."""
    servers.refuse_taken({"dashboard": port})
    prepare_existing(home)
    click.echo(f"dashboard  http://127.0.0.1:{port}\nstop with Ctrl-C")
    servers.watch({servers.DASHBOARD: port})


@click.command()
@home_option
@inbox_option
@click.option("--port", type=PORT, default=DAGSTER_PORT, show_default=True)
@click.option("--only", type=click.Choice(["webserver", "daemon"]), help="One of the two: a service each.")
def dagster(home: Path | None, inbox: Path | None, port: int, only: str | None) -> None:
    """Start Dagster's UI, for this machine alone, and its daemon."""
    refuse_city(settings.load(home, inbox))
    if only != "daemon":
        servers.refuse_taken({"Dagster": port})
    here = prepare(home, inbox)
    names = [name for name in (servers.WEBSERVER, servers.DAEMON) if only is None or name.endswith(only)]
    run_records.examine(here.settings)
    click.echo("Dagster's daemon" if only == "daemon" else f"Dagster  http://127.0.0.1:{port}", nl=False)
    click.echo("\nstop with Ctrl-C")
    servers.watch(dict.fromkeys(names, port))
