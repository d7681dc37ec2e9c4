"""The base of what is answered."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """Made once, and never changed."""

    model_config = ConfigDict(frozen=True)
