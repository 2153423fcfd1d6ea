// A block of skin with the channels of the latest session, in parallel projection; it turns.
(() => {
  "use strict";
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("data").textContent);
  const darkness = matchMedia("(prefers-color-scheme: dark)"), calm = matchMedia("(prefers-reduced-motion: reduce)");
  const ground = (name) => data.ground[name][darkness.matches ? "dark" : "light"];
  const element = (name) => data.elements.find((one) => one.name === name);
  const clamp = (value) => Math.min(Math.max(value, 0), 1);
  const PITCH = 0.42, tilt = Math.sin(PITCH), upright = Math.cos(PITCH), canvases = [];
  let frame = 0, turning = 0;

  // the block of the device of the latest session, or of the first one before treatment
  function blockOf(one) {
    const done = Math.max(one.sessions_done[frame], 1);
    const like = one.channels[done - 1];
    const same = (made) => made.block && made.per_cm2 === like.per_cm2 && made.reached_mm === like.reached_mm;
    return { made: like, block: (one.channels.find(same) || {}).block };
  }

  function draw(one, canvas) {
    const width = canvas.clientWidth;
    if (!width) return;
    const { made, block } = blockOf(one), side = block ? block.side_mm : data.scale.width_mm, deep = data.scale.bottom_mm;
    const angle = (Number(byId("angle").value) * Math.PI) / 180, c = Math.cos(angle), s = Math.sin(angle);
    const perMm = Math.min(width / (side * 1.45), 330), dots = Math.min(window.devicePixelRatio || 1, 2);
    const height = Math.round((deep * upright + side * 1.42 * tilt) * perMm) + 16;
    canvas.width = Math.round(width * dots);
    canvas.height = Math.round(height * dots);
    canvas.style.height = `${height}px`;
    const pen = canvas.getContext("2d");
    pen.setTransform(dots, 0, 0, dots, 0, 0);
    const turned = (x, y) => [(x - side / 2) * c + (y - side / 2) * s, (y - side / 2) * c - (x - side / 2) * s];
    const at = (x, y, z) => {
      const [across, near] = turned(x, y);
      return [width / 2 + across * perMm, 8 + (side * 0.71 * tilt + near * tilt + z * upright) * perMm];
    };
    const corners = [[0, 0], [side, 0], [side, side], [0, side]];
    const face = (points, colour, alpha, line = 0.8) => {
      pen.beginPath();
      points.forEach((point, k) => pen[k ? "lineTo" : "moveTo"](...point));
      pen.closePath();
      pen.globalAlpha = alpha;
      pen.fillStyle = colour;
      if (alpha) pen.fill();
      pen.globalAlpha = 1;
      pen.strokeStyle = ground("edge");
      pen.lineWidth = line;
      if (line) pen.stroke();
    };
    const top = one.epidermis_mm[0] + one.epidermis_mm[1], faces = one.depth_faces_mm;
    const layers = [[top, 0, "viable_epidermis"], [top + faces[one.papillary_cells], top, "papillary_dermis"],
      [top + faces[faces.length - 1], top + faces[one.papillary_cells], "reticular_dermis"], [deep, top + faces[faces.length - 1], "fat"]];
    const walls = corners.map((corner, k) => [corner, corners[(k + 1) % 4]]);
    const nearness = ([a, b]) => turned(...a)[1] + turned(...b)[1];
    const far = walls.filter((wall) => nearness(wall) <= 0), close = walls.filter((wall) => nearness(wall) > 0);
    const wall = ([a, b], alpha) => layers.forEach(([to, from, name]) =>
      face([at(...a, from), at(...b, from), at(...b, to), at(...a, to)], ground(name), alpha, 0.5));
    face(corners.map((corner) => at(...corner, deep)), ground("fat"), 1);
    far.forEach((each) => wall(each, 1));

    if (block && one.sessions_done[frame]) {
      const open = one.closure.geometric[frame], platelet = element("platelet"), cells = one.by_depth.platelet[frame];
      const blood = platelet.peak > 0 ? clamp(cells.reduce((sum, value) => sum + value, 0) / cells.length / platelet.peak) : 0;
      const level = block.level_mm, slice = [[0, level], [side, level]];
      face([at(...slice[0], 0), at(...slice[1], 0), at(...slice[1], deep), at(...slice[0], deep)], ground("ink"), 0.06, 1.6);
      const sorted = block.entries.map((entry) => [turned(entry[0], entry[1])[1], entry]).sort((a, b) => a[0] - b[0]);
      for (const [, [x, y, depth, direction]] of sorted) {
        const cut = block.cut_mm * Math.abs(Math.cos(direction - angle));
        const half = (z) => open * (made.recoil * (made.tip_mm + (made.diameter_mm - made.tip_mm) * clamp((depth - z) / made.taper_mm))
          + cut * (1 - z / depth)) / 2 * perMm;
        const left = [], right = [];
        for (let k = 0; k <= 8; k++) {
          const z = (depth * k) / 8, [px, py] = at(x, y, z);
          left.push([px - half(z), py]);
          right.unshift([px + half(z), py]);
        }
        if (half(0) < 0.1) continue;
        face([...left, ...right], ground("air"), 0.85, 0.6);
        face([...left, ...right], platelet[darkness.matches ? "dark" : "light"], 0.55 * blood, 0);
        const [px, py] = at(x, y, 0);
        pen.beginPath();
        pen.ellipse(px, py, half(0), half(0) * tilt, 0, 0, 7);
        pen.fillStyle = ground("air");
        pen.fill();
        pen.stroke();
      }
    }
    close.forEach((each) => wall(each, 0.16));
    face(corners.map((corner) => at(...corner, 0)), ground("stratum_corneum"), 0.12, 1.2);
  }

  const all = () => { if (byId("block").open) data.cases.forEach((one, k) => draw(one, canvases[k])); };
  const set = (angle) => { byId("angle").value = ((angle + 540) % 360) - 180; all(); };
  const stop = () => { cancelAnimationFrame(turning); turning = 0; byId("turn").textContent = "Turn"; };

  data.cases.forEach((one) => {
    const canvas = document.createElement("canvas"), box = document.createElement("div"), name = document.createElement("p");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `Block of skin with channels${one.label && `, case ${one.label}`}`);
    name.textContent = one.label && `Case ${one.label}`;
    box.append(name, canvas);
    byId("blocks").append(box);
    canvases.push(canvas);
    let from = null;
    canvas.addEventListener("pointerdown", (event) => { from = [event.clientX, Number(byId("angle").value)]; canvas.setPointerCapture(event.pointerId); stop(); });
    canvas.addEventListener("pointermove", (event) => { if (from) set(from[1] - (event.clientX - from[0]) / 2); });
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { from = null; });
  });
  byId("blocks").classList.add(data.cases.length > 1 ? "two" : "one");
  byId("angle").addEventListener("input", () => { stop(); all(); });
  byId("block").addEventListener("toggle", () => { if (!byId("block").open) stop(); all(); });
  byId("turn").addEventListener("click", () => {
    if (turning) return stop();
    if (calm.matches) return set(Number(byId("angle").value) + 30);
    byId("turn").textContent = "Stop";
    let last = 0, angle = Number(byId("angle").value);
    const step = (time) => {
      if (last) set(angle += (time - last) * 0.025);
      last = time;
      turning = requestAnimationFrame(step);
    };
    turning = requestAnimationFrame(step);
  });
  document.addEventListener("frame", (event) => { frame = event.detail; all(); });
  darkness.addEventListener("change", all);
  new ResizeObserver(all).observe(byId("blocks"));
  frame = Number(byId("time").value);
})();
