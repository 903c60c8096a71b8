"""A provisod's two routes that a system needs, over `proviso lease grant`, with ways to fail."""
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from conftest import PROVISO


class Authority:
    def __init__(self, place):
        self.place, self.posts, self.watches, self.fails = place, [], [], None
        self.changed, self.open = threading.Condition(), True
        self.events, self.server = [], None

    def __enter__(self):
        authority = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                authority.posts.append((self.path, self.headers["Content-Type"]))
                if authority.fails:
                    status, headers, text = authority.fails
                    return self.give(status, text, headers)
                done = subprocess.run(
                    [str(PROVISO), "lease", "grant", "--home", "authority", "--request", "-", "-o", "-"],
                    cwd=authority.place.folder, input=body, capture_output=True)
                self.give(200 if done.stdout else 403, done.stdout or done.stderr)

            def do_GET(self):
                authority.watches.append((self.path, self.headers["Last-Event-ID"]))
                if not authority.open:
                    return self.give(503, b"")
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Connection", "close")
                self.end_headers()
                self.close_connection = True
                self.wfile.write(b"retry: 3000\nevent: watching\nid: 1\ndata: {}\n\n")
                seen = len(authority.events)
                while authority.open:
                    with authority.changed:
                        authority.changed.wait(0.2)
                    for event in authority.events[seen:]:
                        self.wfile.write(event)
                    self.wfile.flush()
                    seen = len(authority.events)

            def give(self, status, body, headers={}):
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.start(Handler)
        return self

    def start(self, handler=None, port=0):
        self.handler = handler or self.handler
        ThreadingHTTPServer.allow_reuse_address = True
        self.server = ThreadingHTTPServer(("127.0.0.1", port), self.handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.open = False
        self.server.shutdown()
        self.server.server_close()

    def tell(self, event=b"event: changed\nid: 99\ndata: {}\n\n"):
        with self.changed:
            self.events.append(event)
            self.changed.notify_all()

    def __exit__(self, *_):
        self.stop()
