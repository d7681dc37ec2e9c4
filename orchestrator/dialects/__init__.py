"""The bytes of any producer -> a canonical event, or the reason why not.

fields of an entry -> one JSON object (entry.py) -> an adapter of the table (adapters.py) ->
what every arrival is checked for (reading.py) -> orchestrator.core.events.
"""
