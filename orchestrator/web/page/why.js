// Why something was given, and when the next may come.

const MEASURES = {
  "break.session": "minutes of learning without a pause",
  "break.engagement": "engagement",
  "break.engagement_low": "engagement",
  "level.baseline": "score of the first assessment",
  "level.slp": "communication score",
  "level.down.performance": "performance",
  "level.up.performance": "performance",
  "level.down.streak": "wrong answers in a row",
  "level.up.streak": "right answers in a row",
  "path.coursework": "gaps in the coursework",
  "sel.repeated": "alerts within the window",
};
const STATUSES = {
  pending: ["idle", "Waiting"],
  executing: ["idle", "Being called"],
  completed: ["good", "Delivered"],
  failed: ["warn", "Did not arrive"],
};

/** What it asks for: "Break: movement, 5 min". */
function asked(action) {
  const p = action.parameters ?? {};
  const name = nameOf(ACTIONS, action.type);
  if (action.type === "GAME_BREAK") return `${name}: ${spoken(p.break_type)}, ${fine(p.duration_minutes)} min`;
  if (action.type === "LEVEL_SUGGESTED") {
    return `${name}: ${p.current_level} → ${p.suggested_level}${p.temporary ? ", for a while" : ""}`;
  }
  if (action.type === "SEL_INTERVENTION") return `${name}: ${spoken(p.intervention_type)}, ${p.urgency} urgency`;
  const topics = p.focus_areas ?? p.remediation_topics ?? [];
  return topics.length ? `${name}: ${topics.map(spoken).join(", ")}` : name;
}

/** What it has changed in what is remembered of the learner. */
function changed(action) {
  const p = action.parameters ?? {};
  if (action.type === "GAME_BREAK") return "The session begins anew.";
  if (action.type === "LEVEL_SUGGESTED" && !p.temporary) {
    const back = ["rejected", "expired", "failed"].includes(action.outcome);
    return back
      ? `It did not arrive, so the level was taken back.`
      : `The level is now ${p.suggested_level}; streaks begin anew.`;
  }
  return null;
}

/** What was seen, held against what it takes. */
function evidence(action) {
  const { observed, threshold } = action.evidence ?? {};
  if (observed === null || observed === undefined) return null;
  const measure = MEASURES[action.rule];
  if (typeof observed !== "number") return `It goes with ${observed}.`;
  const seen = `${capital(measure ?? "seen")}: ${fine(observed)}`;
  return threshold === null || threshold === undefined
    ? `${seen}.` : `${seen}; the rule's limit is ${fine(threshold)}.`;
}

function outcome(action) {
  const [tone, word] = STATUSES[action.status] ?? ["idle", action.outcome ?? "Under way"];
  return pill(tone, tone === "warn" && action.outcome ? capital(action.outcome) : word);
}

/** One action with its reason: in the story, and as the last break. */
function drawnAction(action) {
  return h("div", { key: action.action_id, class: "action" },
    h("p", { class: "name" }, h("strong", {}, asked(action)), outcome(action)),
    h("p", {}, action.reason),
    h("p", { class: "detail muted" }, evidence(action), " ", changed(action)),
    action.message ? h("p", { class: "detail muted" }, `The child reads: “${action.title}. ${action.message}”`) : null,
    h("p", { class: "detail muted" }, "Rule ", h("code", {}, action.rule), ", policy ",
      h("code", {}, action.policy_version)));
}

function drawLastBreak({ actions, actionsFault }) {
  const last = actions?.find((action) => action.type === "GAME_BREAK");
  return h("div", { class: "answer", id: "last-break" }, h("h4", {}, "Last break"),
    last ? [h("p", { class: "when" }, around(last.created_at)), drawnAction(last)]
      : empty(actionsFault ?? (actions ? "None in the history that is kept." : "Asking …")));
}

const rowsOf = (why) => why?.waiting ?? [];
const withoutGap = (words) => words.replace(/,? ?(and )?no break before [-0-9: ]+ UTC/, "");

/** Words in which each time is given in the viewer's zone. */
function inZone(words) {
  return words.split(/(\d{4}-\d\d-\d\d \d\d:\d\d UTC)/).map((piece, i) =>
    i % 2 ? moment(`${piece.slice(0, 10)}T${piece.slice(11, 16)}:00Z`) : piece);
}

/** A way for a rule to fire, and how far it has come. */
function drawnWay(way) {
  const how = way.threshold && way.observed !== null && way.observed !== undefined
    ? ` (now ${fine(way.observed)} of ${fine(way.threshold)})` : "";
  return [inZone(way.words), h("span", { class: "muted" }, how)];
}

function drawNextBreak({ why, whyFault }) {
  const rules = rowsOf(why).filter((rule) => rule.action === "GAME_BREAK" && rule.ways?.length);
  const ways = rules.flatMap((rule) => rule.ways);
  const known = ways.map((way) => (way.not_before ? Date.parse(way.not_before) : 0));
  const first = known.length ? Math.min(...known) : 0;
  const mayNow = first <= worker.now();
  return h("div", { class: "answer", id: "next-break" }, h("h4", {}, "Next break"),
    !why ? empty(whyFault ?? "Asking …") : !ways.length ? empty("No rule can give one now.") : [
      h("p", { class: "when" }, mayNow ? "At any time from now on"
        : ["Not before ", around(new Date(first).toISOString())]),
      h("p", {}, mayNow ? "As soon as one of these comes:" : "From then on, as soon as one of these comes:"),
      h("ul", { class: "ways" }, ways.map((way, i) => h("li", { key: `${i}${way.words}` },
        drawnWay(known[i] > first ? way : { ...way, words: withoutGap(way.words) }))))]);
}

/** What each rule waits for, by what it would ask for. */
function drawWaits({ why, whyFault }) {
  if (!why) return empty(whyFault ?? "Asking …");
  const rows = rowsOf(why);
  return Object.keys(ACTIONS).map((type) => {
    const rules = rows.filter((rule) => rule.action === type);
    return rules.length ? h("div", { key: type, class: "waits" }, h("h5", {}, ACTIONS[type]),
      h("dl", {}, rules.map((rule) => h("div", { key: rule.rule },
        h("dt", {}, h("code", {}, rule.rule)),
        h("dd", {}, rule.ways?.length
          ? rule.ways.map((way, i) => h("p", {}, i ? "or: " : "", drawnWay(way)))
          : inZone(rule.words ?? "Nothing.")))))) : null;
  });
}
