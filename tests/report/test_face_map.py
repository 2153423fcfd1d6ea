"""The schematic has a place for every site, fills what is treated by depth, and names it with depth and passes."""

from collections.abc import Iterator

import pytest
from matplotlib.patches import PathPatch
from matplotlib.text import Text

from neodermis.errors import InputError
from neodermis.report import style
from neodermis.report.face_map import Zone, face_map, mapped_sites
from neodermis.skin.tissue import load_sites

FACE = [Zone(site="forehead", depth_mm=0.75, passes=4), Zone(site="cheek", depth_mm=1.5, passes=6),
        Zone(site="periorbital", depth_mm=0.5, passes=2), Zone(site="upper_lip", depth_mm=1.0, passes=4)]  # fmt: skip


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    from matplotlib import pyplot as plt

    plt.close("all")


def treated(fig: object) -> dict[str, list[PathPatch]]:
    found: dict[str, list[PathPatch]] = {}
    for ax in fig.axes:  # type: ignore[attr-defined]
        for patch in ax.patches:
            if (patch.get_gid() or "").startswith("treated "):
                found.setdefault(patch.get_gid().removeprefix("treated "), []).append(patch)
    return found


def texts(fig: object) -> list[str]:
    return [text.get_text() for ax in fig.axes for text in ax.texts]  # type: ignore[attr-defined]


def test_every_site_of_the_catalogue_has_a_place() -> None:
    assert mapped_sites() == {name for name, site in load_sites().items() if not site.zones}


def test_treated_zones_are_filled_the_darker_the_deeper_and_named() -> None:
    fig = face_map(FACE, caption="Schematisch")
    found = treated(fig)
    assert set(found) == {zone.site for zone in FACE}
    assert [len(found[site]) for site in ("forehead", "cheek", "periorbital", "upper_lip")] == [1, 2, 2, 1]
    light = {site: sum(patches[0].get_facecolor()[:3]) for site, patches in found.items()}
    assert light["periorbital"] > light["forehead"] > light["upper_lip"] > light["cheek"]
    said = [text.replace("\n", " ") for text in texts(fig)]
    assert sorted(said) == sorted(
        f"{load_sites()[zone.site].label} {zone.depth_mm:g} mm × {zone.passes}" for zone in FACE
    )
    assert len(fig.axes) == 1 and [text.get_text() for text in fig.texts] == ["Schematisch"]


def test_a_region_fills_its_zones_and_a_site_of_the_body_has_a_view_of_the_body() -> None:
    fig = face_map([Zone(site="t_zone", depth_mm=0.5, passes=4), Zone(site="hand", depth_mm=0.5),
                    Zone(site="back", depth_mm=1.0)])  # fmt: skip
    assert set(treated(fig)) == {*load_sites()["t_zone"].zones, "hand", "back"} and len(fig.axes) == 3
    said = [text.replace("\n", " ") for text in texts(fig)]
    assert said == ["T-zone 0.5 mm × 4", "Back of the hands 0.5 mm", "Back 1 mm"]


def test_words_are_those_of_the_caller_and_a_site_named_twice_tells_both() -> None:
    zones = [Zone(site="cheek", depth_mm=0.5, text="erste"), Zone(site="cheek", depth_mm=1.5, passes=6)]
    fig = face_map(zones, names={"cheek": "Wange"}, number=lambda value: f"{value:g}".replace(".", ","))
    assert texts(fig) == ["Wange\nerste\n1,5 mm × 6"]


SETS = [[zone.site for zone in FACE], ["abdomen", "thigh", "hand"], ["face", "back", "neck"],
        ["temple", "malar", "nasolabial_fold", "jawline", "chin", "glabella", "scalp"]]  # fmt: skip


@pytest.mark.parametrize("width", [style.REPORT_WIDTH, 11.0])
@pytest.mark.parametrize("sites", SETS)
def test_labels_stand_apart_and_on_the_page(sites: list[str], width: float) -> None:
    fig = face_map([Zone(site=site, depth_mm=0.75, passes=4) for site in sites], width_inches=width, title="Session 1")
    fig.canvas.draw()
    boxes = [Text.get_window_extent(text) for text in [*fig.texts, *(text for ax in fig.axes for text in ax.texts)]]
    for number, box in enumerate(boxes):
        assert fig.bbox.x0 - 1 <= box.x0 and box.x1 <= fig.bbox.x1 + 1
        assert fig.bbox.y0 - 1 <= box.y0 and box.y1 <= fig.bbox.y1 + 1
        assert not any(box.overlaps(other) for other in boxes[number + 1 :])


@pytest.mark.parametrize("zone", [Zone(site="elbow", depth_mm=0.5), Zone(site="upper_eyelid", depth_mm=0.2),
                                  Zone(site="cheek", depth_mm=-0.5)], ids=lambda zone: zone.site)  # fmt: skip
def test_what_cannot_be_treated_is_refused(zone: Zone) -> None:
    with pytest.raises(InputError):
        face_map([zone])
