"""Set up neodermis in this checkout and run its jobs, with the standard library alone.

``python3 tasks.py VERB`` makes ``.venv`` from the hash-checked ``requirements.lock`` when that has not been
done, then runs the verb.  Set-up needs the network once; after that everything here works offline.
"""

import collections
import hashlib
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path

USAGE = """\
usage: python3 tasks.py VERB [further arguments]

  demo    run the shipped example: writes course.png and course.html here and prints both paths
  test    run what CI runs; further arguments go to pytest.  --quick: style, types, imports and the tests that are
          not slow, in about a minute
  check   the part of test that runs no test: style, types, imports, documentation
  bench   run every benchmarks/bench_*.py
  docs    build the documentation
  lock    remake requirements.lock from pyproject.toml; --upgrade moves to newer releases
"""

if sys.version_info < (3, 11):
    sys.exit(
        f"neodermis needs Python 3.11 or newer; this is {platform.python_version()}.\n"
        "Run the same command with a newer one, for instance: python3.11 tasks.py demo"
    )

ROOT = Path(__file__).resolve().parent
#: Systems and processors for which JAX publishes packages (of its versions that pyproject.toml allows).
PLATFORMS = {("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64"), ("win32", "AMD64")}
LOCK, PROJECT, VENV = ROOT / "requirements.lock", ROOT / "pyproject.toml", ROOT / ".venv"
BIN, EXE = (VENV / "Scripts", ".exe") if os.name == "nt" else (VENV / "bin", "")
PYTHON = BIN / f"python{EXE}"
STAMP = VENV / "neodermis-stamp"  # what .venv was made from; one without it is unfinished
# One version of each package for every Python and platform ("fewest"), so that all compute the same numbers.
LOCK_COMMAND = ["pip", "compile", "--universal", "--python-version", "3.11", "--fork-strategy", "fewest"]
LOCK_COMMAND += ["--generate-hashes", "--no-header", "--quiet", "--group", "dev"]
LOCK_COMMAND += ["--output-file", "requirements.lock", "pyproject.toml"]


class TaskError(Exception):
    """A sentence for the user, and the exit status to leave with."""

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status


def say(text: str) -> None:
    print(f"tasks: {text}", file=sys.stderr, flush=True)


# --- set-up -----------------------------------------------------------------------------------------------------


def environment() -> dict[str, str]:
    """Return this process's environment without what would redirect .venv's Python or pip to another place."""
    foreign = {
        "PYTHONHOME",
        "PYTHONPATH",
        "PYTHONDONTWRITEBYTECODE",
        "PIP_PREFIX",
        "PIP_TARGET",
        "PIP_USER",
        "VIRTUAL_ENV",
    }
    return {name: value for name, value in os.environ.items() if name not in foreign}


def wanted_stamp() -> list[str]:
    """Return what .venv is made from: interpreter, place and lock (a change means a new .venv), then the project."""
    for file in (LOCK, PROJECT):
        if not file.is_file():
            raise TaskError(f"{file.name} is missing beside tasks.py; get it back with: git checkout {file.name}")
    interpreter = f"{sys.implementation.cache_tag} {sys.platform} {platform.machine()}"
    return [interpreter, str(VENV)] + [hashlib.sha256(file.read_bytes()).hexdigest() for file in (LOCK, PROJECT)]


def set_up() -> None:
    """Make .venv what the lock says; do nothing where it already is."""
    check_platform()
    wanted = wanted_stamp()
    try:
        found = STAMP.read_text(encoding="utf-8").splitlines() if PYTHON.exists() else []
    except FileNotFoundError:
        found = []
    if found == wanted:
        return
    start = time.monotonic()
    if found[:3] != wanted[:3]:
        make_venv()
        count = sum(line[:1].isalnum() for line in LOCK.read_text(encoding="utf-8").splitlines())
        say(f"installing {count} packages from requirements.lock (the first time takes a minute or two)")
        pip("install", "--require-hashes", "-r", str(LOCK), count=count)
        write_stamp(wanted[:3])
    say("installing neodermis itself")
    pip("install", "--no-deps", "--no-build-isolation", "-e", str(ROOT))
    agree = subprocess.run([PYTHON, "-m", "pip", "check"], env=environment(), capture_output=True, text=True)
    if agree.returncode:
        raise TaskError(
            f"requirements.lock and pyproject.toml do not agree:\n{agree.stdout}"
            "Remake the lock with: python3 tasks.py lock"
        )
    write_stamp(wanted)
    say(f"ready in {time.monotonic() - start:.0f} s")


def check_platform() -> None:
    """Say before pip does, and in one sentence, where JAX cannot be installed."""
    system, processor = sys.platform, platform.machine()
    if (system, processor) in PLATFORMS:
        return
    here = {"darwin": "macOS", "win32": "Windows", "linux": "Linux"}.get(system, system)
    raise TaskError(
        f"neodermis cannot be installed here ({here} on {processor}), because JAX, which it needs, has packages only "
        "for Linux on x86_64 and aarch64, macOS on Apple silicon and Windows on AMD64"
        + ("; on a Mac with Apple silicon, run this with a Python made for arm64." if system == "darwin" else ".")
    )


def write_stamp(lines: list[str]) -> None:
    """Write the stamp whole or not at all."""
    draft = STAMP.with_suffix(".part")
    draft.write_text("\n".join(lines) + "\n", encoding="utf-8")
    draft.replace(STAMP)


def make_venv() -> None:
    """Make an empty .venv, in place of an unfinished or outdated one."""
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            version = f"{sys.version_info.major}.{sys.version_info.minor}"
            raise TaskError(
                f"this Python has no '{module}' module, which makes the environment.\n"
                f"Install it (Debian, Ubuntu: sudo apt install python{version}-venv) and run the same command again."
            )
    if VENV.is_symlink() or (VENV.exists() and not VENV.is_dir()):
        raise TaskError(f"{VENV} is not a folder of this checkout; move it away and run the same command again.")
    if VENV.exists():
        say("removing the unfinished or outdated .venv")
        STAMP.unlink(missing_ok=True)
        shutil.rmtree(VENV)
    say(f"making .venv with Python {platform.python_version()}")
    base = getattr(sys, "_base_executable", None) or sys.executable  # .venv's own Python was just removed
    made = subprocess.run([base, "-m", "venv", str(VENV)], env=environment(), capture_output=True, text=True)
    if made.returncode:
        raise TaskError(f"Python could not make .venv:\n{made.stdout}{made.stderr}")


def pip(*arguments: str, count: int = 0) -> None:
    """Run .venv's pip; count its packages on a terminal, and show the end of its output when it fails."""
    command = [str(PYTHON), "-m", "pip", *arguments, "--no-input", "--disable-pip-version-check"]
    tail: collections.deque[str] = collections.deque(maxlen=15)
    seen = 0
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        env=environment(),
    ) as process:
        for line in process.stdout or ():
            tail.append(line)
            if count and sys.stderr.isatty() and line.startswith(("Collecting ", "Processing ", "Installing ")):
                seen += not line.startswith("Installing ")
                step = "unpacking" if line.startswith("Installing ") else f"{seen} of {count}"
                print(f"\r\033[Ktasks:   {step}", end="", file=sys.stderr, flush=True)
    if seen:
        print("\r\033[K", end="", file=sys.stderr, flush=True)
    if process.returncode:
        hint = "Mend that and run the same command again."
        if count:
            hint = (
                "The first set-up needs the network, or a mirror of the Python package index that pip is told of\n"
                "(pip config set global.index-url ADDRESS). Then run the same command again."
            )
        raise TaskError(f"pip failed; the end of what it said:\n\n{''.join(tail)}\n{hint}")


# --- what the browser tests need ----------------------------------------------------------------------------------

BROWSER_TESTS = ROOT / "tests" / "browser"
#: Debian package → the commands that it brings, one of which is enough.
PROGRAMS = {
    "chromium": ("chromium", "chromium-browser", "google-chrome"),
    "npm": ("npm",),
    "default-jre-headless": ("java",),
}


def prepare_browser() -> None:
    """Install Chromium, npm and Java where the system allows it, and the pinned npm packages of the browser tests.

    Where something cannot be installed, one sentence says so and the tests that need it are skipped.
    """
    missing = [package for package, commands in PROGRAMS.items() if not any(map(shutil.which, commands))]
    if missing and shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        say(f"installing {', '.join(missing)} for the browser tests")
        install = ["install", "--yes", "--quiet", "--no-install-recommends"]
        if not (quietly("apt-get", "update", "--quiet") and quietly("apt-get", *install, *missing)):
            say(f"apt-get could not install {', '.join(missing)}; browser tests that need them are skipped")
    elif missing:
        say(f"{', '.join(missing)} must be installed by hand for all browser tests; those that need them are skipped")
    npm, wanted = shutil.which("npm"), BROWSER_TESTS / "package-lock.json"
    stamp = BROWSER_TESTS / "node_modules" / "neodermis-stamp"
    lock = hashlib.sha256(wanted.read_bytes()).hexdigest()
    if npm is None or (stamp.is_file() and stamp.read_text(encoding="utf-8") == lock):
        return
    if quietly(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(BROWSER_TESTS)):
        stamp.write_text(lock, encoding="utf-8")
    else:
        say("npm could not install the packages of tests/browser; browser tests that need them are skipped")


def quietly(*command: str) -> bool:
    """Whether a command ran without an error; what it prints is not shown."""
    settings = environment() | {"DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(command, cwd=ROOT, env=settings, capture_output=True).returncode == 0


# --- verbs ------------------------------------------------------------------------------------------------------


def run(*command: str | Path, cwd: Path | None = ROOT) -> int:
    """Run a command and return its exit status (128 + signal where a signal ended it)."""
    try:
        status = subprocess.run(command, cwd=cwd, env=environment()).returncode
    except FileNotFoundError:
        raise TaskError(f"{command[0]} is not there; remove .venv and run the same command again.") from None
    return status if status >= 0 else 128 - status


Step = tuple[str, list[str | Path]]


def run_steps(steps: list[Step], beside: list[Step] | None = None) -> int:
    """Run named steps in order, each with its seconds, up to the first that fails; those of ``beside`` meanwhile.

    What a step beside the others prints is shown when they are done.
    """
    begin = time.monotonic()
    waiting = [(name, start_quietly(command)) for name, command in beside or []]
    for name, command in steps:
        say(f"{name} ...")
        start = time.monotonic()
        status = run(*command)
        say(f"{name}: {f'FAILED (exit status {status})' if status else 'passed'} in {time.monotonic() - start:.1f} s")
        if status:
            for _, process in waiting:
                process.kill()
            return status
    for name, process in waiting:
        printed, _ = process.communicate()
        print(printed, end="")
        say(f"{name}: {f'FAILED (exit status {process.returncode})' if process.returncode else 'passed'}")
        if process.returncode:
            return process.returncode
    count = len(steps) + len(waiting)
    say(f"{count} of {count} steps passed in {time.monotonic() - begin:.1f} s")
    return 0


def start_quietly(command: list[str | Path]) -> subprocess.Popen[str]:
    """A command of this checkout that goes on beside others."""
    return subprocess.Popen(
        command, cwd=ROOT, env=environment(), text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def demo(arguments: list[str]) -> int:
    set_up()
    return run(BIN / f"neodermis{EXE}", "demo", *arguments, cwd=None)


# How tests are shared out between the two processes: tests/conftest.py.
PYTEST: list[str | Path] = [PYTHON, "-m", "pytest", "-n", "2", "--dist", "loadscope", "--no-loadscope-reorder"]


def checks() -> list[Step]:
    return [
        ("style", [PYTHON, "-m", "ruff", "check"]),
        ("format", [PYTHON, "-m", "ruff", "format", "--check"]),
        ("imports", [BIN / f"lint-imports{EXE}", "--no-logo"]),
    ]


# One core is enough for it, so that it goes on beside the tests.
TYPES: Step = ("types", [PYTHON, "-m", "mypy"])


def check(arguments: list[str]) -> int:
    refuse("check", arguments)
    set_up()
    return run_steps([*checks(), TYPES, ("documentation", [PYTHON, "-m", "docs.build", "--check"])])


def test(arguments: list[str]) -> int:
    quick = "--quick" in arguments
    rest = [argument for argument in arguments if argument != "--quick"]
    set_up()
    if not quick:
        prepare_browser()
    tests: list[str | Path] = [*PYTEST, *(["-m", "not slow"] if quick else []), *rest]
    return run_steps([*checks(), ("tests", tests)], beside=[TYPES])


def bench(arguments: list[str]) -> int:
    files = sorted((ROOT / "benchmarks").glob("bench_*.py"))
    if not files:
        raise TaskError("there is no benchmarks/bench_*.py to run.")
    set_up()
    return run_steps([(file.stem, [PYTHON, "-m", f"benchmarks.{file.stem}", *arguments]) for file in files])


def docs(arguments: list[str]) -> int:
    builder = ROOT / "docs" / "build.py"
    if not builder.is_file():
        raise TaskError("there is no docs/build.py to run.")
    set_up()
    return run(PYTHON, "-m", "docs.build", *arguments)


def lock(arguments: list[str]) -> int:
    # .venv may be at odds with pyproject.toml at this moment: its uv is used as it is.
    uv: str | Path | None = BIN / f"uv{EXE}"
    if not Path(str(uv)).exists():
        uv = shutil.which("uv")
    if uv is None:
        set_up()
        uv = BIN / f"uv{EXE}"
    status = run(uv, *LOCK_COMMAND, *arguments)
    if status == 0:
        say("requirements.lock is up to date with pyproject.toml")
    return status


def refuse(verb: str, arguments: list[str]) -> None:
    if arguments:
        raise TaskError(f"{verb} takes no further arguments; got: {' '.join(arguments)}", status=2)


VERBS = {"demo": demo, "test": test, "check": check, "bench": bench, "docs": docs, "lock": lock}


def main(arguments: list[str]) -> int:
    verb = arguments[0] if arguments else "help"
    if verb in {"help", "-h", "--help"}:
        print(USAGE, end="")
        return 0
    if verb not in VERBS:
        print(f"tasks: unknown verb '{verb}'; the verbs are {', '.join(VERBS)}.\n\n{USAGE}", end="", file=sys.stderr)
        return 2
    try:
        return VERBS[verb](arguments[1:])
    except TaskError as failure:
        say(str(failure))
        return failure.status
    except OSError as error:
        say(f"{error.strerror or error}: {error.filename or ROOT}")
        return 1
    except KeyboardInterrupt:
        say("interrupted; run the same command again to go on")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
