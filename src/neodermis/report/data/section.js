// The skin in section: draws the states in the page's data at the time that the slider shows.
(() => {
  "use strict";
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("data").textContent);
  const elements = data.elements, cases = data.cases, days = data.time_day, last = days.length - 1;
  const scale = data.scale, shapes = data.shapes, AIR = scale.air_mm, hidden = new Set();
  const darkness = matchMedia("(prefers-color-scheme: dark)"), calm = matchMedia("(prefers-reduced-motion: reduce)");
  const clamp = (value, low = 0, high = 1) => Math.min(Math.max(value, low), high);
  const theme = () => (darkness.matches ? "dark" : "light");
  const ground = (name) => data.ground[name][theme()];
  const make = (tag, settings = {}, ...inside) => {
    const made = Object.assign(document.createElement(tag), settings);
    made.append(...inside);
    return made;
  };
  let shown = 0, playing = 0;

  // ---------------------------------------------------------------------------------------------- numbers and times

  const number = (value) => {
    if (value === 0) return "0";
    if (Math.abs(value) < 0.001) return "< 0.001";
    if (Math.abs(value) >= 100) return value.toFixed(0);
    return String(Number(value.toPrecision(3)));
  };
  const span = (day) => {
    if (day < 59.5 / 1440) return `${Number((day * 1440).toPrecision(2))} min`;
    if (day < 0.999) return `${Number((day * 24).toPrecision(2))} h`;
    return day === 1 ? "1 day" : `${day < 10 ? Number(day.toPrecision(2)) : Math.round(day)} days`;
  };
  const isBefore = (frame) => cases.every((one) => one.sessions_done[frame] === 0);
  const told = (frame) => {
    if (isBefore(frame)) return "Before treatment";
    const day = days[frame], exact = day < 1 ? "" : `Day ${day < 10 ? Number(day.toPrecision(3)) : Math.round(day)}`;
    const latest = cases.map((one) => {
      const done = one.sessions_done[frame];
      return done ? { done, since: day - one.session_day[done - 1] } : null;
    });
    const same = latest.every((one) => one && latest[0] && one.done === latest[0].done && one.since === latest[0].since);
    const words = (one) => !one ? "before treatment" : one.since === 0 ? `at the end of session ${one.done}`
      : `${same ? span(one.since) : span(one.since).replace(/ days?$/, " d")} after session ${one.done}`;
    const rest = same ? words(latest[0]) : cases.map((one, k) => `${one.label} ${words(latest[k])}`).join(", ");
    return exact ? `${exact}: ${rest}` : rest[0].toUpperCase() + rest.slice(1);
  };
  const values = (one, element, frame) => one[element.where][element.name][frame];
  const mean = (row, faces, from, to) => {
    let sum = 0, weight = 0;
    for (let k = from; k < to; k++) { sum += row[k] * (faces[k + 1] - faces[k]); weight += faces[k + 1] - faces[k]; }
    return sum / weight;
  };
  const layers = (one, row) => [mean(row, one.depth_faces_mm, 0, one.papillary_cells),
    mean(row, one.depth_faces_mm, one.papillary_cells, row.length)];

  // ---------------------------------------------------------------------------------------------- marks

  const mix = (from, to, share) => {
    const part = (text, k) => parseInt(text.slice(1 + 2 * k, 3 + 2 * k), 16);
    return `rgb(${[0, 1, 2].map((k) => Math.round(part(from, k) + (part(to, k) - part(from, k)) * share)).join(",")})`;
  };
  const SHAPES = {
    neutrophil(pen, x, y, size) { pen.moveTo(x + size, y); pen.arc(x, y, size, 0, 7); },
    macrophage_inflammatory(pen, x, y, size) {
      for (let k = 0; k < 14; k++) {
        const angle = (k / 14) * 2 * Math.PI, far = size * (k % 2 ? 1.05 : 2.2);
        pen[k ? "lineTo" : "moveTo"](x + far * Math.sin(angle), y - far * Math.cos(angle));
      }
      pen.closePath();
    },
    macrophage_repair(pen, x, y, size) { pen.moveTo(x + 1.8 * size, y); pen.arc(x, y, 1.8 * size, 0, 7); },
    spindle(pen, x, y, long, thick, angle) {
      const c = Math.cos(angle) * long, s = Math.sin(angle) * long, u = -Math.sin(angle) * thick, v = Math.cos(angle) * thick;
      pen.moveTo(x - c, y - s);
      pen.quadraticCurveTo(x + u, y + v, x + c, y + s);
      pen.quadraticCurveTo(x - u, y - v, x - c, y - s);
    },
  };
  const SPINDLES = shapes.spindles;

  function cell(pen, element, x, y, turn, perMm) {
    const size = clamp(0.0095 * perMm, 1.9, 3.6), colour = element[theme()], edge = mix(colour, darkness.matches ? "#ffffff" : "#000000", 0.55);
    pen.beginPath();
    if (SPINDLES[element.name]) {
      const { half_length_mm, half_width_mm } = SPINDLES[element.name], far = Math.max(perMm, 170);
      const long = half_length_mm * far, thick = half_width_mm * far, angle = (turn - 0.5) * 1.6;
      SHAPES.spindle(pen, x, y, long, thick, angle);
      pen.fillStyle = colour;
      pen.fill();
      if (element.name === "fibroblast") return;
      pen.strokeStyle = edge;
      pen.lineWidth = 0.8;
      pen.stroke();
      if (element.name === "myofibroblast") {
        pen.beginPath();
        pen.moveTo(x - 0.6 * long * Math.cos(angle), y - 0.6 * long * Math.sin(angle));
        pen.lineTo(x + 0.6 * long * Math.cos(angle), y + 0.6 * long * Math.sin(angle));
        pen.strokeStyle = mix(colour, darkness.matches ? "#000000" : "#ffffff", 1);
        pen.lineWidth = 1.2;
        pen.stroke();
      }
      return;
    }
    SHAPES[element.name](pen, x, y, size);
    pen.fillStyle = colour;
    pen.fill();
    pen.strokeStyle = edge;
    pen.lineWidth = 0.9;
    pen.stroke();
    if (element.name === "macrophage_repair") {
      pen.beginPath();
      pen.arc(x + 0.4 * size, y, 0.7 * size, 0, 7);
      pen.fillStyle = edge;
      pen.fill();
    }
  }

  function vessel(pen, element, x, y, perMm, above) {
    pen.beginPath();
    pen.arc(x, y, clamp(0.012 * perMm, 2.4, 4.5), 0, 7);
    pen.lineWidth = 1.4;
    pen.strokeStyle = above ? element[theme()] : mix(element[theme()], ground("papillary_dermis"), 0.45);
    pen.fillStyle = above ? element[theme()] : ground("papillary_dermis");
    pen.fill();
    pen.stroke();
  }

  const LINES = shapes.lines;

  function line(pen, name, x, y, turn, order, perMm, papillary) {
    const shape = LINES[name], long = (papillary ? shape.papillary_mm : shape.reticular_mm) * perMm;
    const angle = (1 - order) * (turn - 0.5) * 2, high = (name === "elastin" ? 1 : 1 - order) * shape.wave_mm * perMm;
    const c = Math.cos(angle), s = Math.sin(angle), side = turn * 1000 % 1 < 0.5 ? 1 : -1;
    const at = (along, across) => [x + along * c - side * across * s, y + along * s + side * across * c];
    pen.moveTo(...at(-long, 0));
    pen.bezierCurveTo(...at(-long / 3, 2 * high), ...at(long / 3, -2 * high), ...at(long, 0));
  }

  // ---------------------------------------------------------------------------------------------- the section

  const strips = elements.filter((one) => one.kind === "signal");

  // start of a part of the section, mm: where it shows most channels of the first session
  const starts = new Map();
  const startOf = (one, share) => {
    const key = `${one.label} ${share}`, wide = share * scale.width_mm;
    if (!starts.has(key)) {
      const count = (from) => one.channels[0].shown.filter(({ x }) => x > from + 0.05 && x < from + wide - 0.05).length;
      const places = Array.from({ length: 21 }, (_, k) => (k / 20) * (scale.width_mm - wide));
      starts.set(key, places.reduce((best, from) => count(from) > count(best) ? from : best, 0));
    }
    return starts.get(key);
  };

  function place(one, canvas) {
    const width = canvas.clientWidth, phone = width < 480, narrow = width < 260;
    const strip = narrow ? 8 : phone ? 12 : 20, share = narrow ? 0.4 : phone ? 0.65 : 1, from = startOf(one, share);
    const left = narrow ? 21 : phone ? 27 : 34, right = strips.length * strip + (narrow ? 5 : 8), head = 17;
    // a phone shows a part of the section, on a larger scale
    const across = share * scale.width_mm, perMm = (width - left - right) / across;
    const height = Math.round(head + (AIR + scale.bottom_mm) * perMm) + 2;
    const dots = Math.min(window.devicePixelRatio || 1, 2);
    if (canvas.width !== Math.round(width * dots) || canvas.height !== Math.round(height * dots)) {
      canvas.width = Math.round(width * dots);
      canvas.height = Math.round(height * dots);
      canvas.style.height = `${height}px`;
    }
    return { width, height, left, strip, head, perMm, dots, phone, narrow, x: (mm) => left + (mm - from) * perMm,
      y: (mm) => head + (AIR + mm) * perMm, right: left + across * perMm };
  }

  function draw(one, canvas, frame) {
    if (!canvas.clientWidth) return;
    const at = place(one, canvas), pen = canvas.getContext("2d"), perMm = at.perMm;
    const on = (name) => !hidden.has(name), element = Object.fromEntries(elements.map((e) => [e.name, e]));
    const now = (name) => values(one, element[name], frame);
    const top = one.epidermis_mm[0] + one.epidermis_mm[1], faces = one.depth_faces_mm, cells = faces.length - 1;
    const z = (mm) => at.y(top + mm), floor = faces[cells];
    const rect = (colour, from, to) => { pen.fillStyle = colour; pen.fillRect(at.left, from, at.right - at.left, to - from); };
    pen.setTransform(at.dots, 0, 0, at.dots, 0, 0);
    pen.clearRect(0, 0, at.width, at.height);
    pen.save();
    pen.beginPath();
    pen.rect(at.left, 0, at.right - at.left, at.height);
    pen.clip();
    rect(ground("fat"), z(floor), at.height);
    rect(ground("reticular_dermis"), z(faces[one.papillary_cells]), z(floor));
    rect(ground("papillary_dermis"), z(0), z(faces[one.papillary_cells]));
    pen.lineCap = "round";

    // marks of an element whose number follows from its value by depth
    const each = (name, count, show) => {
      for (const [part, threshold, along, down, turn] of data.places[name]) {
        const share = clamp(shapes.sharp * (count(part) - threshold));
        if (share > 0) show(at.x(along * scale.width_mm), part, down, turn, share, threshold);
      }
    };
    const deep = (part, down) => z(faces[part] + down * (faces[part + 1] - faces[part]));

    pen.save();
    pen.beginPath();
    pen.rect(at.left, z(0), at.right - at.left, z(floor) - z(0));
    pen.clip();
    for (const name of ["collagen_1", "collagen_3", "elastin"].filter(on)) {
      const row = now(name), rest = one.rest[name], colour = element[name][theme()], dermis = ground("reticular_dermis");
      const order = on("alignment") ? now("alignment") : null, groups = new Map();
      each(name, (part) => row[part] * rest[part], (x, part, down, turn, share, threshold) => {
        const above = name !== "elastin" && threshold > rest[part], key = `${above} ${share.toFixed(1)}`;
        if (!groups.has(key)) groups.set(key, { above, share, path: new Path2D() });
        line(groups.get(key).path, name, x, deep(part, down), turn, order ? order[part] : 0, perMm, part < one.papillary_cells);
      });
      for (const { above, share, path } of groups.values()) {
        pen.globalAlpha = share;
        pen.strokeStyle = above || name === "elastin" ? colour : mix(colour, dermis, 0.66);
        pen.lineWidth = LINES[name].width * (above ? 1.6 : 1) * (at.phone ? 0.8 : 1);
        pen.stroke(path);
      }
      pen.globalAlpha = 1;
    }
    pen.restore();
    if (on("capillary_density")) {
      const row = now("capillary_density"), rest = one.rest.capillary_density;
      each("capillary_density", (part) => row[part] * rest[part], (x, part, down, turn, share, threshold) => {
        pen.globalAlpha = share;
        vessel(pen, element.capillary_density, x, deep(part, down), perMm, threshold > rest[part]);
      });
      pen.globalAlpha = 1;
    }
    const cellsOf = (name) => {
      const row = now(name);
      each(name, (part) => row[part] * (faces[part + 1] - faces[part]) * scale.width_mm / element[name].per_mark,
        (x, part, down, turn, share) => {
          pen.globalAlpha = share;
          cell(pen, element[name], x, deep(part, down), turn, perMm);
        });
      pen.globalAlpha = 1;
    };
    ["fibroblast", "activated", "myofibroblast"].filter(on).forEach(cellsOf);

    const done = one.sessions_done[frame], made = done ? one.channels[done - 1] : null, channels = made ? made.shown : [];
    const half = (channel, depth) => {
      const needle = made.tip_mm + (made.diameter_mm - made.tip_mm) * clamp((channel.depth - depth) / made.taper_mm);
      return (made.recoil * needle + channel.cut * (1 - depth / channel.depth)) / 2;
    };
    const outline = (channel, open, wider, from) => {
      const deepest = channel.depth, points = 14;
      pen.beginPath();
      if (deepest <= from) return;
      for (let k = 0; k <= points; k++) {
        const depth = from + ((deepest - from) * k) / points;
        pen.lineTo(at.x(channel.x - half(channel, depth) * open - wider), at.y(depth));
      }
      pen.lineTo(at.x(channel.x), at.y(deepest + wider));
      for (let k = points; k >= 0; k--) {
        const depth = from + ((deepest - from) * k) / points;
        pen.lineTo(at.x(channel.x + half(channel, depth) * open + wider), at.y(depth));
      }
      pen.closePath();
    };
    if (on("damage") && element.damage.peak > 0) {
      const row = now("damage");
      for (const channel of channels) {
        outline(channel, 1, made.rim_mm, top);
        pen.save();
        pen.clip();
        for (let part = 0; part < cells; part++) {
          pen.globalAlpha = clamp(row[part] / element.damage.peak) * 0.85;
          if (pen.globalAlpha > 0.004) rect(element.damage[theme()], z(faces[part]), z(faces[part + 1]) + 0.6);
        }
        pen.restore();
      }
      pen.globalAlpha = 1;
    }
    if (on("geometric") && now("geometric") > 0) {
      pen.strokeStyle = ground("edge");
      for (const channel of channels) {
        // no edge is wider than its gap
        pen.lineWidth = Math.min(1.6, 2 * half(channel, top) * now("geometric") * perMm);
        if (pen.lineWidth < 0.2) continue;
        outline(channel, now("geometric"), 0, top);
        pen.stroke();
      }
      pen.fillStyle = ground("air");
      for (const channel of channels) { outline(channel, now("geometric"), 0, top); pen.fill(); }
    }
    if (on("platelet") && element.platelet.peak > 0) {
      const row = now("platelet"), steps = shapes.clot_steps;
      pen.fillStyle = element.platelet[theme()];
      channels.forEach((channel, number) => {
        for (let part = 0; part < cells; part++) {
          const count = (shapes.clot * row[part]) / element.platelet.peak, high = faces[part + 1] - faces[part];
          for (let k = 0; k < shapes.clot; k++) {
            const share = clamp(count - k), many = number * 97 + part * 13 + k;
            const depth = faces[part] + ((many * steps[0]) % 1) * high + top;
            if (share <= 0 || depth > channel.depth) continue;
            pen.globalAlpha = share;
            pen.beginPath();
            pen.arc(at.x(channel.x + half(channel, depth) * (1.5 * ((many * steps[1]) % 1) - 0.75)), at.y(depth),
              clamp(0.007 * perMm, 1.3, 2.4), 0, 7);
            pen.fill();
          }
        }
      });
      pen.globalAlpha = 1;
    }
    ["neutrophil", "macrophage_repair", "macrophage_inflammatory"].filter(on).forEach(cellsOf);

    // the epidermis grows upwards from the dermis
    const thick = one.epidermis_mm[1] * (on("epidermis") ? now("epidermis") : 1), high = one.epidermis_mm[0];
    const living = z(-thick), surface = z(-thick - high);
    rect(ground("viable_epidermis"), living, z(0));
    for (const name of ["melanin", "post_inflammatory_pigment"].filter(on)) {
      const count = now(name) / element[name].per_mark, large = name === "melanin" ? 0.9 : 1.7;
      pen.fillStyle = element[name][theme()];
      each(name, () => count, (x, part, down, turn, share) => {
        pen.globalAlpha = share;
        pen.beginPath();
        pen.arc(x, z(-0.1 * one.epidermis_mm[1] - 0.55 * down * one.epidermis_mm[1]), large * clamp(0.004 * perMm, 0.8, 1.4), 0, 7);
        pen.fill();
      });
      pen.globalAlpha = 1;
    }
    rect(ground("stratum_corneum"), surface, Math.max(living, surface + 1));
    channels.forEach((channel, number) => {
      const count = channels.length, uncovered = on("unepithelialised_fraction") ? now("unepithelialised_fraction") : 0;
      const wide = half(channel, 0), rank = ((number + 1) * 0.6180339887498949) % 1;
      const gap = wide * clamp(count * (uncovered - rank) + uncovered), slit = wide * (on("barrier") ? now("barrier") : 0);
      pen.fillStyle = ground("air");
      if (gap > 0) pen.fillRect(at.x(channel.x - gap), living, 2 * gap * perMm, z(Math.min(channel.depth - top, 0)) - living);
      if (slit > 0) pen.fillRect(at.x(channel.x - slit), surface - 1, 2 * slit * perMm, Math.max(living, surface + 1) - surface + 1);
    });
    pen.restore();

    // scale, layers, signals
    pen.fillStyle = ground("ink");
    pen.strokeStyle = ground("ink");
    pen.font = `${at.narrow ? 10 : at.phone ? 11 : 12}px system-ui, sans-serif`;
    pen.textBaseline = "middle";
    pen.textAlign = "right";
    pen.lineWidth = 1;
    for (let depth = 0; depth <= scale.bottom_mm; depth += perMm > 200 && !at.phone ? 0.25 : 0.5) {
      const height = at.y(depth);
      pen.fillRect(at.left - 4, height - 0.5, 4, 1);
      pen.fillText(depth === 0 ? "0" : depth.toFixed(depth * 2 % 1 ? 2 : 1), at.left - 6, height);
    }
    const words = (text, x, height, align) => {
      pen.textAlign = align;
      pen.lineWidth = 3.5;
      pen.lineJoin = "round";
      pen.strokeStyle = mix(ground("reticular_dermis"), ground("air"), 0.4);
      pen.strokeText(text, x, height);
      pen.fillStyle = ground("ink");
      pen.fillText(text, x, height);
    };
    pen.textAlign = "left";
    pen.fillText(at.phone ? "mm" : "depth, mm", 0, 8);
    const names = [["papillary_dermis", z(0) + 10], ["reticular_dermis", z(faces[one.papillary_cells]) + 10], ["fat", z(floor) + 8]];
    for (const [name, height] of names) words(data.layers[name], at.left + 4, height, "left");
    words("epidermis", at.left + 4, surface - 8, "left");
    const bar = scale.width_mm > 3 ? 1 : 0.5;
    pen.fillStyle = ground("ink");
    pen.fillRect(at.right - bar * perMm - 8, at.height - 7, bar * perMm, 3);
    words(`${bar} mm`, at.right - 8 - (bar * perMm) / 2, at.height - 16, "center");
    strips.forEach((strip, number) => {
      const x = at.right + 8 + number * at.strip, wide = at.strip - 3, row = now(strip.name);
      pen.fillStyle = ground("ink");
      pen.textAlign = "center";
      pen.fillText(String(number + 1), x + wide / 2, z(0) - 9);
      if (!on(strip.name)) return;
      for (let part = 0; part < cells; part++) {
        pen.fillStyle = mix(ground("reticular_dermis"), strip[theme()], strip.peak > 0 ? clamp(row[part] / strip.peak) : 0);
        pen.fillRect(x, z(faces[part]), wide, z(faces[part + 1]) - z(faces[part]) + 0.6);
      }
      pen.strokeStyle = ground("edge");
      pen.lineWidth = 0.7;
      pen.strokeRect(x, z(0), wide, z(floor) - z(0));
      if (at.phone) return;
      pen.save();
      pen.translate(x + wide / 2, z(floor) - 6);
      pen.rotate(-Math.PI / 2);
      words(strip.label, 0, 0.5, "left");
      pen.restore();
    });
  }

  // ---------------------------------------------------------------------------------------------- the page

  const canvases = [], captions = [];
  const phasesAt = (one, frame) => {
    const found = [];
    for (const phase of one.phases) {
      const since = one.session_day.slice(0, one.sessions_done[frame]).map((day) => days[frame] - day);
      if (since.some((day) => day >= phase.start_day && day <= phase.end_day)) found.push(phase.name);
    }
    return found;
  };
  const joined = (parts) => parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;

  // largest departure of an element's mean from the skin before treatment
  const whole = (one, element, frame) => {
    const row = values(one, element, frame);
    return element.where === "by_depth" ? mean(row, one.depth_faces_mm, 0, row.length) : row;
  };
  const departures = cases.map((one) => elements.map((element) => days.map((_, k) => whole(one, element, k) - whole(one, element, 0))));
  const most = departures.map((rows) => rows.map((row) => Math.max(...row.map(Math.abs))));
  const mostOfAll = elements.map((_, k) => Math.max(...most.map((row) => row[k])));

  const signed = (share) => Math.abs(share) < 5e-4 ? "by less than 0.1\u00a0%" : `${share < -5e-4 ? "−" : "+"}${Math.abs(100 * share).toFixed(1)}\u00a0%`;

  function caption(one, number, frame) {
    const name = one.label ? `${one.label}. ` : "";
    if (one.sessions_done[frame] === 0) return [make("b", {}, `${name}Before treatment: `), "the skin at rest."];
    const phases = phasesAt(one, frame);
    const parts = phases.map((name) => `${name} (${data.phases[name].words})`);
    const near = elements.filter((element, k) => element.kind !== "channel" && element.where === "by_depth" && element.kind !== "order"
      && most[number][k] > 0.01 * Math.max(Math.abs(whole(one, element, 0)), element.peak) && most[number][k] > 0.05 * mostOfAll[k]
      && Math.abs(departures[number][k][frame]) > 0.85 * most[number][k]).map((element) => element.label);
    const first = Math.min(...one.phases.map((phase) => phase.start_day)), since = days[frame] - one.session_day[one.sessions_done[frame] - 1];
    const none = !one.phases.length ? "nothing, since there is no injury. " : since < first
      ? `the response to the injury; inflammation begins ${span(first)} after the session. ` : "no phase of healing. ";
    return [
      make("b", {}, `${name}In progress: `), parts.length ? `${joined(parts)}. ` : none,
      ...(near.length ? [make("b", {}, "At or near the largest change: "), `${joined(near)}. `] : []),
      make("b", {}, "Change so far: "),
      `${joined(["collagen_3", "collagen_1"].map((name) => elements.find((element) => element.name === name))
        .map((element) => `${element.label} ${signed(whole(one, element, frame) / whole(one, element, 0) - 1)}`))} (mean of the dermis).`,
    ];
  }

  function build() {
    const about = byId("about");
    if (cases.length === 1) {
      about.append(make("p", {}, make("b", {}, cases[0].protocol)), make("p", { className: "soft" }, cases[0].patient));
    }
    for (const id of ["cases", "view"]) byId(id).classList.add(cases.length === 2 ? "two" : "one");
    cases.forEach((one, number) => {
      const canvas = make("canvas"), tip = make("div", { className: "tip", hidden: true }), now = make("p", { className: "now" });
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", `Section through the skin${one.label && `, case ${one.label}`}; the table below gives its values.`);
      const first = one.channels[0], head = [];
      if (one.label) {
        head.push(make("div", { className: "case" }, make("h2", {}, `Case ${one.label}`), make("p", {}, make("b", {}, one.protocol)),
          make("p", { className: "soft" }, one.patient)));
      }
      if (one.beyond_limits) (head[0] || about).append(make("p", { className: "box" }, "Beyond the limits of practice."));
      const prefix = one.label ? `${one.label}: ` : "";
      const section = make("section", {}, ...head, make("div", { className: "stage" }, canvas, tip), now,
        make("p", { className: "soft facts" }, first.shown.length
          ? `${prefix}Channels: ${number_(first.per_cm2)} per cm², ${number_(1000 * first.width_mm)} µm wide at the surface, half of them deeper than ${number_(first.reached_mm)} mm; drawn are those of a slice ${number_(first.slice_mm)} mm thick. Pinpoint bleeding: ${number_(first.bleeding_per_cm2)} points per cm².`
          : `${prefix}No needle enters the skin.`),
        make("p", { className: "soft facts" }, `${prefix}Phases: ${phaseText(one)}`));
      section.setAttribute("aria-label", one.label ? `Case ${one.label}` : "Section");
      byId("cases").append(section);
      canvases.push(canvas);
      captions.push(now);
      hover(one, canvas, tip);
    });
    byId("means").textContent = cases.length > 1 ? "Means over the dermis. Clear a box to hide its element."
      : "Means over the papillary and the reticular dermis. Clear a box to hide its element.";
    legend();
    reading();
  }
  const number_ = (value) => value >= 9.95 ? value.toFixed(0) : String(Number(value.toPrecision(2)));

  function hover(one, canvas, tip) {
    const hide = () => { tip.hidden = true; };
    canvas.addEventListener("pointerleave", hide);
    canvas.addEventListener("pointermove", (event) => {
      const at = place(one, canvas), box = canvas.getBoundingClientRect(), y = event.clientY - box.top, x = event.clientX - box.left;
      const depth = (y - at.head) / at.perMm - AIR, top = one.epidermis_mm[0] + one.epidermis_mm[1], faces = one.depth_faces_mm;
      const part = faces.findLastIndex((face) => face <= depth - top);
      if (x < at.left || depth < 0 || part >= faces.length - 1) return hide();
      const layer = part < 0 ? "epidermis" : data.layers[part < one.papillary_cells ? "papillary_dermis" : "reticular_dermis"];
      const rows = elements.filter((element) => !hidden.has(element.name) && (part < 0) === (element.where !== "by_depth"))
        .map((element) => [element, part < 0 ? values(one, element, shown) : values(one, element, shown)[part]])
        .filter(([, value]) => value !== 0);
      tip.replaceChildren(make("b", {}, `${depth.toFixed(2)} mm, ${layer}`),
        ...rows.map(([element, value]) => make("div", {}, `${element.label}: ${number(value)} ${element.unit}`)));
      tip.hidden = false;
      const wide = tip.offsetWidth;
      tip.style.left = `${clamp(x + 14 + wide > at.width ? x - wide - 14 : x + 14, 0, Math.max(at.width - wide, 0))}px`;
      tip.style.top = `${Math.max(y - tip.offsetHeight / 2, 0)}px`;
    });
  }

  const outputs = [];
  const icons = [];
  function legend() {
    const several = cases.length > 1, table = byId("values"), top = make("tr", {}, make("th", { scope: "col" }, "Element"));
    for (const one of cases) {
      for (const name of several ? [one.label] : ["papillary", "reticular"]) {
        top.append(make("th", { scope: "col", className: "number" }, name));
      }
    }
    table.append(make("thead", {}, top));
    let body = null, group = "";
    for (const element of elements) {
      if (element.group !== group) {
        group = element.group;
        body = make("tbody", {}, make("tr", {}, make("th", { scope: "rowgroup", className: "group", colSpan: 3 }, group)));
        table.append(body);
      }
      const box = make("input", { type: "checkbox", checked: true }), icon = make("canvas", { width: 68, height: 44 });
      icon.setAttribute("aria-hidden", "true");
      icons.push([element, icon]);
      box.addEventListener("change", () => {
        hidden[box.checked ? "delete" : "add"](element.name);
        show(shown);
      });
      const words = make("span", {}, element.label, make("small", {}, [element.unit, element.drawn, element.counted].filter(Boolean).join("; ")));
      const row = make("tr", {}, make("th", { scope: "row" }, make("label", { className: "name" }, box, icon, words)));
      row.dataset.element = element.name;
      box.dataset.element = element.name;
      cases.forEach((one, number) => {
        const wide = element.where !== "by_depth";
        const boxes = several ? [make("td", { className: "number" })] : wide ? [make("td", { className: "both", colSpan: 2 })]
          : [make("td", { className: "number" }), make("td", { className: "number" })];
        row.append(...boxes);
        outputs.push({ one, element, boxes });
      });
      body.append(row);
    }
  }

  function drawIcons() {
    for (const [element, icon] of icons) {
      const pen = icon.getContext("2d"), colour = element[theme()], epidermal = ["epidermis", "grain", "cover", "barrier"].includes(element.kind);
      pen.setTransform(2, 0, 0, 2, 0, 0);
      pen.fillStyle = ground(epidermal ? "viable_epidermis" : "papillary_dermis");
      pen.fillRect(0, 0, 34, 22);
      if (element.kind === "cell") [8, 25].forEach((x, k) => cell(pen, element, x, 8 + 6 * k, 0.3 + 0.4 * k, 330));
      else if (element.kind === "vessel") [9, 25].forEach((x, k) => vessel(pen, element, x, 11, 330, k));
      else if (element.kind === "line" || element.kind === "order") {
        [6, 11, 16].forEach((y, k) => {
          const name = element.kind === "order" ? "collagen_1" : element.name;
          pen.beginPath();
          line(pen, name, 17, y, 0.35 + 0.15 * k, element.kind === "order" ? 0.8 : 0, 140, false);
          pen.strokeStyle = k === 1 || name === "elastin" ? colour : mix(colour, ground("reticular_dermis"), 0.62);
          pen.lineWidth = LINES[name].width * (k === 1 ? 1.5 : 1);
          pen.stroke();
        });
      } else if (element.kind === "signal") {
        for (let k = 0; k < 34; k++) { pen.fillStyle = mix(ground("reticular_dermis"), colour, k / 33); pen.fillRect(k, 0, 1.2, 22); }
      } else if (element.kind === "grain" || element.kind === "clot") {
        pen.fillStyle = colour;
        for (let k = 0; k < 5; k++) { pen.beginPath(); pen.arc(4 + 6.5 * k, 8 + 6 * (k % 2), element.name === "melanin" ? 1.3 : 2.2, 0, 7); pen.fill(); }
      } else if (element.kind === "epidermis") {
        pen.fillStyle = ground("air");
        pen.fillRect(0, 0, 34, 6);
        pen.fillStyle = ground("papillary_dermis");
        pen.fillRect(0, 16, 34, 6);
      } else {
        if (element.kind === "barrier") { pen.fillStyle = ground("stratum_corneum"); pen.fillRect(0, 0, 34, 22); }
        if (element.kind === "rim") { pen.fillStyle = colour; pen.globalAlpha = 0.85; pen.fillRect(9, 0, 16, 22); pen.globalAlpha = 1; }
        pen.fillStyle = ground("air");
        pen.fillRect(13, 0, 8, 22);
        pen.strokeStyle = ground("edge");
        if (element.kind === "channel") pen.strokeRect(13, -1, 8, 24);
      }
    }
  }

  function reading() {
    const lines = [
      "To scale: the layers, the channels with their distance, width and depth, the thickness of the epidermis. Depth is measured in the skin before treatment.",
      `Driven by the model at every time and depth: how many marks and lines there are, the colour of the strips, the gaps of the channels, the shade around them. Cells are those of a slice ${scale.slice_mm} mm thick. Lines and rings above their number at rest are bright.`,
      "Schematic: where single cells, vessels, lines and grains lie; their shape and size (cells are enlarged); which channel is covered first. Lines of collagen are shorter and finer in the papillary dermis, as in histology.",
      "Central course: every parameter has its central value. Neither the uncertainty of the model nor the variability between people is shown.",
      ...(cases.length > 1 ? ["Both cases have the same scales and colours."] : []),
      "Phases are those of the answer to one session, from and to a tenth of its peak; after several sessions, a phase is in progress if it is after any of them. They tell when, not how much: a weak injury has the same phases.",
      ...data.warnings,
    ];
    byId("reading").append(...lines.map((text) => make("li", {}, text)));
  }
  const phaseText = (one) => one.phases.length
    ? `${joined(one.phases.map((p) => `${p.name} from ${span(p.start_day)} to ${span(p.end_day)}, peak at ${span(p.peak_day)}`))} after a session.`
    : "none, since there is no injury.";

  function profile() {
    const table = byId("profile"), rows = elements.filter((element) => element.where === "by_depth");
    table.replaceChildren();
    for (const one of cases) {
      const faces = one.depth_faces_mm, top = one.epidermis_mm[0] + one.epidermis_mm[1];
      const middles = faces.slice(1).map((face, k) => (top + (face + faces[k]) / 2).toFixed(2));
      table.append(make("tbody", {}, make("tr", {}, make("th", { scope: "col" }, `${one.label ? `${one.label}: d` : "D"}epth, mm`),
        ...middles.map((text) => make("th", { scope: "col", className: "number" }, text))),
      ...rows.map((element) => make("tr", {}, make("th", { scope: "row" }, `${element.label}, ${element.unit}`),
        ...values(one, element, shown).map((value) => make("td", { className: "number" }, number(value)))))));
    }
  }

  // ---------------------------------------------------------------------------------------------- time

  const slider = byId("time"), THUMB = 24;
  const frameOf = (day) => days.reduce((best, one, k) => k && Math.abs(one - day) < Math.abs(days[best] - day) ? k : best, 1);
  const within = (day, done, number) => {
    // position of a day after a session of a case, in frames
    let k = cases[number].sessions_done.findIndex((count, at) => count >= done && days[at] >= day);
    if (k < 0) return last;
    if (days[k] === day || k === 0 || cases[number].sessions_done[k - 1] < done) return k;
    return k - 1 + (day - days[k - 1]) / (days[k] - days[k - 1]);
  };

  function axis() {
    const svg = byId("axis"), wide = slider.clientWidth, at = (k) => THUMB / 2 + ((wide - THUMB) * k) / last;
    const row = cases.length > 1 ? 8 : 14, high = row * cases.length, part = (tag, settings, text = "") => {
      const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
      for (const [name, value] of Object.entries(settings)) made.setAttribute(name, value);
      made.textContent = text;
      svg.append(made);
      return made;
    };
    svg.replaceChildren();
    if (!wide) return;
    const ink = ground("ink"), soft = getComputedStyle(document.documentElement).getPropertyValue("--soft");
    const taken = [];
    const label = (x, text, anchor = "middle") => {
      const room = text.length * 6.4 + 8, from = anchor === "middle" ? x - room / 2 : anchor === "start" ? x : x - room;
      if (from < -6 || from + room > wide + 6 || taken.some(([a, b]) => from < b && from + room > a)) return;
      taken.push([from, from + room]);
      part("text", { x, y: 22, "text-anchor": anchor, fill: ink }, text);
    };
    const starts = [...new Set(cases.flatMap((one) => one.session_day))].sort((a, b) => a - b).filter((day) => day < days[last]);
    starts.forEach((day) => {
      const k = days.findIndex((one, n) => n > 0 && one >= day && !isBefore(n) && (n === 1 || days[n - 1] === day || day === 0)), x = at(k);
      part("path", { d: `M${x} 1 l5 8 h-10 z`, fill: ink });
    });
    label(THUMB / 2 - 4, "before", "start");
    label(at(last) + 6, `day ${Math.round(days[last])}`, "end");
    starts.forEach((day, n) => { if (n) label(at(days.indexOf(day) + 1), `day ${Math.round(day)}`); });
    for (const [name, day] of Object.entries(data.moments)) label(at(frameOf(day)), name);
    Object.keys(data.phases).forEach((name, n) => {
      const y = 28 + n * (high + 2);
      part("rect", { x: THUMB / 2, y, width: wide - THUMB, height: high, fill: "none", stroke: soft, "stroke-width": 0.5 });
      cases.forEach((one, k) => {
        const phase = one.phases.find((each) => each.name === name);
        if (!phase) return;
        one.session_day.forEach((day, done) => {
          if (day + phase.start_day >= days[last]) return;
          const from = within(day + phase.start_day, done + 1, k), to = within(day + phase.end_day, done + 1, k);
          part("rect", { x: at(from), y: y + k * row, width: Math.max(at(to) - at(from), 1), height: row, fill: mix(ground("air"), data.phases[name].colour, darkness.matches ? 0.5 : 1) });
        });
        if (cases.length > 1) part("text", { x: 2, y: y + k * row + row - 0.5, fill: ink, "font-size": 9 }, one.label);
      });
      const own = cases.length === 1 ? cases[0].phases.find((each) => each.name === name) : null;
      part("text", { x: at(1) + 3, y: y + high / 2 + 4, fill: ink }, own ? `${name}: ${span(own.start_day)} to ${span(own.end_day)}` : name);
    });
    const foot = 28 + 3 * (high + 2);
    part("line", { id: "cursor", y1: 10, y2: foot - 2, stroke: ink, "stroke-width": 1.5 });
    svg.setAttribute("viewBox", `0 0 ${wide} ${foot}`);
    svg.style.height = `${foot}px`;
    cursor();
  }
  function cursor() {
    const found = byId("cursor"), x = THUMB / 2 + ((slider.clientWidth - THUMB) * shown) / last;
    if (found) { found.setAttribute("x1", x); found.setAttribute("x2", x); }
  }

  function show(frame) {
    shown = clamp(Math.round(frame), 0, last);
    slider.value = shown;
    const words = told(shown);
    slider.setAttribute("aria-valuetext", words);
    byId("when").textContent = words;
    cases.forEach((one, k) => {
      draw(one, canvases[k], shown);
      captions[k].replaceChildren(...caption(one, k, shown));
    });
    for (const { one, element, boxes } of outputs) {
      const value = boxes.length === 2 ? layers(one, values(one, element, shown)) : [whole(one, element, shown)], texts = value.map(number);
      texts.forEach((text, k) => { if (boxes[k].textContent !== text) boxes[k].textContent = text; });
    }
    for (const button of byId("moments").children) button.setAttribute("aria-current", String(Number(button.dataset.frame) === shown));
    if (byId("depths").open) profile();
    cursor();
    document.dispatchEvent(new CustomEvent("frame", { detail: shown }));
  }

  function stop() {
    cancelAnimationFrame(playing);
    clearTimeout(playing);
    playing = 0;
    byId("play").textContent = "Play";
    byId("when").setAttribute("aria-live", "polite");
  }
  function play() {
    if (shown >= last) show(0);
    byId("play").textContent = "Pause";
    byId("when").setAttribute("aria-live", "off");
    if (calm.matches) {
      // no motion: from one named time to the next
      const stops = [...byId("moments").children].map((button) => Number(button.dataset.frame)).concat(last);
      const step = () => {
        const next = stops.find((k) => k > shown);
        if (next === undefined) return stop();
        show(next);
        playing = setTimeout(step, 2500);
      };
      playing = setTimeout(step, 300);
      return;
    }
    const pace = 11, from = shown;
    let begin = 0;
    const step = (time) => {
      begin ||= time;
      const frame = from + Math.floor(((time - begin) / 1000) * pace);
      if (frame !== shown) show(frame);
      if (shown >= last) return stop();
      playing = requestAnimationFrame(step);
    };
    playing = requestAnimationFrame(step);
  }
  const toggle = () => (playing ? stop() : play());

  function moments() {
    const add = (name, frame) => {
      const button = make("button", { type: "button" }, name);
      button.dataset.frame = frame;
      button.addEventListener("click", () => { stop(); show(frame); });
      byId("moments").append(button);
    };
    add("before", 0);
    for (const [name, day] of Object.entries(data.moments)) add(name, frameOf(day));
  }

  slider.max = last;
  build();
  moments();
  byId("play").addEventListener("click", toggle);
  slider.addEventListener("input", () => { stop(); show(Number(slider.value)); });
  byId("depths").addEventListener("toggle", () => { if (byId("depths").open) profile(); });
  document.addEventListener("keydown", (event) => {
    const busy = event.target.closest("button, summary, input[type=checkbox], a");
    if (event.key === " " && !busy) { event.preventDefault(); toggle(); }
  });
  const again = () => { drawIcons(); axis(); show(shown); };
  darkness.addEventListener("change", again);
  new ResizeObserver(again).observe(byId("cases"));
  drawIcons();
  axis();
  show(data.moments["1 d"] === undefined ? 0 : frameOf(data.moments["1 d"]));
  // for the console of a browser: go to a frame, and draw some elements alone
  const only = (...names) => {
    const before = [...hidden];
    hidden.clear();
    elements.forEach((element) => { if (!names.includes(element.name)) hidden.add(element.name); });
    window.section.draw();
    hidden.clear();
    before.forEach((name) => hidden.add(name));
  };
  window.section = { show, only, frameOf, draw: () => cases.forEach((one, k) => draw(one, canvases[k], shown)), frames: last + 1 };
})();
