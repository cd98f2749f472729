#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Row L3: with the whole control plane gone, nodes start from disk and serve; what fell due meanwhile is renewed in time.

    static_stability_test.py --bin BUILD/src/apps
"""
import time

import loop
from loop import LoopTest, PATIENCE_S, wait_until

# A version lives four minutes and is due for renewal 26 to 35 s after it began.
CERTIFICATE = ("--validity", "PT240S", "--renew-every", "PT40S", "--renew-before", "PT5S")
CONTROL_PLANE = ("replica", "load-balancer", "audit", "certificates", "identity")
MICROSECONDS = 1_000_000


class StaticStability(LoopTest):
    def served(self, world: loop.Loop) -> dict[str, int]:
        return {node.name: world.version_shown(node) for node in world.nodes}

    def due(self, world: loop.Loop) -> float:
        return world.sql("SELECT renew_at FROM certificate WHERE id = ?", self.certificate_id)[0][0] / MICROSECONDS

    def expires(self, world: loop.Loop, version: int) -> float:
        return world.sql("SELECT not_after FROM certificate_version WHERE owner_id = ? AND number = ?",
                         self.certificate_id, version)[0][0] / MICROSECONDS

    def test_nodes_go_on_alone(self):
        world = self.loop(certificate=CERTIFICATE)
        self.certificate_id = world.id
        for role in CONTROL_PLANE:
            world.stack.processes[role].stop()
        served = self.served(world)
        self.assertNotIn(0, served.values())

        for node in world.nodes:  # As after a reboot.
            node.agent.stop()
            node.haproxy.stop()
            self.assertEqual(world.fingerprint(node), "")
            world.stack.start_haproxy(node)
            world.stack.start_agent(node)
            world.await_served(node, served[node.name])
        self.assertEqual(self.served(world), served)

        due = self.due(world)
        wait_until("the time of the renewal", lambda: time.time() > due + 1, PATIENCE_S)
        self.assertEqual(self.served(world), served, "nothing changes while nobody is there to change it")

        for role in reversed(CONTROL_PLANE):
            world.stack.start_role((role,))
        for role in CONTROL_PLANE:
            world.stack.wait_ready(role)
        for node in world.nodes:
            world.await_served(node, served[node.name] + 1)
            self.assertLess(time.time(), self.expires(world, served[node.name]), "renewed before it expired")


if __name__ == "__main__":
    loop.main(StaticStability)
