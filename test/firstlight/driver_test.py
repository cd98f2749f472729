#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The driver says what is so: a row that fails, and one that does not exist, are never taken for one that holds."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent

# The real driver, over rows of the test's own and a build of two tests.
DRIVER = """
import sys
sys.path.insert(0, {here!r})
import firstlight, rows
firstlight.ROWS = (rows.Row("good", "", ("tests\\.true",), environment={{"ROWS": "rows"}}), rows.Row("bad", "", ("tests\\..*",)),
                   rows.Row("absent", "", ("tests\\.true", "tests\\.none")),
                   rows.Row("few", "", ("tests\\.t.*",), least={{"tests\\.t.*": 2}}),
                   rows.Row("audit", "", ("torn",)), rows.Row("long", "", ("tests\\..*",), long=("tests\\.false",)))
sys.exit(firstlight.main())
"""


class Driver(unittest.TestCase):
    def drive(self, *rows: str) -> tuple[int, dict[str, str], str]:
        with tempfile.TemporaryDirectory() as root:
            build, out = pathlib.Path(root) / "build", pathlib.Path(root) / "out"
            build.mkdir()
            (build / "CTestTestfile.cmake").write_text(
                'add_test(tests.true "/bin/sh" "-c" "echo $OWN $ROWS $PERENNIAL_FIRSTLIGHT $PERENNIAL_EVIDENCE")\n'
                'add_test(torn "/bin/sh" "-c" "echo torn; echo status 1 >$PERENNIAL_EVIDENCE/audit-x.log")\n'
                'set_tests_properties(tests.true PROPERTIES ENVIRONMENT "OWN=own")\n'
                'add_test(tests.false "/bin/false")\n')
            done = subprocess.run([sys.executable, "-c", DRIVER.format(here=str(HERE)), "--build", str(build), "--out",
                                   str(out), *rows], capture_output=True, text=True, timeout=60)
            read = json.loads((out / "summary.json").read_text())
            self.assertEqual(read["holds"], done.returncode == 0)
            log = out / "good" / "tests.true" / "output.log"
            return (done.returncode, {row["row"]: row["verdict"] for row in read["rows"]},
                    log.read_text() if log.exists() else "")

    def test_a_row_that_holds(self):
        status, verdicts, said = self.drive("good")
        self.assertEqual((status, verdicts), (0, {"good": "holds"}))
        self.assertRegex(said, r"^own rows full /.*/good/tests\.true$")

    def test_a_row_that_fails_and_one_that_is_not_there(self):
        status, verdicts, _ = self.drive()
        self.assertEqual((status, verdicts), (1, {"good": "holds", "bad": "FAILED", "absent": "MISSING",
                                                 "few": "MISSING", "audit": "FAILED", "long": "FAILED"}))
        self.assertEqual(self.drive("absent")[0], 1)

    def test_the_short_form(self):
        status, verdicts, said = self.drive("--short", "good", "long")
        self.assertEqual((status, verdicts), (0, {"good": "holds", "long": "holds"}))
        self.assertRegex(said, r"^own short /")

    def test_who_ends_it_ends_its_tests(self):
        with tempfile.TemporaryDirectory() as root:
            build, pipe = pathlib.Path(root) / "build", pathlib.Path(root) / "pipe"
            build.mkdir()
            os.mkfifo(pipe)
            (build / "CTestTestfile.cmake").write_text(f'add_test(tests.true "/bin/sh" "-c" "exec sleep 1000 >{pipe}")\n')
            driver = subprocess.Popen([sys.executable, "-c", DRIVER.format(here=str(HERE)), "--build", str(build), "--out",
                                       f"{root}/out", "good"], stderr=subprocess.DEVNULL)
            with pipe.open() as test:  # Once the test has opened it too.
                driver.terminate()
                self.assertEqual(test.read(), "", "the test holds its end until it ends")
            self.assertEqual(driver.wait(60), 143)


if __name__ == "__main__":
    unittest.main(verbosity=2)
