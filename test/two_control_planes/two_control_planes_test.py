#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Two control planes on one PostgreSQL database, both with a scheduler, rollouts and upkeep: nothing is done twice, and
when one is killed the other goes on.

    two_control_planes_test.py --bin BUILD/src/apps
"""
import argparse
import concurrent.futures
import hashlib
import json
import pathlib
import shutil
import ssl
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools" / "testbed"), str(ROOT / "test" / "two_control_planes")]
from backend import Backend  # noqa: E402
from pair import NAMES, Pair  # noqa: E402
from service_client import ServiceClient  # noqa: E402
from stack import free_port, wait_until  # noqa: E402
from tenant import Tenant  # noqa: E402

LOOSE = 24                    # Certificates that nothing uses, renewed every 4 s.
LOOSE_RULE = ("PT6S", "PT2S")
LOOSE_EVERY_S = 4
USED = 3                      # Certificates that a node serves; each renewal is a rollout.
USED_RULE = ("PT16S", "PT4S")
LIFE_S = 60
ADDRESS = "127.0.0.43"
LATE_S = 10                   # The bound for what another process has written; it is looked for twice a second.


class TwoControlPlanes(unittest.TestCase):
    binaries = ""

    @classmethod
    def setUpClass(cls):
        directory = pathlib.Path(tempfile.mkdtemp(prefix="two-", dir="/tmp"))
        cls.addClassCleanup(shutil.rmtree, directory, ignore_errors=True)
        cls.stack = Pair(directory, cls.binaries, renewal_interval_min="PT5S", poll_wait="PT5S")
        cls.enterClassContext(cls.stack)
        cls.backend = cls.enterClassContext(Backend())
        cls.stack.start()
        cls.acme = Tenant(cls.stack)
        cls.root = cls.acme.authority("root")
        cls.issuing = cls.acme.authority("issuing", cls.root)
        cls.acme.make_pool([ADDRESS])
        node = cls.stack.join_node("edge", ADDRESS, cls.acme.node_token())
        cls.stack.start_haproxy(node)
        cls.stack.start_agent(node)
        cls.used = [cls.acme.certificate(f"used{n}", cls.issuing, USED_RULE, LIFE_S) for n in range(USED)]
        cls.listeners = [free_port(ADDRESS) for _ in cls.used]  # The last one is opened later.
        cls.acme.load_balancer("shop", cls.backend.port, dict(zip(cls.listeners, cls.used[:-1])))
        cls.loose = [cls.acme.certificate(f"loose{n}", cls.issuing, LOOSE_RULE, LIFE_S) for n in range(LOOSE)]

    # --- what is asked --------------------------------------------------------------------------------

    def rows(self, role: str, text: str) -> list[str]:
        return self.stack.sql(role, text)

    def number(self, role: str, text: str) -> int:
        return int(self.rows(role, text)[0])

    def records(self, role: str, operation: str) -> list[dict]:
        return [json.loads(row) for row in self.rows(
            role, f"""SELECT payload FROM audit WHERE payload LIKE '%"operation":"{operation}"%' ORDER BY position""")]

    def signatures(self, name: str) -> float:
        return self.stack.metric(name, "perennial_certificates_signatures_total")

    def kick(self, name: str) -> None:
        """A renewal on demand through one process wakes the scheduler of that process."""
        certificate = self.acme.certificate(f"kick-{name}", self.issuing, ("P20D", "P5D"), 90 * 86400)
        target = f"/20260101/certificates/{certificate}/actions/renew"
        signed = self.acme.client.signed("POST", self.stack.url() + target, {})
        status, answer, _ = self.acme.client.send_signed(self.stack.own_host(name), "POST", *signed)
        self.assertLess(status, 300, answer)

    def renewals_since(self, moment_us: int) -> int:
        """How many of the loose certificates have been renewed at least twice since."""
        return self.number("certificates", f"""SELECT COUNT(*) FROM (SELECT v.owner_id FROM certificate_version v
            JOIN guarded g ON g.id = v.owner_id WHERE g.name LIKE 'loose%' AND v.created_at > {moment_us}
            GROUP BY v.owner_id HAVING COUNT(*) >= 2) AS renewed""")

    def serves_current(self) -> bool:
        """Whether handshakes with the node present the CURRENT version of every certificate that it is to serve."""
        current = set(self.rows("certificates", """SELECT v.fingerprint_sha256 FROM certificate_version v
            JOIN certificate c ON c.id = v.owner_id AND c.current_version = v.number
            JOIN guarded g ON g.id = c.id WHERE g.name LIKE 'used%'"""))
        try:
            presented = [ssl.get_server_certificate((ADDRESS, port), timeout=5) for port in self.listeners]
        except OSError:  # The last listener is not open yet.
            return False
        return current == {hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest() for pem in presented}

    # --- the story, in order --------------------------------------------------------------------------

    def test_1_both_renew(self):
        for name in NAMES:
            self.kick(name)
        before = {name: self.signatures(name) for name in NAMES}
        wait_until("both to renew", lambda: all(self.signatures(name) >= before[name] + 8 for name in NAMES), 60)

    def test_2_a_signed_request_has_one_effect_whoever_gets_it(self):
        details = self.acme.certificate_details("twice", self.issuing)
        url = self.stack.url() + "/20210224/certificates"
        signed = self.acme.client.signed("POST", url, details)
        others = [Tenant(self.stack) for _ in range(8)]
        with concurrent.futures.ThreadPoolExecutor(len(others)) as pool:
            answers = list(pool.map(lambda other, name: other.client.send_signed(
                self.stack.own_host(name), "POST", *signed), others, NAMES * 4))
        made = {answer["id"] for status, answer, _ in answers if status == 200}
        self.assertEqual(len(made), 1, answers)
        # Also long after the first has been answered.
        for name in NAMES:
            status, answer, _ = self.acme.client.send_signed(self.stack.own_host(name), "POST", *signed)
            self.assertEqual((status, answer["id"]), (200, *made))
        self.assertEqual(self.number("certificates", "SELECT COUNT(*) FROM guarded WHERE name = 'twice'"), 1)
        self.assertEqual(len([r for r in self.records("certificates", "CreateCertificate")
                              if r.get("resourceName") == "twice"]), 1)

    def test_3_a_parked_call_learns_what_the_other_process_wrote(self):
        credentials = self.stack.control / "data" / "credentials"
        follower = ServiceClient(credentials / "load-balancer", self.stack.ca_file(), self.stack.url())
        facts = "/20260101/authorizationSnapshot?after={}&waitSeconds={}"
        for parked, writer in (NAMES, NAMES[::-1]):
            status, now = follower.send("GET", self.stack.url() + facts.format(0, 0))
            self.assertEqual(status, 200, now)
            with concurrent.futures.ThreadPoolExecutor(1) as pool:
                answer = pool.submit(self.park, follower, parked, facts.format(now["position"], 50))
                signed = self.acme.client.signed("POST", self.stack.url() + "/20160918/users", {
                    "compartmentId": self.acme.id, "name": f"by-{writer}", "description": "x"})
                status, made, _ = self.acme.client.send_signed(self.stack.own_host(writer), "POST", *signed)
                self.assertEqual(status, 200, made)
                begun = time.monotonic()
                news = answer.result(60)
                self.assertGreater(news["position"], now["position"])
                self.assertLess(time.monotonic() - begun, LATE_S)

    def park(self, follower: ServiceClient, name: str, target: str) -> dict:
        status, answer = follower.send("GET", self.stack.url() + target, to=self.stack.own_host(name))
        self.assertEqual(status, 200, answer)
        return answer

    def test_4_the_other_goes_on_when_one_is_killed(self):
        self.stack.processes.pop("a").kill()
        killed = time.time_ns() // 1000
        # Work that only the one that leads does.
        balancer = self.acme.call("load-balancer", "GET", f"/20170115/loadBalancers?compartmentId={self.acme.id}")[0]
        self.acme.call("load-balancer", "POST", f"/20170115/loadBalancers/{balancer['id']}/listeners",
                       {"name": "late", **self.acme.listener(self.listeners[-1], self.used[-1])})
        wait_until("every certificate to be renewed twice", lambda: self.renewals_since(killed) == LOOSE, 60)
        wait_until("the work to be done", lambda: self.number(
            "load-balancer", "SELECT COUNT(*) FROM work_request WHERE time_finished IS NULL") == 0, 60)
        wait_until("the node to serve what is CURRENT", self.serves_current, 60, pause_s=0.5)
        self.assertEqual(self.number("certificates", """SELECT COUNT(*) FROM certificate c JOIN certificate_version v
            ON v.owner_id = c.id AND v.number = c.current_version
            WHERE v.not_after < CAST(EXTRACT(EPOCH FROM NOW()) * 1000000 AS BIGINT)"""), 0, "one has expired")

    def test_5_nothing_was_done_twice(self):
        self.stack.processes.pop("b").stop()
        versions = [row.split("|") for row in self.rows(
            "certificates", """SELECT g.name, v.number, v.created_at, v.not_before FROM certificate_version v
            JOIN guarded g ON g.id = v.owner_id ORDER BY g.name, v.number""")]
        renewed = [(name, int(number)) for name, number, *_ in versions if int(number) > 1]
        self.assertGreater(len(renewed), 2 * LOOSE)
        told = [(r["resourceName"], r["details"]["versionNumber"])  # A user's wish for one has no details.
                for r in self.records("certificates", "RenewCertificate") if "details" in r]
        self.assertEqual(sorted(told), sorted(renewed), "each renewal is one version and one record")
        # The next was not due before its time, so a second one for the same time would stand out.
        for (name, _, _, before), (next_name, number, created, _) in zip(versions, versions[1:]):
            if name == next_name and name.startswith("loose"):
                self.assertGreaterEqual((int(created) - int(before)) / 1e6, LOOSE_EVERY_S - 0.5, f"{name} {number}")

        # What was recorded to be signed and never stored: at most what each process had in hand when it ended. (Of eight
        # equal requests at once, seven sign a certificate that nobody gets, and which is not there.)
        lost = self.number("certificates", """SELECT COUNT(*) FROM issuance i JOIN certificate c ON c.id = i.subject_id
            WHERE NOT EXISTS (SELECT 1 FROM certificate_version v WHERE v.owner_id = c.id AND v.number = i.number)""")
        self.assertLessEqual(lost, len(NAMES))
        self.assertEqual(self.rows("certificates", "SELECT serial FROM certificate_version GROUP BY serial "
                                   "HAVING COUNT(*) > 1"), [])
        promoted = [(r["resourceId"], r["details"]["versionNumber"])
                    for r in self.records("certificates", "PromoteCertificateVersion")]
        self.assertEqual(len(promoted), len(set(promoted)), "each version is promoted once")
        self.assertGreater(len(promoted), 0)

        work = self.rows("load-balancer", "SELECT id FROM work_request WHERE state = 'SUCCEEDED'")
        done = [r["reason"] for r in self.records("load-balancer", "Finish%")]
        self.assertEqual(sorted(done), sorted(f"work request {each} is done" for each in work))

        verified = self.stack.run(self.stack.binary("perenniald"), "audit", "verify",
                                  "--config", str(self.stack.own_config("b")))
        self.assertNotIn("BROKEN", verified.stdout)
        for role in ("identity", "certificates", "load-balancer", "audit"):
            gaps = self.number(role, "SELECT COUNT(*) - COALESCE(MAX(position), 0) FROM audit")
            self.assertEqual(gaps, 0, f"the audit of {role} has a gap")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    arguments, rest = parser.parse_known_args()
    TwoControlPlanes.binaries = arguments.bin
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2, failfast=True, warnings="ignore")
