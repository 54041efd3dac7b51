"""The door that tests shut: whoever went through it feels it, whichever side ends first."""

from __future__ import annotations

import socket
import threading

import pytest

from privacykit.testing.brokers.gate import Gate


@pytest.fixture
def server():
    """A server on loopback that answers each line with itself, and ends when its peer does."""
    listener = socket.create_server(("127.0.0.1", 0))
    here: list[socket.socket] = []

    def serve() -> None:
        while True:
            try:
                one, _ = listener.accept()
            except OSError:
                return
            here.append(one)
            threading.Thread(target=echo, args=(one,), daemon=True).start()

    def echo(one: socket.socket) -> None:
        while data := one.recv(1000):
            one.sendall(data)

    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1], here
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    for one in here:
        one.close()


def through(door: Gate) -> socket.socket:
    """Return a connection through *door* that has been answered once."""
    client = socket.create_connection(("127.0.0.1", door.port), timeout=10)
    client.sendall(b"anybody\n")
    assert client.recv(100) == b"anybody\n"
    return client


def test_nobody_is_left_waiting_behind_a_shut_door(server):
    """A side that ends first must not leave the other half open: its peer would wait for ever."""
    port, _ = server
    for _ in range(20):
        door = Gate(port)
        door.open()
        clients = [through(door) for _ in range(5)]
        door.shut()
        for client in clients:
            with client:
                assert _ended(client)


def test_the_end_of_the_server_is_the_end_for_its_client(server):
    """The door passes on what it sees at its far side."""
    port, here = server
    door = Gate(port)
    door.open()
    with through(door) as client:
        here[0].shutdown(socket.SHUT_RDWR)
        assert _ended(client)
    door.shut()


def _ended(client: socket.socket) -> bool:
    try:
        return client.recv(100) == b""
    except ConnectionResetError:
        return True
