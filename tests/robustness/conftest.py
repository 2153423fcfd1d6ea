"""The long run, a thousand inputs and more to every command: ``pytest tests/robustness --hypothesis-profile=long``."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from tests.robustness.hostile import COUNTS, furnish

settings.register_profile("long", max_examples=1000, deadline=None, derandomize=True)


@pytest.fixture
def furnished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with everything that hostile paths lead to, in which the command runs."""
    monkeypatch.chdir(tmp_path)
    furnish(tmp_path)
    return tmp_path


@pytest.fixture(autouse=True)
def alarm() -> Iterator[None]:
    """A command that hangs fails its own test and not the whole run."""

    def hung(*_: object) -> None:
        raise AssertionError("a command ran for more than a minute")

    if not hasattr(signal, "SIGALRM"):
        yield
        return
    before = signal.signal(signal.SIGALRM, hung)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if COUNTS and settings.get_current_profile_name() == "long":
        terminalreporter.section("hostile inputs by command")
        for command, count in sorted(COUNTS.items()):
            other = sum(number for status, number in count.items() if status not in (0, 2))
            terminalreporter.write_line(
                f"{command:24} {count.total():6} inputs: exit 0 {count[0]:6}, exit 2 {count[2]:6}, other {other}"
            )
