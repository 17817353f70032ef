"""Dagster's pages as an app of this process.

Belongs here: starting it on the home's workspace, the rights of who asks, refusing queries by address. Does not belong
here: who is who (`gate`), what the daemon does (`daemon`).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, Protocol

from dagster import DagsterInstance
from dagster._core.workspace.context import WorkspaceProcessContext, WorkspaceRequestContext
from dagster_webserver.version import __version__
from dagster_webserver.webserver import DagsterWebserver
from graphql import FieldNode, GraphQLError, OperationDefinitionNode, OperationType, parse
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp

from pipelines.orchestration import daemon

# As `dagster-webserver` starts its database connections and its page.
_STATEMENT_MS, _RECYCLE_SECONDS, _OVERFLOW, _POLL_MS = 15_000, 3600, 20, 2000
_NONCE = re.compile(r"'nonce-([0-9a-f]+)'")


class Rights(Protocol):
    """What is asked about who sends a request, given its scope."""

    def may_change(self, scope: Mapping[str, Any], /) -> bool: ...

    def changes(self, scope: Mapping[str, Any], what: Sequence[str], /) -> None:
        """Called before something is changed, with the names of the mutations."""


class Everybody:
    """Rights of a server that is open on its machine."""

    def may_change(self, _: Mapping[str, Any]) -> bool:
        return True

    def changes(self, _: Mapping[str, Any], what: Sequence[str]) -> None:
        pass


class Webserver(DagsterWebserver[WorkspaceProcessContext, WorkspaceRequestContext]):
    """script: the address of a script for its page."""

    def __init__(self, process: WorkspaceProcessContext, prefix: str, rights: Rights, script: str | None) -> None:
        super().__init__(process, prefix, _POLL_MS)
        self._process = process
        self._rights = rights
        self._script = script

    def _make_request_context(self, conn: HTTPConnection) -> WorkspaceRequestContext:
        return WorkspaceRequestContext(
            instance=self._process.instance,
            current_workspace=self._process.get_current_workspace(),
            process_context=self._process,
            version=self._process.version,
            source=conn,
            read_only=not self._rights.may_change(conn.scope),
        )

    async def graphql_http_endpoint(self, request: Request) -> Response:
        if request.method != "POST" and request.url.query:
            return PlainTextResponse("a query is sent by POST", 405)
        answer: Response = await super().graphql_http_endpoint(request)
        return answer

    async def execute_graphql_request(
        self, request: Request, query: str, variables: dict[str, Any] | None, operation_name: str | None
    ) -> Any:
        if changes := _mutations(query):
            # Some mutations ask for no permission.
            if not self._rights.may_change(request.scope):
                return PlainTextResponse("only looking is allowed", 403)
            self._rights.changes(request.scope, changes)
        return await super().execute_graphql_request(request, query, variables, operation_name)

    def index_html_endpoint(self, request: Request) -> Response:
        page: Response = super().index_html_endpoint(request)
        nonce = _NONCE.search(page.headers.get("content-security-policy", ""))
        if self._script is None or nonce is None:
            return page
        tag = f'<head><script nonce="{nonce[1]}" src="{self._script}"></script>'
        kept = {name: value for name, value in page.headers.items() if name not in ("content-length", "content-type")}
        return HTMLResponse(bytes(page.body).decode("utf-8").replace("<head>", tag, 1), headers=kept)


def _mutations(query: str) -> list[str]:
    """The mutations of a document, under whatever name; what cannot be parsed is refused by Dagster itself."""
    try:
        document = parse(query)
    except (GraphQLError, TypeError):
        return []
    return [
        field.name.value if isinstance(field, FieldNode) else "fragment"
        for part in document.definitions
        if isinstance(part, OperationDefinitionNode) and part.operation == OperationType.MUTATION
        for field in part.selection_set.selections
    ]


@contextmanager
def webserver(prefix: str, rights: Rights, script: str | None = None, *, has_daemon: bool = False) -> Iterator[ASGIApp]:
    """The app, whose definitions are in the home's code server; has_daemon: with the daemon in the same process.
    `settings.apply` has said which home it serves."""
    with DagsterInstance.get() as instance:
        instance.optimize_for_webserver(_STATEMENT_MS, _RECYCLE_SECONDS, _OVERFLOW)
        with (
            daemon.workspace(instance, __version__) as process,
            daemon.beside(process) if has_daemon else nullcontext(),
        ):
            yield Webserver(process, prefix, rights, script).create_asgi_app()
