"""Every row of the fault table is injected: by the mix of a campaign, and by a test that says so by name."""

import ast
import re
from pathlib import Path

import pytest

from chaos.faults import FAULTS, kinds_of
from chaos.table import TESTS

ROOT = Path(__file__).parents[2]
ROWS = [*range(1, 23), 27]


def test_the_table_is_whole():
    documented = re.findall(r"^\| (\d+) \|", (ROOT / "docs" / "reliability.md").read_text(), re.MULTILINE)
    assert [int(number) for number in documented] == ROWS
    assert sorted(TESTS) == ROWS
    assert {row for fault in FAULTS for row in fault.rows} == set(ROWS)
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)


@pytest.mark.parametrize("row", ROWS)
def test_a_row_is_in_the_mix_and_has_tests_that_exist(row):
    assert kinds_of(row)
    assert any(TESTS[row].values())
    for file, names in TESTS[row].items():
        functions = (ast.FunctionDef, ast.AsyncFunctionDef)
        there = {n.name for n in ast.parse((ROOT / file).read_text()).body if isinstance(n, functions)}
        assert set(names) <= there
