# SPDX-License-Identifier: Apache-2.0
"""A node that is nothing but its key, and polls: what one poll costs the replica when nothing has changed."""
from __future__ import annotations

import base64
import json
import pathlib
import statistics
import tempfile
import time

from many_certificates import Client, Key
from service_client import SigningClient, openssl
from stack import Stack, wait_until
from tenant import Tenant

ROUTE = "/20260101/updates/actions/poll"


def cpu_seconds(pid: int) -> float:
    """Of all threads of a process, in user and kernel mode, to the nanosecond."""
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def settled(pid: int) -> bool:
    """Whether the process rests: what it does after its start, such as saving what it has read, is over."""
    before = cpu_seconds(pid)
    time.sleep(1)
    return cpu_seconds(pid) - before < 0.01


class PollingNode:
    def __init__(self, stack: Stack, tenant: Tenant, address: str):
        self.stack = stack
        folder = pathlib.Path(tempfile.mkdtemp(dir=stack.root))
        key = folder / "node.pem"
        key.write_bytes(openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"))
        public = openssl("pkey", "-in", str(key), "-pubout").decode()
        tenant.make_pool([address], "polls")
        token = tenant.node_token()
        proof = openssl("dgst", "-sha256", "-sign", str(key), stdin=f"perennial-enrol\n{token}\n{public}".encode())
        node = tenant.call("identity", "POST", "/20260101/nodes/actions/enrol", {
            "token": token, "name": "polls", "addresses": [address], "publicKeyPem": public,
            "proof": base64.b64encode(proof).decode()})["nodeId"]
        enrolled = SigningClient(stack.ca_file(), f"enrolment/{node}", key)
        status, answer = enrolled.send("POST", stack.url() + "/20260101/tokens/actions/exchange",
                                       {"publicKeyPem": public})
        if status != 200:
            raise RuntimeError(f"the node got no token: {answer}")
        self.client = Client(stack.context(tenant.name), stack.context_directory, Key(key.read_bytes()))
        self.client.key_id, self.client.algorithm = "ST$" + answer["token"], "ecdsa-sha256"

    def poll(self, body: dict) -> dict:
        return self.client.must("POST", self.stack.url("replica") + ROUTE, {"format": 1, "waitSeconds": 0, **body})

    def cost(self, associations: list[tuple[str, int]], times: int) -> dict:
        """Of one poll by a node that serves these, in ms: CPU of the replica, and wall time here."""
        first = self.poll({"set": associations})
        if first["changes"]:
            raise RuntimeError(f"the poll has news: {json.dumps(first)[:300]}")
        known = {"cursor": first["cursor"], "setDigest": first["setDigest"]}
        pid, taken = self.stack.processes["replica"].child.pid, []
        wait_until("the replica to rest", lambda: settled(pid), 60)
        for _ in range(times // 10):
            self.poll(known)
        before = cpu_seconds(pid)
        for _ in range(times):
            begun = time.monotonic()
            answer = self.poll(known)
            taken.append((time.monotonic() - begun) * 1000)
            if answer["changes"] or answer.get("needSet"):
                raise RuntimeError("a poll was to have no news")
        return {"cpuMs": (cpu_seconds(pid) - before) * 1000 / times, "wallMs": statistics.median(taken),
                "bytes": len(json.dumps(answer, separators=(",", ":")))}
