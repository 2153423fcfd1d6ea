"""Programs kept on disk: read back as they were made, never executed damaged or elsewhere; JAX left as it was found."""

import json
import os
import pickle
import shutil
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from lark import Lark

from neodermis import disk_cache, documents
from neodermis.arrays import leaves, mapped, rebuilt
from neodermis.errors import DataFileError
from neodermis.simulation import _compilation as compilation
from neodermis.simulation import _machine as machine
from neodermis.simulation._routine import Routine, rows
from neodermis.treatment import _sentence

SHORT = "1 session: exceed; cheek 1 mm, 2 passes"
#: A course as text, every value with all its digits, and whether JAX was needed for it.
COURSE = f"""
import json, sys
import neodermis
site = neodermis.simulate("{SHORT}", draws=12, people=5, until=40).sites["cheek"]
done = neodermis.injure("{SHORT}", draws=3).sites["cheek"].session
numbers = {{name: values.tolist() for name, values in (site.values | site.people).items()}}
print(json.dumps({{"jax": "jax" in sys.modules, "numbers": numbers, "done": repr(done)}}))
"""


def fresh(code: str, cache: Path, **more: str) -> Any:
    """What a process of its own prints, with its own cache of programs."""
    environment = os.environ | {"XDG_CACHE_HOME": str(cache), "HOME": str(cache), "LOCALAPPDATA": str(cache)} | more
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=400, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of what is kept."""
    monkeypatch.setattr(disk_cache, "folder", lambda: (tmp_path, True))
    return tmp_path


class Made:
    """Something that is made, and counts how often."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> tuple[str, bytes]:
        self.times += 1
        return "what it is", b"code"


def made(name: str, make: Made) -> tuple[Any, bytes]:
    """A program, by what a new process would do."""
    return machine.program(name, make)


# ------------------------------------------------------------------------------------------------- on disk


def test_a_program_is_made_once_and_told_once(folder: Path) -> None:
    make = Made()
    told: list[str] = []
    stop = compilation.listen(told.append, lambda: told.append("done"))
    assert [made("one", make) for _ in range(3)] == [("what it is", b"code")] * 3
    stop()
    assert make.times == 1
    assert told == ["", "done"]
    made("another", make)
    assert make.times == 2
    assert len([*folder.iterdir()]) == 2  # and nothing is left over from writing


@pytest.mark.parametrize("harm", ["a bit", "its end", "its mark", "all of it"])
def test_a_damaged_program_is_made_again(harm: str, folder: Path) -> None:
    make = Made()
    made("one", make)
    (file,) = folder.iterdir()
    sound = file.read_bytes()
    for at in range(0, len(sound), 7) if harm == "a bit" else [0]:
        changed = bytearray(sound)
        changed[at] ^= 1
        harmed = {"a bit": bytes(changed), "its end": sound[:-1], "its mark": b"x" + sound[1:], "all of it": b""}[harm]
        file.write_bytes(harmed)
        before = make.times
        assert made("one", make) == ("what it is", b"code")
        assert make.times == before + 1
        assert file.read_bytes() == sound


@pytest.mark.parametrize(
    "name", ["sources", "packages", "compiler", "target", "processor", "features", "machine", "python", "name"]
)
def test_a_program_of_another_computer_is_made_again(name: str, folder: Path) -> None:
    """Sound, under the very name that ours would have, and yet not ours."""
    make = Made()
    made("one", make)
    (file,) = folder.iterdir()
    body = file.read_bytes()[len(disk_cache._MARK) + 32 :]
    kept: disk_cache.Entry = pickle.loads(body)
    another = kept.depends_on | {name: "another"}
    disk_cache.write(file, kept._replace(depends_on=another, content=("what it is", b"not ours")))
    assert made("one", make) == ("what it is", b"code")
    assert make.times == 2


def test_a_processor_of_another_kind_has_a_file_of_its_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make, here = Made(), machine._here()
    made("one", make)
    monkeypatch.setattr(machine, "_here", lambda: here | {"processor": "another"})
    made("one", make)
    assert make.times == 2
    assert len([*folder.iterdir()]) == 2


def test_a_full_disk_does_not_matter(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    monkeypatch.setattr(disk_cache.folder, "cache_clear", lambda: None, raising=False)
    make = Made()
    assert made("one", make) == ("what it is", b"code")
    assert [*folder.iterdir()] == []


def test_a_name_that_a_program_does_not_have_is_refused() -> None:
    with machine.apart():
        routine = Routine("of a test", lambda x: x + 1.0, 0.0)
    with pytest.raises(LookupError, match="no function other"):
        routine._loaded.address("other")
    with pytest.raises(ValueError, match="takes"):
        routine(rows((1.0, 2.0), 1))


def test_what_is_half_a_year_old_is_removed_when_something_is_kept(folder: Path) -> None:
    """A new version leaves the programs of the old one behind."""
    old, recent = folder / "old.program", folder / "recent.program"
    for file, days in ((old, 181), (recent, 179)):
        file.write_bytes(b"")
        os.utime(file, (time.time() - days * 86_400,) * 2)
    made("one", Made())
    assert not old.exists()
    assert recent.exists()


# ------------------------------------------------------------------------------------------------- data files


@pytest.fixture
def shipped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data file as if it were one of the program's, in an empty cache."""
    data = folder.parent / f"{folder.name}-data" / "data.toml"
    data.parent.mkdir()
    data.write_text('day = 2026-01-31\nnames = ["a", "b"]\n', "utf-8")
    monkeypatch.setattr(documents, "SHIPPED", data.parent)
    return data


def test_a_shipped_file_is_parsed_once(folder: Path, shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = {"day": date(2026, 1, 31), "names": ["a", "b"]}
    first = documents.read_document(shipped)
    assert first == expected
    first["names"].append("c")  # whoever changes what was read changes nobody else's

    def parsed(*_: Any) -> Any:
        raise AssertionError("parsed again")

    with monkeypatch.context() as patched:
        patched.setattr(documents, "parse_document", parsed)
        assert documents.read_document(shipped) == expected
        (entry,) = folder.iterdir()
        entry.write_bytes(entry.read_bytes()[:-1])
        with pytest.raises(AssertionError, match="parsed again"):
            documents.read_document(shipped)
    assert documents.read_document(shipped) == expected


def test_a_changed_shipped_file_is_read_as_it_is_now(folder: Path, shipped: Path) -> None:
    documents.read_document(shipped)
    shipped.write_text("other = 1\n", "utf-8")
    assert documents.read_document(shipped) == {"other": 1}
    shipped.write_text("other = \n", "utf-8")
    for _ in range(2):  # what cannot be read is not kept
        with pytest.raises(DataFileError, match="syntax"):
            documents.read_document(shipped)
    assert len([*folder.iterdir()]) == 2


def test_nothing_that_a_user_gives_is_kept(folder: Path, shipped: Path, tmp_path: Path) -> None:
    own = tmp_path.parent / f"{tmp_path.name}-own.toml"
    shutil.copy(shipped, own)
    assert documents.read_document(own) == documents.read_document(shipped)
    assert [file.suffix for file in folder.iterdir()] == [".document"]
    own.unlink()
    assert documents.read_document(shipped)


def test_the_grammar_of_a_sentence_is_made_once_and_reads_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_anew, sentence = _sentence._parser.__wrapped__(), "3 sessions every 30 days: exceed; cheek 1.5 mm, 4 passes"
    (entry,) = folder.glob("*.grammar")
    with monkeypatch.context() as patched:
        patched.setattr(Lark, "save", lambda *_: pytest.fail("made again"))
        from_disk = _sentence._parser.__wrapped__()
    assert from_disk.parse(sentence) == made_anew.parse(sentence)
    entry.write_bytes(entry.read_bytes()[:500])
    assert _sentence._parser.__wrapped__().parse(sentence) == made_anew.parse(sentence)


@pytest.mark.slow
def test_a_course_is_the_same_bit_for_bit_from_the_cache_and_without_jax(tmp_path: Path) -> None:
    cold, warm = fresh(COURSE, tmp_path), fresh(COURSE, tmp_path)
    assert (cold.pop("jax"), warm.pop("jax")) == (True, False)
    assert cold == warm
    closed = tmp_path / "a file, not a folder"
    closed.touch()
    without = fresh(COURSE, closed)
    assert without.pop("jax")
    assert without == cold
    for file in tmp_path.rglob("*.program"):
        file.write_bytes(file.read_bytes()[:-100])
    again = fresh(COURSE, tmp_path)
    assert again.pop("jax")
    assert again == cold


@pytest.mark.slow
def test_several_processes_at_once_begin_with_an_empty_cache(tmp_path: Path) -> None:
    code = f"import neodermis\nprint(len(neodermis.injure('{SHORT}', draws=3).sites))"
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path)}
    running = [
        subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    assert [process.communicate(timeout=180)[0].strip() for process in running] == ["1"] * 3
    kept = [*(tmp_path / "neodermis" / "compiled").iterdir()]
    assert [file.suffix for file in kept].count(".program") == 1
    assert {file.suffix for file in kept} == {".program", ".document", ".grammar"}  # and nothing is left from writing


# ------------------------------------------------------------------------------------------------- JAX's settings

HOST = f"""
import json
import jax, jax.numpy as jnp
kept = dict(jax.config.values)
square = jax.jit(lambda x: x * x)
before = str(square(jnp.arange(3.0)).dtype)
import neodermis
neodermis.simulate("{SHORT}", draws=2, until=20)
neodermis.injure("{SHORT}", draws=2)
neodermis.deliver("caffeine", "{SHORT}", draws=2)
from neodermis.simulation.couplings import couplings
from neodermis.evidence import load_parameters
from neodermis.api import trace
found = len(couplings(load_parameters()))
trace("{SHORT}", until=10)
after = dict(jax.config.values)
changed = [name for name, value in kept.items() if after[name] != value]
new = square(jnp.arange(4.0)) + jnp.asarray(1.5)
print(json.dumps({{"changed": changed, "before": before, "after": str(new.dtype), "couplings": found}}))
"""


@pytest.mark.slow
@pytest.mark.parametrize("sixty_four", [False, True])
def test_a_program_that_uses_jax_keeps_its_settings(sixty_four: bool, tmp_path: Path) -> None:
    """Cold, where JAX traces and compiles for us, and warm."""
    kind = "float64" if sixty_four else "float32"
    for _ in ("cold", "warm"):
        found = fresh(HOST, tmp_path, JAX_ENABLE_X64=str(int(sixty_four)))
        assert found["changed"] == []
        assert (found["before"], found["after"]) == (kind, kind)
        assert found["couplings"] > 50


BY_JAX = f"""
import json
import jax, jax.numpy as jnp
kept = dict(jax.config.values)
import neodermis
site = neodermis.simulate("{SHORT}", draws=1, until=20, engine="jax").sites["cheek"]
after = dict(jax.config.values)
changed = [name for name, value in kept.items() if after[name] != value]
kinds = [str((jnp.arange(3.0) * 2.0).dtype), str(site.central["collagen_papillary"].dtype)]
print(json.dumps({{"changed": changed, "kinds": kinds}}))
"""


@pytest.mark.slow
def test_the_engine_of_jax_leaves_its_settings_too(tmp_path: Path) -> None:
    """A host with single precision keeps it; the course is solved in double."""
    assert fresh(BY_JAX, tmp_path) == {"changed": [], "kinds": ["float32", "float64"]}


# ------------------------------------------------------------------------------------------------- trees


class Pair(NamedTuple):
    """A node of a tree."""

    one: Any
    other: Any


def test_trees_come_back_as_they_were() -> None:
    tree = (Pair("a", [1, (2, None), "b"]), 3)
    assert leaves(tree) == ["a", 1, 2, "b", 3]
    assert rebuilt(tree, leaves(tree)) == tree
    assert mapped(lambda a, b: (a, b), [1, (2, None)], [3, (4, None)]) == [(1, 3), ((2, 4), None)]
    with pytest.raises(ValueError, match="more leaves"):
        rebuilt((1,), [1, 2])
