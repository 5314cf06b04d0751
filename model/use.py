"""A place in manifests that asks for something that the model leaves out."""

from __future__ import annotations

from dataclasses import dataclass

from model.api.source import Source


@dataclass(frozen=True)
class Use:
    """What is asked for, and where; `name` and `text` are those of its row in `model.omissions`."""

    name: str
    text: str
    what: str
    source: Source

    @property
    def sentence(self) -> str:
        """`spec.paused is not modelled (web.yaml:7)`."""
        return f"{self.what} is not modelled ({self.source.file}:{self.source.line})"
