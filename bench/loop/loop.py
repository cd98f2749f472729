#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The loop, measured: from a version that is stored to one that is proved on every node, beside a bare swap; memory; an
idle minute; a poll in which nothing changed.

    loop.py --bin build/release/src/apps [--renewals 200] [--nodes 2] [--out docs/reference]
"""
from __future__ import annotations

import argparse
import contextlib
import datetime
import json
import os
import pathlib
import shutil
import sqlite3
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools" / "testbed"), str(ROOT / "bench")]
import many_certificates  # noqa: E402
import report  # noqa: E402
from backend import Backend  # noqa: E402
from bare_haproxy import BareHaproxy  # noqa: E402
from polls import PollingNode, cpu_seconds  # noqa: E402
from stack import ROLES, Options, Stack, free_port, wait_until  # noqa: E402
from tenant import Tenant  # noqa: E402

SERVED = 10           # Certificates that the nodes serve, renewed in turn.
CERTIFICATES = 1000
IDLE_S = 60
SIZES = (1000, 100_000)
SET = 1000            # Associations of the node that polls, of all those.
RULE = ("P60D", "P20D")


def moment(text: str) -> float:
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def to_proved_ms(tenant: Tenant, certificate: str) -> float:
    """Renews it, and returns the time from the version's storing to the last node's proof, as they recorded it."""
    rollouts = f"/20260101/rollouts?certificateId={certificate}&limit=1"
    before = tenant.call("certificates", "GET", rollouts)["items"]
    tenant.renew(certificate)

    def finished():
        items = tenant.call("certificates", "GET", rollouts)["items"]
        fresh = items and (not before or items[0]["id"] != before[0]["id"])
        return fresh and items[0]["state"] == "COMPLETE" and items[0]

    done = wait_until("a rollout to be complete", finished, 60, pause_s=0.02)
    lines = tenant.call("certificates", "GET", f"/20260101/rollouts/{done['id']}")["lines"]
    if any(line["servedVersion"] != done["toVersion"] for line in lines):
        raise RuntimeError(f"a node does not serve the new version: {lines}")
    return (max(moment(line["timeObserved"]) for line in lines) - moment(done["timeStarted"])) * 1000


def memory_mb(pid: int) -> dict:
    """Resident now, and at most since the start; anonymous is what no other process can share."""
    status = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines())
    return {name: int(status[field].split()[0]) / 1024
            for name, field in (("resident", "VmRSS"), ("peak", "VmHWM"), ("anonymous", "RssAnon"))}


def parts(stack: Stack) -> dict[str, int]:
    """The processes whose cost is ours: pids by what the reader calls them."""
    return {"perenniald (identity, certificates, load-balancer, audit)": stack.processes["identity"].child.pid,
            "perenniald (replica)": stack.processes["replica"].child.pid,
            "perennial-agent (one node)": next(iter(stack.nodes.values())).agent.child.pid}


def idle(stack: Stack, seconds: int) -> dict[str, float]:
    """CPU milliseconds of each part while nobody does anything."""
    time.sleep(5)
    before = {name: cpu_seconds(pid) for name, pid in parts(stack).items()}
    time.sleep(seconds)
    return {name: (cpu_seconds(pid) - before[name]) * 1000 for name, pid in parts(stack).items()}


def add_associations(stack: Stack, total: int) -> list[tuple[str, int]]:
    """Fills the table behind the stopped service's back, and returns SET of them with the versions they want."""
    file = stack.control / "data" / "certificates.db"
    with contextlib.closing(sqlite3.connect(file)) as database:
        certificates = database.execute("SELECT c.id, c.current_version FROM certificate c JOIN guarded g USING (id) "
                                        "WHERE g.name LIKE 'many-%' ORDER BY c.id").fetchall()
        have = database.execute("SELECT COUNT(*) FROM association").fetchone()[0]
        rows = ((f"ocid1.association.perennial.home-1.bench{n:08}", f"bench-{n}", "CERTIFICATE",
                 certificates[n % len(certificates)][0], f"ocid1.loadbalancer.perennial.home-1.bench{n // len(certificates)}",
                 "loadbalancer", 0) for n in range(total - have))
        database.executemany("INSERT OR IGNORE INTO association (id, name, kind, certificates_resource_id, resource_id, "
                             "resource_kind, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        database.commit()
        return database.execute("SELECT a.id, c.current_version FROM association a JOIN certificate c "
                                "ON c.id = a.certificates_resource_id ORDER BY a.id LIMIT ?", (SET,)).fetchall()


def polls(stack: Stack, tenant: Tenant, times: int) -> dict[int, dict]:
    node = PollingNode(stack, tenant, "127.0.0.63")
    costs = {}
    for total in SIZES:
        for name in ("replica", "identity"):
            stack.processes.pop(name).stop()
        served = add_associations(stack, total)
        for snapshot in (stack.control / "data-replica").glob("*.json"):
            snapshot.unlink()  # It takes a new one, with what was added.
        stack.start_role(ROLES[:4])
        stack.wait_ready("identity")
        stack.start_role(ROLES[4:])
        stack.wait_ready("replica")
        costs[total] = node.cost(served, times)
        costs[total]["memory"] = memory_mb(stack.processes["replica"].child.pid)
    return costs


def run(options: argparse.Namespace, folder: pathlib.Path) -> dict:
    # The first of these is what others do here; the rest is ours too.
    result = {"date": datetime.date.today().isoformat(), "load": [os.getloadavg()[0]], "nodes": options.nodes}
    with Stack(folder, options.bin, Options(poll_wait="PT30S", postgres=False)) as stack, Backend() as backend:
        stack.start()
        tenant = Tenant(stack)
        issuing = tenant.authority("issuing", tenant.authority("root"))
        addresses = [f"127.0.0.{60 + n}" for n in range(options.nodes)]
        tenant.make_pool(addresses)
        for n, address in enumerate(addresses):
            node = stack.join_node(f"node-{n + 1}", address, tenant.node_token())
            stack.start_haproxy(node)
            stack.start_agent(node)
        served = [tenant.certificate(f"served{n}", issuing, RULE, 90 * 86400) for n in range(SERVED)]
        tenant.load_balancer("shop", backend.port, {free_port(addresses[0]): each for each in served})
        print(f"{CERTIFICATES} certificates …", file=sys.stderr)
        clients = [Tenant(stack).client for _ in range(8)]
        many_certificates.make(clients, stack.url(), tenant.id, issuing, range(CERTIFICATES))
        for certificate in served:  # Everything is open and warm.
            to_proved_ms(tenant, certificate)

        bare = BareHaproxy(folder / "bare")
        result["loop"], result["bare"] = [], []
        print(f"{options.renewals} renewals on {options.nodes} nodes …", file=sys.stderr)
        for n in range(options.renewals):
            result["loop"].append(to_proved_ms(tenant, served[n % SERVED]))
            result["bare"].append(bare.swap_ms())
        bare.stop()
        result["load"].append(os.getloadavg()[0])
        print(f"{options.idle} s of nothing …", file=sys.stderr)
        result["idle"] = {"seconds": options.idle, "cpuMs": idle(stack, options.idle)}
        result["memory"] = {name: memory_mb(pid) for name, pid in parts(stack).items()}
        print(f"polls at {SIZES} associations …", file=sys.stderr)
        result["polls"] = polls(stack, tenant, options.polls)
        result["load"].append(os.getloadavg()[0])
    return result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--renewals", type=int, default=200)
    parser.add_argument("--nodes", type=int, default=2)
    parser.add_argument("--idle", type=int, default=IDLE_S)
    parser.add_argument("--polls", type=int, default=2000)
    parser.add_argument("--out", type=pathlib.Path, help="folder that performance.md and its plot are written to")
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-", dir="/tmp"))
    try:
        result = run(options, folder / "s")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps({**result, "loop": report.summary(result["loop"]), "bare": report.summary(result["bare"])}, indent=1))
    if options.out is not None:
        report.write(result, options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
