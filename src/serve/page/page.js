"use strict";

// The training digits fill 8 x 8 pixels from top to bottom, stand in the middle, and have nearly the same amount of ink
// whatever the digit. A drawing is kept as strokes, so that it can be drawn again at that size with a pen of the right
// width.
const SIDE = 8, FINE = 32, WIDEST = 24, INK = 19.5;

const $ = (id) => document.getElementById(id);
const paper = $("paper"), seen = $("seen");
const strokes = [];      // each a list of points, 0 to 1 from left to right and from top to bottom
let stroke = null;       // the one that is being drawn
const pen = { x: 0.5, y: 0.5, down: false, shown: false };  // of the keyboard

// ---- Paper ----

function draw() {
  const context = paper.getContext("2d"), size = paper.width, style = getComputedStyle(paper);
  context.clearRect(0, 0, size, size);
  trace(context, (p) => [p.x * size, p.y * size], size * 0.06, style.getPropertyValue("--ink"));
  if (!pen.shown) return;
  context.strokeStyle = style.getPropertyValue("--bar");
  context.lineWidth = 4;
  context.beginPath();
  context.arc(pen.x * size, pen.y * size, pen.down ? 12 : 20, 0, 2 * Math.PI);
  context.stroke();
}

function trace(context, place, width, colour) {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.lineCap = context.lineJoin = "round";
  for (const points of strokes) {
    context.beginPath();
    context.moveTo(...place(points[0]));
    for (const point of points) context.lineTo(...place(point));
    context.stroke();
  }
}

function clear() {
  strokes.length = 0;
  stroke = null;
  pen.down = false;
  draw();
  showPixels(null);
  showNothing();
}

// ---- Pixels ----

const fine = document.createElement("canvas");
fine.width = fine.height = FINE;
const fineContext = fine.getContext("2d", { willReadFrequently: true });

// The drawing as tall as the training digits, with a pen of this width: 64 numbers, 0 (paper) to 1 (ink).
function shrink(width) {
  const xs = strokes.flat().map((p) => p.x), ys = strokes.flat().map((p) => p.y);
  const left = Math.min(...xs), right = Math.max(...xs), top = Math.min(...ys), bottom = Math.max(...ys);
  const tiny = 0.02;
  const tall = (FINE - width) / Math.max(bottom - top, tiny), wide = (WIDEST - width) / Math.max(right - left, tiny);
  const across = Math.min(tall, wide), down = Math.min(tall, 3 * wide);
  const place = (p) => [FINE / 2 + (p.x - (left + right) / 2) * across, FINE / 2 + (p.y - (top + bottom) / 2) * down];
  fineContext.clearRect(0, 0, FINE, FINE);
  trace(fineContext, place, width, "black");
  const alpha = fineContext.getImageData(0, 0, FINE, FINE).data, cell = FINE / SIDE;
  const pixels = new Array(SIDE * SIDE).fill(0);
  for (let y = 0; y < FINE; ++y)
    for (let x = 0; x < FINE; ++x)
      pixels[Math.floor(y / cell) * SIDE + Math.floor(x / cell)] += alpha[4 * (y * FINE + x) + 3] / 255 / cell / cell;
  return pixels.map((value) => Math.min(1, Math.round(value * 16) / 16));
}

function pixelsOf() {
  let thin = 1.5, thick = 10;
  for (let i = 0; i < 6; ++i) {
    const width = (thin + thick) / 2;
    if (shrink(width).reduce((sum, value) => sum + value, 0) < INK) thin = width;
    else thick = width;
  }
  return shrink((thin + thick) / 2);
}

let shown = null;  // the pixels that were sent last
function showPixels(pixels) {
  shown = pixels;
  const context = seen.getContext("2d");
  context.clearRect(0, 0, SIDE, SIDE);
  if (!pixels) return;
  context.fillStyle = getComputedStyle(paper).getPropertyValue("--ink");
  pixels.forEach((value, i) => {
    context.globalAlpha = value;
    context.fillRect(i % SIDE, Math.floor(i / SIDE), 1, 1);
  });
  context.globalAlpha = 1;
}

// ---- Answers ----

const bars = [];
for (let digit = 0; digit < 10; ++digit) {
  const item = document.createElement("li");
  item.innerHTML = `<span>${digit}</span><span class="rail"><span class="fill" style="display:block"></span></span>` +
    `<span class="share">–</span>`;
  $("bars").append(item);
  bars.push({ item, fill: item.querySelector(".fill"), share: item.querySelector(".share") });
}
const latencies = [];
const milliseconds = (value) => `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`;

function say(text, bad) {
  $("says").textContent = text;
  $("says").classList.toggle("bad", bad);
}

function showNothing() {
  $("digit").textContent = "?";
  say("Nothing drawn yet.", false);
  for (const bar of bars) {
    bar.fill.style.width = "0";
    bar.share.textContent = "–";
    bar.item.classList.remove("best");
  }
  for (const id of ["batch", "waited", "computed", "latency"]) $(id).textContent = "–";
}

function show(answer, latency) {
  const best = answer.probabilities[answer.digit];
  $("digit").textContent = answer.digit;
  say(`It is ${best > 0.9 ? "" : best > 0.6 ? "probably " : "perhaps "}a ${answer.digit}.`, false);
  answer.probabilities.forEach((value, digit) => {
    bars[digit].fill.style.width = `${100 * value}%`;
    bars[digit].share.textContent = `${(100 * value).toFixed(1)} %`;
    bars[digit].item.classList.toggle("best", digit === answer.digit);
  });
  $("batch").textContent = answer.batch === 1 ? "1 request, alone" : `${answer.batch} requests`;
  $("waited").textContent = milliseconds(answer.waited_ms);
  $("computed").textContent = milliseconds(answer.computed_ms);
  $("latency").textContent = milliseconds(latency);
  $("version").textContent = answer.version === 0 ? "a file" : answer.version;
}

function showLatency(latency) {
  latencies.push(latency);
  if (latencies.length > 100) latencies.shift();
  const most = Math.max(...latencies), sorted = [...latencies].sort((a, b) => a - b);
  const points = latencies.map((value, i) => `${300 * (latencies.length > 1 ? i / (latencies.length - 1) : 1)},${60 - 54 * value / most}`);
  $("trace").innerHTML = `<polyline points="${points.join(" ")}"></polyline>`;
  $("count").textContent = latencies.length;
  $("spread").textContent = `half within ${milliseconds(sorted[Math.floor(sorted.length / 2)])}, longest ${milliseconds(most)}`;
}

async function predict(pixels) {
  const began = performance.now();
  const response = await fetch("predict", {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ pixels }) });
  const answer = await response.json();
  const latency = performance.now() - began;
  if (!response.ok) throw new Error(answer.error);
  showLatency(latency);
  return { answer, latency };
}

// One request at a time: a drawing that changes meanwhile is sent when the answer is there.
let busy = false, changed = false;
async function ask() {
  changed = true;
  if (busy) return;
  busy = true;
  while (changed) {
    changed = false;
    if (strokes.length === 0) break;
    const pixels = pixelsOf();
    showPixels(pixels);
    try {
      const { answer, latency } = await predict(pixels);
      if (strokes.length > 0) show(answer, latency);
    } catch (error) {
      say(error instanceof TypeError ? "The server does not answer." : error.message, true);
    }
  }
  busy = false;
}

$("crowd").addEventListener("click", async () => {
  if (strokes.length === 0) {
    $("crowded").textContent = "Draw a digit first.";
    return;
  }
  $("crowd").disabled = true;
  const pixels = pixelsOf();
  const results = await Promise.allSettled(Array.from({ length: 60 }, () => predict(pixels)));
  const sizes = new Map();
  for (const result of results)
    if (result.status === "fulfilled") sizes.set(result.value.answer.batch, (sizes.get(result.value.answer.batch) || 0) + 1);
  const refused = results.filter((result) => result.status === "rejected").length;
  const list = [...sizes].sort((a, b) => b[0] - a[0]).map(([size, count]) => `${count} in batches of ${size}`);
  $("crowded").textContent = `${list.join(", ")}${refused ? `, ${refused} refused` : ""}.`;
  $("crowd").disabled = false;
});

// ---- Hands ----

const at = (event) => {
  const box = paper.getBoundingClientRect();
  const within = (value) => Math.min(1, Math.max(0, value));
  return { x: within((event.clientX - box.left) / box.width), y: within((event.clientY - box.top) / box.height) };
};

paper.addEventListener("pointerdown", (event) => {
  if (event.button !== 0 || stroke) return;
  paper.setPointerCapture(event.pointerId);
  pen.shown = pen.down = false;
  stroke = [at(event)];
  stroke.pointer = event.pointerId;
  strokes.push(stroke);
  draw();
  ask();
});
paper.addEventListener("pointermove", (event) => {
  if (!stroke || stroke.pointer !== event.pointerId) return;
  for (const part of event.getCoalescedEvents?.() ?? []) stroke.push(at(part));
  stroke.push(at(event));
  draw();
  ask();
});
for (const type of ["pointerup", "pointercancel"])
  paper.addEventListener(type, (event) => {
    if (stroke && stroke.pointer === event.pointerId) stroke = null;
  });

const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
paper.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === "Escape") {
    clear();
  } else if (event.key === " ") {
    pen.down = !pen.down;
    stroke = pen.down ? [{ x: pen.x, y: pen.y }] : null;
    if (stroke) strokes.push(stroke);
  } else if (event.key in steps) {
    const [right, down] = steps[event.key], step = 0.05;
    pen.x = Math.min(0.95, Math.max(0.05, pen.x + right * step));
    pen.y = Math.min(0.95, Math.max(0.05, pen.y + down * step));
    if (pen.down && stroke) stroke.push({ x: pen.x, y: pen.y });
  } else {
    return;
  }
  event.preventDefault();
  pen.shown = true;
  draw();
  ask();
});
paper.addEventListener("blur", () => {
  pen.shown = pen.down = false;
  if (stroke && stroke.pointer === undefined) stroke = null;
  draw();
});
$("clear").addEventListener("click", clear);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  draw();
  showPixels(shown);
});
fetch("healthz").then((response) => response.json()).then((health) => {
  $("version").textContent = health.version === 0 ? "a file" : health.version;
}).catch(() => {});
draw();
