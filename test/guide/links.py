#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every relative link in the repository's Markdown leads to a file, and every #anchor to a heading.

    links.py ROOT        exit status 0 when all do; otherwise one line a finding, and 1.
"""
import pathlib
import re
import sys

SKIPPED = {"build", "node_modules", ".demo", ".git", ".cache"}
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def without_code(text: str) -> str:
    text = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]*`", "`code`", text)


def anchors(path: pathlib.Path) -> set[str]:
    """As GitHub makes them from headings."""
    found = set()
    for heading in re.findall(r"^#+ +(.+)$", path.read_text(), flags=re.MULTILINE):
        slug = re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
        found.add(slug)
    return found


def check(path: pathlib.Path, root: pathlib.Path) -> list[str]:
    findings = []
    for target in LINK.findall(without_code(path.read_text())):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        there = (path.parent / name).resolve() if name else path
        where = path.relative_to(root)
        if not there.exists():
            findings.append(f"{where}: {target} leads nowhere")
        elif not there.is_relative_to(root):
            findings.append(f"{where}: {target} leads out of the repository")
        elif anchor and anchor not in anchors(there):
            findings.append(f"{where}: {target}: no such heading")
    return findings


def main() -> int:
    root = pathlib.Path(sys.argv[1]).resolve()
    pages = [p for p in sorted(root.rglob("*.md")) if not SKIPPED.intersection(p.relative_to(root).parts)]
    findings = [finding for page in pages for finding in check(page, root)]
    print("\n".join(findings) or f"every link of {len(pages)} pages leads somewhere")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
