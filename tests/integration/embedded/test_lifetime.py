"""A server lives at most as long as the process that started it, however that ended."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator.embedded.ports import is_free
from orchestrator.embedded.server import HOST
from orchestrator.embedded.valkey import EmbeddedValkey
from tests.waiting import until

OWNER = """
import sys
from pathlib import Path
from orchestrator.embedded.{module} import {server}
server = {server}(Path(sys.argv[1]))
server.start()
print(server.pid, flush=True)
sys.stdin.read()
{farewell}
"""


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that ended and was not collected yet does not."""
    try:
        if Path("/proc/self").exists():
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        os.kill(pid, 0)
    except (FileNotFoundError, ProcessLookupError):  # the latter also while it is being read
        return False
    return True


def owner(data_dir: Path, module: str, server: str, farewell: str = "") -> subprocess.Popen[str]:
    program = OWNER.format(module=module, server=server, farewell=farewell)
    command = [sys.executable, "-c", program, str(data_dir)]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


@pytest.mark.parametrize(
    ("module", "server"), [("kafka", "EmbeddedKafka"), ("valkey", "EmbeddedValkey")]
)
def test_a_killed_owner_leaves_no_server(tmp_path: Path, module: str, server: str) -> None:
    with owner(tmp_path, module, server) as process:
        pid = int(first_line(process))
        assert is_alive(pid)
        process.kill()
    until(lambda: not is_alive(pid), within=10)


def test_an_owner_that_forgets_to_stop_leaves_no_server(tmp_path: Path) -> None:
    with owner(tmp_path, "valkey", "EmbeddedValkey") as process:
        pid = int(first_line(process))
        process.communicate()
    until(lambda: not is_alive(pid), within=10)


def test_the_next_owner_waits_for_the_last_ones_server_to_end(tmp_path: Path) -> None:
    with owner(tmp_path, "valkey", "EmbeddedValkey") as process:
        first_line(process)
        process.kill()
    with EmbeddedValkey(tmp_path) as server:
        assert server.is_running


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a child to its parent")
def test_a_killed_lifeline_takes_the_server_along(own_valkey: EmbeddedValkey) -> None:
    pid = own_valkey.pid
    lifeline = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(lifeline, signal.SIGKILL)
    until(lambda: not is_alive(pid), within=5)
    until(lambda: not own_valkey.is_running, within=5)
    # A zombie's other threads may hold its sockets for a moment longer.
    until(lambda: is_free(HOST, own_valkey.port), within=5)
    own_valkey.start()
    assert own_valkey.pid != pid


def test_the_terminals_interrupt_does_not_reach_the_server(own_valkey: EmbeddedValkey) -> None:
    assert os.getsid(own_valkey.pid) != os.getsid(0)
    assert os.getpgid(own_valkey.pid) != os.getpgid(0)


def test_a_server_that_ignores_the_request_to_stop_is_killed(own_valkey: EmbeddedValkey) -> None:
    pid = own_valkey.pid
    os.kill(pid, signal.SIGSTOP)
    own_valkey.stop(timeout=0.2)
    assert not is_alive(pid)


def test_how_a_server_ended_is_told_by_its_exit_code(tmp_path: Path) -> None:
    server = EmbeddedValkey(tmp_path)
    server.start()
    codes = [server.exit_code]
    server.stop()
    codes.append(server.exit_code)
    assert codes == [None, 0]
    server.start()
    os.kill(server.pid, signal.SIGKILL)
    until(lambda: not server.is_running, within=10)
    assert server.exit_code == 128 + signal.SIGKILL
    server.kill()
    assert server.exit_code == 128 + signal.SIGKILL
