"""A webhook on this machine, in a thread: tests post alerts to it."""

import http.server
import json
import threading
from typing import Any


class Robot:
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

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}/cgi-bin/webhook/send?key=1"

    def __enter__(self) -> "Robot":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
