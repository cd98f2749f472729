#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Switches each guard off, and demands that the test which holds it turns red.

    mutants.py --build build/proof [--out FILE.json] [MUTANT …]

mutants.toml says for every PERENNIAL_MUTANT of the source which test that is. Each test runs once as it is, and must be
green; then once for each of its mutants, and must be red. Status 0 only if all of that holds, and if the table and the
source name the same mutants. In first light's short form (PERENNIAL_FIRSTLIGHT=short) only those run that row L10 names.
"""
from __future__ import annotations

import argparse
import concurrent.futures
import json
import os
import pathlib
import sys
import tomllib

import guards
import tests

TABLE = pathlib.Path(__file__).with_name("mutants.toml")


def read_table() -> dict[str, dict]:
    """name → {"test", "row": what first light's row L10 calls it, "off": what is switched off}."""
    read = tomllib.loads(TABLE.read_text())
    table = {}
    for name, entry in {**read["first-light"], **read["beside"]}.items():
        entry = {"test": entry} if isinstance(entry, str) else entry
        off = ",".join([name, *([entry["with"]] if "with" in entry else [])])
        table[name] = {"test": entry["test"], "row": entry.get("row", ""), "off": off}
    return table


def check_table(table: dict[str, dict], known: dict[str, tests.Test]) -> list[str]:
    in_source = guards.names("MUTANT")
    findings = [f"{name} is in the source, but {TABLE.name} names no test for it" for name in in_source - table.keys()]
    findings += [f"{name} is in {TABLE.name}, but not in the source" for name in table.keys() - in_source]
    findings += [f"{name}: there is no test {entry['test']}" for name, entry in table.items()
                 if entry["test"] not in known]
    return sorted(findings)


def reason_in(output: str) -> str:
    """The line in which the test says what it missed."""
    lines = output.splitlines()
    for at, line in enumerate(lines):
        if ": Failure" in line:
            return " ".join(part.strip() for part in lines[at + 1:at + 4])[:200]
    return next((line.strip()[:200] for line in reversed(lines) if "Error" in line or "FAILED" in line), "")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, type=pathlib.Path, help="a build with PERENNIAL_PROOF")
    parser.add_argument("--out", type=pathlib.Path, help="what each mutant did, as JSON")
    parser.add_argument("mutants", nargs="*", help="only these")
    options = parser.parse_args()

    table, known = read_table(), tests.load(options.build.resolve())
    findings = check_table(table, known)
    if findings:
        print("\n".join(findings))
        return 1
    short = os.environ.get("PERENNIAL_FIRSTLIGHT") == "short"
    chosen = {name: entry for name, entry in table.items()
              if (name in options.mutants if options.mutants else entry["row"] or not short)}
    needed = {entry["test"] for entry in chosen.values()}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        # PERENNIAL_MUTANTS is set in both: what is run is the same but for the name.
        plain = {name: pool.submit(tests.run, known[name], PERENNIAL_MUTANTS="") for name in needed}
        without = {name: pool.submit(tests.run, known[entry["test"]], PERENNIAL_MUTANTS=entry["off"])
                   for name, entry in chosen.items()}
        report, wrong = [], 0
        for name, entry in chosen.items():
            green, red = plain[entry["test"]].result(), without[name].result()
            word = "BROKEN" if not green.passed else "GREEN" if red.passed else "red"
            wrong += word != "red"
            report.append({"mutant": name, **entry, "result": word, "seconds": round(red.seconds, 2),
                           "said": reason_in(red.output)})
            print(f"{word:6} {name:45} {entry['test']}", flush=True)
            if not green.passed:
                print(green.output[-2000:])
    if options.out:
        options.out.write_text(json.dumps(report, indent=1) + "\n")
    print(f"{len(chosen)} mutants, {wrong} of them not caught")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
