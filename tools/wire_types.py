#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes console/src/api/generated/*.ts from the structs and enums of src/api/**: one contract for both sides.

  tools/wire_types.py            writes the files
  tools/wire_types.py --check    exit status 1 when they would differ

The headers are plain: structs of members with known types, enums with a WireNames table. What is not understood is an
error, not a guess.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUT = ROOT / "console/src/api/generated"
# A file of output, and the headers it is made from. Names of one output are one namespace.
AREAS = {
    "certificates": ["src/pki/key.h", "src/pki/name.h", "src/api/certificates/enums.h", "src/api/certificates/common_types.h",
                     "src/api/certificates/certificate_types.h", "src/api/certificates/authority_types.h",
                     "src/api/certificates/association_types.h", "src/api/certificates/rollout_types.h",
                     "src/api/certificates/inventory_types.h"],
    "identity": ["src/api/identity/types.h", "src/api/identity/node_types.h", "src/api/identity/session_types.h"],
    "load_balancer": ["src/api/load_balancer/ssl_types.h", "src/api/load_balancer/types.h",
                      "src/api/load_balancer/load_balancer_types.h", "src/api/load_balancer/listener_states.h"],
    "audit": ["src/api/audit/types.h", "src/api/audit/verification_types.h"],
}
SCALARS = {"std::string": "string", "int64_t": "number", "double": "number", "bool": "boolean", "Time": "string",
           "RawJson": "unknown", "FreeformTags": "Record<string, string>",
           "DefinedTags": "Record<string, Record<string, unknown>>"}
# Between services, or of headers that are read for their enums only.
SKIPPED = {"AttachDetails", "DetachDetails", "CreateResourceDetails", "MoveResourceDetails", "EnrolledNode",
           "EnrolNodeDetails"}


class Unknown(Exception):
    pass


def camel(name):
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


def type_of(text, names):
    text = text.strip()
    for wrapper, shape in (("std::optional<", "{}"), ("std::vector<", "{}[]")):
        if text.startswith(wrapper):
            inner = type_of(text[len(wrapper):-1], names)
            return shape.format(inner)
    if text.startswith("std::map<std::string,"):
        return f"Record<string, {type_of(text[len('std::map<std::string,'):-1], names)}>"
    bare = text.split("::")[-1] if text.startswith("pki::") else text
    if text in SCALARS:
        return SCALARS[text]
    if bare in names:
        return bare
    raise Unknown(text)


def strip_comments(text):
    return re.sub(r"//[^\n]*", "", text)


def enums_of(text):
    for table in re.finditer(r"constexpr auto WireNames\(std::type_identity<(\w+)>\)\s*\{(.*?)\n\}", text, re.S):
        yield table[1], re.findall(r'\w+::k\w+,\s*"([^"]+)"', table[2])


def structs_of(text):
    """Yields (name, body) of each struct, and (name, target) of each alias."""
    for found in re.finditer(r"^struct (\w+) \{", text, re.M):
        depth, end = 1, found.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        yield found[1], text[found.end():end - 1]


def members_of(body):
    """Yields (type, name) of each data member; functions are passed over."""
    body = re.sub(r"friend [^;{]*;", "", body)
    body = re.sub(r"\b[\w:<>, ]+ \w+\([^)]*\) const \{.*?\n  \}", "", body, flags=re.S)
    for statement in body.split(";"):
        statement = re.sub(r"\s*(=\s*[^,]*|\{\})", "", " ".join(statement.split())).strip()
        if not statement:
            continue
        depth = 0
        for at, letter in enumerate(statement):
            depth += {"<": 1, ">": -1}.get(letter, 0)
            if letter == " " and depth == 0:
                break
        for name in statement[at:].split(","):
            yield statement[:at], name.strip()


def generate(area, headers):
    texts = [strip_comments((ROOT / header).read_text()) for header in headers if (ROOT / header).exists()]
    enums = {name: values for text in texts for name, values in enums_of(text)}
    structs = {name: body for text, header in zip(texts, headers) if "src/pki" not in header
               for name, body in structs_of(text) if name not in SKIPPED}
    aliases = {a: b for text, header in zip(texts, headers) if "src/pki" not in header
               for a, b in re.findall(r"^using (\w+) = (\w+);", text, re.M) if b in structs}
    names = set(enums) | set(structs) | set(aliases)
    used = re.compile(r"\b(" + "|".join(sorted(names)) + r")\b") if names else None
    needed = set(structs) | {name for body in structs.values() for name in used.findall(body)}
    lines = ["// SPDX-License-Identifier: Apache-2.0",
             "// Made by tools/wire_types.py from src/api: do not edit. Times are RFC 3339.", ""]
    for name, values in sorted(enums.items()):
        if name in needed:
            lines += [f"export type {name} ="] + [f"  | '{value}'" for value in values]
            lines[-1] += ";"
    for alias, target in sorted(aliases.items()):
        lines.append(f"export type {alias} = {target};")
    for name, body in structs.items():
        lines += ["", f"export interface {name} {{"]
        for kind, member in members_of(body):
            try:
                wire = type_of(kind, names)
            except Unknown as error:
                raise SystemExit(f"wire_types: {area}: {name}.{member} has a type that is not known: {error}")
            optional = "?" if kind.startswith("std::optional<") else ""
            lines.append(f"  {camel(member)}{optional}: {wire};")
        lines.append("}")
    return "\n".join(lines) + "\n"


def main():
    check = sys.argv[1:] == ["--check"]
    OUT.mkdir(parents=True, exist_ok=True)
    differing = []
    for area, headers in AREAS.items():
        path, text = OUT / f"{area}.ts", generate(area, headers)
        if path.exists() and path.read_text() == text:
            continue
        differing.append(str(path.relative_to(ROOT)))
        if not check:
            path.write_text(text)
    if check and differing:
        print("These differ from src/api; run tools/wire_types.py:", *differing, sep="\n  ")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
