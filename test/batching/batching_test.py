#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Two tenancies, two load balancers on one node, fifty certificates: one poll speaks for all of them.

    batching_test.py --bin BUILD/src/apps

Requests and bytes are counted by the servers. At most one poll a node and poll_wait, plus one a change; constant
bytes while nothing changes.
"""
import argparse
import pathlib
import shutil
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "testbed"))
from backend import Backend  # noqa: E402
from stack import Options, Stack, free_port, wait_until  # noqa: E402
from tenant import Tenant  # noqa: E402

TENANCIES = ("acme", "globex")
CERTIFICATES_EACH = 25
ADDRESS = "127.0.0.31"
POLL_WAIT_S = 3
QUIET_S = 15


class Customer(Tenant):
    """Listeners, each with a certificate of its own."""

    def order(self, backend_port: int) -> None:
        root = self.authority(f"{self.name}-root")
        self.certificate_ids = [self.certificate(f"c{n}", root) for n in range(CERTIFICATES_EACH)]
        # Both tenancies listen on the same address of one node: no port is drawn twice.
        ports = sorted(free_port(ADDRESS) for _ in range(CERTIFICATES_EACH))
        self.load_balancer(self.name, backend_port, dict(zip(ports, self.certificate_ids)))

    def proved(self) -> int:
        """How many of the certificates a node has proved to serve at their current version."""
        shown = self.stack.run(self.stack.binary("perennial-agent"), "status", "--config",
                               str(self.stack.nodes["one"].directory / "agent.toml"), "-o", "json").stdout
        return shown.count("timeProved")

    def update(self, certificate: str) -> None:
        self.call("certificates", "PUT", f"/20210224/certificates/{certificate}",
                  {"certificateConfig": {"configType": "ISSUED_BY_INTERNAL_CA", "stage": "CURRENT"}})


class Batching(unittest.TestCase):
    binaries = ""

    def polls(self) -> float:
        return self.stack.metric("replica", "perennial_service_answered_requests_total", operation="PollUpdates")

    def poll_bytes(self) -> float:
        return self.stack.metric("replica", "perennial_service_answered_bytes_total", operation="PollUpdates")

    def quiet(self) -> tuple[float, float]:
        """Polls and bytes of a while in which nothing changes."""
        before = self.polls(), self.poll_bytes()
        time.sleep(QUIET_S)  # What is measured is a stretch of time.
        return self.polls() - before[0], self.poll_bytes() - before[1]

    def test_one_poll_speaks_for_all(self):
        directory = pathlib.Path(tempfile.mkdtemp(prefix="pb-", dir="/tmp"))
        self.addCleanup(shutil.rmtree, directory, ignore_errors=True)
        options = Options(poll_wait=f"PT{POLL_WAIT_S}S", one_process=True)
        with Stack(directory, self.binaries, options) as self.stack, Backend() as backend:
            stack = self.stack
            stack.init()
            stack.create_tenancy(TENANCIES[1])
            stack.start_control_plane()
            first, second = (Customer(stack, name) for name in TENANCIES)
            for tenant in (first, second):
                tenant.make_pool([ADDRESS])
            node = stack.join_node("one", ADDRESS, first.node_token())
            stack.share_node(node, second.node_token())
            stack.start_haproxy(node)
            stack.start_agent(node)
            for tenant in (first, second):
                tenant.order(backend.port)
            total = CERTIFICATES_EACH * len(TENANCIES)
            wait_until(f"{total} certificates to be proved", lambda: first.proved() >= total, 120, pause_s=0.5)

            quiet_polls, quiet_bytes = self.quiet()
            most = QUIET_S / POLL_WAIT_S + 1
            self.assertLessEqual(quiet_polls, most, "one poll a node and poll_wait, whatever the certificates")
            self.assertGreater(quiet_polls, 0)
            sizes = {quiet_bytes / quiet_polls}
            again_polls, again_bytes = self.quiet()
            sizes.add(again_bytes / again_polls)
            self.assertEqual(len(sizes), 1, "bytes a poll while nothing changes")

            changes = 6
            before = self.polls()
            started = time.monotonic()
            for tenant in (first, second):
                for certificate in tenant.certificate_ids[: changes // 2]:
                    tenant.update(certificate)
            wait_until("the changes to be taken up", lambda: self.polls() - before >= 1, 30)
            time.sleep(POLL_WAIT_S)
            elapsed = time.monotonic() - started
            self.assertLessEqual(self.polls() - before, elapsed / POLL_WAIT_S + 1 + changes, "one poll more a change")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    arguments, rest = parser.parse_known_args()
    Batching.binaries = arguments.bin
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
