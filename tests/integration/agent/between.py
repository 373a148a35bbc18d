# SPDX-License-Identifier: MIT
"""A server that stands between the agent and the directory: an identity service that can be away, or do as it is told."""
import http.client
import http.server
import threading
import urllib.parse


class Between:
    """It passes requests on to the directory, and answers in its own way for paths that it was told."""

    def __init__(self, world):
        self.world = world
        self.tricks = {}
        self.seen = []
        self.port = 0
        self.start()
        world.connections.append(self)  # closed with the test's world

    def start(self):
        """It is there: at the same port as before."""
        between = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                between.serve(self)

            do_GET = do_POST

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, *_):
                """A client that goes away in the middle is nothing to tell of."""

        self.server = Server(("127.0.0.1", self.port), Handler)
        self.server.daemon_threads = True
        self.server.over = threading.Event()
        self.port = self.server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        """It is away: who connects is refused."""
        if self.server:
            self.server.over.set()
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def serve(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        if not self.server:  # a kept connection: it is away all the same
            handler.close_connection = True
            return
        self.seen.append(handler.path)
        trick = next((trick for path, trick in list(self.tricks.items()) if handler.path.endswith(path)), None)
        try:
            if trick:
                trick(handler, lambda: self.ask(handler, body))
            else:
                self.answer(handler, *self.ask(handler, body))
        except OSError:
            handler.close_connection = True

    def ask(self, handler, body):
        """What the directory says: (status, headers, document)."""
        link = http.client.HTTPConnection(urllib.parse.urlsplit(self.world.url).netloc, timeout=30)
        headers = {name: value for name, value in handler.headers.items() if name.lower() not in ("host", "content-length")}
        link.request(handler.command, handler.path, body, headers)
        reply = link.getresponse()
        text = reply.read()
        link.close()
        return reply.status, dict(reply.getheaders()), text

    @staticmethod
    def answer(handler, status, headers, text):
        handler.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in ("content-length", "connection", "transfer-encoding"):
                handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(text)))
        handler.end_headers()
        handler.wfile.write(text)
