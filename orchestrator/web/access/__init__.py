"""Who may ask what.

Each request passes, in this order: `authentication` (who is it? `loopback` while no tokens are set,
`workers` for what one worker asks another, else a bearer token within its `rate_limit`), `audit`
(what has been asked of whom is written down), and `authorization` (may they?). Then come the views,
which see to the tenant (orchestrator/web/caller.py).
"""
