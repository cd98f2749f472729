#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the source tree against ARCHITECTURE.md: arrows between rooms, sizes, banned calls.

Exit status 0 when everything holds; otherwise one line a finding, and 1.
An exception is a comment `lint: allow <rule>: <reason>` on the line or the one above it; for the number of files in
a room it stands in the room's README.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SRC = ROOT / "src"

# What each room may name besides itself and base (ARCHITECTURE.md, "Arrows").
SERVICE = {"pki", "storage", "net", "http_signature", "authz", "api"}
ARROWS = {
    "base": set(),
    "pki": set(),
    "storage": set(),
    "net": set(),
    "authz": set(),
    "http_signature": {"pki"},
    "api": {"pki", "net", "http_signature"},
    "keys": {"pki", "storage"},
    "service": SERVICE,
    "identity": SERVICE | {"service", "keys"},
    "console": {"net"},
    "audit": {"storage", "net", "authz", "api", "service"},
    "certificates/control_plane": SERVICE | {"service", "keys"},
    "certificates/data_plane": {"net", "http_signature", "authz", "api"},
    "products/common": SERVICE | {"service"},
    "products/load_balancer": SERVICE | {"service", "products/common"},
    "agent": {"pki", "net", "http_signature", "api"},
    "installers/haproxy": {"pki", "net", "api", "agent"},
    "cli": {"net", "api", "http_signature", "pki"},
    "apps": None,  # Every room.
    "sim": None,
}

BANNED = {
    r"\bsystem_clock\b": "Clock (base/clock.h)",
    r"\bsteady_clock\b": "Clock (base/clock.h)",
    r"(?<![\w:.>])time\(": "Clock (base/clock.h)",
    r"\brandom_device\b": "Random (base/random.h)",
    r"\b(?:s?rand)\(": "Random (base/random.h)",
    r"\bstd::j?thread\b": "Loop or Executor (base/executor.h)",
    r"\bstd::(?:recursive_|shared_)?mutex\b": "Mutex (base/mutex.h)",
    r"\bcondition_variable\b": "Condition (base/mutex.h)",
    r"\bsleep_(?:for|until)\b": "Condition::WaitFor (base/mutex.h)",
    r"\bgetenv\b": "a flag or the configuration file, read in apps/",
}
BANNED_FREE = {"base", "net", "apps"}

HEADER_LINES, SOURCE_LINES, FUNCTION_LINES, LINE_CHARACTERS, ROOM_FILES = 200, 400, 70, 100, 16


def room_of(path: pathlib.Path) -> str:
    parts = path.relative_to(SRC).parts[:-1]
    for depth in (2, 1):
        name = "/".join(parts[:depth])
        if name in ARROWS:
            return name
    return "/".join(parts[:2])


def allowed(lines: list[str], at: int, rule: str) -> bool:
    near = lines[max(0, at - 1) : at + 1]
    return any(f"lint: allow {rule}: " in line for line in near)


def code_only(line: str) -> str:
    return re.sub(r'"(?:[^"\\]|\\.)*"', '""', line).split("//")[0]


def check_layers(path, lines, findings):
    room = room_of(path)
    if room not in ARROWS:
        findings.append(f"{path.relative_to(ROOT)}:1: room {room} has no line in the table of arrows")
        return
    may = ARROWS[room]
    for number, line in enumerate(lines, 1):
        found = re.match(r'\s*#include\s+"([^"]+)"', line)
        if not found or may is None:
            continue
        target = SRC / found.group(1)
        if not target.exists():
            findings.append(f"{path.relative_to(ROOT)}:{number}: {found.group(1)} is not below src/")
            continue
        other = room_of(target)
        if other not in (room, "base") and other not in may:
            findings.append(f"{path.relative_to(ROOT)}:{number}: layer: {room} may not name {other}")


def check_banned(path, lines, findings):
    if room_of(path).split("/")[0] in BANNED_FREE or path.name.endswith("_test.cc"):
        return
    for number, line in enumerate(lines, 1):
        for pattern, instead in BANNED.items():
            if re.search(pattern, code_only(line)) and not allowed(lines, number - 1, "banned"):
                findings.append(f"{path.relative_to(ROOT)}:{number}: banned call {pattern}: use {instead}")


def check_sizes(path, lines, findings):
    name = path.relative_to(ROOT)
    # A list of test cases may be long; each case is judged by the reader.
    if not path.name.endswith("_test.cc"):
        limit = HEADER_LINES if path.suffix == ".h" else SOURCE_LINES
        if len(lines) > limit and not allowed(lines, 1, "size"):
            findings.append(f"{name}:{len(lines)}: {len(lines)} lines, at most {limit}: are there two things in it?")
    start = None
    for number, line in enumerate(lines, 1):
        if len(line) > LINE_CHARACTERS + 10:
            findings.append(f"{name}:{number}: {len(line)} characters, at most {LINE_CHARACTERS}")
        if re.match(r"^[A-Za-z].*\)[^;]*\{$", line):
            start = number
        elif line == "}" and start is not None:
            if number - start > FUNCTION_LINES and not path.name.endswith("_test.cc") and not allowed(lines, start - 1, "size"):
                findings.append(f"{name}:{start}: a function of {number - start} lines, at most {FUNCTION_LINES}")
            start = None


def check_rooms(findings):
    for folder in sorted(p for p in SRC.rglob("*") if p.is_dir()):
        files = [f for f in folder.iterdir() if f.suffix in (".h", ".cc") and not f.name.endswith("_test.cc")]
        if not files:
            continue
        units = {f.stem for f in files}
        readme = folder / "README.md"
        excused = readme.exists() and "lint: allow size: " in readme.read_text()
        if len(units) > ROOM_FILES and not excused:
            findings.append(f"{folder.relative_to(ROOT)}: {len(units)} units, at most {ROOM_FILES}: two rooms?")
        room = folder if (folder / "CMakeLists.txt").exists() else None
        if room and not (folder / "README.md").exists():
            findings.append(f"{folder.relative_to(ROOT)}: a room introduces itself in README.md")


def main() -> int:
    findings: list[str] = []
    for path in sorted(SRC.rglob("*")):
        if path.suffix not in (".h", ".cc"):
            continue
        lines = path.read_text().splitlines()
        if not lines or "SPDX-License-Identifier: Apache-2.0" not in lines[0]:
            findings.append(f"{path.relative_to(ROOT)}:1: no SPDX line")
        check_layers(path, lines, findings)
        check_banned(path, lines, findings)
        check_sizes(path, lines, findings)
    check_rooms(findings)
    print("\n".join(findings) or "layers, calls and sizes hold")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
