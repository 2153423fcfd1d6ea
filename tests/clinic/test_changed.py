"""Changed plans: the numbers are those of neodermis, settings beyond a limit are told; a slider is answered fast."""

from __future__ import annotations

from statistics import median
from time import perf_counter
from typing import Any

import pytest

import neodermis as nd
from neodermis.care.consultation import consultation_of
from neodermis.wording import number_text

PROTOCOL = "3 sessions every 30 days: exceed; cheek 1 mm, 6 passes"


@pytest.fixture
def address(consultation: Any) -> str:
    return f"/consultations/{consultation.pk}/changed/"


def test_the_numbers_are_those_of_neodermis(client: Any, consultation: Any, address: str) -> None:
    page = client("assistant").get(address, {"protocol": PROTOCOL, "depth_mm.cheek": "1.5", "smoking": "20"})
    given = {**consultation.document, "plan": {"protocol": PROTOCOL}}
    given["patient"] = {**given["patient"], "exposures": {"smoking": 20}}
    wanted = nd.what_if(consultation_of(given).case(consultation.day), **{"depth_mm.cheek": 1.5})
    after = page.context["after"]
    assert after.sentence == wanted.protocol.sentence and "1.5 mm" in after.sentence
    assert after.draws == wanted.case.numerics.draws
    for row, one in zip(after.rows, wanted.outcomes["cheek"], strict=True):
        scale = 1 if one.untreated else 100
        assert row[0].startswith(one.label)
        assert row[2].startswith(number_text(scale * one.treated.median))
    at_day = next(point for point in after.points if point[0] == wanted.day)
    assert at_day[1] == pytest.approx(wanted.outcomes["cheek"][0].treated.median, rel=1e-9)
    assert page.context["before"].sentence != after.sentence
    assert page.content.decode().count("<polyline") == 3


def test_without_a_change_there_is_one_curve(client: Any, address: str) -> None:
    page = client("assistant").get(address, {"protocol": PROTOCOL, "sessions": "3"})
    assert page.context["same"] and page.content.decode().count("<polyline") == 2


@pytest.mark.parametrize(
    ("protocol", "says"), [("soon", "accepted"), ("3 sessions every 30 days: exceed; cheek 9 mm, 6 passes", "accepted")]
)
def test_a_protocol_that_cannot_be_used_is_told(client: Any, address: str, protocol: str, says: str) -> None:
    page = client("assistant").get(address, {"protocol": protocol})
    assert page.status_code == 200 and says in page.context["error"]


def test_a_setting_beyond_a_limit_is_told_and_the_sliders_stay(client: Any, consultation: Any, address: str) -> None:
    protocol = "3 sessions every 30 days: exceed; forehead 0.5 mm, 4 passes"
    page = client("assistant").get(address, {"protocol": protocol, "depth_mm.forehead": "1.5"})
    assert "forehead" in page.context["error"] and page.context["sliders"]


def test_without_a_plan_a_protocol_is_asked_for(client: Any, address: str) -> None:
    assert "Enter a protocol" in client("assistant").get(address).content.decode()


def test_what_a_slider_does_not_give_is_ignored(client: Any, address: str) -> None:
    values = {"protocol": PROTOCOL, "sessions": "nan", "depth_mm.cheek": "-1", "smoking": "x", "sunscreen": "101"}
    assert client("assistant").get(address, values).context["same"]


def test_a_slider_is_answered_while_the_hand_is_on_it(client: Any, address: str) -> None:
    """The aim is 300 ms on a machine that does nothing else; the bound allows for one that does."""
    one = client("assistant")
    one.get(address, {"protocol": PROTOCOL})
    times = []
    for depth in ("0.5", "0.75", "1.25", "1.5"):
        begun = perf_counter()
        done = one.get(address, {"protocol": PROTOCOL, "depth_mm.cheek": depth}, headers={"HX-Request": "true"})
        times.append(perf_counter() - begun)
        assert "<html" not in done.content.decode() and "<svg" in done.content.decode()
    print(f"median {1e3 * median(times):.0f} ms")
    assert median(times) < 1.5
