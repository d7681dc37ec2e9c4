"""The page at `/`: what was asked of the services, for a person to look at."""

import json
from html import escape

from orchestrator.embedded.sandbox.calls import Call, CallLog

SHOWN = 100
EVERY_SECONDS = 5

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem; color: #1b1b1b; background: #fff }
table { border-collapse: collapse; width: 100% }
caption { text-align: left; padding: .5rem 0 }
th, td { text-align: left; vertical-align: top; padding: .4rem .8rem .4rem 0 }
tr { border-bottom: 1px solid #ccc }
code { white-space: pre-wrap; word-break: break-word }
"""

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sandbox: {applied}</title>{refresh}
<style>{style}</style>
</head>
<body>
<h1>Sandbox</h1>
<p>This stands in for learner-svc and notification-svc. Actions that took effect:
{applied}; calls: {received}. {again}</p>
<table>
<caption>The newest calls, at most {shown}</caption>
<thead><tr><th scope="col">Received (UTC)</th><th scope="col">Asked</th><th scope="col">Learner</th>
<th scope="col">Tenant</th><th scope="col">Answer</th><th scope="col">Body</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
</body>
</html>
"""

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
        shown=SHOWN,
        rows="\n".join(rows) or '<tr><td colspan="6">Nothing yet.</td></tr>',
    )


def _row(call: Call, times: int) -> str:
    body = json.dumps(call.body, ensure_ascii=False, indent=1)
    cells = [
        call.received_at.strftime("%H:%M:%S"),
        _asked(call),
        call.learner_id,
        call.tenant_id,
        _answer(call, times),
    ]
    shown = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
    details = f"<details><summary>JSON</summary><code>{escape(body)}</code></details>"
    return f"<tr>{shown}<td>{details}</td></tr>"


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
