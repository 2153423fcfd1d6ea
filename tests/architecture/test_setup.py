"""Set-up refuses a platform that JAX has no package for, in one sentence and before anything is made or fetched."""

import importlib.util
import json
import platform
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def tasks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """The task runner, in a place where nothing is set up and nothing can be run."""
    spec = importlib.util.spec_from_file_location("tasks_of_a_test", ROOT / "tasks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def run(*command: Any, **_: Any) -> None:
        raise AssertionError(f"was run: {command}")

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(subprocess, "Popen", run)
    monkeypatch.setattr(module, "VENV", tmp_path / "venv")
    monkeypatch.setattr(module, "PYTHON", tmp_path / "venv" / "python")
    monkeypatch.setattr(module, "STAMP", tmp_path / "venv" / "stamp")
    return module


@pytest.mark.parametrize(
    ("system", "processor", "said"),
    [
        ("darwin", "x86_64", "macOS on x86_64"),
        ("win32", "ARM64", "Windows on ARM64"),
        ("linux", "riscv64", "Linux on riscv64"),
    ],
)
def test_a_platform_without_jax_is_told_so_before_pip_runs(
    system: str, processor: str, said: str, tasks: ModuleType, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "machine", lambda: processor)
    assert tasks.main(["demo"]) == 1
    told = capsys.readouterr().err.strip()
    assert said in told
    assert "JAX" in told
    assert "Apple silicon" in told
    assert told.count("\n") == 0
    assert told.endswith(".")
    assert not tasks.VENV.exists()


@pytest.mark.parametrize("platform_of", [("linux", "x86_64"), ("darwin", "arm64"), ("win32", "AMD64")])
def test_a_platform_with_jax_goes_on_to_set_up(
    platform_of: tuple[str, str], tasks: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform_of[0])
    monkeypatch.setattr(platform, "machine", lambda: platform_of[1])
    with pytest.raises(AssertionError, match="was run"):
        tasks.main(["demo"])


def test_the_lock_holds_a_jax_for_the_oldest_python() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    (wanted,) = (one for one in map(Requirement, project["dependencies"]) if one.name == "jax")
    locked = [line.split()[0] for line in (ROOT / "requirements.lock").read_text("utf-8").splitlines()
              if line.startswith(("jax==", "jaxlib=="))]  # fmt: skip
    assert len(locked) == 2
    assert all("==0.10." in line for line in locked)
    assert all(wanted.specifier.contains(version) for version in ("0.10.0", "0.10.2", "0.11.0", "0.12.0.1"))
    assert not wanted.specifier.contains("0.13.0")


@pytest.mark.parametrize(
    ("there", "root", "said"),
    [
        ({"apt-get", "npm", "java"}, True, "apt-get could not install chromium"),
        ({"npm", "java"}, True, "chromium must be installed by hand"),
        ({"apt-get", "npm", "java"}, False, "chromium must be installed by hand"),
        ({"chromium", "npm", "java"}, True, "npm could not install"),
    ],
)
def test_what_the_browser_tests_need_and_cannot_be_installed_is_told(
    there: set[str], root: bool, said: str, tasks: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    lock = tmp_path / "package-lock.json"
    lock.write_text("{}", "utf-8")
    monkeypatch.setattr(tasks, "BROWSER_TESTS", tmp_path)
    monkeypatch.setattr(tasks.shutil, "which", lambda name: name if name in there else None)
    monkeypatch.setattr(tasks.os, "geteuid", lambda: 0 if root else 1000, raising=False)
    monkeypatch.setattr(tasks, "quietly", lambda *command: False)
    tasks.prepare_browser()
    assert any(said in line and "skipped" in line for line in capsys.readouterr().err.splitlines())
    assert list(tmp_path.iterdir()) == [lock]


def test_the_quick_round_installs_nothing_for_a_browser(tasks: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    called = []
    monkeypatch.setattr(tasks, "set_up", lambda: None)
    monkeypatch.setattr(tasks, "run_steps", lambda steps, beside: 0)
    monkeypatch.setattr(tasks, "prepare_browser", lambda: called.append("prepared"))
    assert tasks.main(["test", "--quick"]) == 0
    assert called == []
    assert tasks.main(["test"]) == 0
    assert called == ["prepared"]


def test_the_lock_of_the_npm_packages_pins_versions_and_names_no_host() -> None:
    folder = ROOT / "tests" / "browser"
    assert "://" not in (folder / "package-lock.json").read_text("utf-8")
    wanted = json.loads((folder / "package.json").read_text("utf-8"))["dependencies"]
    locked = json.loads((folder / "package-lock.json").read_text("utf-8"))["packages"]
    assert {name: locked[f"node_modules/{name}"]["version"] for name in wanted} == wanted
