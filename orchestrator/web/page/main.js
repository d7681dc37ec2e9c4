// The page's one state, when it is asked for anew, and when it is drawn.

const state = { refused: new Set() };

function take(name, answer, onTaken) {
  const wrong = fault(answer);
  const isHealth = name === "health" && answer.body?.components;
  if (!wrong || isHealth) {
    state[name] = answer.body;
    state[`${name}Fault`] = null;
    onTaken?.(answer.body);
  } else {
    // What was seen stays, greyed out, while nobody answers; a refusal takes it away.
    state[`${name}Fault`] = wrong;
    if ([401, 403].includes(answer.status)) state[name] = null;
    if (answer.status === 403) state.refused.add(name);  // until there is another token
  }
}

const refresh = {
  async now() {
    const [health, stats] = await Promise.all([ask("/health"), ask("/stats")]);
    take("health", health, (body) => {
      worker.ahead = Date.parse(body.timestamp) - Date.now();
    });
    take("stats", stats, takeStats);
  },
  async overview() {
    take("overview", await ask("/overview"), takeOverview);
  },
  async ledger() {
    take("ledger", await ask("/ledger"));
  },
  async letters() {
    const count = state.stats && state.stats.dead_letters + state.stats.actions_rejected
      + state.stats.actions_failed;
    if (state.letters && count === state.lettersAt) return;  // each look stands in the audit log
    take("letters", await ask(address("/dead-letters", { limit: 25 })), () => {
      state.lettersAt = count;
    });
  },
  recent: () => people.refresh(),
  learner: () => one.refresh(),
};

// A learner less often: each look at one stands in the audit log.
const EVERY_MS = { now: 1000, overview: 2000, recent: 3000, learner: 10_000, ledger: 5000, letters: 10_000 };
const DRAWN = [drawBanner, drawHealth, drawAbout, drawLines, drawFigures, drawPeople, drawLearner,
  drawActions, drawTrials, drawLanes, drawOwners, drawLedger, drawLetters];

function draw() {
  for (const part of DRAWN) {
    try {
      part(state);
    } catch (error) {
      console.error(part.name, error);  // one part's trouble hides no other
    }
  }
}

/** Ask again and again, one question of a kind at a time; not while nobody looks. */
async function keep(name) {
  for (;;) {
    const mayAsk = name === "now" || (worker.silentSince === null && !state.refused.has(name));
    if (!document.hidden && mayAsk) {
      await refresh[name]();
      draw();
    }
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS[name]));
  }
}

function start() {
  const kept = localStorage.getItem("orchestrator.theme") ?? "";
  document.documentElement.dataset.theme = kept;
  at("theme").value = kept;
  at("theme").onchange = () => {
    document.documentElement.dataset.theme = at("theme").value;
    localStorage.setItem("orchestrator.theme", at("theme").value);
  };
  at("zone").textContent = ZONE;
  tokens.start(async () => {
    for (const name of Object.keys(state)) if (name.endsWith("Fault")) state[name] = null;
    state.refused.clear();
    await refresh.now();  // alone: one wrong token is one question
    await Promise.all(Object.values(refresh).map((ask) => ask()));
    draw();
  });
  people.start();
  draw();
  for (const name of Object.keys(EVERY_MS)) keep(name);
  setInterval(drawBanner, 1000);
}

start();
