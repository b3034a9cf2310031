"""Serve a page that the browser reloads, on the loopback interface only."""

from __future__ import annotations

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from stack.errors import StackError

LOOPBACK = "127.0.0.1"


def server(html: Callable[[], str]) -> ThreadingHTTPServer:
    """A server on a free port that answers each GET with a new page. It refuses other hosts' names (DNS rebinding)."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.headers.get("Host") not in {f"{host}:{made.server_port}" for host in (LOOPBACK, "localhost")}:
                self.send_error(403)
            elif self.path != "/":
                self.send_error(404)
            else:
                self._answer()

        def _answer(self) -> None:
            try:
                status, text = 200, html()
            except StackError as error:
                status, text = 503, str(error)
            content = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8" if status == 200 else "text/plain")  # noqa: PLR2004
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the signature of the base)
            """Keep the terminal free."""

    made = ThreadingHTTPServer((LOOPBACK, 0), Page)
    return made
