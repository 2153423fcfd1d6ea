"""Channels of a session to scale, for figures: their pattern on a square of skin, their depth and their outline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from neodermis.simulation.session import Floats, SessionEffect, SessionInput
from neodermis.skin.injury import depth_at
from neodermis.treatment import Device
from neodermis.treatment.pattern import Pattern, entry_pattern


@dataclass(frozen=True, kw_only=True)
class ChannelGeometry:
    """What the channels of a session look like, with the central numbers."""

    device: Device
    setting: dict[str, float]
    glide_speed_mm_s: float
    lane_overlap: float
    channels: dict[str, float]
    recoil: float
    """Width of a channel over that of the needle."""
    rim_mm: float
    """Thickness of the necrotic rim."""
    cut_mm: float
    """Along the skin, by the drag."""
    seed: int

    @classmethod
    def of(cls, device: Device, given: SessionInput, done: SessionEffect, seed: int) -> ChannelGeometry:
        """Geometry of the first member of a session."""
        after, needling = given.parameters.injury, given.parameters.needling
        channels = {name: float(np.asarray(values)[0]) for name, values in done.channels._asdict().items()}
        return cls(
            device=device,
            setting={name: float(values[0]) for name, values in given.setting._asdict().items()},
            glide_speed_mm_s=float(needling.pen_glide_speed[0]),
            lane_overlap=float(needling.lane_overlap[0]),
            channels=channels,
            recoil=float(after.channel_recoil_ratio[0]),
            rim_mm=float(after.necrotic_rim_thickness[0]) / 1e3,
            cut_mm=float(after.drag_cut_share[0]) * channels["sideways_mm"],
            seed=seed,
        )

    @property
    def per_mm2(self) -> float:
        """Channels per mm²."""
        return self.channels["per_mm2"] * (self.channels["reached_depth_mm"] > 0)

    def width(self, above_tip_mm: Any) -> Any:
        """Width of the needle at a distance above its tip, mm."""
        c = self.channels
        share = np.clip(above_tip_mm / c["needle_taper_mm"], 0.0, 1.0)
        return c["needle_tip_mm"] + (c["needle_diameter_mm"] - c["needle_tip_mm"]) * share

    def entries(self, side_mm: float) -> tuple[Pattern, Floats]:
        """Channels on a square, and their depth (mm); entries that do not pierce the skin are left out."""
        names = ("passes", "needles", "frequency_hz", "head_width_mm", "drum_diameter_mm", "drum_width_mm")
        made = entry_pattern(
            self.device.kind,
            side_mm=side_mm,
            lane_overlap=self.lane_overlap,
            glide_speed_mm_s=self.glide_speed_mm_s,
            set_depth_mm=self.setting["set_depth_mm"],
            head_area_mm2=self.setting["head_area_mm2"],
            seed=self.seed,
            **{name: self.setting[name] for name in names},
        )
        rank = np.random.default_rng([self.seed, 1]).uniform(1e-6, 1.0, len(made.x_mm))
        depths = np.asarray(depth_at(rank, self.channels["reached_depth_mm"], self.channels["depth_loss"]))
        inside = (depths > 0) & (self.per_mm2 > 0)
        return Pattern(*(values[inside] for values in made)), depths[inside]
