"""Every command, given what nobody means: status 2 with advice or status 0 with whole results, soon."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.cli.terminal import SHORT
from tests.robustness.hostile import (
    OUTPUTS,
    actives,
    devices,
    documents,
    furnish,
    judged,
    options,
    persons,
    sentences,
    studies,
    texts,
)

import neodermis as nd
from neodermis.api import course as forecast
from neodermis.errors import InputError
from neodermis.evidence import read_parameters

LONG = settings.get_current_profile_name() == "long"
PERSON = ["--age", "--sex", "--phototype", "--exposure", "--concern", "--patient", "--set", "--device"]
#: Whose skin it is.
WHOSE = ["--age", "--sex", "--phototype", "--exposure", "--concern"]
#: What keeps a course that is accepted short.
BRIEF = ["--draws", "1", "--until", "9"]


def many(quick: int) -> settings:
    """So many inputs in the round of every change, a thousand in the long run."""
    return settings(
        max_examples=1050 if LONG else quick,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


@contextmanager
def somewhere(**contents: bytes) -> Iterator[Path]:
    """A furnished folder for one input, with files of these contents (``device``, ``study``), as the working folder."""
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        folder = Path(name)
        patch.chdir(folder)
        furnish(folder)
        for stem, content in contents.items():
            (folder / f"{stem}.toml").write_bytes(content)
        yield folder


@many(25)
@given(
    sentence=sentences(),
    more=options([*PERSON, "--seed", "--until", "--draws", "--people"], ["--json", "--beyond-limits"]),
)
def test_simulate(sentence: str, more: list[str]) -> None:
    with somewhere() as folder:
        judged("simulate", folder, "simulate", sentence, *BRIEF, *more)


@many(25)
@given(sentence=sentences(), more=options(["--compare", "--compare", "--exposure", "--plot"], ["--json"], most=2))
def test_protocols_beside_each_other(sentence: str, more: list[str]) -> None:
    with somewhere() as folder:
        judged("simulate --compare", folder, "simulate", SHORT, *BRIEF, "--compare", sentence, *more)


@many(40)
@given(
    sentence=st.just(SHORT) | sentences(),
    more=options(
        [*WHOSE, *WHOSE, "--like", "--people", "--compare-exposure", "--csv"], ["--json", "--outcomes-only"], 4
    ),
)
def test_whose_skin(sentence: str, more: list[str]) -> None:
    with somewhere() as folder:
        judged("simulate, whose skin", folder, "simulate", sentence, *BRIEF, *more)


@many(40)
@given(person=persons, more=options(WHOSE, ["--json"], most=1))
def test_patient_file(person: bytes, more: list[str]) -> None:
    with somewhere(person=person) as folder:
        judged("injure --patient", folder, "injure", SHORT, "--draws", "1", "--patient", "person.toml", *more)


@many(40)
@given(more=options(["--ages", *WHOSE, "--site", "--set", "--seed", "--people", "--draws", "--plot"], ["--json"], 4))
def test_skin(more: list[str]) -> None:
    with somewhere() as folder:
        judged("skin", folder, "skin", "--draws", "1", "--ages", "45", *more)


@many(40)
@given(study=studies, more=options(["--like", "--like", "--people", "--seed", "--csv"], ["--json"], 3))
def test_people(study: bytes, more: list[str]) -> None:
    with somewhere(study=study) as folder:
        judged("people", folder, "people", "--people", "20", *more)
        judged("people --like", folder, "people", "--people", "20", "--like", "study.toml", *more)


@many(25)
@given(more=options(sorted(OUTPUTS), ["--json", "--states"], most=4), arm=st.booleans())
def test_outputs(more: list[str], arm: bool) -> None:
    words = ["--arm", "study.toml", "--draws", "1"] if arm else [SHORT, *BRIEF]
    with somewhere() as folder:
        judged("simulate, outputs", folder, "simulate", *words, *more)


@many(40)
@given(study=studies, more=options(["--set", "--seed", "--until", "--people", "--csv", "--netcdf"], ["--json"], most=1))
def test_arm(study: bytes, more: list[str]) -> None:
    with somewhere(study=study) as folder:
        judged("simulate --arm", folder, "simulate", "--arm", "study.toml", "--draws", "1", *more)
        judged("evidence show", folder, "evidence", "show", "study.toml", *(word for word in more if word == "--json"))


@many(40)
@given(device=devices, more=options(["--compare", "--draws"], ["--json", "--beyond-limits"], most=1))
def test_device(device: bytes, more: list[str]) -> None:
    with somewhere(device=device) as folder:
        sentence = "1 session: my_pen; cheek 1 mm, 4 passes"
        judged("injure --device", folder, "injure", sentence, "--draws", "1", "--device", "device.toml", *more)


@many(50)
@given(
    sentence=sentences(),
    more=options([*PERSON, "--seed", "--anaesthetic", "--compare", "--draws", "--plot"], ["--json", "--beyond-limits"]),
)
def test_injure(sentence: str, more: list[str]) -> None:
    with somewhere() as folder:
        judged("injure", folder, "injure", sentence, "--draws", "1", *more)


@many(60)
@given(
    active=actives,
    sentence=st.just(SHORT) | sentences(),
    more=options(
        [*PERSON, "--percent", "--after", "--for", "--dose", "--alternatives", "--seed", "--draws", "--plot"],
        ["--json", "--beyond-limits", "--occluded", "--sterile"],
    ),
)
def test_deliver(active: str, sentence: str, more: list[str]) -> None:
    with somewhere() as folder:
        judged("deliver", folder, "deliver", active, sentence, "--draws", "1", *more)


@many(25)
@given(
    outcome=st.sampled_from(["collagen_papillary", "elastin", "pore_diameter"]) | texts,
    sentence=sentences(),
    more=options([*PERSON, "--day"], ["--json", "--beyond-limits"]),
)
def test_explain(outcome: str, sentence: str, more: list[str]) -> None:
    with somewhere() as folder:
        judged("explain", folder, "explain", outcome, sentence, *more)


@many(30)
@given(more=options(["--set", "--set", "--plot"], ["--json"]))
def test_cascade(more: list[str]) -> None:
    with somewhere() as folder:
        judged("cascade", folder, "cascade", *more)


@cache
def shipped_course(study: str) -> nd.Course:
    """The shipped example in short: the demo is fed with folders here, and its course is the same for each."""
    return forecast.simulate_arm(study, draws=1, until=180)


@many(10)
@given(more=options(["--folder"], ["--json"], most=2))
def test_demo(more: list[str]) -> None:
    with somewhere() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr("neodermis.api.simulate_arm", lambda study, **_: shipped_course(study))
        judged("demo", folder, "demo", *more)


GROUPS = {"devices": [], "sites": [], "outcomes": [], "parameters": ["--status", "--mechanism"], "evidence": []}
GROUPS |= {"exposures": [], "concerns": []}


@pytest.mark.parametrize("group", GROUPS)
def test_catalogues(group: str) -> None:
    inside = ["show", "show", "example", "figures", "schema", "bibtex"]

    @many(40)
    @given(
        name=texts
        | st.sampled_from(
            [
                "exceed",
                "Cheek",
                "collagen_papillary",
                "labile_share",
                "lotfi-2013",
                "study.toml",
                "pipe",
                "smoking",
                "acne scar",
            ]
        ),
        before=options(GROUPS[group], ["--json"], most=2),
        more=options([], ["--json"]),
        which=st.sampled_from(inside) | texts,
        shape=st.integers(0, 3),
    )
    def search(name: str, before: list[str], more: list[str], which: str, shape: int) -> None:
        draws = ["--draws", "1"] if which == "figures" else []
        tail = [[], ["show", name], [which, *draws], [which, name]][shape]
        with somewhere() as folder:
            judged(group, folder, group, *before, *tail, *more)

    search()


PARAMETER_FILE = """mechanism = "matrix"

[labile_share]
value = 0.33
unit = "1"
uncertainty = { logit = 0.5 }
variability = "none"
status = "assumed"
sources = ["lotfi-2013"]
why = "a share"
"""


@many(100)
@given(content=documents(PARAMETER_FILE))
def test_parameter_set_in_a_folder(content: bytes) -> None:
    """A parameter set of the user's own, which the Python functions read."""
    with somewhere() as folder:
        (folder / "set.toml").write_bytes(content if b"name" in content else b'name = "own"\nversion = "1"\n')
        (folder / "matrix.toml").write_bytes(content)
        for name in ("device.toml", "study.toml"):
            (folder / name).unlink()
        try:
            own = nd.load_parameters(folder)
        except InputError as error:
            assert "accepted: " in str(error) and "do: " in str(error)
        else:
            own.draw(3, 0, "uncertainty")
            own.draw(3, 0, "variability")
    try:
        read_parameters(content.decode("utf-8", "replace"), "matrix.toml")
    except InputError as error:
        assert "accepted: " in str(error)
