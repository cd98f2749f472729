#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Row L2: processes are killed at the worst moments, under observation.

    killed_test.py --bin BUILD/src/apps

What was acknowledged is there, no version is signed twice, nobody outside notices, and all converges. HAProxy's worker
is judged apart: connections break, a supervisor starts it again, and it serves from disk.
"""
import os
import pathlib
import signal
import sys
import time

import loop
from loop import FULL, LoopTest, PATIENCE_S, wait_until

RECOVERY_S = 10  # From the death of HAProxy to a handshake.
CONTROL_PLANE_POINTS = ("certificates.signed_not_stored", "certificates.renewal_not_committed",
                        "certificates.stored_not_announced")
AGENT_POINTS = ("agent.stored_not_committed", "agent.served_not_reported")


class Killed(LoopTest):
    def assert_nothing_lost(self, world: loop.Loop, acknowledged: dict[int, dict]) -> None:
        known = world.versions()
        for number, version in acknowledged.items():
            self.assertEqual(known[number]["serialNumber"], version["serialNumber"], f"version {number}")
        self.assertEqual(
            world.sql("SELECT subject_id, number, COUNT(*) FROM issuance GROUP BY subject_id, number HAVING COUNT(*) > 1"),
            [], "signed twice")
        self.assertEqual(
            world.sql("SELECT v.owner_id, v.number FROM certificate_version v WHERE NOT EXISTS (SELECT 1 FROM issuance i"
                      " WHERE i.subject_id = v.owner_id AND i.number = v.number AND i.serial = v.serial)"),
            [], "stored, but not recorded before it was signed")

    def assert_chains_hold(self, world: loop.Loop) -> None:
        for role in ("identity", "certificates", "load-balancer"):
            done = world.stack.run(world.stack.binary("perenniald"), "audit", "verify", "--config",
                                   str(world.stack.config_path((role,))), check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def kill_control_plane(self, world: loop.Loop, point: str) -> None:
        """It dies during a renewal, comes back, and the renewal comes to its end."""
        before, acknowledged = world.current(), world.versions()
        world.restart("certificates", PERENNIAL_FAULT_POINTS=point)
        world.order_renewal()
        world.await_killed(world.stack.processes["certificates"])
        world.stack.start_role(("certificates",))
        world.stack.wait_ready("certificates")
        world.await_current(before + 1)
        self.assert_nothing_lost(world, acknowledged)

    def kill_agent(self, world: loop.Loop, point: str) -> None:
        """Either node may be the canary: both agents would die, and whoever did comes back."""
        before, acknowledged = world.current(), world.versions()
        for node in world.nodes:
            world.restart_agent(node, PERENNIAL_FAULT_POINTS=point)
        version = world.renew()
        wait_until("an agent to be killed", lambda: not all(n.agent.running() for n in world.nodes), PATIENCE_S)
        for node in world.nodes:
            if not node.agent.running():
                world.await_killed(node.agent)
            world.restart_agent(node)
        world.await_current(version)
        self.assertGreater(version, before)
        self.assert_nothing_lost(world, acknowledged)

    def kill_replica(self, world: loop.Loop) -> None:
        """In the middle of a rollout: it had told the canary, and not the other."""
        acknowledged = world.versions()
        version = world.renew()
        world.stack.processes["replica"].kill()
        world.stack.start_role(("replica",))
        world.stack.wait_ready("replica")
        world.await_current(version)
        self.assert_nothing_lost(world, acknowledged)

    def test_nobody_outside_notices(self):
        world = self.loop()
        with world.observed() as report:
            for point in CONTROL_PLANE_POINTS if FULL else CONTROL_PLANE_POINTS[:1]:
                self.kill_control_plane(world, point)
            self.kill_replica(world)
            for point in AGENT_POINTS if FULL else AGENT_POINTS[:1]:
                self.kill_agent(world, point)
        self.assert_undisturbed(report)
        renewals = len(CONTROL_PLANE_POINTS) + 1 + len(AGENT_POINTS) if FULL else 3
        for target in report:
            self.assertEqual(len(target["leaves"]), renewals + 1, f"each renewal was seen at {target['address']}")
        self.assert_chains_hold(world)

    def test_a_dead_proxy_serves_again_from_disk(self):
        world = self.loop(nodes=1)
        node = world.nodes[0]
        proved = world.renew()
        world.await_current(proved)
        # No control plane and no replica: what is served next can only come from disk.
        for role in ("certificates", "replica"):
            world.stack.processes[role].stop()
        workers = pathlib.Path(f"/proc/{node.haproxy.child.pid}/task/{node.haproxy.child.pid}/children")
        os.kill(int(workers.read_text().split()[0]), signal.SIGKILL)
        died = time.monotonic()
        wait_until("HAProxy's master to go with its worker", lambda: not node.haproxy.running(), PATIENCE_S, 0.01)
        self.assertEqual(world.fingerprint(node), "", "the port is closed")
        world.stack.start_haproxy(node)  # As its unit does.
        world.await_served(node, proved)
        self.assertLessEqual(time.monotonic() - died, RECOVERY_S)

        for role in ("certificates", "replica"):
            world.stack.start_role((role,))
            world.stack.wait_ready(role)
        world.await_current(world.renew())


if __name__ == "__main__":
    loop.main(Killed)
