#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The table of arrows in ARCHITECTURE.md is the one that tools/lint.py holds.

    arrows.py ROOT       exit status 0 when it is; otherwise one line a difference, and 1.
"""
import pathlib
import re
import sys


def table(text: str) -> dict:
    rows = {}
    for left, right in re.findall(r"^([a-z_/, ]+?) +->(.*)$", text, flags=re.MULTILINE):
        for room in left.split(","):
            rows[room.strip()] = None if right.strip() == "every room" else set(right.split())
    return rows


def main() -> int:
    root = pathlib.Path(sys.argv[1]).resolve()
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(root / "tools"))
    import lint

    said = table((root / "ARCHITECTURE.md").read_text())
    findings = [
        f"{room}: ARCHITECTURE.md says {said.get(room, 'nothing')}, tools/lint.py {lint.ARROWS.get(room, 'nothing')}"
        for room in sorted(said.keys() | lint.ARROWS.keys())
        if said.get(room, "nothing") != lint.ARROWS.get(room, "nothing")
    ]
    print("\n".join(findings) or f"the arrows of {len(said)} rooms agree")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
