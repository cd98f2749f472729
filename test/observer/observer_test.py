#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The whole loop, judged from outside: a user's SDK makes a listener and exits; the certificate renews itself on
the real clock; observers that know nothing of us see it happen without a failed handshake.

    observer_test.py --bin BUILD/src/apps [--renewals 4]
"""
import argparse
import datetime
import json
import math
import os
import pathlib
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tools" / "testbed"))
from backend import Backend  # noqa: E402
from stack import Options, Stack, free_port, node_environment, wait_until  # noqa: E402

# renewal_interval_min is PT20S here; with these a version is renewed 15 to 20 s after it began.
LIFETIME_S, INTERVAL, ADVANCE = 60, "PT25S", "PT5S"
SAMPLING_S = 1  # How much later an observer may see a change: it looks twelve times a second.
NODES = {"one": "127.0.0.21", "two": "127.0.0.22"}


def master_of(node) -> dict:
    """HAProxy's own words about its processes."""
    shown = subprocess.run(
        [sys.executable, str(ROOT / "tools/testbed/ask_socket.py"), str(node.master_socket), "show proc"],
        capture_output=True, text=True, check=True,
    ).stdout
    rows = [line.split() for line in shown.splitlines()]
    master = next(row for row in rows if len(row) > 2 and row[1] == "master")
    workers = [row[0] for row in rows if len(row) > 2 and row[1] == "worker"]
    started = pathlib.Path(f"/proc/{workers[0]}/stat").read_text().rsplit(")", 1)[1].split()[19]
    return {"master": master[0], "reloads": master[2], "worker": workers[0], "started": started}


class Observed(unittest.TestCase):
    renewals = 4
    binaries = ""

    def setup_step(self, stack: Stack, order: dict) -> dict:
        context = next(c for c in json.loads((stack.context_directory / "contexts.json").read_text())["contexts"])
        key = pathlib.Path(context["keyFile"])
        context["keyFile"] = str(key if key.is_absolute() else stack.context_directory / key)
        done = subprocess.run(
            ["node", str(HERE / "setup.mjs"), json.dumps({**order, "context": context, "endpoints": stack.endpoints()})],
            cwd=ROOT / "test" / "sdk", env=node_environment(stack.ca_file()),
            capture_output=True, text=True, timeout=90,
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return json.loads(done.stdout.strip().splitlines()[-1])

    def join(self, stack: Stack) -> str:
        flags = [word for address in NODES.values() for word in ("--address", address)]
        pool = stack.perennial_json("node-pool", "create", "--name", "edge", *flags)["id"]
        for name, address in NODES.items():
            token = stack.perennial_json("node", "token", "create", "--pool", "edge", "--kind", "loadbalancer")
            node = stack.join_node(name, address, token["token"])
            stack.start_haproxy(node)
            stack.start_agent(node)
        return pool

    def test_renewals_are_seen_and_nothing_else(self):
        with Stack(self.directory, self.binaries, Options(poll_wait="PT5S")) as stack, Backend() as backend:
            stack.start()
            pool = self.join(stack)
            name = "n" + secrets.token_hex(6)
            host = f"{secrets.token_hex(4)}.{secrets.token_hex(4)}.example"
            port = free_port()
            made = self.setup_step(stack, {
                "step": "create", "name": name, "host": host, "port": port, "backendPort": backend.port,
                "nodePoolId": pool, "lifetimeSeconds": LIFETIME_S, "interval": INTERVAL, "advance": ADVANCE,
            })
            root, issuing = self.directory / "root.pem", self.directory / "issuing.pem"
            root.write_text(made["rootPem"])
            issuing.write_text(made["issuingPem"])
            self.await_serving(root, host, port)

            out = self.directory / "observed"
            observer = subprocess.Popen(
                [sys.executable, str(HERE / "observer.py"), "--ca", str(root), "--server-name", host,
                 *[w for a in NODES.values() for w in ("--target", f"{a}:{port}")], "--out", str(out)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )
            self.assertEqual(observer.stdout.readline().strip(), "observing")
            already = len(self.renewals_of(stack, made["certificateId"]))
            # The last listener change happens under observation: one hitless reload.
            before = {n.name: master_of(n) for n in stack.nodes.values()}
            second = free_port()
            self.setup_step(stack, {"step": "another-listener", "loadBalancerId": made["loadBalancerId"],
                                    "certificateId": made["certificateId"], "port": second})
            self.await_serving(root, host, second)
            wait_until("old workers to be gone or idle", lambda: all(
                master_of(n)["reloads"] == str(int(before[n.name]["reloads"]) + 1) for n in stack.nodes.values()))
            fixed = {n.name: master_of(n) for n in stack.nodes.values()}
            observer.stdin.write("keepalives\n")
            observer.stdin.flush()

            rollouts = wait_until(
                f"{self.renewals} renewals under observation",
                lambda: len(done := self.renewals_of(stack, made["certificateId"])) >= already + self.renewals and done,
                60 + 30 * self.renewals, pause_s=1)
            observer.communicate("stop\n", timeout=60)
            if "PERENNIAL_EVIDENCE" in os.environ:
                shutil.copytree(out, pathlib.Path(os.environ["PERENNIAL_EVIDENCE"]) / out.name)
            report = json.loads((out / "report.json").read_text())
            self.judge_report(report, root, issuing, out)
            self.assertEqual({n.name: master_of(n) for n in stack.nodes.values()}, fixed,
                             "HAProxy's pid, start time and reload count since the last listener change")
            self.judge_rollouts([stack.perennial_json("rollout", "show", rollout["id"]) for rollout in rollouts], report)

    def await_serving(self, root, host, port):
        for address in NODES.values():
            wait_until(f"{address}:{port} to serve", lambda: subprocess.run(
                ["curl", "-s", "-o", "/dev/null", "--max-time", "3", "--cacert", str(root), "--resolve",
                 f"{host}:{port}:{address}", f"https://{host}:{port}/"]).returncode == 0, 60)

    def renewals_of(self, stack, certificate) -> list[dict]:
        """The rollouts that are complete."""
        items = stack.perennial_json("rollout", "list", "--certificate", certificate)
        items = items["items"] if isinstance(items, dict) else items
        return [rollout for rollout in items if rollout["state"] == "COMPLETE"]

    def judge_report(self, report, root, issuing, out):
        for target in report["targets"]:
            where = target["address"]
            self.assertEqual(target["failures"], [], f"failures at {where}")
            self.assertEqual(target["keepalives_broken"], 0, where)
            self.assertGreaterEqual(target["keepalive_requests"], 10, where)
            self.assertGreater(target["requests"] / report["seconds"], 2, f"requests a second at {where}")
            self.assertGreaterEqual(target["handshakes"] / report["seconds"], 10, f"handshakes a second at {where}")
            leaves = target["leaves"]
            self.assertGreater(len(leaves), self.renewals, f"the first and its renewals are seen at {where}")
            self.assertEqual(len({leaf["public_key_sha256"] for leaf in leaves}), len(leaves), "each has a new key")
            self.assertEqual(len({leaf["serial"] for leaf in leaves}), len(leaves))
            for leaf, successor in zip(leaves, leaves[1:]):
                self.assertLess(leaf["not_before"], successor["not_before"], "versions come in order")
                self.assertLess(successor["first_seen"], leaf["not_after"], "before the predecessor expired")
                self.assertLess(leaf["last_seen"] - 1, successor["first_seen"], "an older version never comes back")
            lifetimes = {leaf["not_after"] - leaf["not_before"] + 1 for leaf in leaves}
            self.assertEqual(len(lifetimes), 1, "every version lives exactly as long as the first")
            self.assertLessEqual(abs(lifetimes.pop() - LIFETIME_S), 2, "and as long as the SDK asked")
            for leaf in leaves:
                verified = subprocess.run(
                    ["openssl", "verify", "-x509_strict", "-no_check_time", "-CAfile", str(root), "-untrusted",
                     str(issuing), str(out / "leaves" / leaf["file"])], capture_output=True, text=True)
                self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)

    def judge_rollouts(self, rollouts, report):
        """Each was promoted after its proof, by what the control plane says and by what was seen."""
        seen = {}  # Fingerprint → when first, at any node.
        for target in report["targets"]:
            for leaf in target["leaves"]:
                seen[leaf["sha256"]] = min(leaf["first_seen"], seen.get(leaf["sha256"], math.inf))
        watched = 0
        for rollout in rollouts:
            self.assertFalse(rollout["forced"], rollout)
            self.assertLessEqual(rollout["timeCanaryProved"], rollout["timePromoted"], rollout)
            fingerprint, = {place["fingerprintSha256"] for line in rollout["lines"] for place in line["places"]}
            if fingerprint in seen:
                watched += 1
                promoted = datetime.datetime.fromisoformat(rollout["timePromoted"]).timestamp()
                self.assertLess(seen[fingerprint], promoted + SAMPLING_S, "seen from outside, then promoted")
        self.assertGreaterEqual(watched, self.renewals)

    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="po-", dir="/tmp"))
        self.started = time.monotonic()

    def tearDown(self):
        failed = any(error for _, error in getattr(self._outcome, "errors", []) or []) or not self._outcome.success
        if failed:
            for log in sorted((self.directory / "logs").glob("*.log")):
                print(f"--- {log.name}\n{log.read_text(errors='replace')[-3000:]}", file=sys.stderr)
        shutil.rmtree(self.directory, ignore_errors=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--renewals", type=int, default=2 if os.environ.get("PERENNIAL_FIRSTLIGHT") == "short" else 4)
    arguments, rest = parser.parse_known_args()
    Observed.binaries, Observed.renewals = arguments.bin, arguments.renewals
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
