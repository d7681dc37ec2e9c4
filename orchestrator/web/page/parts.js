// Pieces that several parts of the page are made of.

const ICONS = {
  good: "M3.5 8.5l3 3 6-7",
  warn: "M8 4v5M8 11.6v.2",
  bad: "M5 5l6 6M11 5l-6 6",
  idle: "M5 8h6",
};
const SHAPES = {
  good: "M8 1a7 7 0 1 1 0 14a7 7 0 0 1 0-14z",
  warn: "M8 1l7.4 13.4H.6z",
  bad: "M5 1h6l4 4v6l-4 4H5l-4-4V5z",
  idle: "M8 1a7 7 0 1 1 0 14a7 7 0 0 1 0-14z",
};
const TONES = {
  healthy: ["good", "Healthy"],
  degraded: ["warn", "Degraded"],
  unhealthy: ["bad", "Unhealthy"],
  unreachable: ["bad", "No answer"],
};

/** A sign with its shape; the word beside it says the same. */
function icon(tone) {
  return h("svg", { class: `icon ${tone}`, viewBox: "0 0 16 16", "aria-hidden": "true" },
    h("path", { class: "shape", d: SHAPES[tone] }), h("path", { class: "stroke", d: ICONS[tone] }));
}

/** Icon and word in one. */
function pill(tone, word) {
  return h("span", { class: `pill ${tone}` }, icon(tone), word);
}

function status(of) {
  const [tone, word] = TONES[of] ?? ["idle", spoken(of)];
  return pill(tone, word);
}

/** A sentence in place of what cannot be shown. */
function empty(sentence) {
  return h("p", { class: "empty" }, sentence);
}

/** The card's title with something at its end. */
function title(text, ...rest) {
  return h("h3", {}, h("span", {}, text), rest.length ? h("span", { class: "aside" }, rest) : null);
}

/** A table that can be scrolled by keyboard where it is too wide. `columns`: [name, is a figure]. */
function table(caption, columns, rows) {
  const heads = columns.map(([name, figure]) =>
    h("th", { scope: "col", class: figure ? "figure" : null }, name));
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    h("table", {}, h("caption", { class: "hidden" }, caption),
      h("thead", {}, h("tr", {}, heads)), h("tbody", {}, rows)));
}

/** A row: the first cell names it. A cell is content, or [content, class]. */
function row(key, ...cells) {
  return h("tr", { key }, cells.map((cell, i) => {
    const [content, kind] = Array.isArray(cell) && cell.isFigure ? cell : [cell, null];
    return h(i ? "td" : "th", { scope: i ? null : "row", class: kind }, content);
  }));
}

/** A cell of a figure; 0 is quiet, and `loud` is what is not to be overlooked when above 0. */
function figure(n, loud = "") {
  const kind = !n ? "figure nought" : `figure ${loud}`;
  const cell = [[n && loud ? icon(loud) : null, whole(n)], kind];
  cell.isFigure = true;
  return cell;
}
