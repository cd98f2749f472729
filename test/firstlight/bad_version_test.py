#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Row L4: a version that must not be served never is, and whoever asks is told why.

    bad_version_test.py --bin BUILD/src/apps

What is wrong is put into the control plane's own database, between issue and delivery: the agents' gate is all that
stands before the proxy. (What a gate's every refusal says is tested beside the gate.)
"""
import contextlib
import datetime
import os
import signal
import socket
import time

import loop
from loop import FULL, LoopTest, Node, PATIENCE_S, free_port, wait_until

# Renewed by order; what went back is due again a second later.
TRIED_AGAIN_SOON = ("--validity", "PT2H", "--renew-every", "PT100M", "--renew-before", "PT20S")
AGAIN_S = 15  # A busy machine is given more than that second.
# Due for renewal 39 to 45 s after it began; put into service with or without proof 6 s before it expires.
SHORT_LIVED = ("--validity", "PT60S", "--renew-every", "PT50S", "--renew-before", "PT5S")
YOUNG_S = 38  # Before it expires: some 17 s or more before it is due.
MICROSECONDS = 1_000_000


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
        # A renewal that went back is due again by itself a second later, and the next version is a good one.
        wait_until("a good version", lambda: world.current() > version, PATIENCE_S, 0.2)
        for node in world.nodes:
            world.await_served(node, version + 1)
        back, again = (datetime.datetime.fromisoformat(world.rollout(number)[what]).timestamp()
                       for number, what in ((version, "timeFinished"), (version + 1, "timeStarted")))
        self.assertLess(again - back, AGAIN_S)

    def shown_versions(self, world: loop.Loop, report: list[dict]) -> set[int]:
        seen = {leaf["sha256"] for target in report for leaf in target["leaves"]}
        return {number for number, fingerprint in
                world.sql("SELECT number, fingerprint_sha256 FROM certificate_version WHERE owner_id = ?", world.id)
                if fingerprint in seen}

    def set_names(self, world: loop.Loop, names: str) -> None:
        world.sql("UPDATE certificate SET alternative_names = ? WHERE id = ?", names, world.id)

    def test_the_gate_stops_it(self):
        world = self.loop(certificate=TRIED_AGAIN_SOON)
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

    def told(self, world: loop.Loop, version: int) -> str:
        """What `perennial rollout show` says of this version's rollout."""
        return world.stack.perennial("rollout", "show", world.rollout(version)["id"]).stdout

    def test_what_nodes_see_decides(self):
        world, taken_back = self.loop(certificate=TRIED_AGAIN_SOON), []
        with world.observed() as report:
            if FULL:
                taken_back.append(self.both_see_another(world))
            self.one_sees_another(world)
            self.one_is_frozen(world)
        self.assert_undisturbed(report)
        self.assertFalse(self.shown_versions(world, report) & set(taken_back), "what was taken back was served")

    def both_see_another(self, world: loop.Loop) -> int:
        """Another certificate than the one that they were to serve: it goes back."""
        for node in world.nodes:
            world.restart_agent(node, PERENNIAL_MUTANTS="agent.install_skipped")
        version = world.renew()
        world.await_rollout(version, "ROLLED_BACK")
        for node in world.nodes:
            self.assertRegex(self.told(world, version), f"reason: +it failed: .*{node.name}: another certificate is shown")
            world.restart_agent(node)
        wait_until("a good version", lambda: world.current() > version, PATIENCE_S, 0.2)
        return version

    def one_sees_another(self, world: loop.Loop) -> None:
        """It does not hold the version up, owes it, and mends that once it can."""
        late = world.nodes[1]
        world.restart_agent(late, PERENNIAL_MUTANTS="agent.install_skipped")
        version = self.current_without(world, late)
        self.assertIn("another certificate is shown", self.told(world, version))
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
        rollout = world.rollout(version)
        self.assertEqual((rollout["owingCount"], rollout["forced"]), (1, False))
        self.assertRegex(self.told(world, version), f"reason: +owing: {late.name}\n")
        return version

    def young_version(self, world: loop.Loop) -> tuple[int, int] | None:
        """CURRENT and when it expires, if it is not due for a while."""
        number = world.current()
        expires, = world.sql("SELECT not_after FROM certificate_version WHERE owner_id = ? AND number = ?", world.id, number)[0]
        return (number, expires) if expires / MICROSECONDS - time.time() > YOUNG_S else None

    def test_expiry_beats_caution(self):
        """No node can say what it serves at one of its ports, so none proves the next version: it is put into service all
        the same before the one before it expires, and not earlier."""
        world, port = self.loop(certificate=SHORT_LIVED), free_port()
        # To be set up in time, also where the loop began slowly.
        before, expires = wait_until("a version that is not due soon", lambda: self.young_version(world), PATIENCE_S, 0.2)
        due, = world.sql("SELECT renew_at FROM certificate WHERE id = ?", world.id)[0]
        with contextlib.ExitStack() as taken:
            for node in world.nodes:
                taken.enter_context(socket.create_server((node.address, port)))
            world.stack.perennial("listener", "create", "--lb", "front", "--name", "second", "--port", str(port),
                                  "--certificate", "shop", "--backend-set", "web", check=False)
            wait_until("the renewal to be near", lambda: time.time() > due / MICROSECONDS - 3, PATIENCE_S)
            report = taken.enter_context(world.observed())
            wait_until("a rollout", lambda: world.rollout(before + 1), PATIENCE_S, 0.2)
            doubt = wait_until("the canary's word", lambda: (lines := world.rollout(before + 1)["lines"])
                               and [line for line in lines if line.get("result") == "INCONCLUSIVE"], PATIENCE_S, 0.2)
            self.assertIn("HAProxy cannot open", doubt[0]["lastError"])
            self.assertEqual((world.current(), world.rollout(before + 1)["state"]), (before, "CANARY"))
            wait_until("the next version to be CURRENT", lambda: world.current() > before, PATIENCE_S, 0.2)
            wait_until("the version before to expire", lambda: time.time() > expires / MICROSECONDS + 1, PATIENCE_S)
        self.assert_undisturbed(report)
        rollout = world.rollout(before + 1)
        self.assertTrue(rollout["forced"])
        self.assertNotIn("timeCanaryProved", rollout)
        told = self.told(world, before + 1)
        self.assertRegex(told, "forced: +yes, without proof")
        self.assertIn("since the version before expires at", told)
        waited = [target["leaves"][1]["first_seen"] for target in report]
        must_serve = datetime.datetime.fromisoformat(rollout["timeMustServe"]).timestamp()
        self.assertLess(min(waited), must_serve, "the canary was asked first")
        self.assertGreater(max(waited), must_serve - 1, "the other node was spared until it had to be")


if __name__ == "__main__":
    loop.main(BadVersion)
