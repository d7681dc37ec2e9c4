"""The page at `/`: what was asked of the services, for a person to look at."""

import json
from html import escape

from orchestrator.embedded.sandbox.calls import Call, CallLog

SHOWN = 100
EVERY_SECONDS = 5

STYLE = """
:root { color-scheme: light dark; --paper: light-dark(#f4f6f9, #0e1319);
  --card: light-dark(#fff, #161d26); --ink: light-dark(#17212d, #e7ecf2);
  --muted: light-dark(#566172, #a3afbd); --edge: light-dark(#dce2e9, #2a3440);
  --accent: light-dark(#2456c8, #8db2ff); --good: light-dark(#11623c, #74d39d);
  --bad: light-dark(#a3211a, #ff9c92); font: 15px/1.5 system-ui, sans-serif;
  font-variant-numeric: tabular-nums }
body { margin: 0; padding: 1.5rem clamp(.8rem, 3vw, 2rem); color: var(--ink);
  background: var(--paper) }
h1 { font-size: 1.3rem; margin: 0 0 .3rem }
p { margin: 0 0 1rem; color: var(--muted) }
a, summary { color: var(--accent); cursor: pointer }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px }
strong { color: var(--ink) }
table { border-collapse: collapse; width: 100%; background: var(--card);
  border: 1px solid var(--edge); font-size: .9rem }
thead th { white-space: nowrap }
caption, thead th { color: var(--muted); font-weight: 400; font-size: .84rem }
caption { text-align: left; padding: 0 0 .4rem; background: var(--paper) }
th, td { text-align: left; vertical-align: top; padding: .45rem .9rem; overflow-wrap: anywhere }
tr { border-bottom: 1px solid var(--edge) }
.time, .who { white-space: nowrap }
.good { color: var(--good); font-weight: 600 }
.bad { color: var(--bad); font-weight: 600 }
pre { margin: .4rem 0 0; white-space: pre-wrap;
  font: .82rem/1.45 ui-monospace, Menlo, Consolas, monospace }
@media (max-width: 46rem) {
  thead { position: absolute; clip-path: inset(50%) }
  table, caption, tbody, tr, td { display: block }
  tr { padding: .5rem 0 }
  td { padding: .1rem .9rem }
  td::before { content: attr(data-name) " "; color: var(--muted); font-weight: 400;
    font-size: .84rem }
  .time, .who { white-space: normal }
}
"""

ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Crect width='16' height='16' rx='4' fill='%237d4a00'/%3E%3C/svg%3E"
)

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sandbox: {applied}</title>{refresh}
<link rel="icon" href="{icon}">
<style>{style}</style>
</head>
<body>
<main>
<h1>Sandbox</h1>
<p>This stands in for learner-svc and notification-svc. Actions that took effect:
<strong>{applied}</strong>; calls: <strong>{received}</strong>. {again}</p>
<table>
<caption>The newest calls, at most {shown}</caption>
<thead><tr>{heads}</tr></thead>
<tbody>
{rows}
</tbody>
</table>
</main>
</body>
</html>
"""

COLUMNS = ("Received (UTC)", "Asked", "Learner", "Tenant", "Answer", "Body")
CLASSES = ("time", "", "who", "who")

STILL = '<a href="/">Stop reloading</a>'
MOVING = f'<a href="/?reload">Reload every {EVERY_SECONDS} s</a>'


def page(calls: CallLog, reloading: bool) -> str:
    """Return the page as HTML; everything a caller sent is escaped."""
    rows = [_row(call, calls.times(call.key)) for call in calls.newest(limit=SHOWN)]
    return PAGE.format(
        applied=calls.applied,
        received=calls.received,
        refresh=f'\n<meta http-equiv="refresh" content="{EVERY_SECONDS}">' if reloading else "",
        again=STILL if reloading else MOVING,
        style=STYLE,
        icon=ICON,
        heads="".join(f'<th scope="col">{name}</th>' for name in COLUMNS),
        shown=SHOWN,
        rows="\n".join(rows) or '<tr><td colspan="6">Nothing yet.</td></tr>',
    )


def _row(call: Call, times: int) -> str:
    body = json.dumps(call.body, ensure_ascii=False, indent=1)
    texts = [call.received_at.strftime("%H:%M:%S"), _asked(call), call.learner_id, call.tenant_id]
    cells = [_cell(*each) for each in zip(COLUMNS, texts, CLASSES, strict=False)]
    went_well = call.status is not None and call.status < 400
    cells.append(_cell("Answer", _answer(call, times), "good" if went_well else "bad"))
    details = f"<details><summary>JSON</summary><pre>{escape(body)}</pre></details>"
    return f'<tr>{"".join(cells)}<td data-name="Body">{details}</td></tr>'


def _cell(name: str, text: str, kind: str) -> str:
    return f'<td data-name="{name}" class="{kind}">{escape(text)}</td>'


def _asked(call: Call) -> str:
    """In a few words what the call asks for."""
    if not isinstance(call.body, dict):
        return f"{call.method} {call.path}"
    if "suggested_level" in call.body:
        return f"level: {call.body['suggested_level']}"
    if "path_updates" in call.body:
        return "learning path"
    if "notification_type" in call.body:
        return f"{call.body['notification_type']}: {call.body.get('title', '')}"
    return f"{call.method} {call.path}"


def _answer(call: Call, times: int) -> str:
    status = "none" if call.status is None else str(call.status)
    notes = [call.reason, "repeated" if call.repeated else "", f"key seen {times} times"]
    wanted = [note for note in (notes if times > 1 else notes[:2]) if note]
    return f"{status} ({'; '.join(wanted)})" if wanted else status
