#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A listener that a node cannot open is told to whoever made it, and costs nobody else anything.

    listeners_test.py --bin BUILD/src/apps
"""
import argparse
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "testbed"))
from backend import Backend  # noqa: E402
from stack import Node, Options, Stack, free_port, haproxy_program, wait_until  # noqa: E402

NODES = {"edge-1": "127.0.0.61", "edge-2": "127.0.0.62"}
TIMEOUT_S = 60
# As somebody who is not root: neither HAProxy nor the agent may open a port below 1024.
UNPRIVILEGED = ["setpriv", "--inh-caps=-net_bind_service", "--bounding-set=-net_bind_service"]


def may_open_low_ports() -> bool:
    done = subprocess.run([*UNPRIVILEGED, sys.executable, "-c",
                           "import socket; socket.socket().bind(('127.0.0.1', 443))"], capture_output=True, text=True)
    return "Permission denied" not in done.stderr


class Listeners(unittest.TestCase):
    binaries = ""

    @classmethod
    def setUpClass(cls):
        cls.directory = pathlib.Path(tempfile.mkdtemp(prefix="pl-", dir="/tmp"))
        cls.addClassCleanup(shutil.rmtree, cls.directory, ignore_errors=True)
        cls.stack = cls.enterClassContext(Stack(cls.directory, cls.binaries, Options(poll_wait="PT2S")))
        backend = cls.enterClassContext(Backend())
        cls.stack.start()
        flags = [word for address in NODES.values() for word in ("--address", address)]
        cls.stack.perennial("node-pool", "create", "--name", "edge", *flags)
        for name, address in NODES.items():
            token = cls.stack.perennial_json("node", "token", "create", "--pool", "edge", "--kind", "loadbalancer")
            node = cls.stack.join_node(name, address, token["token"])
            cls.start(node)
        cls.stack.perennial("ca", "create", "root", "--name", "root", "--common-name", "Root")
        cls.stack.perennial("ca", "create", "issuing", "--name", "ca", "--common-name", "CA", "--issuer", "root")
        cls.stack.perennial("certificate", "create", "--name", "shop", "--dns", "shop.example.com")
        cls.stack.perennial("lb", "create", "--name", "front", "--pool", "edge")
        cls.stack.perennial("backend-set", "create", "--lb", "front", "--name", "app", "--backend",
                            f"127.0.0.1:{backend.port}")

    @classmethod
    def start(cls, node: Node) -> None:
        cls.start_haproxy(node)
        node.agent = cls.stack.spawn(f"agent-{node.name}", [
            *UNPRIVILEGED, cls.stack.binary("perennial-agent"), "run", "--config",
            str(node.directory / "agent.toml")])

    @classmethod
    def start_haproxy(cls, node: Node) -> None:
        node.master_socket.unlink(missing_ok=True)
        node.haproxy = cls.stack.spawn(f"haproxy-{node.name}", [
            *UNPRIVILEGED, haproxy_program(), "-W", "-S", f"{node.master_socket},mode,600", "-f",
            str(node.haproxy_config)])
        wait_until(f"HAProxy of {node.name}", lambda: (node.haproxy.check(), node.master_socket.exists())[1])

    def create(self, name: str, port: int) -> subprocess.CompletedProcess:
        return self.stack.perennial("listener", "create", "--lb", "front", "--name", name, "--port", str(port),
                                    "--certificate", "shop", "--backend-set", "app", check=False)

    def delete(self, name: str) -> None:
        self.stack.perennial("listener", "delete", name, "--lb", "front", "--yes")

    def states(self, listener: str) -> dict[str, str]:
        items = self.stack.perennial_json("listener", "list", "--lb", "front")["items"]
        return {item["nodeName"]: item["state"] for item in items if item["listenerName"] == listener}

    def failed_reloads(self, node: str) -> bool:
        ask = ROOT / "tools" / "testbed" / "ask_socket.py"
        told = self.stack.run(sys.executable, str(ask), str(self.stack.nodes[node].master_socket), "show proc").stdout
        return re.search(r"\[failed: [1-9]", told) is not None

    def green(self) -> bool:
        return self.stack.perennial("status", check=False).returncode == 0

    def test_1_a_port_that_another_program_has(self):
        done = self.create("first", free_port(NODES["edge-1"]))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("open on 2 nodes", done.stdout)
        wait_until("all to be well", self.green, TIMEOUT_S)
        port = free_port(NODES["edge-1"])
        with socket.create_server((NODES["edge-1"], port)):
            done = self.create("second", port)
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertIn("1 of 2 nodes serve it", done.stderr)
            self.assertIn(f"edge-1: HAProxy cannot open port {port} on {NODES['edge-1']}: another program", done.stderr)
            self.assertEqual(self.states("second"), {"edge-1": "CLOSED", "edge-2": "OPEN"})

            status = self.stack.perennial("status", check=False)
            self.assertEqual(status.returncode, 1)
            self.assertIn("RED   listener second of front is not served by edge-1: HAProxy cannot open", status.stdout)
            self.assertIn("1 of 2 not served", self.stack.perennial("node", "list").stdout)
            self.assertIn("second of front: HAProxy cannot open", self.stack.perennial("node", "show", "edge-1").stdout)
            told = self.stack.perennial("work-request", "list", "--lb", "front").stdout
            self.assertRegex(told, r"ServeListener +FAILED")
            self.assertIn("listener 'second' is not served by node edge-1", told)
            here = self.stack.run(self.stack.binary("perennial-agent"), "status", "--config",
                                  str(self.stack.nodes["edge-1"].directory / "agent.toml")).stdout
            self.assertIn(f"listener second, port {port}: HAProxy cannot open", here)

            # Nobody else pays for it.
            self.assertFalse(self.failed_reloads("edge-1"), (self.stack.logs / "haproxy-edge-1.log").read_text()[-1500:])
            done = self.create("third", free_port(NODES["edge-1"]))
            self.assertEqual(done.returncode, 0, done.stderr)
        wait_until("the port to be opened once it is free",
                   lambda: self.states("second") == {"edge-1": "OPEN", "edge-2": "OPEN"}, TIMEOUT_S)
        wait_until("all to be well again", self.green, TIMEOUT_S)

    @unittest.skipIf(may_open_low_ports(), "this host lets everybody open every port")
    def test_2_a_port_that_needs_a_right(self):
        done = self.create("low", 443)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("0 of 2 nodes serve it", done.stderr)
        self.assertIn("cannot open port 443: permission denied", done.stderr)
        self.assertIn("CAP_NET_BIND_SERVICE or choose a port above 1023", done.stderr)
        self.assertEqual(self.states("first"), {"edge-1": "OPEN", "edge-2": "OPEN"})
        self.assertFalse(self.green())
        self.delete("low")
        wait_until("all to be well again", self.green, TIMEOUT_S)

    def test_3_a_proxy_that_died(self):
        node = self.stack.nodes["edge-2"]
        node.haproxy.stop()
        wait_until("the death to be told", lambda: self.states("first")["edge-2"] == "CLOSED", TIMEOUT_S)
        self.assertIn("the proxy is away", self.stack.perennial("status", check=False).stdout)
        self.start_haproxy(node)
        wait_until("all to be well again", self.green, TIMEOUT_S)

    def test_4_a_node_polls_and_is_seen_at_once(self):
        nodes = self.stack.perennial("node", "list").stdout
        self.assertRegex(nodes, r"edge-1 +ACTIVE +(\d+ s ago|now) +1 of 1 ")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    arguments, rest = parser.parse_known_args()
    Listeners.binaries = arguments.bin
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
