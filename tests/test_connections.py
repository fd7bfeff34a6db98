"""Can anybody shut out others by what they do with connections, and not with what they ask?"""

import socket
import time
from contextlib import ExitStack, closing

import pytest

from api.http.connections import raise_file_limit
from ledger import limits
from tests.desk import FACT, Desk
from tests.newsroom import Newsroom, Server, serving
from tests.test_limits import holds
from tests.views import eventually

raise_file_limit()  # the tests hold thousands of sockets open themselves

HALF_A_HEAD = b"GET /healthz HTTP/1.1\r\nHost: here\r\nX-"
HALF_A_BODY = (
    b"POST /v1/requests HTTP/1.1\r\nHost: here\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\n{"
)
WHOLE = b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n"


def opened(server: Server, sent: bytes = b"", source: str = "127.0.0.1") -> socket.socket:
    port = int(server.url.rpartition(":")[2])
    connection = socket.create_connection(("127.0.0.1", port), timeout=20, source_address=(source, 0))
    connection.sendall(sent)
    return connection


def heard(connection: socket.socket) -> bytes:
    """All of it, to the end; nothing where it was cut off."""
    parts = []
    try:
        while part := connection.recv(65_536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def answers(connection: socket.socket) -> bytes:
    return connection.recv(65_536)


def send_now_and_then(connection: socket.socket, sent: bytes) -> None:
    for _ in range(100):
        connection.sendall(sent)
        time.sleep(0.1)


@pytest.mark.thorough
@pytest.mark.parametrize("sent", [b"", b"\r\n\r\n", b"GET /hea", HALF_A_HEAD, HALF_A_BODY])
@holds("HEAD_SECONDS", "BODY_SECONDS")
def test_half_a_request_is_waited_for_so_long(
    server: Server, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(limits, "HEAD_SECONDS", 0.5)
    monkeypatch.setattr(limits, "BODY_SECONDS", 0.5)
    with closing(opened(server, sent)) as connection:
        began = time.monotonic()
        said = heard(connection)
        assert time.monotonic() - began < 10
    assert said.startswith(b"HTTP/1.1 408 ") == (b"T" in sent)
    assert (b'"type":"urn:fact-ledger:problem:too-slow"' in said) == (b"T" in sent)


@pytest.mark.thorough
@holds("IDLE_SECONDS")
def test_a_byte_now_and_then_gains_no_time(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "HEAD_SECONDS", 1.0)
    monkeypatch.setattr(limits, "IDLE_SECONDS", 1)
    with serving(newsroom) as server:
        for begun, more in ((HALF_A_HEAD, b"a"), (WHOLE, b"\r\n")):
            with (
                closing(opened(server, begun)) as connection,
                pytest.raises(OSError, match=r"Broken pipe|reset"),
            ):
                send_now_and_then(connection, more)


@pytest.mark.thorough
def test_a_request_that_is_answered_is_not_cut_off(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "HEAD_SECONDS", 0.2)
    monkeypatch.setattr(limits, "BODY_SECONDS", 0.2)
    stream = b"GET /v1/events/stream HTTP/1.1\r\nHost: here\r\n\r\n"
    with closing(opened(server, stream)) as connection:
        assert b" 200 OK" in answers(connection)
        connection.settimeout(3)
        with pytest.raises(TimeoutError):
            heard(connection)


@pytest.mark.thorough
@pytest.mark.parametrize("sent", [HALF_A_HEAD, HALF_A_BODY])
@holds("CONNECTIONS_OF_ADDRESS")
def test_three_thousand_half_sent_requests_of_one_address_shut_out_nobody(
    server: Server, sent: bytes
) -> None:
    with ExitStack() as open_ones:
        for _ in range(3_000):
            open_ones.enter_context(closing(opened(server, sent)))
        for source in ("127.0.0.1", "127.0.0.2"):
            for _ in range(10):
                with closing(opened(server, WHOLE, source)) as connection:
                    assert answers(connection).startswith(b"HTTP/1.1 200 ")


@pytest.mark.thorough
@holds("CONNECTIONS", "FILES_KEPT")
def test_connections_have_a_bound_together_and_those_of_whoever_has_most_go_first(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "CONNECTIONS", 20)
    assert raise_file_limit() == 20
    with serving(newsroom) as server, ExitStack() as open_ones:
        few = [open_ones.enter_context(closing(opened(server, HALF_A_HEAD, "127.0.0.2"))) for _ in range(3)]
        many = [open_ones.enter_context(closing(opened(server, HALF_A_HEAD))) for _ in range(17)]
        with closing(opened(server, WHOLE, "127.0.0.3")) as connection:
            assert answers(connection).startswith(b"HTTP/1.1 200 ")
        assert heard(many[0]).startswith(b"HTTP/1.1 408 ")
        for connection in few:
            connection.sendall(b"A: b\r\n\r\n")
            assert answers(connection).startswith(b"HTTP/1.1 200 ")


@pytest.mark.thorough
def test_whoever_has_most_and_is_answered_keeps_nobody_out_while_others_let_us_wait(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "CONNECTIONS", 20)
    stream = b"GET /v1/events/stream HTTP/1.1\r\nHost: here\r\n\r\n"
    with serving(newsroom) as server, ExitStack() as open_ones:
        for _ in range(8):
            connection = open_ones.enter_context(closing(opened(server, stream)))
            assert b" 200 OK" in answers(connection)
        for last in range(12):
            open_ones.enter_context(closing(opened(server, HALF_A_HEAD, f"127.0.1.{1 + last // 6}")))
        with closing(opened(server, WHOLE, "127.0.0.3")) as connection:
            assert answers(connection).startswith(b"HTTP/1.1 200 ")


@pytest.mark.thorough
def test_where_all_are_answered_the_next_is_told_to_come_back(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "CONNECTIONS_OF_ADDRESS", 2)
    stream = b"GET /v1/events/stream HTTP/1.1\r\nHost: here\r\n\r\n"
    with ExitStack() as open_ones:
        for _ in range(2):
            connection = open_ones.enter_context(closing(opened(server, stream)))
            assert b" 200 OK" in answers(connection)
        with closing(opened(server)) as connection:
            said = heard(connection)
        assert said.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after: 5\r\n" in said
        assert b"too-many-connections" in said
        with closing(opened(server, WHOLE, "127.0.0.2")) as connection:
            assert answers(connection).startswith(b"HTTP/1.1 200 ")


@pytest.mark.thorough
@pytest.mark.parametrize("shape", ["one field", "many fields", "the address", "in pieces"])
@holds("HEAD_BYTES")
def test_a_head_holds_so_much_and_no_more(server: Server, shape: str) -> None:
    much = limits.HEAD_BYTES + 10
    sent = {
        "one field": b"GET /healthz HTTP/1.1\r\nHost: here\r\nX: %b\r\n\r\n" % (b"x" * much),
        "many fields": b"GET /healthz HTTP/1.1\r\nHost: here\r\n%b\r\n" % (b"X: y\r\n" * (much // 2)),
        "the address": b"GET /healthz?%b HTTP/1.1\r\nHost: here\r\n\r\n" % (b"x" * much),
        "in pieces": b"GET /healthz HTTP/1.1\r\nHost: here\r\nX: %b" % (b"x" * much),
    }[shape]
    with closing(opened(server)) as connection:
        try:
            for start in range(0, len(sent), 4_096):
                connection.sendall(sent[start : start + 4_096])
        except OSError:
            return  # it was refused while it still came
        said = heard(connection)
    assert said == b"" or said.startswith(b"HTTP/1.1 431 ")


@pytest.mark.thorough
def test_a_head_may_be_this_large(server: Server) -> None:
    field = b"x" * (limits.HEAD_BYTES - 100)
    with closing(
        opened(server, b"GET /healthz HTTP/1.1\r\nHost: here\r\nX: %b\r\n\r\n" % field)
    ) as connection:
        assert answers(connection).startswith(b"HTTP/1.1 200 ")


@pytest.mark.thorough
@holds("WRITE_SECONDS")
def test_who_takes_nothing_of_an_answer_is_let_go(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "WRITE_SECONDS", 0.5)
    story = desk.open()
    long = {"statement": "A train arrived. " * 250, "entities": ["x" * 200] * 50}
    for _ in range(60):
        desk.post(f"/v1/stories/{story}/facts", FACT | long)
    desk.get(f"/v1/stories/{story}")
    bounds = desk.server.bounds
    secret = desk.server.secret("editor")
    asks = (
        f"GET /v1/stories/{story} HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {secret}\r\n\r\n".encode()
    )
    with closing(socket.socket()) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.bind(("127.0.0.9", 0))
        connection.connect(("127.0.0.1", int(desk.server.url.rpartition(":")[2])))
        connection.sendall(asks * 20)
        eventually(lambda: "127.0.0.9" in bounds._of)
        eventually(lambda: "127.0.0.9" not in bounds._of)


@pytest.mark.thorough
@holds("STREAMS_OF_ADDRESS")
def test_one_address_has_so_many_streams_and_another_has_its_own(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "STREAMS_OF_ADDRESS", 2)
    stream = b"GET /v1/events/stream HTTP/1.1\r\nHost: here\r\n\r\n"
    with ExitStack() as open_ones:

        def opens(source: str) -> bytes:
            return answers(open_ones.enter_context(closing(opened(server, stream, source))))

        assert all(b" 200 OK" in opens("127.0.0.1") for _ in range(2))
        refused = opens("127.0.0.1")
        assert b" 503 " in refused
        assert b"2 streams are open already from this address." in refused
        assert b" 200 OK" in opens("127.0.0.2")
    eventually(lambda: server.client(None).head("/v1/events/stream").status_code == 200)
