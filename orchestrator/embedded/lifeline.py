"""Runs one server and ends it when its owner is gone, however the owner ended.

A program of its own, started by path (standard library only, so that it is up in no time):

    python lifeline.py OWNER_PID DATA_DIR LOG COMMAND...

It stands in a session of its own, so the terminal's Ctrl-C does not reach the server: the owner
stops things in its own order. Standard input is the line to the owner: `stop` asks the server to
end, `kill` ends it at once, and the end of input (the owner is gone) ends it in at most
ORPHAN_GRACE seconds. Prints the server's process id in a line; exits with its exit code.
"""

import ctypes
import fcntl
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

ORPHAN_GRACE = 3.0
LOCK_PATIENCE = ORPHAN_GRACE + 1.0
OWNER_CHECK = 1.0
PR_SET_PDEATHSIG = 1


def hold(data_dir: Path) -> IO[str]:
    """Lock the directory for one server, waiting for a predecessor that is just ending."""
    lock = (data_dir / ".lock-of-owner").open("w")
    deadline = time.monotonic() + LOCK_PATIENCE
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise SystemExit(f"Another server is using {data_dir}: stop it first.") from None
            time.sleep(0.1)
        else:
            return lock


def dies_with_this_process() -> Callable[[], None]:
    """Return what the child does before it becomes the server: tie its life to ours (Linux)."""
    mine = os.getpid()
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def tie() -> None:
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != mine:
            os._exit(1)

    return tie


def owner_is_gone(owner: int) -> bool:
    """Whether the owner ended; a fork of it may still hold the other end of the line."""
    return os.getppid() != owner


def listen(server: "subprocess.Popen[bytes]", owner: int) -> None:
    """Do what the owner says until it is gone, then end the server."""
    line = sys.stdin.fileno()
    while not owner_is_gone(owner):
        if not select.select([line], [], [], OWNER_CHECK)[0]:
            continue
        said = os.read(line, 64)
        if not said:
            break
        if b"kill" in said:
            server.kill()
        elif b"stop" in said:
            server.terminate()
    end(server)


def end(server: "subprocess.Popen[bytes]") -> None:
    """Ask the server to end, and end it if it does not."""
    server.terminate()
    try:
        server.wait(ORPHAN_GRACE)
    except subprocess.TimeoutExpired:
        server.kill()


def main(owner: int, data_dir: Path, log: Path, command: list[str]) -> int:
    """Run the server to its end. Returns its exit code, 128 + n for an end by signal n."""
    lock = hold(data_dir)
    if log.exists():
        log.replace(log.with_suffix(log.suffix + ".previous"))
    with lock, log.open("wb") as output:
        server = subprocess.Popen(  # noqa: S603 - the owner's own command
            command,
            cwd=data_dir,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=dies_with_this_process(),  # noqa: PLW1509 - there is one thread as yet
        )
        signal.signal(signal.SIGTERM, lambda *_: server.terminate())
        print(server.pid, flush=True)
        threading.Thread(target=listen, args=(server, owner), daemon=True).start()
        code = server.wait()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4:]))
