# SPDX-License-Identifier: Apache-2.0
"""The secret numbers of a private key, and a search for any part of them in any spelling.

A part is 8 bytes in a row that begin at a multiple of 8: every 16 bytes in a row of a number hold one. Eight bytes are
not met by chance. GNU grep looks for all of them at once.
"""
from __future__ import annotations

import base64
import os
import pathlib
import re
import subprocess
import tempfile

RUN_MIN = 5  # Bytes of a part, where it holds one that cannot stand in a pattern of grep.
PART = 8  # Bytes; as hex 16 characters; in base64 8 characters, of which 16 bytes in a row hold a whole one.
# Of RSA: d, p, q, dp, dq, qinv. Of EC: the scalar.
SECRET_FIELDS = ("privateExponent", "prime1", "prime2", "exponent1", "exponent2", "coefficient", "priv")


def secret_numbers(key: pathlib.Path | str) -> dict[str, bytes]:
    """Field → number, as openssl reads it in a PEM file (a path) or text."""
    pem = key.read_text() if isinstance(key, pathlib.Path) else key
    text = subprocess.run(["openssl", "pkey", "-noout", "-text"], input=pem, capture_output=True, text=True,
                          check=True).stdout
    numbers = {}
    for name, digits in re.findall(r"^(\w+):\n((?:    [0-9a-f:]+\n)+)", text, re.MULTILINE):
        if name in SECRET_FIELDS:
            numbers[name] = bytes.fromhex(re.sub(r"[^0-9a-f]", "", digits)).lstrip(b"\0")
    return numbers


def parts(number: bytes) -> set[bytes]:
    """What to look for: raw, in hex of either case, and in base64 at each of its three alignments."""
    aligned = {number[at:at + PART] for at in range(0, len(number) - PART + 1, PART)}
    found = {spelled for part in aligned for spelled in (part.hex().encode(), part.hex().upper().encode())}
    found |= {run for part in aligned for run in [max(re.split(rb"[\n\0]", part), key=len)] if len(run) >= RUN_MIN}
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + number)
        # Characters that the number alone decides.
        inner = text[-(-shift * 8 // 6):(shift + len(number)) * 8 // 6]
        found |= {inner[at:at + PART] for at in range(0, len(inner) - PART + 1, PART)}
    return found


class Needles:
    def __init__(self, numbers: list[bytes]):
        self.patterns = tempfile.NamedTemporaryFile(prefix="needles-")
        self.patterns.write(b"".join(part + b"\n" for part in set().union(*(parts(number) for number in numbers))))
        self.patterns.flush()

    def found_in(self, hay: bytes) -> bool:
        """Line breaks, spelled out ones too, do not hide anything."""
        return self.grep(hay) or self.grep(hay.translate(None, b"\r\n").replace(b"\\n", b""))

    def grep(self, hay: bytes) -> bool:
        done = subprocess.run(["grep", "--quiet", "--text", "--fixed-strings", "--file", self.patterns.name],
                              input=hay, env={"LC_ALL": "C", "PATH": os.environ["PATH"]})
        if done.returncode > 1:
            raise RuntimeError("grep did not work")
        return done.returncode == 0
