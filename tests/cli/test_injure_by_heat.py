"""Command line: what a session by heat does, as a page, as JSON and to scale; and the refusals of other commands."""

from pathlib import Path

import pytest
from tests.cli.terminal import ran_once, run

RF, CO2 = "1 session: secret_rf; cheek 1.5 mm, level 6", "1 session: co2_fractional; cheek 30 mJ, 15 %"


def test_a_page_says_columns_and_layers() -> None:
    done = run("injure", CO2, "--draws", "20")
    assert done.status == 0
    assert "A column is ablated to" in done.out and "papillary dermis" in done.out
    assert "co2_fractional" in done.err and "not published" in done.err


def test_json_has_shares_by_depth_and_sources() -> None:
    document = ran_once("injure", RF, "--draws", "20", "--json").json
    (session,) = document["sessions"]
    assert document["injury"] == "heat" and document["protocol"] == RF
    assert len(session["coagulated_fraction"]) == len(session["depth_mm"])
    assert (
        session["layers"]["reticular_dermis"]["coagulated_90"][0] <= session["layers"]["reticular_dermis"]["coagulated"]
    )
    assert {"secret-rf-page", "manuskiatti-2016"} <= {one["key"] for one in document["sources"]}


def test_two_sessions_by_heat_are_drawn_on_one_scale(tmp_path: Path) -> None:
    picture = tmp_path / "heat.svg"
    done = run("injure", RF, "--compare", CO2, "--draws", "5", "--plot", str(picture))
    assert done.status == 0 and picture.stat().st_size > 10_000


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("simulate", RF), "what one session does"),
        (("injure", RF, "--compare", "1 session: exceed; cheek 1 mm, 4 passes"), "two by heat"),
        (("injure", RF, "--anaesthetic", "topical"), "--anaesthetic"),
        (("injure", "1 session: secret_rf; temples 3 mm, level 6"), "--beyond-limits"),
        (("injure", "1 session: co2_fractional; cheek 30 mJ, 150 %"), "1 to 40 %"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_a_next_step(arguments: tuple[str, ...], told: str) -> None:
    done = run(*arguments)
    assert done.status == 2 and told in done.err and "do:" in done.err and not done.out
