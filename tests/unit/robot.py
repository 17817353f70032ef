"""A webhook on this machine, in a thread: tests post alerts to it."""

import http.server
import json
from typing import Any

from tests.unit.served import Served


class Robot(Served):
    """Keeps what is posted, with its content type; answers as configured."""

    def __init__(self) -> None:
        self.posted: list[tuple[str, dict[str, Any]]] = []
        self.status, self.answer = 200, b'{"errcode": 0, "errmsg": "ok"}'
        robot = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                robot.posted.append((self.headers["Content-Type"], json.loads(body)))
                self.send_response(robot.status)
                self.end_headers()
                self.wfile.write(robot.answer)

            def log_message(self, *_: object) -> None:
                pass

        super().__init__(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        self.address = f"http://127.0.0.1:{self.port}/cgi-bin/webhook/send?key=1"
