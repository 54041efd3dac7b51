"""An HTTP endpoint that writes down what it is sent before it confirms it; made to be killed."""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Endpoint(BaseHTTPRequestHandler):
    """Takes an event or a list of events, and keeps their ids in a file."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        """Keep the ids; what was written is the kernel's, and outlives this process."""
        said = json.loads(self.rfile.read(int(self.headers["content-length"])))
        events = said if isinstance(said, list) else [said]
        file = os.open(sys.argv[2], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(file, "".join(f"{event['id']}\n" for event in events).encode())
        os.close(file)
        self.send_response(204)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Say nothing."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Endpoint).serve_forever()
