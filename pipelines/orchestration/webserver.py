"""Dagster's pages as an app of this process.

Belongs here: starting it on the home's workspace, the rights of who asks, refusing queries by address. Does not belong
here: who is who (`gate`), the daemon (`commands.servers`).
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from dagster import DagsterInstance
from dagster._core.workspace.context import WorkspaceProcessContext, WorkspaceRequestContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster_webserver.version import __version__
from dagster_webserver.webserver import DagsterWebserver
from graphql import GraphQLError, OperationDefinitionNode, OperationType, parse
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp

from pipelines import settings

# As `dagster-webserver` starts its database connections and its page.
_STATEMENT_MS, _RECYCLE_SECONDS, _OVERFLOW, _POLL_MS = 15_000, 3600, 20, 2000
_NONCE = re.compile(r"'nonce-([0-9a-f]+)'")

Rights = Callable[[Mapping[str, Any]], bool]


class Webserver(DagsterWebserver[WorkspaceProcessContext, WorkspaceRequestContext]):
    """may_change: of the scope of a request, whether who asks may change something. script: the address of a script for
    its page."""

    def __init__(self, process: WorkspaceProcessContext, prefix: str, may_change: Rights, script: str | None) -> None:
        super().__init__(process, prefix, _POLL_MS)
        self._process = process
        self._may_change = may_change
        self._script = script

    def _make_request_context(self, conn: HTTPConnection) -> WorkspaceRequestContext:
        return WorkspaceRequestContext(
            instance=self._process.instance,
            current_workspace=self._process.get_current_workspace(),
            process_context=self._process,
            version=self._process.version,
            source=conn,
            read_only=not self._may_change(conn.scope),
        )

    async def graphql_http_endpoint(self, request: Request) -> Response:
        if request.method != "POST" and request.url.query:
            return PlainTextResponse("a query is sent by POST", 405)
        answer: Response = await super().graphql_http_endpoint(request)
        return answer

    async def execute_graphql_request(
        self, request: Request, query: str, variables: dict[str, Any] | None, operation_name: str | None
    ) -> Any:
        # Some mutations ask for no permission.
        if not self._may_change(request.scope) and _changes(query):
            return PlainTextResponse("only looking is allowed", 403)
        return await super().execute_graphql_request(request, query, variables, operation_name)

    def index_html_endpoint(self, request: Request) -> Response:
        page: Response = super().index_html_endpoint(request)
        nonce = _NONCE.search(page.headers.get("content-security-policy", ""))
        if self._script is None or nonce is None:
            return page
        tag = f'<head><script nonce="{nonce[1]}" src="{self._script}"></script>'
        kept = {name: value for name, value in page.headers.items() if name not in ("content-length", "content-type")}
        return HTMLResponse(bytes(page.body).decode("utf-8").replace("<head>", tag, 1), headers=kept)


def _changes(query: str) -> bool:
    """Whether a document has a mutation, under whatever name; what cannot be parsed is refused by Dagster itself."""
    try:
        document = parse(query)
    except (GraphQLError, TypeError):
        return False
    return any(
        isinstance(part, OperationDefinitionNode) and part.operation == OperationType.MUTATION
        for part in document.definitions
    )


@contextmanager
def webserver(prefix: str, may_change: Rights, script: str | None = None) -> Iterator[ASGIApp]:
    """The app while its code is loaded in a process of its own. `settings.apply` has said which home it serves."""
    with DagsterInstance.get() as instance:
        instance.optimize_for_webserver(_STATEMENT_MS, _RECYCLE_SECONDS, _OVERFLOW)
        target = WorkspaceFileTarget([str(settings.DAGSTER_DIR / "workspace.yaml")])
        with WorkspaceProcessContext(instance, version=__version__, workspace_load_target=target) as process:
            yield Webserver(process, prefix, may_change, script).create_asgi_app()
