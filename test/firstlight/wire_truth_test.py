#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Row L9: what nodes report is what an outsider saw, change for change; a node that lies is found.

    wire_truth_test.py --bin BUILD/src/apps
"""
import datetime
import unittest

import loop
from loop import FULL, LoopTest

REPORT_S = 2 if FULL else 10  # From a change to its first report. A busy machine is given more.
SAMPLING_S = 1  # How much later than the node an observer may see a change: it looks twelve times a second.
RENEWALS = 6 if FULL else 2

Seen = dict[tuple[str, str], float]  # (address:port, fingerprint) → when first.


def changes(report: list[dict]) -> Seen:
    """What the observer saw appear after its first look."""
    return {(target["address"], leaf["sha256"]): leaf["first_seen"]
            for target in report for leaf in target["leaves"][1:]}


def judge(seen: Seen, reported: Seen) -> list[str]:
    """What does not fit: a change nobody reported in time, or a report of what nobody saw."""
    findings = [f"nobody reported {place}" for place in seen.keys() - reported.keys()]
    findings += [f"nobody saw {place}, but it was reported as served" for place in reported.keys() - seen.keys()]
    for place in seen.keys() & reported.keys():
        after = reported[place] - seen[place]
        if not -SAMPLING_S <= after <= REPORT_S:
            findings.append(f"{place} was reported {after:.2f} s after it was seen")
    return sorted(findings)


class Judging(unittest.TestCase):
    def test_each_way_to_be_wrong(self):
        seen = {("a", "1"): 10.0, ("b", "1"): 11.0}
        self.assertEqual(judge(seen, {("a", "1"): 10.5, ("b", "1"): 10.9}), [])
        self.assertEqual(len(judge(seen, {("a", "1"): 10.5})), 1)
        self.assertEqual(len(judge(seen, {**seen, ("b", "2"): 12.0})), 1)
        self.assertEqual(len(judge(seen, {**seen, ("b", "1"): 11.5 + REPORT_S})), 1)
        self.assertEqual(len(judge(seen, {**seen, ("b", "1"): 9.0})), 1)


class WireTruth(LoopTest):
    def reported(self, world: loop.Loop, versions: list[int]) -> Seen:
        """The first proof of each version at each address, as the control plane tells."""
        found: Seen = {}
        for version in versions:
            for line in world.rollout(version)["lines"]:
                for place in line.get("places", []):
                    if place["result"] == "PROVED":
                        at = datetime.datetime.fromisoformat(place["timeObserved"]).timestamp()
                        key = place["address"], place["fingerprintSha256"]
                        found[key] = min(found.get(key, at), at)
        return found

    def renew(self, world: loop.Loop, count: int) -> list[int]:
        versions = []
        for _ in range(count):
            versions.append(world.renew())
            world.await_rollout(versions[-1], "COMPLETE")
        return versions

    def test_reports_are_what_is_seen(self):
        world = self.loop()
        with world.observed("honest") as report:
            versions = self.renew(world, RENEWALS)
        self.assert_undisturbed(report)
        seen = changes(report)
        self.assertEqual(len(seen), RENEWALS * len(world.nodes))
        self.assertEqual(judge(seen, self.reported(world, versions)), [])

        liar = world.nodes[1]
        world.restart_agent(liar, PERENNIAL_MUTANTS="agent.install_skipped,agent.probe_always_true")
        with world.observed("lie") as report:
            versions = self.renew(world, 1)
        findings = judge(changes(report), self.reported(world, versions))
        self.assertEqual(len(findings), 1, findings)
        self.assertIn(f"{liar.address}:{world.port}", findings[0])
        self.assertIn("nobody saw", findings[0])


if __name__ == "__main__":
    loop.main(WireTruth)
