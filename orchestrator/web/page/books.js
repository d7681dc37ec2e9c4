// The ledger, and the dead letters with their replay.

function drawLedger({ ledger, ledgerFault }) {
  if (!ledger) return show(at("books"), empty(ledgerFault ?? "Asking …"));
  const sides = [ledger.events.total, ...Object.values(ledger.services).map((side) => side.total)];
  const unexplained = sides.reduce((sum, side) => sum + Math.abs(side.unexplained), 0);
  const since = sides.map((side) => side.unexplained_since).filter(Boolean).sort()[0];
  const lasts = since && secondsSince(since) > 120;
  const verdict = ledger.balanced
    ? pill("good", "Balanced: everything that came in is accounted for")
    : pill(lasts ? "bad" : "idle", lasts
        ? `${whole(unexplained)} unexplained for ${lasting(secondsSince(since))}`
        : `${whole(unexplained)} on the move while this was read`);
  const e = ledger.events.total;
  const events = row("events", "Events", figure(e.received + e.replayed), figure(e.decided),
    figure(e.duplicates), figure(e.late), figure(e.dead_letters), figure(e.in_flight),
    figure(e.unexplained, lasts ? "bad" : ""));
  const services = Object.entries(ledger.services).map(([name, { total: t }]) => row(name, name,
    figure(t.decided), ...OUTCOMES.map((outcome) => figure(t.outcomes[outcome] ?? 0)),
    figure(t.parked), figure(t.in_flight), figure(t.unexplained, lasts ? "bad" : "")));
  show(at("books"), h("p", { class: "verdict" }, verdict,
      h("span", { class: "muted" }, " as of ", moment(ledger.as_of))),
    table("Events: what came in and what became of it", [["Came in", false], ["Received", true],
      ["Decided", true], ["Duplicates", true], ["Late", true], ["Dead letters", true],
      ["In flight", true], ["Unexplained", true]], [events]),
    table("Actions: what was decided and how it ended", [["Asked for", false], ["Decided", true],
      ...OUTCOMES.map((outcome) => [capital(outcome), true]), ["Parked", true],
      ["In flight", true], ["Unexplained", true]], services));
}

const replays = new Map();

async function replay(id) {
  replays.set(id, { tone: "idle", words: "Asking …" });
  draw();
  const answer = await ask(`/dead-letters/${encodeURIComponent(id)}/replay`, "POST");
  const wrong = fault(answer);
  replays.set(id, wrong ? { tone: "warn", words: wrong }
    : { tone: "good", words: answer.body.outcome === "sent" ? "Sent once more" : "Replayed before" });
  state.lettersAt = null;
  await refresh.letters();
  draw();
}

function drawLetters({ letters, lettersFault }) {
  if (!letters) return show(at("dead"), empty(lettersFault ?? "Asking …"));
  const found = letters.dead_letters;
  if (!found.length) return show(at("dead"), empty("None. All that came in could be read."));
  const rows = found.map((letter) => row(letter.id,
    [moment(letter.refused_at), letter.times > 1 ? ` · ${letter.times} times` : ""],
    [h("strong", {}, spoken(letter.reason)), h("p", { class: "detail" }, letter.detail)],
    [h("p", {}, letter.learner_id ?? "nobody it could be read of"),
      h("p", { class: "detail muted" }, letter.tenant_id ?? "")],
    h("details", {}, h("summary", {}, `${letter.holds}, ${whole(letter.size)} bytes`),
      h("p", { class: "detail" }, h("code", {}, letter.source)),
      h("pre", { tabindex: "0" }, letter.content)),
    replayOf(letter)));
  show(at("dead"), table("Dead letters, the newest first", [["Refused", false], ["Why", false],
    ["Learner", false], ["What", false], ["Replay", false]], rows),
    h("p", { class: "small" }, letters.has_more ? "These are the newest; there are more. " : "",
      "Replay reads one once more: after a fix, what is an event by then is decided, once."));
}

function replayOf(letter) {
  const done = replays.get(letter.id);
  const button = letter.is_whole
    ? h("button", { type: "button", class: "small", "aria-label": `Replay ${letter.id}`,
                    onclick: () => replay(letter.id) }, "Replay")
    : h("span", { class: "detail muted" }, "Only its beginning was kept.");
  return [button, h("p", { role: "status", class: "detail" }, done ? pill(done.tone, done.words)
    : letter.replayed_at ? ["replayed ", moment(letter.replayed_at)] : null)];
}
