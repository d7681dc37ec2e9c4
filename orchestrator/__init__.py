"""The AIVO orchestrator: learning events in, the right call for each child out."""
