#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""symbols.py [--nm NM] FILE PATTERN...: fails when a symbol of the program or library matches a pattern.

Exit status 0: none does. 1: one does, each is named. 2: the symbols cannot be read.
"""
import argparse
import re
import subprocess
import sys


def symbols_of(nm: str, path: str) -> set[str]:
    """Names that the file defines or asks for, C++ names in full."""
    names = set()
    for options in (["-C"], ["-C", "-D"]):
        listed = subprocess.run([nm, *options, path], capture_output=True, text=True, check=False)
        for line in listed.stdout.splitlines():
            found = re.match(r"^(?:[0-9a-f]+|\s+)\s+([A-Za-z])\s+(.*)$", line)
            if found:
                names.add(found.group(2))
    return names


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nm", default="nm")
    parser.add_argument("file")
    parser.add_argument("patterns", nargs="+")
    arguments = parser.parse_args()
    names = symbols_of(arguments.nm, arguments.file)
    # Our own names are in every file that was built and not stripped: without them nothing was looked at.
    if not any("perennial::" in name for name in names):
        print(f"{arguments.file}: no symbol of ours can be read; was it stripped?")
        return 2
    forbidden = sorted(
        name for name in names if any(re.search(pattern, name) for pattern in arguments.patterns)
    )
    for name in forbidden[:20]:
        print(f"{arguments.file}: forbidden symbol: {name}")
    if not forbidden:
        print(f"{arguments.file}: {len(names)} symbols, none forbidden")
    return 1 if forbidden else 0


if __name__ == "__main__":
    sys.exit(main())
