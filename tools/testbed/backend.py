# SPDX-License-Identifier: Apache-2.0
"""A small web server behind the load balancers: answers every GET with 200."""
import http.server
import threading


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = b"hello from the backend\n"
        self.send_response(200)
        self.send_header("content-type", "text/plain")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *unused):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        """A health check that hangs up is no news."""


class Backend:
    """Listens on a free port of 127.0.0.1 as long as the block lasts."""

    def __enter__(self) -> "Backend":
        self.server = Server(("127.0.0.1", 0), Answer)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *unused) -> None:
        self.server.shutdown()
        self.server.server_close()
