#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Row L4: a version that must not be served never is, and whoever asks is told why.

    bad_version_test.py --bin BUILD/src/apps

What is wrong is put into the control plane's own database, between issue and delivery: the agents' gate is all that
stands before the proxy. (That an inconclusive probe does not let the old version expire, and what a gate's every refusal
says, is tested beside rollout and gate, where the clock can be moved.)
"""
import os
import signal

import loop
from loop import FULL, LoopTest, Node, PATIENCE_S, wait_until


class BadVersion(LoopTest):
    def renew_with(self, world: loop.Loop, column: str, value: str) -> int:
        """Orders a version that has this `value` in the database from its first moment on."""
        quoted = value.replace("'", "''")
        world.sql(f"CREATE TRIGGER spoil AFTER INSERT ON certificate_version BEGIN UPDATE certificate_version "
                  f"SET {column} = '{quoted}' WHERE owner_id = NEW.owner_id AND number = NEW.number; END")
        version = world.renew()
        world.sql("DROP TRIGGER spoil")
        return version

    def assert_goes_back(self, world: loop.Loop, version: int, reason: str) -> None:
        world.await_rollout(version, "ROLLED_BACK")
        rollout = world.rollout(version)["id"]
        shown = world.stack.perennial("rollout", "show", rollout).stdout
        self.assertIn(reason, shown)
        # A renewal that went back is due again by itself, and the next version is a good one.
        wait_until("a good version", lambda: world.current() > version, PATIENCE_S, 0.2)
        for node in world.nodes:
            world.await_served(node, version + 1)

    def shown_versions(self, world: loop.Loop, report: list[dict]) -> set[int]:
        seen = {leaf["sha256"] for target in report for leaf in target["leaves"]}
        return {number for number, fingerprint in
                world.sql("SELECT number, fingerprint_sha256 FROM certificate_version WHERE owner_id = ?", world.id)
                if fingerprint in seen}

    def set_names(self, world: loop.Loop, names: str) -> None:
        world.sql("UPDATE certificate SET alternative_names = ? WHERE id = ?", names, world.id)

    def test_the_gate_stops_it(self):
        world = self.loop()
        run = world.stack.perennial
        run("ca", "create", "root", "--name", "stranger", "--common-name", "Stranger")
        run("certificate", "create", "--name", "twin", "--dns", world.host, "--ca", "issuing", "--no-renewal")
        stranger = run("ca", "bundle", "stranger").stdout
        twin = world.sql("SELECT v.certificate_pem FROM certificate_version v JOIN guarded g ON g.id = v.owner_id "
                         "WHERE g.name = 'twin'")[0][0]
        names = world.sql("SELECT alternative_names FROM certificate WHERE id = ?", world.id)[0][0]
        bad = []
        with world.observed() as report:
            bad.append(self.renew_with(world, "certificate_pem", twin))
            self.assert_goes_back(world, bad[-1], "the private key is not the certificate's")
            if FULL:
                bad.append(self.renew_with(world, "chain_pem", stranger))
                self.assert_goes_back(world, bad[-1], "chain")

                self.set_names(world, names.replace(world.host, "other.example"))
                bad.append(world.renew())
                self.set_names(world, names)
                self.assert_goes_back(world, bad[-1], f"the name {world.host} is served now and is lost")
        self.assert_undisturbed(report)
        self.assertFalse(self.shown_versions(world, report) & set(bad), "a bad version was served")

    def test_what_nodes_see_decides(self):
        world = self.loop()
        with world.observed() as report:
            if FULL:
                self.both_see_another(world)
            self.one_sees_another(world)
            self.one_is_frozen(world)
        self.assert_undisturbed(report)

    def both_see_another(self, world: loop.Loop) -> None:
        """Another certificate than the one that they were to serve: it goes back."""
        for node in world.nodes:
            world.restart_agent(node, PERENNIAL_MUTANTS="agent.install_skipped")
        version = world.renew()
        world.await_rollout(version, "ROLLED_BACK")
        for node in world.nodes:
            world.restart_agent(node)
        wait_until("a good version", lambda: world.current() > version, PATIENCE_S, 0.2)

    def one_sees_another(self, world: loop.Loop) -> None:
        """It does not hold the version up, owes it, and mends that once it can."""
        late = world.nodes[1]
        world.restart_agent(late, PERENNIAL_MUTANTS="agent.install_skipped")
        version = self.current_without(world, late)
        world.restart_agent(late)
        world.await_current(version)

    def one_is_frozen(self, world: loop.Loop) -> None:
        """It owes the version, blocks nobody, and takes what is CURRENT when it wakes."""
        late = world.nodes[1]
        os.kill(late.agent.child.pid, signal.SIGSTOP)
        version = self.current_without(world, late)
        os.kill(late.agent.child.pid, signal.SIGCONT)
        world.await_current(version)

    def current_without(self, world: loop.Loop, late: Node) -> int:
        version = world.renew()
        wait_until("the version to be CURRENT", lambda: world.current() == version, PATIENCE_S, 0.2)
        for node in world.nodes:
            if node is not late:
                world.await_served(node, version)
        self.assertEqual(world.rollout(version)["owingCount"], 1)
        return version


if __name__ == "__main__":
    loop.main(BadVersion)
