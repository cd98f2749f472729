#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""names.py absent|present FILE…: looks for the names of mutants, fault points, their switches and tests' tools.

absent: none may be there (a release). present: at least one must be in each file (the search itself works). And no
such name may stand in the source outside of its macro, where a release would keep it. Status 0 if so.
"""
import pathlib
import sys

import guards


def main() -> int:
    if len(sys.argv) < 3 or sys.argv[1] not in ("absent", "present"):
        print(__doc__)
        return 2
    want, files = sys.argv[1], sys.argv[2:]
    known = sorted(guards.names("MUTANT") | guards.names("FAULT_POINT") | set(guards.SWITCHES) | guards.TESTS_ONLY)
    findings = [f"{where} stands outside of its macro" for where in guards.spelled_elsewhere()]
    for file in files:
        content = pathlib.Path(file).read_bytes()
        found = [name for name in known if name.encode() in content]
        if want == "absent" and found:
            findings.append(f"{file} knows {', '.join(found[:5])}: {len(found)} of {len(known)} names")
        if want == "present" and not found:
            findings.append(f"{file} knows none of {len(known)} names")
    print("\n".join(findings) or f"{len(files)} files, {len(known)} names {want}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
