#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Row L12: three replicas, of which one dies, one stays in the past, and one starts from nothing.

    three_replicas_test.py --bin BUILD/src/apps

Every node comes to CURRENT, none goes back a version, none is told to remove anything; and a poll costs no more
processor with three replicas than with one.
"""
import os
import pathlib
import time

import loop
from loop import FULL, LoopTest, free_port

NODES = 4  # Each asks in an order of its own: hardly ever do all of them ask the same replica first.
COST_MOST = 1.2  # With three replicas, beside one.
QUIET_S = 60 if FULL else 0  # Nobody compares costs on a busy machine.
TICK = os.sysconf("SC_CLK_TCK")


class ThreeReplicas(LoopTest):
    def cut_off(self, world: loop.Loop, replica: str) -> None:
        """It starts again from what it last kept, answers, and never hears from the control plane."""
        world.stack.processes[replica].stop()
        config = world.stack.config_path((replica,))
        certificates = f'certificates = "{world.stack.url("certificates")}"'
        text = config.read_text()
        self.assertIn(certificates, text)
        config.write_text(text.replace(certificates, f'certificates = "https://localhost:{free_port()}"'))
        world.stack.start_role((replica,))
        world.stack.wait_ready(replica)

    def start_from_nothing(self, world: loop.Loop, replica: str) -> None:
        world.stack.processes[replica].kill()
        (world.stack.control / f"data-{replica}" / "replica.json").unlink()
        world.stack.start_role((replica,))
        world.stack.wait_ready(replica)

    def test_all_nodes_come_to_current_and_none_goes_back(self):
        world = self.loop(nodes=NODES, replicas=3)
        before = world.renew()
        world.await_current(before)
        with world.observed() as report:
            self.cut_off(world, "replica")  # It knows of `before`, and will for ever.
            self.start_from_nothing(world, "replica-2")
            for _ in range(3 if FULL else 1):
                version = world.renew()
                world.await_rollout(version, "COMPLETE")
                world.await_current(version)
            world.stack.processes["replica-2"].kill()
            world.stack.start_role(("replica-2",))  # What it keeps is old by then; it follows.
            world.stack.processes["replica-3"].kill()
            version = world.renew()
            world.await_rollout(version, "COMPLETE")
            world.await_current(version)
        self.assert_undisturbed(report)
        number_of = dict(world.sql("SELECT fingerprint_sha256, number FROM certificate_version"))
        for target in report:
            shown = [number_of[leaf["sha256"]] for leaf in target["leaves"]]
            self.assertEqual(shown, sorted(shown), f"{target['address']} went back")
            for leaf, successor in zip(target["leaves"], target["leaves"][1:]):
                self.assertLess(leaf["last_seen"] - 1, successor["first_seen"], f"{target['address']} went back")
        for node in world.nodes:
            log = (world.stack.logs / f"agent-{node.name}.log").read_text()
            self.assertNotIn("an association ended", log)

    def cpu(self, world: loop.Loop, processes: list[str]) -> float:
        """Seconds of processor that these have used."""
        used = 0
        for name in processes:
            fields = pathlib.Path(f"/proc/{world.stack.processes[name].child.pid}/stat").read_text().rpartition(")")[2]
            used += sum(int(field) for field in fields.split()[11:13])
        return used / TICK

    def polls(self, world: loop.Loop) -> float:
        return sum(world.stack.metric(replica, "perennial_service_answered_requests_total", operation="PollUpdates")
                   for replica in world.stack.replicas())

    def cost(self, replicas: int) -> float:
        """Seconds of processor that the replicas use for a poll in which nothing changed, beside what they use anyway."""
        world = self.loop(nodes=NODES, replicas=replicas, poll_wait="PT1S")

        def stretch() -> tuple[float, float]:
            used, polls = self.cpu(world, world.stack.replicas()), self.polls(world)
            time.sleep(QUIET_S)  # What is measured is a stretch of time.
            return self.cpu(world, world.stack.replicas()) - used, self.polls(world) - polls

        used, polls = stretch()
        for node in world.nodes:
            node.agent.stop()
        anyway, none = stretch()
        self.assertEqual(none, 0)
        world.stack.stop()
        return (used - anyway) / polls

    def test_a_poll_costs_no_more(self):
        if not FULL:
            self.skipTest("measured by ./dev firstlight")
        one, three = self.cost(1), self.cost(3)
        print(f"a poll: {one * 1000:.2f} ms with one replica, {three * 1000:.2f} ms with three")
        self.assertLessEqual(three, COST_MOST * one)


if __name__ == "__main__":
    loop.main(ThreeReplicas)
