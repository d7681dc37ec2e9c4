// Lines that move: figures of the last minutes, drawn as SVG.

const SPAN_S = 180;
const LEAST_SPAN_S = 30;
const WIDE = 360;
const HIGH = 90;
const CALM = matchMedia("(prefers-reduced-motion: reduce)");

/** Figures with the times at which they were read, no older than the span. */
class Series {
  constructor() {
    this.points = [];
  }

  add(at, value) {
    this.points.push([at, value]);
    while (this.points.length && this.points[0][0] < at - (SPAN_S + 10) * 1000) this.points.shift();
  }

  /** Seconds that are shown: what was seen so far, up to the span. */
  spanAt(now) {
    const seen = this.points.length ? (now - this.points[0][0]) / 1000 : 0;
    return Math.min(SPAN_S, Math.max(LEAST_SPAN_S, seen));
  }

  get last() {
    return this.points.at(-1)?.[1] ?? null;
  }

  get most() {
    return Math.max(0, ...this.points.map(([, value]) => value));
  }
}

/** How fast a count grows a second, over the last few seconds; null until that is known. */
class Rate {
  constructor(over = 5) {
    this.over = over;
    this.seen = [];
  }

  add(at, count) {
    if (this.seen.length && count < this.seen.at(-1)[1]) this.seen = [];
    this.seen.push([at, count]);
    while (this.seen.length > 2 && this.seen[1][0] <= at - this.over * 1000) this.seen.shift();
    const [[since, before]] = this.seen;
    return at > since ? ((count - before) * 1000) / (at - since) : null;
  }
}

/** The line as a picture; `now` is its right edge. Its top is a round figure above the most. */
function line(series, now, words) {
  const top = roundAbove(series.most);
  const span = series.spanAt(now);
  const x = (time) => (WIDE * (1 - (now - time) / 1000 / span)).toFixed(1);
  const y = (value) => (HIGH - 3 - (HIGH - 8) * (value / top)).toFixed(1);
  const points = series.points.map(([time, value]) => `${x(time)} ${y(value)}`);
  const path = points.length > 1 ? `M${points.join("L")}` : "";
  const area = path
    ? `${path}L${x(series.points.at(-1)[0])} ${HIGH}L${x(series.points[0][0])} ${HIGH}Z` : "";
  return h("div", { class: "plot" },
    h("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, preserveAspectRatio: "none", role: "img",
               "aria-label": words },
      h("line", { class: "grid", x1: 0, x2: WIDE, y1: y(top), y2: y(top) }),
      h("line", { class: "grid", x1: 0, x2: WIDE, y1: y(top / 2), y2: y(top / 2) }),
      h("line", { class: "grid", x1: 0, x2: WIDE, y1: y(0), y2: y(0) }),
      h("path", { class: "area", d: area }), h("path", { class: "curve", d: path })),
    h("span", { class: "mark most" }, fine(top)), h("span", { class: "mark least" }, "0"));
}

function roundAbove(value) {
  if (value <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 3, 5, 10].map((n) => n * power).find((n) => n >= value);
}

/** The axis below a line. */
function axis(series, now) {
  return h("p", { class: "axis", "aria-hidden": "true" },
    h("span", {}, `${lasting(series.spanAt(now))} ago`), h("span", {}, "now"));
}
