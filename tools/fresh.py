#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The README's two commands on a Debian 12 that has nothing yet: a root made by debootstrap.

    fresh.py [--mirror URL] [--only demo|test]

A clean clone of this repository's HEAD goes into the root, and there:
  1. a user who may install nothing runs ./dev demo: it must say what to install, and end at once with status 2;
  2. root runs ./dev demo --exit, and ./dev test;
  3. that user, with everything installed, runs ./dev demo --exit from a clone of its own.
It reports how long each took, what was installed, and whether each clone is clean afterwards. Status 0 only if all of
it went well. Needs root. The root is build/fresh/root, made anew each time from build/fresh/base.
"""
from __future__ import annotations

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PLACE = ROOT / "build" / "fresh"
USER = "visitor"
OWN_CAS = pathlib.Path("/usr/local/share/ca-certificates")


def run(*words, **more) -> subprocess.CompletedProcess:
    return subprocess.run([str(word) for word in words], check=True, **more)


class Fresh:
    def __init__(self, mirror: str):
        self.mirror = mirror
        self.base, self.root = PLACE / "base", PLACE / "root"
        self.report: list[tuple[str, float, str]] = []
        self.failed = False

    # --- the root -------------------------------------------------------------------------------------

    def make(self) -> None:
        PLACE.mkdir(parents=True, exist_ok=True)
        if not (self.base / "complete").exists():
            shutil.rmtree(self.base, ignore_errors=True)
            print("+ debootstrap --variant=minbase bookworm", flush=True)
            run("debootstrap", "--variant=minbase", "bookworm", self.base, self.mirror, stdout=subprocess.DEVNULL)
            (self.base / "complete").touch()
        if self.root.exists():
            run("rm", "-rf", "--one-file-system", self.root)
        run("cp", "-a", self.base, self.root)
        shutil.copy("/etc/resolv.conf", self.root / "etc" / "resolv.conf")
        # A host behind a proxy has a CA of its own; its guests cannot download anything without it.
        if OWN_CAS.is_dir():
            shutil.copytree(OWN_CAS, self.root / OWN_CAS.relative_to("/"), dirs_exist_ok=True)
        self.inside("useradd -m " + USER)

    def clone(self, home: str, owner: str) -> None:
        place = self.root / home.lstrip("/") / "perennial"
        run("git", "clone", "-q", "--no-local", ROOT, place)
        self.inside(f"chown -R {owner}:{owner} {home}/perennial")

    def clean(self, home: str) -> bool:
        place = self.root / home.lstrip("/") / "perennial"
        words = ["git", "-c", f"safe.directory={place}", "-C", str(place), "status", "--porcelain"]
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout == ""

    def inside(self, line: str, user: str = "root", out=None) -> int:
        """Runs a line of shell in the root, in namespaces of its own: nothing that it starts outlives it."""
        prepare = (f"mount -t proc proc {self.root}/proc && mount --rbind /dev {self.root}/dev && "
                   f"mount -t sysfs sysfs {self.root}/sys && mount -t tmpfs tmpfs {self.root}/tmp && "
                   f'exec chroot {self.root} su - {user} -c "$1"')
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "TERM": "dumb"}
        # su - clears the environment, so what Node needs to know of the host's CA stands in the line.
        if OWN_CAS.is_dir():
            line = f"export NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt; {line}"
        return subprocess.run(["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", prepare, "sh", line],
                              env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out).returncode

    def packages(self) -> set[str]:
        words = ["chroot", str(self.root), "dpkg-query", "-W", "-f", "${Package}\\n"]
        return set(subprocess.run(words, capture_output=True, text=True, check=True).stdout.split())

    # --- the steps ------------------------------------------------------------------------------------

    def step(self, name: str, line: str, user: str = "root", expect: int = 0, within_s: float | None = None) -> str:
        log = PLACE / (re.sub(r"\W+", "-", name) + ".log")
        print(f"+ {name}   (log: {log.relative_to(ROOT)})", flush=True)
        before = time.monotonic()
        with log.open("wb") as out:
            status = self.inside(line, user, out)
        took = time.monotonic() - before
        text = log.read_text(errors="replace")
        verdict = "well" if status == expect else f"ended with {status} instead of {expect}"
        if within_s is not None and took > within_s:
            verdict = f"took {took:.1f} s instead of {within_s:.0f}"
        if verdict != "well":
            self.failed = True
            print(text[-3000:], flush=True)
        last = [line for line in text.splitlines() if line.strip()][-1:] or [""]
        self.report.append((name, took, f"{verdict}: {last[0].strip()[:110]}"))
        return text

    def steps(self, only: str | None) -> None:
        here = "cd perennial && "
        self.clone(f"/home/{USER}", USER)
        self.clone("/root", "root")
        text = self.step("a user who may install nothing", here + "./dev demo --exit", USER, expect=2, within_s=3)
        if "apt-get install" not in text:
            self.failed = True
            print("it did not say what to install")
        packages = self.packages()
        if only != "test":
            self.step("root: ./dev demo --exit", here + "./dev demo --exit")
        if only != "demo":
            self.step("root: ./dev test", here + "CI=true ./dev test")
        if only != "test":
            self.step("the user, now that it is installed: ./dev demo --exit", here + "./dev demo --exit", USER)
        for home in ("/root", f"/home/{USER}"):
            if not self.clean(home):
                self.failed = True
                print(f"the clone in {home} is not clean")
        new = self.packages() - packages
        (PLACE / "installed.txt").write_text("\n".join(sorted(new)) + "\n")
        print(f"\n{len(new)} packages were installed (build/fresh/installed.txt)")
        for name, took, verdict in self.report:
            print(f"{took:8.1f} s  {name}: {verdict}")


def main() -> int:
    parser = argparse.ArgumentParser(description="Runs the README's two commands on a Debian 12 that has nothing yet.")
    parser.add_argument("--mirror", default="http://deb.debian.org/debian")
    parser.add_argument("--only", choices=("demo", "test"))
    options = parser.parse_args()
    if os.getuid() != 0:
        print("fresh.py: debootstrap and chroot need root", file=sys.stderr)
        return 2
    fresh = Fresh(options.mirror)
    fresh.make()
    fresh.steps(options.only)
    print("well" if not fresh.failed else "NOT well")
    return 1 if fresh.failed else 0


if __name__ == "__main__":
    sys.exit(main())
