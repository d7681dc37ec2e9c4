// What comes first: is it well, how much goes through, how much waits.

const PARTS = [
  ["event_consumer", "Event consumer", "takes events from Kafka"],
  ["orchestration_engine", "Decisions", "by the policy in force"],
  ["redis_connection", "Redis", "where events come in"],
  ["kafka", "Kafka", "where everything is kept"],
  ["tables", "Tables", "what is known of the learners"],
  ["learner_svc", "learner-svc", "takes levels and paths"],
  ["notification_svc", "notification-svc", "takes breaks and support"],
];

const lines = { events: new Series(), waiting: new Series(), rate: new Rate(), drawnAt: 0 };
let said = "";

function takeStats(stats) {
  const now = Date.now();
  const rate = lines.rate.add(now, stats.total_events_processed);
  if (rate !== null) lines.events.add(now, rate);
  lines.waiting.add(now, stats.events_in_flight + stats.actions_pending);
}

function partsOf(components) {
  return { ...components, ...components.service_clients };
}

function drawHealth({ health, healthFault }) {
  const sum = worker.silentSince !== null ? "unreachable" : health?.status;
  show(at("overall"), sum ? status(sum) : pill("idle", "Asking"));
  if (!health) return show(at("health"), title("Health"), empty(healthFault ?? "Asking …"));
  const parts = partsOf(health.components);
  const rows = PARTS.filter(([id]) => parts[id]).map(([id, name, purpose]) => {
    const [tone, word] = TONES[parts[id].status];
    return h("li", { key: id, id: `part-${id}`, class: tone },
      icon(tone), h("div", {},
        h("p", { class: "name" }, h("strong", {}, name), h("span", { class: `word ${tone}` }, word)),
        h("p", { class: "detail" }, parts[id].detail, h("span", { class: "muted" }, ` · ${purpose}`))));
  });
  show(at("health"), title("Health"), h("ul", { class: "parts" }, rows));
  tellNews(sum, parts);
}

/** For who cannot see it: what has changed, in one sentence, and only then. */
function tellNews(sum, parts) {
  const troubled = PARTS.filter(([id]) => parts[id] && parts[id].status !== "healthy");
  const sentence = `${TONES[sum]?.[1] ?? ""}${troubled.length
    ? `: ${troubled.map(([id, name]) => `${name} ${parts[id].status}`).join(", ")}` : ""}`;
  if (sentence !== said) at("news").textContent = sentence;
  said = sentence;
}

function drawAbout({ health, stats }) {
  const parts = stats && [
    plural(stats.workers, "worker", "workers"),
    `policy ${stats.policy_version || "not yet"}`,
    `up ${lasting(stats.uptime_seconds)}`,
  ];
  show(at("about"), [...(parts || []), health ? `version ${health.version}` : null]
    .filter(Boolean).join(" · "));
}

function drawLines({ stats, statsFault }) {
  if (!stats) {
    show(at("line-events"), title("Events decided"), empty(statsFault ?? "Asking …"));
    show(at("line-waiting"), title("Waiting"), empty(statsFault ?? "Asking …"));
    return;
  }
  const now = Date.now();
  if (CALM.matches && now - lines.drawnAt < 10_000) return;
  lines.drawnAt = now;
  const { events, waiting } = lines;
  const pace = events.last === null ? "–" : tenths(events.last);
  show(at("line-events"), title("Events decided"),
    h("p", { class: "big" }, h("span", { id: "pace" }, pace), h("small", {}, " a second")),
    line(events, now, `Events decided: now ${pace} a second, at most ${tenths(events.most)} in the last three minutes`),
    axis(events, now));
  show(at("line-waiting"), title("Waiting"),
    h("p", { class: "big" }, h("span", {}, whole(waiting.last)),
      h("small", {}, ` · ${plural(stats.events_in_flight, "event", "events")} to decide, `
        + `${plural(stats.actions_pending, "action", "actions")} to deliver`)),
    line(waiting, now, `Waiting: now ${whole(waiting.last)}, at most ${whole(waiting.most)} in the last three minutes`),
    axis(waiting, now));
}

function drawFigures({ stats }) {
  if (!stats) return show(at("figures"));
  const shown = [
    ["Active learners", stats.active_learners, `of ${whole(stats.total_learners)}, within an hour`],
    ["Events received", stats.total_events_received, `${whole(stats.duplicates)} duplicates, ${whole(stats.late)} late`],
    ["Breaks", stats.game_breaks_scheduled, "decided"],
    ["Support", stats.sel_interventions_triggered, "decided, for feelings"],
    ["Levels", stats.level_suggestions_sent, "decided"],
    ["Paths", stats.learning_path_updates, "decided"],
    ["Delivered", stats.actions_delivered, `${whole(stats.actions_pending)} to come`],
    ["Dead letters", stats.dead_letters, "events that were refused"],
  ];
  show(at("figures"), h("dl", { class: "figures" }, shown.map(([name, count, note]) =>
    h("div", { key: name }, h("dt", {}, name), h("dd", {}, whole(count), h("small", {}, note))))));
}

function drawBanner() {
  const since = worker.silentSince;
  at("main").classList.toggle("stale", since !== null);
  if (since === null) return show(at("banner"));
  const iso = new Date(since + worker.ahead).toISOString();
  const seen = worker.heardAt === null
    ? "It has not answered yet." : "What stands below is as it was then.";
  show(at("banner"), h("p", { class: "banner" }, icon("bad"),
    h("span", {}, "The worker does not answer since ", moment(iso), `. ${seen} `,
      "This page keeps asking.")));
}
