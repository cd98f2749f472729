# SPDX-License-Identifier: Apache-2.0
"""The secret numbers of a private key, and a search for any part of them in any spelling.

A part is 8 bytes in a row that begin at a multiple of 8: every 16 bytes in a row of a number hold one. Eight bytes are
not met by chance. GNU grep looks for all of them at once. What may stand between two parts of a key that passes over
HTTP is taken out first: line breaks, those that JSON spells out, and the frames of chunks.
"""
from __future__ import annotations

import base64
import os
import pathlib
import re
import subprocess

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


def cut(text: bytes) -> set[bytes]:
    return {text[at:at + PART] for at in range(0, len(text) - PART + 1, PART)}


def parts(number: bytes) -> set[bytes]:
    """What to look for: raw, as it is written and as memory holds it (OpenSSL's numbers begin with the lowest byte); in
    hex of either case; in both alphabets of base64 at each of three alignments."""
    found = {spelled for part in cut(number) for spelled in (part.hex().encode(), part.hex().upper().encode())}
    found |= {run for part in cut(number) | cut(number[::-1])
              for run in [max(re.split(rb"[\n\0]", part), key=len)] if len(run) >= RUN_MIN}
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + number)
        # Characters that the number alone decides.
        inner = text[-(-shift * 8 // 6):(shift + len(number)) * 8 // 6]
        found |= cut(inner) | cut(inner.translate(bytes.maketrans(b"+/", b"-_")))
    return found


# Between two chunks of a body: the end of one, and the size of the next with its extensions.
FRAME = re.compile(rb"\r\n[0-9A-Fa-f]{1,16}(?:;[^\r\n]{0,256})?\r\n")


def joined(text: bytes) -> bytes:
    """Without line breaks and what JSON writes for them; a slash that JSON has escaped is a slash."""
    text = text.translate(None, b"\r\n")
    for escape in (b"\\n", b"\\r", b"\\u000a", b"\\u000A", b"\\u000d", b"\\u000D"):
        text = text.replace(escape, b"")
    return text.replace(b"\\/", b"/")


class Needles:
    def __init__(self, numbers: list[bytes]):
        self.patterns = open(os.memfd_create("needles"), "wb")  # In no directory: whoever is killed leaves no secret behind.
        self.patterns.write(b"".join(part + b"\n" for part in set().union(*(parts(number) for number in numbers))))
        self.patterns.flush()

    def found_in(self, hay: bytes) -> bool:
        """Neither line breaks nor chunks hide anything."""
        views = [hay, joined(hay)]
        if FRAME.search(hay):
            bare = FRAME.sub(b"", hay)
            views += [bare, joined(bare)]
        return any(self.grep(view) for view in views)

    def grep(self, hay: bytes) -> bool:
        patterns = self.patterns.fileno()
        done = subprocess.run(["grep", "--quiet", "--text", "--fixed-strings", "--file", f"/proc/self/fd/{patterns}"],
                              input=hay, env={"LC_ALL": "C", "PATH": os.environ["PATH"]}, pass_fds=[patterns])
        if done.returncode > 1:
            raise RuntimeError("grep did not work")
        return done.returncode == 0
