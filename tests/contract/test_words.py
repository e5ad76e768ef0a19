"""Words: retired names stay retired, and sentences name who acts."""

import re
from pathlib import Path

import pytest

from infoscreen.cli.requirements import repository_root

ROOT = repository_root()
TEXTS = {".py", ".md", ".js", ".css", ".html", ".json", ".toml", ".yaml", ".yml", ".tpl", ".sh", ".conf", ".service"}
RETIRED = re.compile(
    r"\b(bells?|holdings|strikes|currency|patients?|FreshUrl|bound_log|tcp_accepts"
    r"|ChangeListener|CONVERTER_HTTP_PORT)\b|(?<!@keyframes )(?<!animation: )\bpulse\b",
    re.IGNORECASE,
)
"""Names that the glossary's terms replaced: wake-up signal, cache, quarantine, generation watch, viewer health."""

COY = re.compile(r"\b(nobody|whoever|whomever|somebody|everybody|anybody|meanwhile)\b", re.IGNORECASE)
ALLOWED = {"libs/cli/tests/integration/test_up.py": "nobody"}  # the system's user of this name


def texts() -> dict[str, str]:
    """Every text of ours by its path, but the record of past versions and this list of words."""
    folders = ("clients", "deploy", "docs", "libs", "samples", "scripts", "services", "tests")
    files = [*ROOT.glob("*"), *(path for folder in folders for path in (ROOT / folder).rglob("*"))]
    return {
        str(path.relative_to(ROOT)): path.read_text()
        for path in sorted(files)
        if path.suffix in TEXTS and path.is_file() and "node_modules" not in path.parts
        if path.name != "CHANGELOG.md" and path != Path(__file__)
    }


def found(words: re.Pattern[str], sources: dict[str, str]) -> list[str]:
    """Each line that has one of the words."""
    return [
        f"{name}:{number} {line.strip()}"
        for name, text in sources.items()
        for number, line in enumerate(text.splitlines(), 1)
        if (match := words.search(line)) and ALLOWED.get(name) != match.group()
    ]


def test_no_retired_name_is_left():
    assert found(RETIRED, texts()) == []


def test_sentences_name_who_acts():
    assert found(COY, texts()) == []


@pytest.mark.parametrize(
    ("words", "line"),
    [(RETIRED, "class ChangeListener:"), (RETIRED, "# the bell rings"), (COY, "Whoever comes first is served.")],
)
def test_a_planted_word_is_reported(words, line):
    assert found(words, {"planted.md": f"A line.\n{line}\n"}) == [f"planted.md:2 {line}"]
