#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""First light, proved: every row of evidence in one run.

    firstlight.py --build build/proof --out DIR [--short] [--release build/release] [ROW …]

A row is a set of tests; rows run side by side, one test a core, whatever takes longest first. One line a row, and status
0 only if every row holds: a row whose test does not exist is MISSING, and a test fails too whose audit chains do not hold
afterwards. DIR gets summary.json (revision, hashes of the programs, durations, verdicts), and below each row's name what
its tests said and what their stacks left behind (tools/testbed/evidence.py).
--short is what can be told in a minute or two: each test in its short form, without those that take longer anyway.
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
import shutil
import signal
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


def tests_of(row: Row, known: dict[str, tests.Test], short: bool) -> tuple[list[tests.Test], list[str]]:
    """The row's tests, and those of its patterns that no test has."""
    left_out = row.long if short else ()
    chosen, missing = {}, []
    for pattern in row.patterns:
        found = [test for name, test in known.items() if re.fullmatch(pattern, name)]
        chosen.update((test.name, test) for test in found)
        least = row.least.get(pattern, 1)
        if len(found) < least:
            missing.append(pattern if least == 1 else f"{pattern} ({len(found)} of {least})")
    return [test for name, test in chosen.items() if not any(re.fullmatch(pattern, name) for pattern in left_out)], missing


def broken_chains(place: pathlib.Path) -> list[str]:
    """What the verifier said of the audit chains that a test left behind, where it was not well content."""
    return [f"{log.name}: {log.read_text()}" for log in sorted(place.rglob("audit-*.log"))
            if not log.read_text().endswith("status 0\n")]


class Run:
    def __init__(self, out: pathlib.Path, pool: concurrent.futures.Executor, short: bool):
        self.out, self.pool, self.short = out, pool, short

    def one(self, row: Row, test: tests.Test) -> tests.Outcome:
        place = self.out / row.name / test.name
        place.mkdir(parents=True)
        form = {"PERENNIAL_FIRSTLIGHT": "short"} if self.short else {"PERENNIAL_FIRSTLIGHT": "full", **row.environment}
        outcome = tests.run(test, **form, PERENNIAL_EVIDENCE=str(place))
        broken = broken_chains(place)
        (place / "output.log").write_text("".join([outcome.output, *broken]))
        return dataclasses.replace(outcome, passed=outcome.passed and not broken)

    def begin(self, chosen: list[tuple[Row, list[tests.Test]]]) -> dict[str, dict[str, concurrent.futures.Future]]:
        """Row → test → its outcome to come. The longest first: nothing long is left for the end."""
        futures = {row.name: {} for row, _ in chosen}
        for row, test in sorted(((row, test) for row, wanted in chosen for test in wanted), key=lambda pair: -pair[1].cost):
            futures[row.name][test.name] = self.pool.submit(self.one, row, test)
        return futures

    def end(self, row: Row, missing: list[str], futures: dict[str, concurrent.futures.Future]) -> Verdict:
        verdict = Verdict(row, {name: future.result() for name, future in futures.items()}, missing)
        print(f"{row.name:4} {verdict.word:8} {verdict.seconds:6.0f} s  {row.title}: {verdict.why}\n", end="", flush=True)
        return verdict


def release_tests(release: pathlib.Path, short: bool) -> list[tests.Test]:
    """What is looked at in a release: its names, and what only its speed allows."""
    programs = [str(release / "src" / "apps" / program) for program in PROGRAMS]
    found = [tests.Test("release.names", (sys.executable, str(HERE / "names.py"), "absent", *programs), str(ROOT), 60)]
    simulator = release / "src" / "sim" / "perennial_sim"
    if simulator.exists():
        found.append(tests.Test("sim.200_seeds", (str(simulator), "--seed", "1", "--seeds", "2" if short else "200",
                                                  "--events", "5000"), str(ROOT), 1800, cost=5 if short else 200))
    return found


def git(*words: str) -> list[str]:
    """What git says, in lines; nothing where there is no git."""
    if shutil.which("git") is None:
        return []
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
    parser.add_argument("--short", action="store_true", help="each row in its short form")
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
        known.update((test.name, test) for test in release_tests(builds[-1], options.short))
        rows.append(Row("release", "release programs know no mutant and no fault point", (r"release\.names",)))
    unknown = set(options.rows) - {row.name for row in rows}
    if unknown:
        parser.error(f"there is no row {', '.join(sorted(unknown))}")
    rows = [row for row in rows if row.name in (options.rows or {row.name for row in rows})]

    began, started = time.monotonic(), time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    chosen = [(row, *tests_of(row, known, options.short)) for row in rows]
    # In their short form most tests wait for a clock most of the time.
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() * (3 if options.short else 1)) as pool, \
            concurrent.futures.ThreadPoolExecutor(len(rows)) as waiting:
        def give_up(*unused) -> None:
            pool.shutdown(wait=False, cancel_futures=True)
            tests.end_running()
            sys.exit(143)

        signal.signal(signal.SIGTERM, give_up)
        run = Run(out, pool, options.short)
        futures = run.begin([(row, wanted) for row, wanted, _ in chosen])
        verdicts = [future.result() for future in [waiting.submit(run.end, row, missing, futures[row.name])
                                                   for row, _, missing in chosen]]
    held = all(verdict.word == "holds" for verdict in verdicts)
    (out / "summary.json").write_text(json.dumps({
        "holds": held, "form": "short" if options.short else "full", "revision": "".join(git("rev-parse", "HEAD")), "changedFiles": git("status", "--porcelain"),
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
