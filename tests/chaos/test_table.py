"""Every row of the fault table is injected: by the mix of a campaign, and by a test that says so by name."""

import ast
import re
from pathlib import Path

from chaos.faults import FAULTS, kinds_of
from chaos.table import TESTS

ROOT = Path(__file__).parents[2]
ROWS = sorted(TESTS)


def test_the_table_is_whole():
    documented = re.findall(r"^\| (\d+) \|", (ROOT / "docs" / "reliability.md").read_text(), re.MULTILINE)
    assert sorted(int(number) for number in documented) == ROWS
    assert {row for fault in FAULTS for row in fault.rows} == set(ROWS)
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)


def functions_of(file: str) -> set[str]:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.parse((ROOT / file).read_text()).body if isinstance(node, functions)}


def test_each_row_is_in_the_mix_and_has_tests_that_exist(subtests):
    for row in ROWS:
        with subtests.test(row=row):
            assert kinds_of(row)
            assert any(TESTS[row].values())
            for file, names in TESTS[row].items():
                assert set(names) <= functions_of(file)
