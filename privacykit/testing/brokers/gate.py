"""A door before a server on loopback, which a test may shut at any moment. Does network I/O."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress


class Gate:
    """
    A door before a server on loopback: shut it, and the server is gone.

    Args:
        port: The server's own port.

    Attributes:
        behind: The port of the server.
        port: The door's; it stays the same when the door is opened again.
        received: All bytes that went to the server.
    """

    def __init__(self, port: int) -> None:
        self.behind = port
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self._listener: socket.socket | None = None
        self._open: set[socket.socket] = set()
        self._left: int | None = None
        self.received = bytearray()

    def open(self, *, cut_after: int | None = None) -> None:
        """
        Let connections through.

        Args:
            cut_after: After so many bytes to the server everything is cut, and the door is shut.
        """
        self._left = cut_after
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def shut(self) -> None:
        """Refuse new connections and cut those that are."""
        listener, self._listener = self._listener, None
        if listener is not None:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        _cut(*self._open)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self.behind))
            except OSError:
                near.close()
                continue
            self._open |= {near, far}
            for one, other in ((near, far), (far, near)):
                there = other is far
                threading.Thread(target=self._pump, args=(one, other, there), daemon=True).start()
            if self._listener is not listener:  # shut between the two
                _cut(near, far)

    def _pump(self, one: socket.socket, other: socket.socket, there: bool) -> None:
        with suppress(OSError):
            while data := one.recv(65536):
                if there:
                    self.received += data
                if there and self._left is not None:
                    other.sendall(data[: self._left])
                    self._left -= min(self._left, len(data))
                    if not self._left:
                        self.shut()
                        break
                else:
                    other.sendall(data)
        # Shut before it is closed: who still reads from it holds it open, and its peer would wait.
        self._open -= {one, other}
        _cut(one, other)
        one.close()


def _cut(*ends: socket.socket) -> None:
    for end in ends:
        with suppress(OSError):  # the other side was faster
            end.shutdown(socket.SHUT_RDWR)
