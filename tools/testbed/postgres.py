#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL server of one's own, on a Unix socket, gone at the end.

    postgres.py -- COMMAND …     runs COMMAND with its URL in PERENNIAL_TEST_POSTGRES

Nothing of the system's own clusters is touched. Who runs this as root gets a server of the user postgres, since
PostgreSQL refuses to run as root.
"""
from __future__ import annotations

import argparse
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile

BIN = pathlib.Path("/usr/lib/postgresql/15/bin")
# Durable as in earnest: what a test sees of commits must be what a user gets. Only memory is small.
SETTINGS = {"listen_addresses": "", "max_connections": "200", "shared_buffers": "32MB", "logging_collector": "off"}


class PostgresError(RuntimeError):
    """The server did not start; the message holds the end of its log."""


class Postgres:
    def __init__(self, folder: pathlib.Path | None = None):
        self.folder = folder or pathlib.Path(tempfile.mkdtemp(prefix="perennial-pg-"))
        self.owner = pwd.getpwnam("postgres") if os.getuid() == 0 else None
        self.server: subprocess.Popen | None = None

    def __enter__(self) -> Postgres:
        try:
            self._make()
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        self.stop(signal.SIGQUIT)  # At once: writing down what is thrown away takes long after many schemas.
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def url(self) -> str:
        """Of the database `perennial`, without a user; whoever can reach the socket is let in."""
        return f"postgresql:///perennial?host={self.folder}"

    def _as_owner(self) -> dict:
        return {} if self.owner is None else {"user": self.owner.pw_uid, "group": self.owner.pw_gid, "extra_groups": []}

    def _run(self, *words: str, **more) -> None:
        done = subprocess.run(words, capture_output=True, text=True, cwd="/", **self._as_owner(), **more)
        if done.returncode != 0:
            raise PostgresError(f"{words[0]} failed:\n{done.stdout}{done.stderr}")

    def _make(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self.folder.chmod(0o755)
        if self.owner is not None:
            os.chown(self.folder, self.owner.pw_uid, self.owner.pw_gid)
        self._run(str(BIN / "initdb"), "-D", str(self.folder / "data"), "-U", "postgres", "--auth=trust",
                  "--encoding=UTF8", "--locale=C", "--no-sync")
        self.start()
        self.sql("CREATE DATABASE perennial TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'", database="postgres")

    def start(self) -> None:
        """Returns when the server answers."""
        if self.server is not None:
            return
        words = [str(BIN / "postgres"), "-D", str(self.folder / "data"), "-k", str(self.folder)]
        for name, value in SETTINGS.items():
            words += ["-c", f"{name}={value}"]
        log = self.folder / "log"
        with log.open("ab") as out:
            self.server = subprocess.Popen(words, stdout=out, stderr=out, stdin=subprocess.DEVNULL, cwd="/",
                                           start_new_session=True, **self._as_owner())
        # pg_ctl's `status` asks the process; psql's own retry asks the socket, once a notice of it is there.
        for _ in range(600):
            ready = subprocess.run([str(BIN / "pg_isready"), "-q", "-h", str(self.folder), "-t", "1"])
            if ready.returncode == 0:
                return
            if self.server.poll() is not None:
                break
            try:
                self.server.wait(0.05)
            except subprocess.TimeoutExpired:
                pass
        raise PostgresError(f"the server did not start:\n{log.read_text(errors='replace')[-2000:]}")

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT ends sessions and shuts down cleanly; SIGQUIT and SIGKILL are crashes."""
        if self.server is None:
            return
        self.server.send_signal(how)
        self.server.wait()
        self.server = None

    def sql(self, text: str, database: str = "perennial", user: str = "postgres") -> str:
        done = subprocess.run(
            ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", str(self.folder), "-U", user, "-d", database, "-c", text],
            capture_output=True, text=True)
        if done.returncode != 0:
            raise PostgresError(done.stderr)
        return done.stdout.strip()


def main() -> int:
    parser = argparse.ArgumentParser(description="Runs a command beside a PostgreSQL server of its own.")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    with Postgres() as server:
        return subprocess.run(options.command, env=os.environ | {"PERENNIAL_TEST_POSTGRES": server.url}).returncode


if __name__ == "__main__":
    sys.exit(main())
