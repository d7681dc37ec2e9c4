// Figures, times and names in the words and the zone of whoever looks.

const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const TENTHS = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const FINE = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });
const CLOCK = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
const TIME = new Intl.DateTimeFormat("en-GB", CLOCK);
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", ...CLOCK });

const ACTIONS = {
  LEVEL_SUGGESTED: "Level",
  LEARNING_PATH_UPDATE: "Learning path",
  GAME_BREAK: "Break",
  SEL_INTERVENTION: "Support",
};
const EVENTS = {
  BASELINE_COMPLETE: "First assessment",
  SLP_UPDATED: "Speech and language profile",
  SEL_ALERT: "Alert about feelings",
  COURSEWORK_ANALYZED: "Coursework",
  ASSESSMENT_COMPLETE: "Assessment",
  LEARNER_PROGRESS: "Progress",
  ENGAGEMENT_LOW: "Engagement low",
  LEARNER_ERASED: "Learner erased",
  LEVEL_SUGGESTION_FAILED: "Level taken back",
};
const OUTCOMES = ["delivered", "rejected", "expired", "superseded", "failed", "erased"];

const whole = (n) => (n === null || n === undefined ? "–" : WHOLE.format(n));
const tenths = (n) => (Math.abs(n) < 99.95 ? TENTHS.format(n) : WHOLE.format(n));
const fine = (n) => (typeof n === "number" ? FINE.format(n) : String(n));
const plural = (n, one, many) => `${whole(n)} ${n === 1 ? one : many}`;
const nameOf = (names, type) => names[type] ?? String(type).toLowerCase().replaceAll("_", " ");
const capital = (word) => word[0].toUpperCase() + word.slice(1);
const spoken = (id) => String(id).replaceAll("_", " ");

/** "12 s", "3 min", "2 h", "4 d": the length of a time. */
function lasting(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 90) return `${s} s`;
  if (s < 90 * 60) return `${Math.round(s / 60)} min`;
  if (s < 36 * 3600) return `${Math.round(s / 3600)} h`;
  return `${Math.round(s / 86400)} d`;
}

const secondsSince = (iso) => (worker.now() - Date.parse(iso)) / 1000;

/** A moment: the clock of the zone, the day if it is another one, UTC when pointed at. */
function moment(iso) {
  if (!iso) return "–";
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return String(iso);
  const isToday = date.toDateString() === new Date(worker.now()).toDateString();
  const utc = `${date.toISOString().replace("T", " ").slice(0, 19)} UTC`;
  return h("time", { datetime: date.toISOString(), title: utc }, (isToday ? TIME : DAY).format(date));
}

/** "10:21:05 · 3 min ago", or "in 3 min". */
function around(iso) {
  if (!iso) return "–";
  const seconds = secondsSince(iso);
  const relative = seconds >= 0 ? `${lasting(seconds)} ago` : `in ${lasting(-seconds)}`;
  return [moment(iso), h("span", { class: "muted" }, ` · ${relative}`)];
}

/** A worker's address without what they all have in common. */
function shortly(url) {
  return url ? url.replace(/^https?:\/\//, "") : "nobody yet";
}
