// Learners: who was active of late, and the story of one.

const MOST_PEOPLE = 40;
const LONGEST_ID = 128;
const KINDS = [["", "All"], ["GAME_BREAK", "Break"], ["SEL_INTERVENTION", "Support"],
  ["LEVEL_SUGGESTED", "Level"], ["LEARNING_PATH_UPDATE", "Path"]];
const idOf = (row) => `${row.tenant_id}\n${row.learner_id}`;

/** Those who were active of late, to choose from; and whoever is looked for. */
const people = {
  kind: "",
  recent: null,
  found: null,
  fault: null,
  says: null,

  async refresh() {
    if (at("recent").matches(":hover, :focus-within") && this.recent?.length) return;  // nothing moves away
    const [events, actions] = await Promise.all([
      this.kind ? null : ask(address("/events", { limit: 200 })),
      ask(address("/actions", { limit: 200, action_type: this.kind })),
    ]);
    this.fault = fault(actions) ?? (events && fault(events));
    if (this.fault) return;
    this.recent = met(events?.body.events ?? [], actions.body.actions);
  },

  async find(learner, tenant) {
    this.found = null;
    if (!learner) {
      this.says = "Write a learner’s id, or choose one from the list.";
      return draw();
    }
    if (Math.max(...[learner, tenant].map((id) => [...id].length)) > LONGEST_ID) {
      this.says = `An id has at most ${LONGEST_ID} characters.`;
      return draw();
    }
    this.says = "Looking …";
    draw();
    const answer = await ask(address("/events", { learner_id: learner, tenant_id: tenant, limit: 200 }));
    this.says = fault(answer);
    if (!this.says) {
      this.found = met(answer.body.events, []);
      if (this.found.length === 1) one.open(this.found[0]);
      this.says = this.found.length
        ? `Found at ${plural(this.found.length, "tenant", "tenants")}.`
        : "No event of such a learner is in the history that is kept.";
    }
    draw();
  },

  start() {
    at("find").onsubmit = (event) => {
      event.preventDefault();
      this.find(at("find-learner").value.trim(), at("find-tenant").value.trim());
    };
    at("find-learner").oninput = () => {
      this.found = this.says = null;
      draw();
    };
  },
};

/** Learners by their newest event or action, the newest first. */
function met(events, actions) {
  const byId = new Map();
  const meet = (row, when) => {
    const known = byId.get(idOf(row)) ?? { tenant_id: row.tenant_id, learner_id: row.learner_id, when };
    if (when > known.when) known.when = when;
    byId.set(idOf(row), known);
    return known;
  };
  for (const event of events) meet(event, event.timestamp).event ??= event;
  for (const action of actions) meet(action, action.created_at).action ??= action;
  return [...byId.values()].sort((a, b) => Date.parse(b.when) - Date.parse(a.when));
}

function drawPeople() {
  show(at("found"), people.says ? h("p", { class: "small" }, people.says) : null,
    people.found ? h("ul", { class: "people" }, people.found.map(drawnPerson)) : null);
  const typed = at("find-learner").value.trim().toLowerCase();
  const shown = (people.recent ?? []).filter((each) => each.learner_id.toLowerCase().includes(typed));
  show(at("recent"),
    h("div", { class: "row chips", role: "group", "aria-label": "Last given" }, KINDS.map(([kind, name]) =>
      h("button", { key: kind, type: "button", class: "chip", "aria-pressed": String(people.kind === kind),
                    onclick: () => chooseKind(kind) }, name))),
    title(people.kind ? `Active of late, with ${nameOf(ACTIONS, people.kind).toLowerCase()}` : "Active of late"),
    people.fault ? empty(people.fault) : null,
    people.recent === null ? (people.fault ? null : empty("Asking …"))
      : shown.length ? h("ul", { class: "people" }, shown.slice(0, MOST_PEOPLE).map(drawnPerson))
        : empty(typed ? "None of those. “Find” looks through the whole history." : "Nobody yet."));
}

async function chooseKind(kind) {
  people.kind = kind;
  people.recent = null;
  draw();
  await people.refresh();
  draw();
}

function drawnPerson(each) {
  const isOpen = one.who !== null && idOf(one.who) === idOf(each);
  return h("li", { key: idOf(each) },
    h("button", { type: "button", class: "person", "aria-pressed": String(isOpen), onclick: () => one.open(each) },
      h("span", { class: "who" }, each.learner_id, h("span", { class: "muted tenant" }, each.tenant_id)),
      h("span", { class: "muted" }, `active ${lasting(secondsSince(each.when))} ago`),
      h("span", { class: "muted last" }, each.action ? asked(each.action) : "Nothing given of late"),
      h("span", { class: "muted" }, each.action ? `${lasting(secondsSince(each.action.created_at))} ago` : "")));
}

/** The learner that is looked at. */
const one = {
  who: null,
  seen: {},

  open({ tenant_id, learner_id }) {
    this.who = { tenant_id, learner_id };
    this.seen = {};
    draw();
    at("learner").focus({ preventScroll: innerWidth >= 1152 });
    this.refresh().then(draw);
  },

  async refresh() {
    const who = this.who;
    if (!who) return;
    const path = `/learners/${encodeURIComponent(who.learner_id)}`;
    const tenant = { tenant_id: who.tenant_id };
    const questions = {
      state: address(`${path}/state`, tenant),
      why: address(`${path}/why`, tenant),
      events: address("/events", { ...who, limit: 50 }),
      actions: address("/actions", { ...who, limit: 50 }),
    };
    await Promise.all(Object.entries(questions).map(async ([name, question]) => {
      const answer = await ask(question);
      if (this.who !== who) return;
      const wrong = fault(answer);
      this.seen[`${name}Fault`] = wrong;
      if (!wrong) this.seen[name] = answer.body;
    }));
  },
};

function drawLearner() {
  if (!one.who) {
    return show(at("learner"), title("One learner"), empty(
      "Choose a learner from the list: here you see why the last break was given, when the next may "
      + "come, and all that happened before."));
  }
  const { seen, who } = one;
  const given = seen.actions?.actions;
  const answers = { ...seen, actions: given };
  show(at("learner"), h("div", { key: idOf(who) },
    h("div", { class: "head" }, h("h3", { id: "who" }, who.learner_id),
      h("p", { class: "muted" }, "Tenant ", who.tenant_id)),
    drawState(seen),
    h("div", { class: "answers" }, drawLastBreak(answers), drawNextBreak(answers)),
    h("div", { class: "story" },
      h("div", {}, h("h4", {}, "What happened"), drawStory(seen.events, answers)),
      h("div", { id: "waits" }, h("h4", {}, "What each rule waits for"), drawWaits(answers)))));
}

function drawState({ state: known, stateFault }) {
  if (!known) return empty(stateFault ?? "Asking …");
  const run = known.correct_streak ? plural(known.correct_streak, "right answer", "right answers")
    : known.incorrect_streak ? plural(known.incorrect_streak, "wrong answer", "wrong answers") : "none";
  return h("dl", { class: "pairs state" },
    pair("Level", known.level),
    pair("Without a pause", `${fine(known.session.minutes)} min`),
    pair("In a row", run),
    pair("Alerts", whole(known.sel_alerts.length)),
    pair("Assessments", known.assessments.map((each) => fine(each.score)).join(", ") || "none"),
    pair("Newest event", around(known.as_of)));
}

/** Events with what each has called for, the newest first. */
function drawStory(events, { eventsFault, actions: given, actionsFault }) {
  if (!events) return empty(eventsFault ?? "Asking …");
  const byEvent = grouped(given ?? []);
  const told = new Set(events.events.map((event) => event.id));
  const entries = [
    ...events.events.map((event) => ({ key: event.id, at: event.timestamp, event, actions: byEvent.get(event.id) ?? [] })),
    ...[...byEvent].filter(([id]) => !told.has(id))
      .map(([id, actions]) => ({ key: id, at: actions[0].created_at, actions })),
  ].sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
  return [actionsFault ? empty(actionsFault) : null, entries.length
    ? h("div", { class: "tall", tabindex: "0", role: "region", "aria-label": "What happened" },
        h("ol", { class: "timeline" }, entries.map(drawnEntry)))
    : empty("Nothing in the history that is kept.")];
}

function grouped(actions) {
  const byEvent = new Map();
  for (const action of actions) byEvent.set(action.event_id, [...(byEvent.get(action.event_id) ?? []), action]);
  return byEvent;
}

function drawnEntry({ key, at: when, event, actions }) {
  const ordinary = !event || event.outcome === "decided";
  return h("li", { key, class: actions.length ? "loud" : "" },
    h("p", { class: "name" },
      h("span", {}, h("strong", {}, event ? nameOf(EVENTS, event.type) : "An earlier event"),
        ordinary ? null : h("span", { class: "muted" }, ` · ${event.outcome ?? "not decided yet"}`)),
      h("span", {}, around(when))),
    actions.map(drawnAction));
}
