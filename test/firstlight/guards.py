# SPDX-License-Identifier: Apache-2.0
"""The names of mutants and fault points, as the source has them (src/base/proof.h), and of what switches them on."""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
SWITCHES = ("PERENNIAL_FAULT_POINTS", "PERENNIAL_MUTANTS", "PERENNIAL_TAP")  # Variables that only a proof build reads.
TESTS_ONLY = {"storage.faulty_disk"}  # What only tests and the simulator link, by a name in its object code.
USE = re.compile(r'PERENNIAL_(MUTANT|FAULT_POINT)\(\s*"([^"]+)"\s*\)')


def product_sources() -> list[pathlib.Path]:
    """What programs are built from: neither tests nor what only tests include."""
    return [path for path in sorted((ROOT / "src").rglob("*")) if path.suffix in (".h", ".cc")
            and not path.name.endswith("_test.cc") and not path.name.startswith("testing")
            and path.name not in ("proof.h", "proof.cc")]


def names(kind: str) -> set[str]:
    """kind: MUTANT or FAULT_POINT."""
    return {name for path in product_sources() for found, name in USE.findall(path.read_text()) if found == kind}


def spelled_elsewhere() -> list[str]:
    """Names that stand in the source outside of the two macros, which a release compiles to nothing."""
    known = names("MUTANT") | names("FAULT_POINT")
    return [f"{path.relative_to(ROOT)}: {name}" for path in product_sources()
            for rest in [USE.sub("", path.read_text())] for name in sorted(known) if f'"{name}"' in rest]
