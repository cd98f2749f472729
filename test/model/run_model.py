#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Searches the model completely, then each mutant of it until it breaks.

    run_model.py [--cc COMPILER] [--stories] [RUN …]

Exit status 0 when the design holds, every line of the model was reached, and every mutant gave a counter-example of the
invariant that it must break. Needs spin and a C compiler. --stories tells all counter-examples; a failure always does.
In first light's short form (PERENNIAL_FIRSTLIGHT=short) the design is searched with all clocks right, and no mutant.
"""
import argparse
import dataclasses
import os
import pathlib
import re
import resource
import subprocess
import sys
import tempfile

MODEL = pathlib.Path(__file__).resolve().parent / "attach.pml"
DEPTHS = (16, 24, 32, 40, 48, 56, 64)  # A mutant is searched ever deeper: a short story is a readable one.
ALL = 1_000_000


@dataclasses.dataclass(frozen=True)
class Run:
    name: str
    flags: tuple[str, ...] = ()
    breaks: str = ""  # The invariant of which a counter-example is demanded.

    @property
    def liveness(self) -> bool:
        return "-DLIVENESS" in self.flags


KEYS = ("-DKEYS",)
AHEAD = ("-DAHEAD=1", "-DLATE=0")
SEEN = ("-DAHEAD=2",)
LIVENESS = ("-DLIVENESS", "-DCLICKS=1", "-DLATE=0", *SEEN)
BESIDES = (*AHEAD, "-DBESIDES=late_by_date_only")  # With that guard, what has ended is behind the fence.

HOLDS = [Run("the design"), Run("the design: renewal and the reading of keys", KEYS),
         Run("the design: a user's clock that is ahead", SEEN),
         Run("the design: such a clock, and clicks that pass the service by", AHEAD),
         Run("the design: what is begun ends", LIVENESS)]

# The names of protocols.md §2 first, then what the code does besides. README.md says where each stands in the code.
MUTANTS = {
    "create_not_atomic": ((), "I1"), "delete_not_atomic": ((), "I1"), "authorise_then_fetch": (KEYS, "I2"),
    "not_bound_to_certificate": ((), "I3"), "not_bound_to_resource": ((), "I3"), "no_fence": ((), "I3"),
    "fence_when_presented": ((), "I3"), "service_suffices": ((), "I3"),
    "digest_not_checked": (BESIDES, "I3"), "user_not_judged": ((), "I3"), "same_second_passes": ((), "I3"),
    "fence_goes_back": ((), "I3"), "fence_only_what_is_there": ((), "I3"), "first_answer_for_ever": (BESIDES, "U"),
    "late_detach_ends": ((), "U"), "detach_not_claimed": ((), "U"), "replica_decides": (KEYS, "I2"),
    "detach_date_kept": (LIVENESS, "ended"), "ahead_not_noted": (SEEN, "I3"), "late_by_date_only": (SEEN, "U"),
}
# What does not hold, and is said openly in README.md. If one of these turns green, the text is out of date.
LIMITS = [Run("limit: such a clock, and a click that the service never saw", ("-DAHEAD=3", "-DLATE=0"), "I3")]

RUNS = HOLDS + [Run(name, (f"-DMUTANT={name}", *flags), breaks) for name, (flags, breaks) in MUTANTS.items()] + LIMITS


def call(command: list, folder: pathlib.Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=240)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


class Searcher:
    """One run, compiled in a folder of its own."""

    def __init__(self, run: Run, compiler: str, folder: pathlib.Path):
        self.run, self.folder = run, folder
        self.spin = ["spin", f"-P{compiler} -E -x c", *run.flags]
        call([*self.spin, "-a", MODEL], folder)
        options = ["-DNFAIR=3"] if run.liveness else ["-DSAFETY", *(["-DREACH"] if run.breaks else [])]
        call([*compiler.split(), "-x", "c", "-w", "-O0" if run.breaks else "-O1", *options, "pan.c", "-o", "pan"], folder)

    def search(self) -> str:
        """What pan says of the shallowest search that finds an error, or of the complete one."""
        depths = (*(DEPTHS if self.run.breaks and not self.run.liveness else ()), ALL)
        for depth in depths:
            # Processes of the model may end waiting for ever (-E).
            output = call(["./pan", "-E", *(["-a", "-f"] if self.run.liveness else []), f"-m{depth}"], self.folder)
            if "errors: 0" not in output:
                break
        return output

    def story(self) -> tuple[str, list[str]]:
        """Which invariant broke, and what happened, from the trail."""
        output = call([*self.spin, "-t", "-T", "-k", "attach.pml.trail", MODEL], self.folder)
        broken = re.search(r"attach\.pml:(\d+), Error: assertion violated", output)
        said = MODEL.read_text().splitlines()[int(broken[1]) - 1].split("// ")[-1] if broken else "ended: it never ends"
        lines = []
        for line in output.splitlines():
            if line.startswith("spin: ") and "Error" in line or re.match(r"\s*#?proc", line):
                break
            if not re.match(r"spin:|ltl |\s*(<<<|Never|$)", line) or "CYCLE" in line:
                lines.append(in_words(line))
        return said, lines


def in_words(line: str) -> str:
    for number, words in (("click 0", "no click at all"), ("pair 0", "the shop's pair"),
                          ("pair 1", "a foreign certificate on the shop's load balancer"),
                          ("pair 2", "the shop's certificate on a foreign load balancer"),
                          ("<<<<<START OF CYCLE>>>>>", "… and from here on again and again:")):
        line = line.replace(number, words)
    return line.strip() if "again and again" in line else line


def unreached(output: str) -> list[str]:
    """Lines of the model that no search came to, but those that only a mutant or a clock that is ahead can reach."""
    source = MODEL.read_text().splitlines()
    lines = {int(number) for number in re.findall(r"attach\.pml:(\d+), state \d+, \"(?!-end-)", output)}
    ends = {int(number) for number in re.findall(r"attach\.pml:(\d+), state \d+, \"assert\(", output)}
    return [f"{number}: {source[number - 1].strip()}" for number in sorted(lines - ends)
            if not re.search(r"MUTANT|AHEAD", source[number - 1])]


def examine(run: Run, compiler: str, stories: bool) -> bool:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory(prefix="model-") as name:
        searcher = Searcher(run, compiler, pathlib.Path(name))
        output = searcher.search()
        errors = int(re.search(r"errors: (\d+)", output)[1])
        said, lines = searcher.story() if errors else ("", [])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    states = int(float(re.search(r"([\d.e+]+) states, stored", output)[1]))
    truncated = "max search depth too small" in output and not errors
    missed = [] if run.breaks or run.flags not in ((), KEYS) else unreached(output)
    good = said.startswith(f"{run.breaks}:") if run.breaks else not (errors or truncated or missed)
    verdict = f"breaks {said}" if errors else "holds"
    print(f"{'ok  ' if good else 'FAIL'} {run.name:58} {states:>8} states {cpu:5.1f} s  {verdict}", flush=True)
    if stories or not good:
        print("".join(f"       {line}\n" for line in lines), end="")
    for line in missed:
        print(f"       never reached: {line}")
    return good


def main() -> int:
    parser = argparse.ArgumentParser(description="Searches the model of attach completely, and each mutant of it.")
    parser.add_argument("--cc", default="cc")
    parser.add_argument("--stories", action="store_true")
    parser.add_argument("runs", nargs="*", metavar="RUN", help="names of mutants; all by default")
    options = parser.parse_args()
    runs = HOLDS[:2] if os.environ.get("PERENNIAL_FIRSTLIGHT") == "short" else RUNS
    chosen = [run for run in runs if not options.runs or run.name in options.runs]
    good = [examine(run, options.cc, options.stories) for run in chosen]
    print(f"{sum(good)} of {len(good)} runs as they must be; seconds are CPU time, compiling included")
    return 0 if good and all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
