"""The page's modules have tests of their own, which Node runs without any package."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from infoscreen.cli.requirements import repository_root
from infoscreen.player.decision import Topic

TESTS = Path(__file__).parent
OLDEST_NODE = 20


def node() -> str:
    path = shutil.which("node")
    if path is None:
        pytest.skip("Node is not installed: apt-get install nodejs")
    version = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
    if int(version.removeprefix("v").split(".")[0]) < OLDEST_NODE:
        pytest.skip(f"Node {version.strip()} is too old for these tests; {OLDEST_NODE} is needed")
    return path


def test_the_modules_of_the_page_do_what_their_own_tests_say():
    files = sorted(map(str, TESTS.glob("*.test.js")))
    assert files
    ran = subprocess.run([node(), "--test", *files], capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stdout[-8000:] + ran.stderr[-2000:]


def test_the_types_of_the_page_agree():
    compiler = TESTS.parent / "node_modules" / ".bin" / "tsc"
    if not compiler.exists():
        pytest.skip("TypeScript, a development tool, is not installed: npm install in services/dashboard")
    command = [str(compiler), "--project", str(TESTS.parent / "jsconfig.json")]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stdout[-8000:]


def texts() -> dict[str, list[str]]:
    """The names of the page's texts, by language."""
    module = (TESTS.parent / "public" / "app" / "text" / "index.js").as_uri()
    names = "Object.fromEntries(Object.entries(LANGUAGES).map(([code, texts]) => [code, Object.keys(texts)]))"
    script = f"import {{ LANGUAGES }} from '{module}'; console.log(JSON.stringify({names}))"
    command = [node(), "--input-type=module", "--eval", script]
    return json.loads(subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout)


def test_every_notice_of_a_player_and_every_reason_of_a_dead_letter_has_a_text():
    sources = [
        path.read_text() for part in ("libs", "services") for path in (repository_root() / part).glob("*/src/**/*.py")
    ]
    reasons = {reason for source in sources for reason in re.findall(r'Terminate\("(\w+)"', source)}
    assert "not_understood" in reasons
    wanted = {f"notice.{topic}" for topic in Topic} | {f"died.{reason}" for reason in reasons}
    missing = {language: sorted(wanted - set(names)) for language, names in texts().items()}
    assert missing == {"en": [], "de": []}
