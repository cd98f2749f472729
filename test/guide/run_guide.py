#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs every ```sh block of a guide, in order, in one bash, as a reader would.

    run_guide.py GUIDE --bin DIRECTORY [--bin DIRECTORY ...]

The home directory is a fresh temporary one, and ports that are free now stand in for those on the page. The run ends
when a command fails or after --timeout; what was started is killed at the end.
A block behind the line `<!-- not run by the test: REASON -->` is left out; there may be one.
"""
import argparse
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

MARK = "::block "
PORTS = ("8643", "8443", "8080")
SKIPPED_MAX = 1
LOG_TAIL_CHARACTERS = 3000


def blocks(text: str) -> list[tuple[int, str]]:
    """Line number and text of each block that is run."""
    found, skipped, skip = [], 0, False
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        line = lines[at]
        if line.startswith("<!-- not run by the test: "):
            skip = True
        elif line.startswith("```"):
            end = lines.index("```", at + 1)
            if line == "```sh":
                if skip:
                    skipped += 1
                else:
                    found.append((at + 1, "\n".join(lines[at + 1 : end])))
            skip = False
            at = end
        elif line.strip():
            skip = False
        at += 1
    if skipped > SKIPPED_MAX:
        raise SystemExit(f"{skipped} blocks are not run, at most {SKIPPED_MAX} may be left out")
    return found


def free_port(taken: set[str]) -> str:
    """Below the range that outgoing connections draw from: nobody takes it by chance until it is bound."""
    while True:
        port = random.randint(20000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if str(port) not in taken:
            return str(port)


def with_free_ports(text: str) -> str:
    ports: dict[str, str] = {}
    for port in PORTS:
        ports[port] = free_port(set(ports.values()))
    return re.sub(r"\b(" + "|".join(PORTS) + r")\b", lambda match: ports[match.group()], text)


def script_of(found: list[tuple[int, str]]) -> str:
    parts = ["set -euo pipefail"]
    for line, text in found:
        parts.append(f"echo '{MARK}{line}'\n{text}")
    return with_free_ports("\n".join(parts)) + f"\necho '{MARK}end'\n"


class Run:
    def __init__(self, script: pathlib.Path, home: pathlib.Path, folders: list[str], timeout_s: float):
        self.deadline = time.monotonic() + timeout_s
        self.block = "start"
        path = ":".join([*folders, os.environ.get("PATH", "/usr/bin:/bin"), "/usr/sbin", "/sbin"])
        env = {"HOME": str(home), "PATH": path, "LANG": "C.UTF-8", "TMPDIR": str(home)}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
            if name in os.environ:
                env[name] = os.environ[name]
        self.child = subprocess.Popen(
            ["bash", str(script)], cwd=home, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )

    def watch(self) -> bool:
        """Prints what is said; True when every block went well."""
        reader = threading.Thread(target=self.read, daemon=True)
        reader.start()
        while self.child.poll() is None:
            if time.monotonic() > self.deadline:
                print(f"FAILED: out of time in the block at line {self.block}", flush=True)
                return False
            time.sleep(0.1)
        reader.join(5)
        if self.block == "end" and self.child.returncode == 0:
            return True
        print(f"FAILED: the block at line {self.block} ended with status {self.child.returncode}", flush=True)
        return False

    def read(self) -> None:
        for line in self.child.stdout:
            if line.startswith(MARK):
                self.block = line[len(MARK) :].strip()
            print(line, end="", flush=True)

    def end(self) -> None:
        """Everything that bash started is in its process group."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.child.pid, number)
            except ProcessLookupError:
                break
            time.sleep(1)
        self.child.wait()


def show_logs(home: pathlib.Path) -> None:
    for log in sorted(home.rglob("*.log")):
        print(f"--- the end of {log.relative_to(home)}\n{log.read_text(errors='replace')[-LOG_TAIL_CHARACTERS:]}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("guide", type=pathlib.Path)
    parser.add_argument("--bin", action="append", default=[], help="a folder for PATH")
    parser.add_argument("--timeout", type=float, default=280.0, help="seconds for all blocks")
    parser.add_argument("--keep", action="store_true", help="leave the directory")
    arguments = parser.parse_args()

    found = blocks(arguments.guide.read_text())
    # A short path: HAProxy's sockets lie below it.
    home = pathlib.Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    script = home / "guide.sh"
    script.write_text(script_of(found))
    folders = [str(pathlib.Path(folder).resolve()) for folder in arguments.bin]
    run = Run(script, home, folders, arguments.timeout)
    try:
        good = run.watch()
    finally:
        run.end()
    if not good:
        show_logs(home)
    if arguments.keep:
        print(f"kept in {home}")
    else:
        shutil.rmtree(home, ignore_errors=True)
    print(f"{len(found)} blocks {'ran' if good else 'were to run'}")
    return 0 if good else 1


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
