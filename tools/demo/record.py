#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Puts a renewal into the README as the terminal shows it.

    tools/demo/record.py               runs `./dev demo --exit` and records it
    tools/demo/record.py --from FILE   records what such a run has printed to FILE

What is recorded is the part behind "Now watch", word for word. A run that failed is not recorded.
"""
import argparse
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BEGIN, END = "<!-- renewal:begin -->", "<!-- renewal:end -->"
FIRST_STEP = "] Now watch"
LAST_LINE = re.compile(r"^\d+ of \d+ requests failed .*$", flags=re.MULTILINE)


def part_of(output: str) -> str:
    text = re.sub(r"\033\[[0-9;]*m", "", output)
    at = text.find(FIRST_STEP)
    last = LAST_LINE.search(text, max(at, 0))
    if at < 0 or not last:
        raise SystemExit("this is not the output of a demo that came to its counts")
    lines = text[text.rindex("\n", 0, at) + 1 : last.end()].splitlines()
    return "\n".join(line.rstrip() for line in lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--from", dest="source", type=pathlib.Path, help="a file with the demo's output")
    arguments = parser.parse_args()
    if arguments.source:
        output = arguments.source.read_text()
    else:
        done = subprocess.run([str(ROOT / "dev"), "demo", "--exit"], stdout=subprocess.PIPE, text=True)
        print(done.stdout, end="")
        if done.returncode != 0:
            print(f"the demo ended with status {done.returncode}: nothing is recorded", file=sys.stderr)
            return 1
        output = done.stdout
    readme = ROOT / "README.md"
    before, rest = readme.read_text().split(BEGIN)
    after = rest.split(END)[1]
    readme.write_text(f"{before}{BEGIN}\n```\n{part_of(output)}\n```\n{END}{after}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
