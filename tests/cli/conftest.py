from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.terminal import FINDINGS


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, in which the command runs."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    return here


@pytest.fixture
def no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails where a simulation starts although the input is refused."""

    def started(*_: object, **__: object) -> None:
        raise AssertionError("a simulation was started")

    monkeypatch.setattr("neodermis.simulation.course.simulate", started)


@pytest.fixture
def findings(tmp_path: Path) -> Callable[..., str]:
    """Write a findings file with one text replaced by another; the path, as a user gives it."""

    def write(old: str = "", new: str = "", name: str = "own.toml") -> str:
        assert old in FINDINGS
        path = tmp_path / name
        path.write_text(FINDINGS.replace(old, new, 1) if old else FINDINGS + new, "utf-8")
        return str(path)

    return write
