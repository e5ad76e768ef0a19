"""The shape of the code base: one implicit namespace package, a reason in every module, subjects in one place."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infoscreen.common.events import EVENT_TYPES, subjects
from infoscreen.common.messaging import topology

ROOT = Path(__file__).parents[2]
MEMBERS = sorted(path.parent.parent for path in ROOT.glob("*/*/src/infoscreen"))
MODULES = sorted(path for member in MEMBERS for path in (member / "src").rglob("*.py"))
NAMING_MODULES = {Path(topology.__file__), Path(subjects.__file__)}


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


def shadowing(paths):
    """Modules and packages that a reader takes for one of the standard library."""
    parts = {path.parent if path.name == "__init__.py" else path.with_suffix("") for path in paths}
    return sorted(part for part in parts if part.name in sys.stdlib_module_names)


def test_no_module_bears_the_name_of_a_standard_one():
    assert named(shadowing(MODULES)) == []


@pytest.mark.parametrize("planted", ["engines/profile.py", "http/__init__.py"])
def test_a_module_or_package_with_the_name_of_a_standard_one_is_reported(planted):
    path = MODULES[0].parent / planted
    assert shadowing([*MODULES, path]) == [path.parent if path.name == "__init__.py" else path.with_suffix("")]


def test_subjects_and_stream_names_appear_only_in_subjects_and_topology():
    buckets = {f"KV_{topology.RENDITIONS}", f"KV_{topology.ACCESS}"}
    names = {topology.STREAM, topology.DEAD_LETTERS, topology.ADVISORIES, *buckets}
    subject = re.compile(rf"^({'|'.join(map(re.escape, EVENT_TYPES))}|media|conversion|dead)\.([*>{{]|$)")
    found = [
        f"{module.relative_to(ROOT)}:{line} {text!r}"
        for module in MODULES
        if module not in NAMING_MODULES
        for line, text in code_strings(ast.parse(module.read_text()))
        if text in names or subject.match(text)
    ]
    assert found == []


def test_each_module_is_small_enough_to_be_read_at_once():
    assert named(module for module in MODULES if len(module.read_text().splitlines()) > 600) == []


def checked_imports(**options):
    """What import-linter says of the contracts in pyproject.toml."""
    linter = Path(sys.executable).parent / "lint-imports"
    command = [linter, "--no-cache", "--config", ROOT / "pyproject.toml"]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def test_services_depend_on_common_and_on_nothing_of_each_other():
    checked = checked_imports(cwd=ROOT)
    assert checked.returncode == 0, checked.stdout
    assert "0 broken" in checked.stdout


@pytest.fixture
def copied_sources(tmp_path):
    """The sources of all members in one package, which hides the installed one."""
    for member in MEMBERS:
        shutil.copytree(member / "src" / "infoscreen", tmp_path / "infoscreen", dirs_exist_ok=True)
    (tmp_path / "infoscreen" / "__init__.py").touch()
    return tmp_path


@pytest.mark.parametrize(
    ("module", "library"),
    [
        ("ingest/announcement.py", "nats"),
        ("ingest/errors.py", "fastapi"),
        ("converter/task.py", "minio"),
        ("player_gateway/media_state.py", "asyncpg"),
    ],
)
def test_import_linter_reports_a_library_that_a_use_case_imports_through_another_module(
    copied_sources, module, library
):
    planted = copied_sources / "infoscreen" / module
    planted.write_text(f"{planted.read_text()}\nimport {library}\n")
    checked = checked_imports(cwd=copied_sources, env={**os.environ, "PYTHONPATH": str(copied_sources)})
    assert checked.returncode == 1, checked.stdout
    assert "Use cases know no library of a server BROKEN" in checked.stdout
    assert "1 broken" in checked.stdout


@pytest.mark.parametrize("module", ["ingest.upload", "converter.attempts", "player_gateway.display"])
def test_importing_a_use_case_loads_no_library_of_a_server(module):
    libraries = {"nats", "fastapi", "starlette", "minio", "sqlalchemy", "sqlmodel", "asyncpg"}
    script = f"import sys, infoscreen.{module}; print(*{libraries} & {{*sys.modules}})"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == ""


POLLING_MODULE = ROOT / "tests" / "support" / "until.py"
MEASUREMENTS = ROOT / "tests" / "bench", ROOT / "tests" / "chaos"  # programs of their own, which know no pytest


def files_with_tests():
    """Every file of the tests but those of programs."""
    files = {ROOT / "conftest.py", *ROOT.glob("*/*/tests/**/*.py"), *ROOT.glob("tests/**/*.py")}
    outside = {path for folder in MEASUREMENTS for path in folder.rglob("*.py")}
    return sorted(path for path in files - outside if "node_modules" not in path.parts)


def polling_loops(tree: ast.Module) -> list[int]:
    """The lines of the `while` loops that sleep."""
    loops = [node for node in ast.walk(tree) if isinstance(node, ast.While)]
    return [loop.lineno for loop in loops if any(map(is_sleep, ast.walk(loop)))]


def is_sleep(node: ast.AST) -> bool:
    """True for a call of a function or a method of this name."""
    called = node.func if isinstance(node, ast.Call) else None
    return isinstance(called, ast.Name | ast.Attribute) and ast.unparse(called).rpartition(".")[2] == "sleep"


def test_only_until_polls():
    found = {path: polling_loops(ast.parse(path.read_text())) for path in files_with_tests()}
    assert found.pop(POLLING_MODULE)
    assert [f"{path.relative_to(ROOT)}:{line}" for path, lines in found.items() for line in lines] == []


@pytest.mark.parametrize(
    "loop",
    [
        "while not done:\n    time.sleep(1)",
        "while not done: sleep(1)",
        "async def test():\n    async with timeout(1):\n        while True:\n            await asyncio.sleep(0)",
        "while True:\n    try:\n        look()\n    except OSError:\n        time.sleep(1)",
    ],
)
def test_a_planted_polling_loop_is_reported(loop):
    assert polling_loops(ast.parse(loop))


def test_a_loop_that_does_not_sleep_is_not_reported():
    assert polling_loops(ast.parse("while block := file.read():\n    hash(block)\ntime.sleep(1)")) == []
