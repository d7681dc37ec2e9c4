// The work: actions by type, the services, the streams, the partitions.

const rates = new Map();

function takeOverview(overview) {
  const now = Date.now();
  for (const { type, decided } of overview.actions) {
    if (!rates.has(type)) rates.set(type, { rate: new Rate(60), now: null });
    const kept = rates.get(type);
    kept.now = kept.rate.add(now, decided);
  }
}

function drawActions({ overview, overviewFault }) {
  if (!overview) {
    show(at("actions"), title("By type"), empty(overviewFault ?? "Asking …"));
    return show(at("services"), title("Services"), empty(overviewFault ?? "Asking …"));
  }
  const rows = overview.actions.map((each) => {
    const pace = rates.get(each.type)?.now;
    const perMinute = [pace === null || pace === undefined ? "–" : tenths(pace * 60), "figure"];
    perMinute.isFigure = true;
    return row(each.type, nameOf(ACTIONS, each.type), figure(each.decided), perMinute,
      ...OUTCOMES.map((outcome) => figure(each.ended[outcome] ?? 0, LOUD[outcome])));
  });
  const columns = [["Type", false], ["Decided", true], ["A minute", true],
    ...OUTCOMES.map((outcome) => [capital(outcome), true])];
  show(at("actions"), title("By type and outcome"),
    table("Actions by type and outcome", columns, rows),
    h("p", { class: "small" }, "Decided: by all workers, ever. How they ended: counted by the worker "
      + "that answers, since its start."));
  show(at("services"), title("Services"), h("ul", { class: "services" },
    overview.services.map(drawnService)));
}

const LOUD = { rejected: "warn", expired: "warn", failed: "bad" };

function drawnService(each) {
  const isOpen = each.breaker === "open";
  const ended = OUTCOMES.filter((outcome) => each.outcomes[outcome]);
  const probe = each.probe_in_seconds > 0
    ? `next try in ${tenths(each.probe_in_seconds)} s` : "trying now";
  return h("li", { key: each.service, id: `service-${each.service}` },
    h("p", { class: "name" }, h("strong", {}, each.service),
      isOpen ? pill("warn", "Breaker open") : pill("good", "Breaker closed")),
    h("p", { class: "detail" }, isOpen
      ? `Left alone for a moment after failures in a row; ${probe}. Nothing is lost.`
      : "Calls go through."),
    h("dl", { class: "pairs" },
      pair("Waiting here", whole(each.waiting)),
      pair("Last success", around(each.last_success_at)),
      pair("Last failure", around(each.last_failure_at)),
      pair("Ended so far", ended.length
        ? ended.map((outcome) => `${whole(each.outcomes[outcome])} ${outcome}`).join(", ") : "none")));
}

function pair(name, ...content) {
  return h("div", { key: name }, h("dt", {}, name), h("dd", {}, content));
}

const LANES = { reading: ["good", "Reading"], starting: ["idle", "Starting"],
                degraded: ["warn", "Degraded"], stopped: ["idle", "Stopped"] };

function drawLanes({ overview, overviewFault }) {
  if (!overview) return show(at("lanes"), empty(overviewFault ?? "Asking …"));
  const rows = overview.lanes.map((lane) => lane.here
    ? row(lane.stream, h("code", {}, lane.stream),
        [pill(...(LANES[lane.status] ?? ["idle", lane.status])),
          lane.detail ? h("span", { class: "detail" }, ` ${lane.detail}`) : null],
        figure(lane.lag, lane.lag > 1000 ? "warn" : ""), figure(lane.pending),
        figure(lane.produced), figure(lane.refused, "warn"), figure(lane.gaps, "bad"),
        around(lane.last_read_at))
    : row(lane.stream, h("code", {}, lane.stream),
        pill("idle", lane.owner ? `Read by ${shortly(lane.owner)}` : "Not read yet"),
        ...Array.from({ length: 6 }, () => "")));
  const columns = [["Stream", false], ["State", false], ["Unread", true], ["Under way", true],
    ["Passed on", true], ["Refused", true], ["Gaps", true], ["Last read", false]];
  show(at("lanes"), table("Redis streams", columns, rows),
    h("p", { class: "small" }, "Each stream has one reader. Figures are those of the worker that "
      + "answers, since its start. Gaps are entries that were deleted before they were read."));
}

function drawOwners({ overview, overviewFault }) {
  if (!overview) return show(at("owners"), empty(overviewFault ?? "Asking …"));
  const byOwner = new Map();
  for (const each of overview.partitions) {
    const owner = each.owner ?? (each.here ? overview.url : null);
    if (!byOwner.has(owner)) byOwner.set(owner, []);
    byOwner.get(owner).push(each);
  }
  const most = Math.max(1, ...overview.partitions.map((each) => each.learners));
  const groups = [...byOwner].sort(([a], [b]) => String(a).localeCompare(String(b)));
  show(at("owners"), groups.map(([owner, partitions]) => h("div", { key: String(owner), class: "owner" },
    h("h3", {}, h("span", {}, owner ? shortly(owner) : "On the way to a worker"),
      h("span", { class: "aside" }, owner === overview.url ? "answers this page · " : "",
        plural(partitions.length, "partition", "partitions"))),
    h("ul", { class: "cells" }, partitions.map((each) => drawnPartition(each, most))))));
}

function drawnPartition(each, most) {
  const behind = each.in_flight > 1000;
  const share = Math.max(each.learners ? 4 : 0, Math.round((100 * each.learners) / most));
  return h("li", { key: each.partition, class: behind ? "warn" : "" },
    h("p", { class: "number" }, h("strong", {}, each.partition), behind ? icon("warn") : null),
    h("svg", { class: "bar", viewBox: "0 0 100 4", preserveAspectRatio: "none", "aria-hidden": "true" },
      h("rect", { class: "whole", width: 100, height: 4 }),
      h("rect", { class: "share", width: share, height: 4 })),
    h("p", {}, plural(each.learners, "learner", "learners")),
    h("p", { class: "muted" }, `${whole(each.in_flight)} to decide · ${whole(each.waiting)} to send`));
}
