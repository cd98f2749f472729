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
from service_client import SigningClient  # noqa: E402
from stack import Options, Stack, free_port, wait_until  # noqa: E402

TENANCIES = ("acme", "globex")
CERTIFICATES_EACH = 25
ADDRESS = "127.0.0.31"
POLL_WAIT_S = 3
QUIET_S = 15


class Tenant:
    """One tenancy's administrator at work."""

    def __init__(self, stack: Stack, name: str):
        self.stack, self.name = stack, name
        self.client = SigningClient.of_context(stack.context_directory, name)

    def call(self, role: str, method: str, target: str, body: dict | None = None) -> dict:
        status, answer = self.client.send(method, self.stack.url(role) + target, body)
        if status >= 300:
            raise AssertionError(f"{method} {target} was answered {status}: {answer}")
        return answer

    def pool_token(self) -> str:
        self.pool = self.call("identity", "POST", "/20260101/nodePools", {
            "displayName": "edge", "compartmentId": self.client.tenancy, "addresses": [ADDRESS]})["id"]
        return self.call("identity", "POST", "/20260101/nodeTokens", {
            "nodePoolIds": [self.pool], "productKinds": ["loadbalancer"], "expiresInSeconds": 600})["token"]

    def authority(self, name: str, config: dict) -> str:
        return self.call("certificates", "POST", "/20210224/certificateAuthorities", {
            "name": name, "compartmentId": self.client.tenancy,
            "certificateAuthorityConfig": {"subject": {"commonName": name}, "signingAlgorithm": "SHA256_WITH_ECDSA",
                                           **config}})["id"]

    def certificates(self) -> list[str]:
        root = self.authority(f"{self.name}-root", {"configType": "ROOT_CA_GENERATED_INTERNALLY"})
        return [
            self.call("certificates", "POST", "/20210224/certificates", {
                "name": f"c{n}", "compartmentId": self.client.tenancy,
                "certificateConfig": {
                    "configType": "ISSUED_BY_INTERNAL_CA", "issuerCertificateAuthorityId": root,
                    "subject": {"commonName": f"c{n}.{self.name}.example"}, "certificateProfileType": "TLS_SERVER",
                    "keyAlgorithm": "ECDSA_P256"}})["id"]
            for n in range(CERTIFICATES_EACH)
        ]

    def load_balancer(self, backend_port: int) -> None:
        self.certificate_ids = self.certificates()
        # Both tenancies listen on the same address of one node: no port is drawn twice.
        ports = {free_port(ADDRESS) for _ in range(CERTIFICATES_EACH)}
        listeners = {
            f"l{n}": {"port": port, "protocol": "HTTP", "defaultBackendSetName": "web",
                      "sslConfiguration": {"certificateIds": [certificate]}}
            for n, (port, certificate) in enumerate(zip(sorted(ports), self.certificate_ids))
        }
        self.call("load-balancer", "POST", "/20170115/loadBalancers", {
            "compartmentId": self.client.tenancy, "displayName": self.name, "shapeName": "flexible",
            "shapeDetails": {"minimumBandwidthInMbps": 10, "maximumBandwidthInMbps": 10}, "subnetIds": [self.pool],
            "backendSets": {"web": {"policy": "ROUND_ROBIN", "healthChecker": {"protocol": "TCP"},
                                    "backends": [{"ipAddress": "127.0.0.1", "port": backend_port}]}},
            "listeners": listeners})

    def proved(self) -> int:
        """How many of the certificates a node has proved to serve at their current version."""
        shown = self.stack.run(self.stack.binary("perennial-agent"), "status", "--config",
                               str(self.stack.nodes["one"].directory / "agent.toml"), "-o", "json").stdout
        return shown.count("timeProved")

    def renew(self, certificate: str) -> None:
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
            first, second = (Tenant(stack, name) for name in TENANCIES)
            node = stack.join_node("one", ADDRESS, first.pool_token())
            stack.share_node(node, second.pool_token())
            stack.start_haproxy(node)
            stack.start_agent(node)
            for tenant in (first, second):
                tenant.load_balancer(backend.port)
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
                    tenant.renew(certificate)
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
