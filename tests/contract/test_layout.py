"""The shape of the code base: one implicit namespace package, a reason in every module, subjects in one place."""

import ast
import re
import subprocess
import sys
from pathlib import Path

from infoscreen.common.events import EVENT_TYPES
from infoscreen.common.messaging import topology

ROOT = Path(__file__).parents[2]
MEMBERS = sorted(path.parent.parent for path in ROOT.glob("*/*/src/infoscreen"))
MODULES = sorted(path for member in MEMBERS for path in (member / "src").rglob("*.py"))
TOPOLOGY = Path(topology.__file__)


def code_strings(tree: ast.Module) -> list[tuple[int, str]]:
    """Every string of a module but its docstrings."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
    ]


def test_the_members_are_found():
    assert {"common", "ingest", "converter", "catalog", "player-gateway"} <= {member.name for member in MEMBERS}


def named(paths):
    """Paths as an offender list prints them."""
    return [str(path.relative_to(ROOT)) for path in paths]


def test_no_member_owns_the_namespace_package():
    assert named(member for member in MEMBERS if (member / "src" / "infoscreen" / "__init__.py").exists()) == []


def test_each_member_has_one_typed_package():
    packages = {
        member: [path for path in (member / "src" / "infoscreen").iterdir() if path.name != "__pycache__"]
        for member in MEMBERS
    }
    assert named(member for member, found in packages.items() if len(found) != 1) == []
    files = [package / name for [package] in packages.values() for name in ("__init__.py", "py.typed")]
    assert named(file for file in files if not file.exists()) == []


def test_each_module_says_why_it_exists():
    assert named(module for module in MODULES if not ast.get_docstring(ast.parse(module.read_text()))) == []


def test_subjects_and_stream_names_appear_only_in_the_topology():
    names = {topology.STREAM, topology.DEAD_LETTERS, topology.ADVISORIES, f"KV_{topology.RENDITIONS}"}
    subject = re.compile(rf"^({'|'.join(map(re.escape, EVENT_TYPES))}|media|conversion|dead)\.([*>{{]|$)")
    found = [
        f"{module.relative_to(ROOT)}:{line} {text!r}"
        for module in MODULES
        if module != TOPOLOGY
        for line, text in code_strings(ast.parse(module.read_text()))
        if text in names or subject.match(text)
    ]
    assert found == []


def test_each_module_is_small_enough_to_be_read_at_once():
    assert named(module for module in MODULES if len(module.read_text().splitlines()) > 600) == []


def test_services_depend_on_common_and_on_nothing_of_each_other():
    linter = Path(sys.executable).parent / "lint-imports"
    checked = subprocess.run(
        [linter, "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout
    assert "0 broken" in checked.stdout
