"""A mail server on this machine, in a thread: tests send alerts to it."""

import email
import email.policy
import socketserver
from email.message import EmailMessage

from tests.unit.served import Served


class PostOffice(Served):
    """Keeps the letters with their receivers; refuses every receiver if told to. Speaks enough SMTP (RFC 5321)."""

    def __init__(self) -> None:
        self.received: list[tuple[list[str], EmailMessage]] = []
        self.is_refusing = False
        office = self

        class Desk(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                receivers: list[str] = []
                self.answer("220 here")
                while line := self.rfile.readline():
                    said = line.decode().strip()
                    match said[:4].upper():
                        case "RCPT":
                            receivers.append(said.partition("<")[2].partition(">")[0])
                            self.answer("550 nobody" if office.is_refusing else "250 ok")
                        case "DATA":
                            self.answer("354 go on")
                            office.received.append((receivers, self.letter()))
                            self.answer("250 ok")
                        case "QUIT":
                            self.answer("221 bye")
                            return
                        case _:
                            self.answer("250 ok")

            def answer(self, text: str) -> None:
                self.wfile.write(text.encode() + b"\r\n")

            def letter(self) -> EmailMessage:
                lines = list(iter(self.rfile.readline, b".\r\n"))
                made = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
                assert isinstance(made, EmailMessage)
                return made

        super().__init__(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Desk))
        self.address = f"smtp://127.0.0.1:{self.port}"
