// Asking the worker, in the name of the token if there is one.

const PATIENCE_MS = 3000;
const KEPT_AS = "orchestrator.token";

const session = {
  token: sessionStorage.getItem(KEPT_AS) ?? "",
  refused: false,
  keep(token) {
    this.token = token;
    this.refused = false;
    if (token) sessionStorage.setItem(KEPT_AS, token);
    else sessionStorage.removeItem(KEPT_AS);
  },
};

/** Whether the worker answers, since when not, and what time it is there. */
const worker = {
  heardAt: null,
  silentSince: null,
  ahead: 0,
  now() {
    return Date.now() + this.ahead;
  },
  heard() {
    this.heardAt = Date.now();
    this.silentSince = null;
  },
  missed() {
    this.silentSince ??= this.heardAt ?? Date.now();
  },
};

const OPEN = "/health";

/** {status, body}; status 0 where there was no answer. Never fails. */
async function ask(path, method = "GET") {
  const headers = { Accept: "application/json" };
  const given = session.token;
  if (session.refused && path !== OPEN) return { status: 401, body: null };  // asked once is enough
  if (given && path !== OPEN) headers.Authorization = `Bearer ${given}`;
  try {
    const response = await fetch(path, {
      method,
      headers,
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const body = await response.json().catch(() => null);
    worker.heard();
    if (response.status === 401 && given === session.token && !session.refused) {
      session.refused = true;
      tokens.wanted(given);
    }
    return { status: response.status, body };
  } catch {
    worker.missed();
    return { status: 0, body: null };
  }
}

/** An address with its query; what is empty is left out. */
function address(path, query) {
  const given = Object.entries(query).filter(([, value]) => value !== "" && value !== undefined);
  return given.length ? `${path}?${new URLSearchParams(given)}` : path;
}

/** A sentence on why there is no answer to show; null if there is one. */
function fault({ status, body }) {
  if (status >= 200 && status < 300) return null;
  if (status === 0) return "The worker does not answer.";
  if (status === 401) return "An access token is needed: see the top of the page.";
  if (status === 403 && session.token) return `Your token may not see this. ${body?.detail ?? ""}`;
  const fields = (body?.errors ?? []).map((e) => `${e.field}: ${e.detail}`);
  return [body?.detail ?? `The worker answered ${status}.`, ...fields].join(" ");
}

/** The form for the token: shown when it is asked for, or when the worker wants one. */
const tokens = {
  wanted(given) {
    at("token-why").textContent = given
      ? "The worker does not know this token. It may have been replaced."
      : "This worker shows its figures to those who have a token.";
    this.open();
  },
  open() {
    if (!at("token-form").hidden) return;
    at("token-form").hidden = false;
    at("token").focus();
  },
  start(again) {
    at("token-open").onclick = () => {
      at("token-why").textContent = session.token
        ? "A token is in use." : "No token is in use.";
      if (at("token-form").hidden) this.open();
      else at("token-form").hidden = true;
    };
    const take = (token) => {
      session.keep(token);
      at("token").value = "";
      at("token-form").hidden = true;
      again();
    };
    at("token-forget").onclick = () => take("");
    at("token-form").onsubmit = (event) => {
      event.preventDefault();
      take(at("token").value.trim());
    };
  },
};
