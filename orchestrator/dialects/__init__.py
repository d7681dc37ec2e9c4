"""The bytes of any producer -> a canonical event, or the reason why not.

fields of an entry -> one JSON object (entry.py) -> the rows of the table that recognise it
(adapters.py, adapting.py) -> what every arrival is checked for (reading.py) ->
orchestrator.core.events. And back: a dead letter -> the entry that it was (replay.py).
"""
