"""A server on this machine, in a thread, for the duration of a `with` block.

Belongs here: starting and ending it. Does not belong here: what it answers (`robot`, `post_office`).
"""

import socketserver
import threading
from typing import Self


class Served:
    """`port` is a free one."""

    def __init__(self, server: socketserver.TCPServer) -> None:
        self.server = server
        self.port = server.socket.getsockname()[1]
        self.thread = threading.Thread(target=server.serve_forever, args=(0.02,))

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
