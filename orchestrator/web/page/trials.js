// The trials of policies: what a candidate does otherwise. Only shown when there is one.

const DIFFERENCES = [["same", ""], ["changed", "warn"], ["lost", "warn"], ["added", "warn"],
                     ["moved", ""]];

function drawTrials({ stats }) {
  const trials = stats?.trials ?? [];
  at("trials").hidden = !trials.length;
  show(at("tried"), trials.map(drawnTrial));
}

function drawnTrial(each) {
  const runs = each.ended_at === null;
  return h("div", { key: each.trial, class: "card trial" },
    title(`${capital(each.kind)} of ${each.version}`, trialState(each)),
    h("p", {}, trialWords(each)),
    each.breach && runs
      ? h("p", { class: "detail" }, icon("bad"), ` A guard rail is broken: ${each.breach}.`) : null,
    runs && each.kind === "canary" ? h("p", { class: "detail" }, each.looked_at
      ? ["Its guard rails were last looked at ", around(each.looked_at), "."]
      : [icon("warn"), " Nobody has looked at its guard rails yet."]) : null,
    each.verdict ? h("p", {}, each.verdict) : null,
    runs && !each.caught_up
      ? h("p", { class: "detail" }, icon("warn"), each.events || each.behind
        ? ` ${plural(each.behind, "event is", "events are")} still to be read: these figures will grow.`
        : " It has not been counted yet.") : null,
    each.actions.length ? table(`What ${each.trial} does otherwise`,
      [["Actions", false], ["In force", true], ["Candidate", true],
        ...DIFFERENCES.map(([name]) => [capital(name), true])],
      each.actions.map((one) => row(one.type, nameOf(ACTIONS, one.type), figure(one.base),
        figure(one.candidate), ...DIFFERENCES.map(([name, loud]) => figure(one[name], loud))))) : null,
    h("p", { class: "small" }, `${plural(each.events, "event", "events")} of `
      + `${plural(each.learners, "learner", "learners")} since `, around(each.since),
      ". Moved: given by both, up to 30 minutes apart."));
}

function trialState(each) {
  if (each.ended_at === null) return pill(each.breach ? "bad" : "good", "Runs");
  return pill("idle", "Ended");
}

function trialWords(each) {
  if (each.ended_at !== null) return ["Ended ", around(each.ended_at), `: ${each.reason}.`];
  if (each.kind === "shadow") {
    return "It decides beside the policy in force, and nobody is asked for anything by it.";
  }
  const whose = each.tenants.length ? ` of ${each.tenants.join(", ")}` : "";
  return `It decides for ${each.percent} % of the learners${whose}, for all others the policy in force.`;
}
