"""The settings: environment variables, read once and checked together before anything connects.

Only the command line reads `os.environ`; everything else is given what it needs as arguments.
"""

from orchestrator.settings.reading import load_settings
from orchestrator.settings.table import Settings

__all__ = ["Settings", "load_settings"]
