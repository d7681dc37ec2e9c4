"""The embedded Valkey keeps what it acknowledged, if it was asked to."""

import socket
from pathlib import Path

import pytest
import redis

from orchestrator.embedded.errors import EmbeddedServerError, PortTakenError
from orchestrator.embedded.valkey import EmbeddedValkey


def test_a_stream_outlives_a_kill(own_valkey: EmbeddedValkey) -> None:
    with redis.Redis.from_url(own_valkey.url) as before:
        before.xadd("events", {"data": "kept"})
    address = own_valkey.url

    own_valkey.kill()
    own_valkey.restart()

    assert own_valkey.url == address
    with redis.Redis.from_url(own_valkey.url) as after:
        assert [fields for _, fields in after.xrange("events")] == [{b"data": b"kept"}]


def test_without_append_only_every_start_is_an_empty_one(tmp_path: Path) -> None:
    with EmbeddedValkey(tmp_path, append_only=False) as server:
        with redis.Redis.from_url(server.url) as before:
            before.xadd("events", {"data": "forgotten"})
        server.restart()
        with redis.Redis.from_url(server.url) as after:
            assert after.xlen("events") == 0


def test_a_port_that_is_taken_is_said_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortTakenError, match=f"Port {port} .* Valkey .* choose another"):
            EmbeddedValkey(tmp_path, port=port).start()


def test_a_directory_in_use_is_refused(own_valkey: EmbeddedValkey) -> None:
    with pytest.raises(EmbeddedServerError, match="Another server is using"):
        EmbeddedValkey(own_valkey.data_dir).start()
    assert own_valkey.is_running


def test_a_server_that_does_not_run_has_no_process_id(tmp_path: Path) -> None:
    server = EmbeddedValkey(tmp_path)
    server.stop()
    with pytest.raises(EmbeddedServerError, match="start it first"):
        _ = server.pid
