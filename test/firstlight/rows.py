# SPDX-License-Identifier: Apache-2.0
"""What first light has to prove, and the tests that prove it (patterns over the names that ctest gives)."""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Row:
    name: str
    title: str
    patterns: tuple[str, ...]  # Each must match a test; a row with one that does not is MISSING.
    least: dict[str, int] = dataclasses.field(default_factory=dict)  # How many tests a pattern must match, if not one.
    environment: dict[str, str] = dataclasses.field(default_factory=dict)  # What its tests are to know in the full form.
    long: tuple[str, ...] = ()  # Tests that the short form leaves out.


GUARD = "certificates_control_plane"

ROWS = (
    Row("L1", "renewals are seen from outside, and nothing else", (r"observer\..*",)),
    Row("L2", "killed at the wrong moment", (
        r"firstlight\.killed_.*", r"storage_faulty_disk\..*", rf"{GUARD}\.CrashDay\.OnSqlite.*", r"postgres\.crash_day"),
        least={rf"{GUARD}\.CrashDay\.OnSqlite.*": 5},
        long=(rf"{GUARD}\.CrashDay\..*", r"postgres\.crash_day", r"storage_faulty_disk\..*AtAnyOperation.*")),
    Row("L3", "static stability", (r"firstlight\.static_stability",)),
    Row("L4", "a bad version is stopped", (r"firstlight\.bad_version_.*", rf"{GUARD}\.Rollout\..*", r"agent\.Gate\..*")),
    Row("L5", "nothing in use is deleted", (
        r"guard\..*", rf"{GUARD}\.DeletionTest\..*", rf"{GUARD}\.Guard\..*", r"postgres\.certificates_control_plane"),
        environment={"PERENNIAL_GUARD_PAIRS": "2000"}, long=(r"postgres\..*",)),
    Row("L6", "Tony is refused", (r"adversary\..*",)),
    Row("L7", "no key is where it must not be", (r"firstlight\.key_marker",)),
    Row("L8", "one poll speaks for all", (r"batching\..*",)),
    Row("L9", "what is reported is what is served", (r"firstlight\.wire_truth",)),
    Row("L10", "no guard can be missing unnoticed", (r"firstlight\.mutants", r"firstlight\.a_.*")),
    # The seeds are run by the program of a release, which the driver adds where there is one.
    Row("L11", "the model and the simulator", (
        r"model\..*", r"sim\.Simulator\..*", r"sim\..*PlantedBug.*", r"sim\.200_seeds"), least={r"sim\..*PlantedBug.*": 5},
        long=(r"sim\.Simulator\..*",)),
    Row("L12", "three replicas", (r"firstlight\.three_replicas.*",), long=(r"firstlight\.three_replicas_cost",)),
)
