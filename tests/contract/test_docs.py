"""What the documents say exists does: every command with its options, every link, every test that SECURITY.md names.

Commands are found where they are printed: in blocks of code, and in the running text between backticks. They are parsed
by the programs that take them (or, for Docker, held against the Compose files); none is run here.
"""

import importlib.util
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import yaml
from typer.main import get_command

from infoscreen.cli.__main__ import app
from infoscreen.cli.requirements import repository_root

ROOT = repository_root()
COMPOSE = ROOT / "deploy" / "compose"
DOCUMENTS = sorted(
    path
    for pattern in ("*.md", *(f"{folder}/**/*.md" for folder in ("docs", "deploy", "libs", "services", "clients")))
    for path in ROOT.glob(pattern)
    if "node_modules" not in path.parts
)
OURS = ("make", "infoscreen", "infoscreen-player", "docker", "python", "helm", "kubectl")
TOP_FOLDERS = ("clients", "deploy", "docs", "libs", "samples", "scripts", "services", "tests")
PLACEHOLDER = re.compile(r"\b[A-Z][A-Z_]{3,}\b")


def words_of(line: str) -> list[str]:
    """The words of a command without what is set before it; empty for what is no command of a shell."""
    try:
        words = shlex.split(re.split(r"\s{2,}", line.strip())[0], comments=True)
    except ValueError:
        return []
    while words and (words[0] == "sudo" or re.fullmatch(r"[A-Z_]+=.*", words[0])):
        words = words[1:]
    return [words[0].removeprefix(".venv/bin/"), *words[1:]] if words else []


def lines_of(text: str) -> Iterator[tuple[str, bool]]:
    """Every line of code, and every span of it; a line is complete, a span may only name a command."""
    blocks = re.findall(r"^```\w*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    indented = re.findall(r"^(?: {4}| {7})(\S.*)$", text, re.MULTILINE)
    for line in [*(line for block in blocks for line in block.replace("\\\n", " ").splitlines()), *indented]:
        yield from ((part, True) for part in line.split(" && "))
    for span in re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)):
        yield span, False


def commands() -> list[tuple[str, tuple[str, ...], bool]]:
    """(document, words, whether it is complete) of every command of ours."""
    sources = {path: path.read_text() for path in DOCUMENTS}
    for path in COMPOSE.glob("*.yaml"):  # they say in comments how they are used
        comments = re.findall(r"^# *(.*)$", path.read_text(), re.MULTILINE)
        sources[path] = "\n".join(["```", *comments, "```"])
    found = {
        (str(path.relative_to(ROOT)), tuple(words), whole)
        for path, text in sources.items()
        for line, whole in lines_of(text)
        if len(words := words_of(line)) > 1 and words[0] in OURS
    }
    return sorted(found)


COMMANDS = commands()


def check_infoscreen(arguments: list[str], *, whole: bool) -> None:
    """Parses as `infoscreen` itself does, and stops before anything is done."""
    command, path = get_command(app), "infoscreen"
    while arguments and hasattr(command, "commands"):
        path, command = f"{path} {arguments[0]}", command.commands[arguments[0]]
        arguments = arguments[1:]
    if not whole:
        return
    try:
        command.make_context(path, [PLACEHOLDER.sub("1", word) for word in arguments])
    except Exception as error:
        if "does not exist" not in str(error):  # a backup that is only here in the example
            raise


def check_make(arguments: list[str]) -> None:
    makefile = (ROOT / "Makefile").read_text()
    for word in arguments:
        name, is_variable, _ = word.partition("=")
        known = rf"\$[({{(]+(?:or \$\()?{name}\b" if is_variable else rf"^{name}:"
        assert re.search(known, makefile, re.MULTILINE), f"the Makefile has no {name}"


def check_docker(arguments: list[str], *, whole: bool) -> None:
    assert arguments[0] in {"compose", "build", "buildx", "inspect"}
    if arguments[0] != "compose":
        return
    files = [word for before, word in pairwise(arguments) if before == "-f"]
    assert all((COMPOSE / name).is_file() for name in files)
    services = yaml.safe_load((COMPOSE / "compose.yaml").read_text())["services"].keys()
    scaled = [word.partition("=")[0] for before, word in pairwise(arguments) if before == "--scale"]
    assert services >= set(scaled)
    if "operator" in arguments:
        check_infoscreen(arguments[arguments.index("operator") + 1 :], whole=whole)


def check_python(arguments: list[str]) -> None:
    """A script is looked for with the other paths; a module's job must be one that its help names."""
    if arguments[0] == "-m":
        _, module, *rest = arguments
        assert importlib.util.find_spec(module)
        assert not rest or re.search(rf"\b{rest[0]}\b", help_of(module)), f"{module} has no {rest[0]}"


@cache
def help_of(module: str) -> str:
    command = [sys.executable, "-m", module, "--help"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_each_printed_command_exists(subtests):
    for document, words, whole in COMMANDS:
        with subtests.test(document=document, command=" ".join(words)):
            check_command(document, words, whole=whole)


def check_command(document: str, words: tuple[str, ...], *, whole: bool) -> None:
    program, *arguments = words
    match program:
        case "infoscreen":
            check_infoscreen(arguments, whole=whole)
        case "make":
            check_make(arguments)
        case "docker":
            check_docker(arguments, whole=whole)
        case "python":
            check_python(arguments)
        case "infoscreen-player":
            assert re.search(rf"\b{arguments[0]}\b", help_of("infoscreen.player"))
    for path in re.findall(rf"(?:^|[\s=])((?:{'|'.join(TOP_FOLDERS)})/[\w./-]+)", " ".join(words)):
        assert (ROOT / path).exists(), f"{document} names {path}"


def test_commands_are_found_at_all():
    programs = {words[0] for _, words, _ in COMMANDS}
    assert programs >= {"make", "infoscreen", "infoscreen-player", "docker", "python", "helm", "kubectl"}


def test_every_link_within_the_project_leads_somewhere(subtests):
    for document in DOCUMENTS:
        with subtests.test(document=str(document.relative_to(ROOT))):
            check_links(document)


def check_links(document: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", document.read_text(), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, anchor = target.partition("#")
        if re.match(r"\w+:", target):
            continue
        found = document.parent / path if path else document
        assert found.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", found.read_text(), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", h).strip().lower().replace(" ", "-") for h in headings}, target


def test_decisions_are_numbered_without_gaps():
    pages = sorted((ROOT / "docs" / "adr").glob("*.md"))
    numbers = [(path.name[:4], path.read_text().partition(".")[0]) for path in pages]
    assert numbers == [(f"{number:04}", f"# {number}") for number in range(1, len(pages) + 1)]


def test_every_decision_that_a_file_refers_to_exists():
    files = [*ROOT.glob("*.md"), *(path for folder in TOP_FOLDERS for path in (ROOT / folder).rglob("*"))]
    references = [
        (str(path.relative_to(ROOT)), name)
        for path in files
        if path.suffix in {".py", ".yaml", ".tpl", ".md"} and "node_modules" not in path.parts
        for name in re.findall(r"\b\d{4}-[a-z-]+\.md\b", path.read_text())
    ]
    assert references
    assert [(file, name) for file, name in references if not (ROOT / "docs" / "adr" / name).exists()] == []


def test_contributing_names_each_import_contract_and_only_tests_that_exist():
    text = (ROOT / "CONTRIBUTING.md").read_text()
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    assert set(re.findall(r"import-linter: \*(.+?)\*", text)) == {contract["name"] for contract in contracts}
    named = re.findall(r"`((?:tests|scripts|deploy|docs)/[^`]+)`", text)
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


def defences() -> list[tuple[str, str]]:
    """(part, file) of every test that SECURITY.md's table names; a part is a folder's name, or empty."""
    rows = re.findall(r"^\|.*\|.*\|(.*)\|$", (ROOT / "SECURITY.md").read_text(), re.MULTILINE)
    named = []
    for cell in rows:
        part = ""
        for span in re.findall(r"`([^`]+)`", cell):
            before, _, file = span.rpartition(" … ")
            part = before or part
            named.append((part, file))
    return named


def exists(part: str, file: str) -> bool:
    if "/" in file:
        return (ROOT / file).exists()
    folders = [*ROOT.glob(f"*/{Path(part).name or 'contract'}"), ROOT / "tests" / "contract"]
    return any(found for folder in folders for found in folder.rglob(file))


def test_every_test_that_security_md_names_exists():
    assert [defence for defence in defences() if not exists(*defence)] == []


def test_security_md_names_a_test_for_each_promise():
    threats = (ROOT / "SECURITY.md").read_text().partition("## Threats")[2].partition("\n## ")[0]
    promises = re.findall(r"^\| (?!threat \|)([^|]+[^|-]) \|.*\|(.*)\|$", threats, re.MULTILINE)
    assert len(promises) > 20
    assert [threat for threat, tests in promises if "test_" not in tests and "`tests/" not in tests] == []


def test_every_test_that_the_text_of_security_md_names_exists():
    named = re.findall(r"\btest_\w+\.py\b", (ROOT / "SECURITY.md").read_text())
    tests = {path.name for folder in TOP_FOLDERS for path in (ROOT / folder).rglob("test_*.py")}
    assert [name for name in named if name not in tests] == []


def test_the_page_of_fonts_is_what_the_converter_is_configured_by():
    printed = subprocess.run(
        [sys.executable, "-m", "infoscreen.converter.fonts"], check=True, capture_output=True, text=True
    ).stdout
    message = "the table changed: python -m infoscreen.converter.fonts > docs/fonts.md"
    assert (ROOT / "docs" / "fonts.md").read_text() == printed, message
