"use strict";
// Interpolates tables of lingen's theory and draws what they say; no formula of the theory is written here.
const data = JSON.parse(document.getElementById("data").textContent);
const numbers = (() => {
  const text = atob(data.numbers), bytes = Uint8Array.from(text, c => c.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Float64Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
})();
const tables = Object.fromEntries(data.tables.map(t => [t.name, { ...t, values: numbers.subarray(t.start, t.start + t.size) }]));
const SCALES = {
  plain: v => v, log: Math.log, root: Math.sqrt, fourth: v => v ** 0.25,
  above: v => Math.sqrt(Math.max(0, Math.log(v))), below: v => Math.sqrt(Math.max(0, -Math.log(v))),
};

/** Chebyshev polynomials of one parameter of a table. */
function basis(side, value) {
  const [low, high] = side.ends, x = 2 * (SCALES[side.scale](value) - low) / (high - low) - 1;
  const found = new Float64Array(side.count);
  found[0] = 1;
  if (side.count > 1) found[1] = x;
  for (let k = 2; k < side.count; k++) found[k] = 2 * x * found[k - 1] - found[k - 2];
  return found;
}

/** A table with all parameters but its first fixed: what is left is a function of that one. */
function fixed(name, at) {
  const table = tables[name], sides = table.sides;
  let values = table.values, rest = values.length / sides[0].count;
  const first = sides[0].count;
  for (const side of sides.slice(1)) {
    const b = basis(side, at[side.name]), inner = rest / side.count, next = new Float64Array(first * inner);
    for (let i = 0; i < first; i++) for (let k = 0; k < side.count; k++) {
      const from = (i * side.count + k) * inner, to = i * inner;
      for (let j = 0; j < inner; j++) next[to + j] += b[k] * values[from + j];
    }
    values = next; rest = inner;
  }
  const out = v => table.log ? Math.exp(v) + table.shift : v;
  const all = value => {
    const b = basis(sides[0], value), sums = new Float64Array(rest);
    for (let k = 0; k < first; k++) for (let j = 0; j < rest; j++) sums[j] += b[k] * values[k * rest + j];
    return sums.map(out);
  };
  const one = value => all(value)[0];
  return rest > 1 ? all : one;
}

/** A function of the load whose table ends at 1. */
function split(name, at) {
  const below = fixed(name + "_below", at), above = fixed(name + "_above", at);
  return load => load < 1 ? below(load) : above(load);
}

/** Everything that the page shows, as functions of the load, at the other parameters. */
function theory(at) {
  const q = split("q", at), m = split("m", at), w = split("w", at), edge = split("edge", at), spectrum = split("spectrum", at);
  const threshold = fixed("threshold", { ...at })(at.spike);
  const known = fixed("latent", at), place = fixed("outlier", at);
  const latent = load => load > threshold ? known(Math.max(1e-6, threshold / load)) : 0;
  const outlier = load => load > threshold ? place(Math.max(1e-6, threshold / load)) : edge(load);
  const taps = data.taps.indexOf(at.taps), shared = fixed("shared", {}), local = fixed("local", {}), dense = fixed("dense", {});
  return { q, m, w, edge, spectrum, threshold, latent, outlier,
    shared: load => shared(load * data.dim)[taps], local: load => local(load * data.dim)[taps], dense: load => dense(load * data.dim) };
}

// Parameters and their sliders
const STEPS = 1000;
const logs = ([low, high]) => [t => low * (high / low) ** t, v => Math.log(v / low) / Math.log(high / low)];
const powers = ([low, high], p) => [t => low + (high - low) * t ** p, v => ((v - low) / (high - low)) ** (1 / p)];
const SLIDERS = {
  load: logs(data.ranges.load), spike: logs(data.ranges.spike), exponent: powers(data.ranges.exponent, 1), ridge: powers(data.ranges.ridge, 3),
};
const START = { load: 1, spike: 2, exponent: 0, ridge: 0, taps: 9 };
const element = id => document.getElementById(id);
const short = v => v === 0 ? "0" : Math.abs(v) >= 1e4 || Math.abs(v) < 1e-3 ? v.toExponential(2) : String(+v.toPrecision(3));
const tick = v => v > 0 && v < 1e-2 ? "10" + [...String(Math.round(Math.log10(v)))].map(c => c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c]).join("") : short(v);
const full = v => v === 0 ? "0" : Math.abs(v) < 1e-3 || Math.abs(v) >= 1e5 ? v.toExponential(3) : v.toPrecision(5);
const COLUMNS = { spike: 4, exponent: 5, ridge: 6 };
const held = Object.fromEntries(Object.entries(COLUMNS).map(([name, k]) =>
  [name, [...new Set(data.points.filter(p => !["shared", "local"].includes(p[0])).map(p => p[k]))].filter(v => v !== null)]));
const state = { ...START };
/** What the address says of the sliders. */
function addressed() {
  for (const part of location.hash.slice(1).split("&")) {
    const [name, text] = part.split("="), value = Number(text);
    if (name === "taps" && data.taps.includes(value)) state.taps = value;
    else if (name in SLIDERS && Number.isFinite(value)) {
      const [low, high] = data.ranges[name];
      state[name] = Math.min(high, Math.max(low, value));
    }
  }
}

/** Where a slider stands; one near to what was simulated stands there. */
function read(name) {
  const input = element(name);
  if (name === "taps") return data.taps[input.value];
  const t = input.value / STEPS, near = (held[name] || []).find(v => Math.abs(SLIDERS[name][1](v) - t) < 0.012);
  return near === undefined ? SLIDERS[name][0](t) : near;
}

function place() {
  for (const name of Object.keys(SLIDERS)) {
    Object.assign(element(name), { min: 0, max: STEPS, step: 1 });
    element(name).value = Math.round(SLIDERS[name][1](state[name]) * STEPS);
  }
  Object.assign(element("taps"), { min: 0, max: data.taps.length - 1, step: 1 });
  element("taps").value = data.taps.indexOf(state.taps);
}

// Drawing
const GRID = 240, [LOW, HIGH] = data.ranges.load;
const LOADS = [...Array(GRID + 1).keys()].map(i => LOW * (HIGH / LOW) ** (i / GRID));
const TICKS = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20];
let colours = {};
function look() {
  const style = getComputedStyle(document.documentElement);
  for (const name of ["c0", "c1", "c2", "c3", "c4", "c5", "c6", "ink", "quiet", "line"]) colours[name] = style.getPropertyValue("--" + name).trim();
}

/** A panel: its frame, and how numbers become places. */
function panel(id, x, y, name, xticks, yticks) {
  const canvas = element(id), ratio = window.devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio); canvas.height = Math.round(height * ratio);
  }
  const pen = canvas.getContext("2d"), box = { left: 46, right: width - 18, top: 8, bottom: height - 34 };
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  const along = (range, from, to) => { const f = range.log ? Math.log : v => v, a = f(range.low), b = f(range.high); return v => from + (to - from) * (f(v) - a) / (b - a); };
  const at = { x: along(x, box.left, box.right), y: along(y, box.bottom, box.top) };
  pen.font = "12px " + getComputedStyle(document.body).getPropertyValue("--sans"); pen.fillStyle = colours.quiet; pen.strokeStyle = colours.line; pen.lineWidth = 1;
  pen.textAlign = "center"; pen.textBaseline = "top";
  let free = -Infinity;
  for (const v of xticks) { const px = at.x(v), text = tick(v), half = pen.measureText(text).width / 2;
    pen.beginPath(); pen.moveTo(px, box.top); pen.lineTo(px, box.bottom); pen.stroke();
    if (px - half > free) { pen.fillText(text, px, box.bottom + 4); free = px + half + 6; } }
  pen.fillText(name, (box.left + box.right) / 2, box.bottom + 19);
  pen.textAlign = "right"; pen.textBaseline = "middle";
  for (const v of yticks) { pen.beginPath(); pen.moveTo(box.left, at.y(v)); pen.lineTo(box.right, at.y(v)); pen.stroke(); pen.fillText(tick(v), box.left - 5, at.y(v)); }
  pen.save(); pen.beginPath(); pen.rect(box.left - 5, box.top - 5, box.right - box.left + 10, box.bottom - box.top + 10); pen.clip();
  return { pen, at, box };
}

function line({ pen, at }, xs, ys, colour) {
  pen.strokeStyle = colour; pen.lineWidth = 2; pen.beginPath();
  xs.forEach((x, i) => pen[i ? "lineTo" : "moveTo"](at.x(x), at.y(ys[i])));
  pen.stroke();
}

function dot({ pen, at }, x, y, colour, hollow) {
  pen.beginPath(); pen.arc(at.x(x), at.y(y), hollow ? 3 : 4.5, 0, 7); pen.strokeStyle = pen.fillStyle = colour; pen.lineWidth = 1.3;
  hollow ? pen.stroke() : pen.fill();
}

/** Simulated points of a quantity at the sliders' parameters, through a map of the quantity. */
function circles(frame, name, colour, map = v => v) {
  const windows = ["shared", "local"].includes(name);
  for (const [quantity, x, value, error, spike, exponent, ridge] of data.points) {
    if (quantity !== name) continue;
    const here = windows ? ridge === state.taps : [[spike, "spike"], [exponent, "exponent"], [ridge, "ridge"]].every(([v, k]) => v === null || Math.abs(v - state[k]) < 1e-9);
    if (!here) continue;
    const load = windows ? x / data.dim : x, { pen, at } = frame;
    dot(frame, load, map(value), colour, true);
    if (error) { pen.beginPath(); pen.moveTo(at.x(load), at.y(map(value - 2 * error))); pen.lineTo(at.x(load), at.y(map(value + 2 * error))); pen.stroke(); }
  }
}

function now({ pen, at, box }) {
  pen.strokeStyle = colours.quiet; pen.lineWidth = 1; pen.setLineDash([4, 3]); pen.beginPath();
  pen.moveTo(at.x(state.load), box.top); pen.lineTo(at.x(state.load), box.bottom); pen.stroke(); pen.setLineDash([]);
}

function curves(id, known, y, yticks, drawn, label = "load γ", scale = 1) {
  const ticks = scale === 1 ? TICKS : [20, 50, 100, 200, 500, 1000, 2000, 5000].map(n => n / scale);
  const frame = panel(id, { low: LOW, high: HIGH, log: true }, y, label, scale === 1 ? ticks : [], yticks);
  if (scale !== 1) { frame.pen.restore(); frame.pen.fillStyle = colours.quiet; frame.pen.textAlign = "center"; frame.pen.textBaseline = "top";
    for (const t of ticks) frame.pen.fillText(String(Math.round(t * scale)), frame.at.x(t), frame.box.bottom + 4); frame.pen.save(); }
  now(frame);
  for (const [name, colour, f, map = v => v] of drawn) {
    const threshold = known.threshold, extra = name === "latent" && threshold > LOW && threshold < HIGH;
    const xs = extra ? [...LOADS, threshold].sort((a, b) => a - b) : LOADS;
    line(frame, xs, xs.map(v => map(f(v))), colours[colour]);
    circles(frame, name, colours[colour], map);
    dot(frame, state.load, map(f(state.load)), colours[colour]);
  }
  frame.pen.restore();
}

function spectrum(known) {
  const low = Math.max(3e-6, 0.02 * data.dim ** -state.exponent), decades = [];
  for (let k = -6; k <= 1; k++) if (10 ** k >= low) decades.push(10 ** k);
  const load = state.load, top = data.top / data.dim, below = Math.min(1, load) - top;
  const ranks = [0, ...Array.from({ length: data.top }, (_, k) => (k + 0.5) / data.dim), ...data.parts.map(p => top + below * p)];
  const places = [known.edge(load), ...known.spectrum(load)];
  const xs = [places[0]], heights = [0];
  for (let k = 0; k + 1 < ranks.length; k++) {
    const wide = Math.log(places[k] / places[k + 1]);
    if (wide > 0) { xs.push(Math.sqrt(places[k] * places[k + 1])); heights.push((ranks[k + 1] - ranks[k]) / wide); }
  }
  const high = Math.max(0.4, 1.15 * Math.max(...heights)), step = high > 1.6 ? 1 : high > 0.8 ? 0.4 : 0.2, yticks = [];
  for (let v = 0; v < high; v += step) yticks.push(+v.toFixed(1));
  const frame = panel("panel-spectrum", { low, high: 60, log: true }, { low: 0, high }, "eigenvalue λ", decades, yticks), { pen, at, box } = frame;
  pen.beginPath(); pen.moveTo(at.x(xs[0]), at.y(0));
  xs.forEach((x, i) => pen.lineTo(at.x(x), at.y(heights[i])));
  pen.lineTo(at.x(xs.at(-1)), at.y(0)); pen.closePath(); pen.globalAlpha = 0.25; pen.fillStyle = colours.c0; pen.fill(); pen.globalAlpha = 1;
  line(frame, xs, heights, colours.c0);
  const found = load > known.threshold, x = known.outlier(load);
  if (found) { pen.strokeStyle = colours.c1; pen.lineWidth = 2; pen.beginPath(); pen.moveTo(at.x(x), at.y(0)); pen.lineTo(at.x(x), at.y(high * 0.45)); pen.stroke(); }
  dot(frame, x, found ? high * 0.45 : 0, colours.c1, !found);
  pen.fillStyle = colours.c1; pen.textBaseline = "bottom"; pen.textAlign = "right";
  pen.fillText(found ? "λ = " + short(x) : "hidden in the bulk", Math.min(box.right, at.x(x) + 40), at.y(found ? high * 0.48 : high * 0.93));
  if (load < 1) { pen.fillStyle = colours.quiet; pen.textAlign = "left"; pen.textBaseline = "top"; pen.fillText(Math.round(100 * (1 - load)) + " % are 0", box.left + 5, box.top + 2); }
  pen.restore();
}

function words(known) {
  const { load, spike, exponent, ridge, taps } = state, said = { load: short(load) + " (n = " + Math.round(load * data.dim) + ")",
    spike: short(spike), exponent: short(exponent), ridge: short(ridge), taps: taps || "all" };
  for (const [name, text] of Object.entries(said)) { element(name + "-value").textContent = text; element(name).setAttribute("aria-valuetext", text); }
  for (const name of ["q", "latent", "m", "w", "outlier", "shared"]) element(name).textContent = full(known[name](load));
  element("threshold").textContent = full(known.threshold);
  const bulk = exponent ? `lg.population.power_law(${+exponent.toPrecision(6)}, ${data.dim})` : "lg.population.isotropic()";
  element("python").textContent = `lg.theory.convergence.overlap(${bulk}, ${+load.toPrecision(6)}, lg.filters.ridge(${+ridge.toPrecision(6)}))`;
}

function show() {
  const known = theory(state);
  words(known);
  curves("panel-order", known, { low: 0, high: 1 }, [0, 0.25, 0.5, 0.75, 1], [["q", "c0", known.q], ["latent", "c1", known.latent]]);
  curves("panel-distances", known, { low: 0, high: 1 }, [0, 0.25, 0.5, 0.75, 1], [["w", "c3", known.w], ["latent", "c1", known.latent, v => 1 - v]]);
  curves("panel-memory", known, { low: 1, high: 25, log: true }, [1, 2, 5, 10, 20], [["m", "c2", known.m]]);
  const least = 1e-7;
  curves("panel-windows", known, { low: least, high: 1, log: true }, [1, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6], [["dense", "c6", known.dense], ["local", "c5", known.local], ["shared", "c4", known.shared]], "images n", data.dim);
  spectrum(known);
}

let waiting = false, playing = 0;
/** Draw once a frame, however often sliders speak. */
function soon() { if (!waiting) { waiting = true; requestAnimationFrame(() => { waiting = false; show(); }); } }
function moved(event) {
  state[event.target.id] = read(event.target.id);
  history.replaceState(null, "", "#" + Object.entries(state).map(([k, v]) => k + "=" + +v.toPrecision(6)).join("&"));
  soon();
}
function play(time) {
  if (!playing) return;
  const t = ((time - playing) / 9000) % 2;
  state.load = SLIDERS.load[0](t < 1 ? t : 2 - t); element("load").value = STEPS * (t < 1 ? t : 2 - t);
  show(); requestAnimationFrame(play);
}
element("play").addEventListener("click", event => {
  playing = playing ? 0 : performance.now() - 9000 * SLIDERS.load[1](state.load);
  event.target.setAttribute("aria-pressed", String(playing > 0)); event.target.textContent = playing ? "Stop" : "Play γ";
  if (playing) requestAnimationFrame(play);
});
for (const name of [...Object.keys(SLIDERS), "taps"]) element(name).addEventListener("input", moved);
new ResizeObserver(soon).observe(document.body);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { look(); soon(); });
window.addEventListener("hashchange", () => { addressed(); place(); soon(); });
look(); addressed(); place(); show();
