"""A run as a Mermaid sequence diagram: a lane for each actor, a message for each step."""

from __future__ import annotations

import re

from counterexamples.explain import Counterexample
from counterexamples.render.endings import ending
from counterexamples.render.paint import safe

#: Characters of a diagram: Mermaid refuses those beyond 50,000.
LONGEST = 45_000


def diagram(example: Counterexample) -> str | None:
    """The lines of the diagram, each ended; None if there is nothing to draw, or too much."""
    moves = example.moves
    if not moves:
        return None
    lanes = {actor: f"a{n}" for n, actor in enumerate(dict.fromkeys(m.actor for m in moves))}
    lines = ["sequenceDiagram"]
    lines += [f"  participant {lane} as {inert(actor)}" for actor, lane in lanes.items()]
    closing = None
    for move in moves:
        if example.loop == move.index - 1:
            lines.append("  loop for ever")
            closing = "  end"
        lane = lanes[move.actor]
        lines.append(f"  {lane}->>{lane}: {move.index}. {inert(move.text)}")
    if closing is not None:
        lines.append(closing)
    elif example.loop is not None:
        first, *_, last = [*lanes.values()] * 2
        told = inert(ending(example.loop, len(moves)))
        lines.append(f"  Note over {first},{last}: {told}")
    text = "".join(f"{line}\n" for line in lines)
    return text if len(text) <= LONGEST else None


def inert(text: str) -> str:
    """The text with every character that Mermaid, Markdown or HTML could take for markup as a
    Mermaid entity, and the word that would close a block."""
    escaped = re.sub(r"[^A-Za-z0-9 .,_/()=-]", lambda m: f"#{ord(m[0])};", safe(text))
    return re.sub(r"\b([eE])(?=[nN][dD]\b)", lambda m: f"#{ord(m[1])};", escaped)
