"""The house rules that no linter knows: names that shadow, declared contracts, what may stand in a tracked file."""

import ast
import importlib.util
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from warehouse.contracts import TABLES

ROOT = Path(__file__).parent.parent
FOLDERS = ("flows", "sources", "warehouse", "models", "infra")
MODULES = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).exists()]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_opens_with_a_sentence_that_says_what_it_is_for(path):
    first = path.read_text(encoding="utf-8").lstrip().splitlines()[0]
    assert first.startswith(('"""', 'r"""'))
    assert len(first) > 20


def test_no_module_has_the_name_of_a_library():
    """A worker started with a path entrypoint puts flows/ first on sys.path: flows/duckdb.py would then be duckdb."""
    own = {path.stem for path in MODULES if path.parent.name in FOLDERS and path.stem != "__init__"}
    elsewhere = {name for name in own if name in sys.stdlib_module_names or _is_installed(name)}
    assert elsewhere == set()


def _is_installed(name: str) -> bool:
    found = importlib.util.find_spec(name)
    return found is not None and "site-packages" in (found.origin or "")


def test_files_stay_short_enough_to_read():
    long = {
        str(path.relative_to(ROOT)): lines
        for path in MODULES
        if (lines := sum(1 for line in path.read_text(encoding="utf-8").splitlines() if line.strip())) > 400
    }
    assert long == {}


def test_no_library_that_ours_names_is_skipped_by_the_type_checker():
    """Skipped, whatever is called of it is right. Those that are skipped are built into others, and take long to read."""
    said = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]["overrides"]
    (skipped,) = [{name.removesuffix(".*") for name in one["module"]} for one in said if "follow_imports" in one]
    named = {
        name.partition(".")[0]
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names])
    }
    assert len(skipped) >= 20
    assert skipped & named == set()


# What each rule of pyproject.toml forbids, by the rule's name there: file to plant, and what it imports.
PLANTED = {
    "sources see the contracts of the warehouse and nothing else of the house": (
        "sources/planted.py",
        "warehouse.outbox",
    ),
    "models see the contracts of the warehouse and nothing else of the house": ("models/planted.py", "warehouse.store"),
    "changes and scoring stand on properties": ("models/forecasting/planted.py", "models.scoring.table"),
    "the warehouse knows nobody above it": ("warehouse/planted.py", "models.days"),
    "the tower of flows": ("flows/ask/planted.py", "flows.run.steps"),
    "an edition is drawn from frames": ("flows/edition/planted.py", "warehouse.store"),
    "prefect lives in flows": ("models/days.py", "prefect"),
    "the engine lives in the warehouse": ("flows/planted.py", "duckdb"),
    "requests lives in sources.web": ("flows/serving.py", "requests"),
    "no two rooms import each other": ("sources/errors.py", "sources.records"),
}


def test_every_rule_of_who_may_import_whom_refuses_what_it_forbids(tmp_path):
    for folder in FOLDERS[:4]:
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for name, module in PLANTED.values():
        with (tmp_path / name).open("a", encoding="utf-8") as file:
            file.write(f"\nimport {module}\n")
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env={"COLUMNS": "200"})
    said = re.findall(r"^(.+?) (KEPT|BROKEN)\b", done.stdout, re.MULTILINE)
    assert len(said) == len(PLANTED), done.stdout + done.stderr
    kept = [name for name, verdict in said if verdict == "KEPT"]
    assert kept == []
    assert all(any(line.startswith(rule) for line, _ in said) for rule in PLANTED)


def test_flows_and_models_ask_the_warehouse_in_its_words_not_in_sql():
    """A query beside the code that needs it is a second definition of what the warehouse means."""
    query = re.compile(r"\bSELECT [^,]|\bQUALIFY\b|\bFROM (raw|core|out)\.|\bINSERT INTO\b")
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in MODULES
        if path.relative_to(ROOT).parts[0] in {"flows", "models", "sources"}
        for line in path.read_text(encoding="utf-8").splitlines()
        if query.search(line) and "gpt2030 sql" not in line  # what a message tells to type
    ]
    assert found == []


def test_no_class_has_the_name_of_another():
    """Two classes of one name are two meanings of one word, or one thing written twice."""
    found = Counter(
        node.name
        for path in MODULES
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert [name for name, count in found.items() if count > 1] == []


def test_only_the_settings_read_the_clock_and_the_environment():
    """ruff bans the calls; this catches a ban that was lifted elsewhere."""
    lifted = [
        str(path.relative_to(ROOT))
        for path in MODULES
        if "noqa: TID251" in path.read_text(encoding="utf-8") and path.name != "settings.py"
    ]
    assert lifted == []


def test_no_tracked_file_names_a_place_that_only_one_machine_has():
    hosts = "|".join(["pypi" + r"\.org", "files.pythonhosted" + r"\.org", "registry.npmjs" + r"\.org"])
    forbidden = re.compile(rf"(?<![\w.])/(?:work|root|farm)/[A-Za-z.]|{hosts}")
    found = []
    for path in tracked():
        if path.suffix in {".png", ".parquet", ".zip"}:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [f"{path.relative_to(ROOT)}: {hit.group()}" for hit in forbidden.finditer(text)]
    assert found == []


def test_tracked_files_are_small():
    large = [str(path.relative_to(ROOT)) for path in tracked() if path.stat().st_size > 900 * 1024]
    assert large == []


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.full_name)
def test_every_table_and_column_says_what_it_means(table):
    assert table.comment.strip()
    assert all(column.comment.strip() for column in table.columns)
    assert set(table.key) <= set(table.column_names)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.full_name)
def test_columns_carry_their_kind_in_their_name(table):
    for column in table.columns:
        if column.type == "TIMESTAMP":
            assert column.name.endswith("_at"), column.name
        if column.type == "BOOLEAN":
            assert column.name.startswith(("is_", "has_")), column.name
        if column.type == "DATE":
            assert column.name.endswith(("_date", "_as_of")) or "_date_" in column.name, column.name


def test_the_command_line_imports_nothing_heavy():
    """`gpt2030 --version` must be instant: prefect alone takes two seconds to import."""
    heavy = "{'prefect', 'polars', 'duckdb', 'pandera', 'pydantic', 'requests', 'great_expectations', 'numpy'}"
    code = f"import sys, flows.cli; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
