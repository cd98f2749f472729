#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Switches each guard off, one at a time, and demands that an attack then gets through.

    mutation_pass.py --bin BUILD/src/apps [MUTANT …]

The build must be one with PERENNIAL_PROOF. It prints a line a guard, with the tests that turned red, and ends with 1
if a guard can go without any test noticing. It takes a few minutes: run it when guards or attacks change.
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ATTACKS = [HERE / f"{name}.test.mjs" for name in ("on_behalf", "keys", "tokens", "signatures")]
PLAIN = [ROOT / "test" / "sdk" / f"{name}.test.mjs" for name in ("bad_input", "certificates", "load_balancer")]

# Guards that these tests reach. Those of renewal, rollout and replica have their tests beside them, and so has one that
# stands twice on the way: authz looks at the placement once more than the authenticator (skip_placement).
# identity.any_presenter waits for a second product. test/firstlight holds every guard by its smallest test.
GUARDS = {
    "authz.skip_association_resource": ATTACKS,
    "authz.skip_private_key_condition": ATTACKS,
    "authz.skip_tenancy": ATTACKS,
    "certificates.any_presenter": ATTACKS,
    "certificates.any_version_to_resource": ATTACKS,
    "certificates.attach_any_state": ATTACKS,
    "certificates.closed_pair_open": ATTACKS,
    "certificates.detach_any_kind": ATTACKS,
    "certificates.evidence_not_bound": ATTACKS,
    "certificates.evidence_not_bound_to_resource": ATTACKS,
    "certificates.fence_by_presentation": ATTACKS,
    "certificates.fence_off": ATTACKS,
    "certificates.observe_anything": ATTACKS,
    "certificates.skip_issuance_rules": PLAIN,
    "certificates.skip_issued_check": PLAIN,
    "certificates.skip_users_check": PLAIN,
    "certificates.user_not_judged": ATTACKS,
    "identity.any_node_pool": ATTACKS,
    "identity.no_enrolment_proof": ATTACKS,
    "identity.rpst_anywhere": ATTACKS,
    "signature.skip_body_digest": ATTACKS,
    "signature.skip_coverage": ATTACKS,
    "signature.skip_date": ATTACKS,
    "signature.skip_host": ATTACKS,
    "signature.skip_token_signature": ATTACKS,
}


def red_tests(mutant: str, file: pathlib.Path, binaries: str) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="mutant-") as root:
        split = ["--split"] if file.parent == HERE else []
        command = [sys.executable, str(ROOT / "tools/testbed/hold.py"), "--bin", binaries, "--root", root, *split,
                   "--timeout", "150", "--", "node", "--test", "--test-reporter=tap", str(file)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=240,
                              env=dict(os.environ, PERENNIAL_MUTANTS=mutant))
    red = re.findall(r"^\s*not ok \d+ - (.*)$", done.stdout, re.MULTILINE)
    return red or ([f"{file.name} ended with {done.returncode}"] if done.returncode else [])


def main() -> int:
    parser = argparse.ArgumentParser(description="Switches guards off and looks whether a test notices.")
    parser.add_argument("--bin", required=True)
    parser.add_argument("mutants", nargs="*")
    options = parser.parse_args()
    unnoticed = []
    for mutant in options.mutants or GUARDS:
        red = []
        for file in GUARDS.get(mutant, ATTACKS):
            red = [name for name in red_tests(mutant, file, options.bin) if not name.endswith(".mjs")]
            if red:
                break
        print(f"{'red ' if red else 'NONE'} {mutant:45} {'; '.join(red[:3])}", flush=True)
        if not red:
            unnoticed.append(mutant)
    print(f"{len(unnoticed)} guards can go unnoticed" + "".join(f"\n  {name}" for name in unnoticed))
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
