# SPDX-License-Identifier: Apache-2.0
"""Tests of a build by the names that ctest gives them, each run as a process of its own."""
from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import pathlib
import signal
import subprocess
import threading
import time


@dataclasses.dataclass(frozen=True)
class Test:
    name: str
    command: tuple[str, ...]
    directory: str
    timeout_s: float
    environment: tuple[str, ...] = ()  # NAME=VALUE, as the test itself wants it.
    cost: float = 0  # About how many seconds it takes, where that is known.


@dataclasses.dataclass(frozen=True)
class Outcome:
    passed: bool
    seconds: float
    output: str


def load(build: pathlib.Path) -> dict[str, Test]:
    """Every test that this build registers."""
    listed = subprocess.run(["ctest", "--test-dir", str(build), "--show-only=json-v1"],
                            capture_output=True, text=True, check=True).stdout
    tests = {}
    for entry in json.loads(listed)["tests"]:
        if "command" not in entry:
            continue  # Registered, but its program was not built.
        properties = {p["name"]: p["value"] for p in entry["properties"]}
        tests[entry["name"]] = Test(entry["name"], tuple(entry["command"]),
                                    properties.get("WORKING_DIRECTORY", str(build)), properties.get("TIMEOUT", 1500),
                                    tuple(properties.get("ENVIRONMENT", ())), properties.get("COST", 0))
    return tests


_running: set[int] = set()  # Process groups.
_ending = threading.Event()
_begin = threading.Lock()


def end_running() -> None:
    """Lets every test end that runs now, as if its time were up: their stacks stop their processes. None begins any more."""
    with _begin:
        _ending.set()
    for group in list(_running):
        with contextlib.suppress(ProcessLookupError):  # It ended meanwhile.
            os.killpg(group, signal.SIGTERM)


def run(test: Test, **environment: str) -> Outcome:
    """Red is also who takes longer than it may. Whatever the test started ends with it."""
    began = time.monotonic()
    environment = {**os.environ, **dict(entry.split("=", 1) for entry in test.environment), **environment}
    with _begin:
        if _ending.is_set():
            return Outcome(False, 0, "it was not begun\n")
        child = subprocess.Popen(test.command, cwd=test.directory, env=environment, text=True,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                 errors="replace", start_new_session=True)
        _running.add(child.pid)
    try:
        output, _ = child.communicate(timeout=test.timeout_s)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGTERM)  # A stack stops its processes.
        try:
            output, _ = child.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            output, _ = child.communicate()
        output += f"\nstill running after {test.timeout_s:.0f} s\n"
    finally:
        _running.discard(child.pid)
    return Outcome(child.returncode == 0, time.monotonic() - began, output)
