"""A proxy before an emulator that fails requests on purpose, over HTTP, as a network or a server does."""

from __future__ import annotations

import contextlib
import enum
import http.client
import http.server
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

NOT_PASSED_ON = frozenset({"connection", "transfer-encoding", "content-length", "expect"})


class Fate(enum.Enum):
    """The way in which a request ends."""

    PASSED = "passed on"
    INTERNAL = "answered 500, not passed on"
    SLOW_DOWN = "answered 503, not passed on"
    CLOSED = "connection closed, not passed on"
    LOST = "passed on, connection closed instead of an answer"


class Proxy:
    """``fate`` decides by what is asked for (``PUT /bucket/key``, ``DynamoDB….GetItem``) and how often so far."""

    def __init__(self, endpoint_url: str, fate: Callable[[str, int], Fate]) -> None:
        self.behind, self.fate = urlsplit(endpoint_url), fate
        self.asked: Counter[str] = Counter()
        self.dealt: Counter[Fate] = Counter()
        self._lock = threading.Lock()

    def decide(self, what: str) -> Fate:
        with self._lock:
            fate = self.fate(what, self.asked[what])
            self.asked[what] += 1
            self.dealt[fate] += 1
        return fate

    def pass_on(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection(str(self.behind.hostname), self.behind.port, timeout=120)
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        answer = response.read()
        connection.close()
        return response.status, dict(response.getheaders()), answer


@contextlib.contextmanager
def proxy(endpoint_url: str, fate: Callable[[str, int], Fate]) -> Iterator[tuple[Proxy, str]]:
    """A proxy on loopback and its address, gone afterwards."""
    made = Proxy(endpoint_url, fate)

    class Handler(_Handler):
        through = made

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield made, f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    through: Proxy

    def serve(self) -> None:
        body = self._body()
        fate = self.through.decide(self.headers.get("X-Amz-Target") or f"{self.command} {self.path.partition('?')[0]}")
        if fate is Fate.INTERNAL:
            self._answer(500, {}, b"<Error><Code>InternalError</Code></Error>")
        elif fate is Fate.SLOW_DOWN:
            self._answer(503, {}, b"<Error><Code>SlowDown</Code></Error>")
        elif fate is Fate.CLOSED:
            self._hang_up()
        else:
            headers = {key: value for key, value in self.headers.items() if key.lower() not in NOT_PASSED_ON}
            answer = self.through.pass_on(self.command, self.path, headers, body)
            if fate is Fate.LOST:
                self._hang_up()
            else:
                self._answer(*answer)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = serve  # noqa: N815 (as http.server calls them)

    def log_message(self, *_: object) -> None:
        """Nothing: the test tells."""

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        chunks = []
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for key, value in headers.items():
            if key.lower() not in NOT_PASSED_ON:
                self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)
