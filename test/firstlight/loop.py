# SPDX-License-Identifier: Apache-2.0
"""The whole loop as rows of first light need it: real processes, one a role, two nodes, a certificate that is served.

    class Killed(LoopTest):
        def test_…(self):
            loop = self.loop()
            loop.renew()
"""
from __future__ import annotations

import argparse
import contextlib
import json
import os
import pathlib
import secrets
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tools" / "testbed"))
from backend import Backend  # noqa: E402
from stack import Node, Options, Process, Stack, free_port, wait_until  # noqa: E402

PATIENCE_S = 60  # For what takes a second or two on a quiet machine.
FULL = os.environ.get("PERENNIAL_FIRSTLIGHT") == "full"  # Longer runs, as ./dev firstlight asks for.


class Observation:
    """An outside observer of every node's listener, running; `end` gives its report."""

    def __init__(self, loop: "Loop", out: pathlib.Path):
        self.out = out
        targets = [word for node in loop.nodes for word in ("--target", f"{node.address}:{loop.port}")]
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "test/observer/observer.py"), "--ca", str(loop.root_pem), "--server-name",
             loop.host, *targets, "--out", str(out)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline().strip() != "observing":
            raise AssertionError("the observer did not start")

    def end(self) -> list[dict]:
        """One entry a node: leaves in the order of first sight, failures, counts."""
        self.process.communicate("stop\n", timeout=2 * PATIENCE_S)
        keep = os.environ.get("PERENNIAL_EVIDENCE")
        if keep:
            shutil.copytree(self.out, pathlib.Path(keep) / self.out.name, dirs_exist_ok=True)
        return json.loads((self.out / "report.json").read_text())["targets"]


class Loop:
    """Made by LoopTest.loop(). Names and ports are drawn anew each time."""

    def __init__(self, stack: Stack, backend: Backend):
        self.stack, self.backend = stack, backend
        self.host = f"{secrets.token_hex(4)}.example"
        self.port = free_port()
        self.root_pem = stack.root / "root.pem"

    @property
    def nodes(self) -> list[Node]:
        return list(self.stack.nodes.values())

    def begin(self, nodes: int, certificate: tuple[str, ...]) -> None:
        """Authorities, a pool with its nodes, a load balancer, and a listener that every node serves."""
        run = self.stack.perennial
        self.stack.start()
        run("ca", "create", "root", "--name", "root", "--common-name", "Root")
        run("ca", "create", "issuing", "--name", "issuing", "--common-name", "Issuing", "--issuer", "root")
        run("ca", "bundle", "root", "--out", str(self.root_pem))
        addresses = [f"127.0.0.{41 + n}" for n in range(nodes)]
        run("node-pool", "create", "--name", "edge", *[w for a in addresses for w in ("--address", a)])
        for n, address in enumerate(addresses):
            token = self.stack.perennial_json("node", "token", "create", "--pool", "edge")["token"]
            node = self.stack.join_node(f"node-{n + 1}", address, token)
            self.stack.start_haproxy(node)
            self.stack.start_agent(node)
        run("certificate", "create", "--name", "shop", "--dns", self.host, "--ca", "issuing", *certificate)
        run("lb", "create", "--name", "front", "--pool", "edge")
        run("backend-set", "create", "--lb", "front", "--name", "web")
        run("backend", "add", f"127.0.0.1:{self.backend.port}", "--lb", "front", "--set", "web")
        run("listener", "create", "--lb", "front", "--name", "https", "--port", str(self.port), "--certificate",
            "shop", "--backend-set", "web")
        for node in self.nodes:
            self.await_served(node)

    @property
    def id(self) -> str:
        """The certificate's OCID."""
        return self.stack.perennial_json("certificate", "show", "shop")["id"]

    # --- what is asked of the system ------------------------------------------------------------------

    def order_renewal(self) -> None:
        """Repeats it while the service, just started, has not heard from identity yet and asks for that. The service
        may die of the renewal before it has answered."""
        wait_until("the renewal to be ordered", lambda: self.stack.perennial(
            "certificate", "renew", "shop", check=False).returncode == 0
            or not self.stack.processes["certificates"].running(), PATIENCE_S, 0.2)

    def renew(self) -> int:
        """Orders the next version, and returns its number."""
        before = max(self.versions())
        self.order_renewal()
        return wait_until("the next version", lambda: max(self.versions(), default=0) > before
                          and max(self.versions()), PATIENCE_S)

    def versions(self) -> dict[int, dict]:
        """What was acknowledged: number → the version as the API shows it; empty while nobody answers."""
        done = self.stack.perennial("certificate", "versions", "shop", "-o", "json", check=False)
        if done.returncode != 0:
            return {}
        read = json.loads(done.stdout)
        return {item["versionNumber"]: item for item in (read["items"] if isinstance(read, dict) else read)}

    def current(self) -> int:
        return next((n for n, item in self.versions().items() if "CURRENT" in item["stages"]), 0)

    def rollout(self, version: int) -> dict:
        """The rollout of this version with its lines, or empty while there is none."""
        listed = self.stack.perennial_json("rollout", "list", "--certificate", "shop")
        for item in listed["items"] if isinstance(listed, dict) else listed:
            if item["toVersion"] == version:
                return self.stack.perennial_json("rollout", "show", item["id"])
        return {}

    def await_rollout(self, version: int, state: str) -> dict:
        return wait_until(f"the rollout of version {version} to be {state}", lambda: (
            rollout := self.rollout(version)) and rollout["state"] == state and rollout, PATIENCE_S, 0.2)

    # --- what is seen from outside --------------------------------------------------------------------

    def fingerprint(self, node: Node) -> str:
        """SHA-256 of the leaf that the node's listener shows, or empty."""
        shown = subprocess.run(
            ["openssl", "s_client", "-connect", f"{node.address}:{self.port}", "-servername", self.host,
             "-CAfile", str(self.root_pem), "-verify_return_error"],
            input="", capture_output=True, text=True, timeout=20).stdout
        read = subprocess.run(["openssl", "x509", "-noout", "-fingerprint", "-sha256"], input=shown,
                              capture_output=True, text=True)
        return read.stdout.strip().rpartition("=")[2].replace(":", "").lower()

    def version_shown(self, node: Node) -> int:
        """The version that the listener shows, by what the store knows of its fingerprint; 0 if none."""
        rows = self.sql("SELECT number FROM certificate_version WHERE fingerprint_sha256 = ?", self.fingerprint(node))
        return rows[0][0] if rows else 0

    def await_served(self, node: Node, version: int = 1) -> None:
        wait_until(f"{node.name} to serve version {version}", lambda: self.version_shown(node) >= version, PATIENCE_S,
                   0.2)

    def await_current(self, version: int) -> None:
        """Until the version is CURRENT, and every node shows it."""
        wait_until(f"version {version} to be CURRENT", lambda: self.current() >= version, PATIENCE_S, 0.2)
        for node in self.nodes:
            self.await_served(node, version)

    @contextlib.contextmanager
    def observed(self, name: str = "observed"):
        """Yields a list that holds the observer's report once the block has ended."""
        observation, report = Observation(self, self.stack.root / name), []
        try:
            yield report
        finally:
            report.extend(observation.end())

    # --- what is kept, and what is done to processes ----------------------------------------------------

    def database(self, role: str = "certificates") -> pathlib.Path:
        return self.stack.database_file(role)

    def sql(self, statement: str, *parameters, role: str = "certificates") -> list[tuple]:
        """Straight from, or into, the role's own file: no service is asked."""
        connection = sqlite3.connect(self.database(role), timeout=30)
        try:
            with connection:
                return connection.execute(statement, parameters).fetchall()
        finally:
            connection.close()

    def restart(self, role: str, **environment: str) -> None:
        """Stops the role's process as an operator does, if it runs, and starts it again."""
        self.stack.processes[role].stop()
        self.stack.start_role((role,), **environment)
        self.stack.wait_ready(role)

    def restart_agent(self, node: Node, **environment: str) -> None:
        node.agent.stop()
        self.stack.start_agent(node, **environment)

    @staticmethod
    def await_killed(process: Process) -> None:
        """A fault point was reached: the process ended by SIGKILL, and by nothing else."""
        wait_until(f"{process.name} to be killed", lambda: not process.running(), PATIENCE_S)
        if process.child.returncode != -signal.SIGKILL:
            process.check()


class LoopTest(unittest.TestCase):
    binaries = ""
    options = {"one_process": False, "poll_wait": "PT2S", "postgres": False}  # Rows look into files of SQLite.

    # Renewed by order; whoever dies in a renewal lets it be due again ten seconds later.
    certificate = ("--validity", "PT2H", "--renew-every", "PT100M", "--renew-before", "PT3M")

    def loop(self, nodes: int = 2, certificate: tuple[str, ...] = certificate, **options) -> Loop:
        """A loop that serves its first version; it ends with the test."""
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="pf-", dir="/tmp"))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        backend = self.enterContext(Backend())
        stack = self.enterContext(Stack(self.directory, self.binaries, Options(**{**self.options, **options})))
        self.addCleanup(self.show_logs)  # While they are there still.
        loop = Loop(stack, backend)
        loop.begin(nodes, certificate)
        return loop

    def show_logs(self) -> None:
        result = self._outcome.result
        if not any(case is self for case, _ in result.errors + result.failures):
            return
        print(f"--- {self.id()} failed", file=sys.stderr)
        for log in sorted((self.directory / "logs").glob("*.log")):
            print(f"--- {log.name}\n{log.read_text(errors='replace')[-2500:]}", file=sys.stderr)

    def assert_undisturbed(self, report: list[dict]) -> None:
        for target in report:
            self.assertEqual(target["failures"], [], f"seen from outside at {target['address']}")
            self.assertGreater(target["handshakes"], 0)


def main(*cases: type[LoopTest]) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    arguments, rest = parser.parse_known_args()
    signal.signal(signal.SIGTERM, lambda *unused: sys.exit(143))  # Unwinds, so that every stack stops its processes.
    for case in cases:
        case.binaries = arguments.bin
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
