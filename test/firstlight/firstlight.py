#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""First light, proved: every row of evidence in one run.

    firstlight.py --build build/proof --out DIR [--release build/release] [ROW …]

A row is a set of tests; rows run side by side, one test a core. One line a row, and status 0 only if every row holds. A
row whose test does not exist is MISSING, and the run fails. DIR gets summary.json (revision, hashes of the programs,
durations, verdicts), and below each row's name what its tests said and what their processes logged.
"""
from __future__ import annotations

import argparse
import concurrent.futures
import dataclasses
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import time

import tests
from rows import ROWS, Row

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PROGRAMS = ("perenniald/perenniald", "perennial_agent/perennial-agent", "perennial/perennial")


@dataclasses.dataclass
class Verdict:
    row: Row
    outcomes: dict[str, tests.Outcome]
    missing: list[str]

    @property
    def word(self) -> str:
        if self.missing:
            return "MISSING"
        return "holds" if all(outcome.passed for outcome in self.outcomes.values()) else "FAILED"

    @property
    def why(self) -> str:
        if self.missing:
            return "no test is called " + ", ".join(self.missing)
        red = [name for name, outcome in self.outcomes.items() if not outcome.passed]
        return ", ".join(red) or f"{len(self.outcomes)} tests"

    @property
    def seconds(self) -> float:
        return sum(outcome.seconds for outcome in self.outcomes.values())


def tests_of(row: Row, known: dict[str, tests.Test]) -> tuple[list[tests.Test], list[str]]:
    """The row's tests, and those of its patterns that no test has."""
    chosen, missing = {}, []
    for pattern in row.patterns:
        found = [test for name, test in known.items() if re.fullmatch(pattern, name)]
        chosen.update((test.name, test) for test in found)
        least = row.least.get(pattern, 1)
        if len(found) < least:
            missing.append(pattern if least == 1 else f"{pattern} ({len(found)} of {least})")
    return list(chosen.values()), missing


class Run:
    def __init__(self, out: pathlib.Path, known: dict[str, tests.Test], pool: concurrent.futures.Executor):
        self.out, self.known, self.pool = out, known, pool

    def one(self, row: Row, test: tests.Test) -> tests.Outcome:
        place = self.out / row.name / test.name
        place.mkdir(parents=True)
        outcome = tests.run(test, **row.environment, PERENNIAL_FIRSTLIGHT="full", PERENNIAL_EVIDENCE=str(place))
        (place / "output.log").write_text(outcome.output)
        return outcome

    def begin(self, row: Row):
        chosen, missing = tests_of(row, self.known)
        return row, missing, {test.name: self.pool.submit(self.one, row, test) for test in chosen}

    def end(self, row: Row, missing, futures) -> Verdict:
        verdict = Verdict(row, {name: future.result() for name, future in futures.items()}, missing)
        print(f"{row.name:4} {verdict.word:8} {verdict.seconds:6.0f} s  {row.title}: {verdict.why}\n", end="", flush=True)
        return verdict


def release_tests(release: pathlib.Path) -> list[tests.Test]:
    """What is looked at in a release: its names, and what only its speed allows."""
    programs = [str(release / "src" / "apps" / program) for program in PROGRAMS]
    found = [tests.Test("release.names", (sys.executable, str(HERE / "names.py"), "absent", *programs), str(ROOT), 60)]
    simulator = release / "src" / "sim" / "perennial_sim"
    if simulator.exists():
        found.append(tests.Test("sim.200_seeds", (str(simulator), "--seed", "1", "--seeds", "200", "--events", "5000"),
                                str(ROOT), 1800))
    return found


def git(*words: str) -> list[str]:
    return subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True).stdout.splitlines()


def hashes(*builds: pathlib.Path) -> dict[str, str]:
    files = [build / "src" / "apps" / program for build in builds for program in PROGRAMS]
    return {os.path.relpath(file, ROOT): hashlib.sha256(file.read_bytes()).hexdigest() for file in files
            if file.exists()}


def main() -> int:
    parser = argparse.ArgumentParser(description="Runs every row of first light's evidence.")
    parser.add_argument("--build", required=True, type=pathlib.Path, help="a build with PERENNIAL_PROOF")
    parser.add_argument("--release", type=pathlib.Path, help="a release build, whose programs are looked at")
    parser.add_argument("--out", required=True, type=pathlib.Path, help="where the evidence goes; made, must be empty")
    parser.add_argument("rows", nargs="*", metavar="ROW", help="only these: L1 … L12")
    options = parser.parse_args()

    out = options.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    if any(out.iterdir()):
        parser.error(f"{out} is not empty")
    known, rows = tests.load(options.build.resolve()), list(ROWS)
    builds = [options.build.resolve()]
    if options.release:
        builds.append(options.release.resolve())
        known.update((test.name, test) for test in release_tests(builds[-1]))
        rows.append(Row("release", "release programs know no mutant and no fault point", (r"release\.names",)))
    unknown = set(options.rows) - {row.name for row in rows}
    if unknown:
        parser.error(f"there is no row {', '.join(sorted(unknown))}")
    rows = [row for row in rows if row.name in (options.rows or {row.name for row in rows})]

    began, started = time.monotonic(), time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool, \
            concurrent.futures.ThreadPoolExecutor(len(rows)) as waiting:
        run = Run(out, known, pool)
        verdicts = [future.result() for future in [waiting.submit(run.end, *run.begin(row)) for row in rows]]
    held = all(verdict.word == "holds" for verdict in verdicts)
    (out / "summary.json").write_text(json.dumps({
        "holds": held, "revision": "".join(git("rev-parse", "HEAD")), "changedFiles": git("status", "--porcelain"),
        "started": started, "seconds": round(time.monotonic() - began, 1), "programs": hashes(*builds),
        "rows": [{"row": v.row.name, "title": v.row.title, "verdict": v.word, "why": v.why,
                  "tests": {name: {"passed": o.passed, "seconds": round(o.seconds, 2)}
                            for name, o in v.outcomes.items()}} for v in verdicts],
    }, indent=1) + "\n")
    print(f"{sum(v.word == 'holds' for v in verdicts)} of {len(verdicts)} rows hold; "
          f"{time.monotonic() - began:.0f} s; {out}/summary.json")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
