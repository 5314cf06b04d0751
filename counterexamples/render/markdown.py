"""The report as a comment on a pull request, in GitHub's and GitLab's Markdown.

GitHub refuses comments beyond 65,536 characters: later violations are left out then, and counted.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from counterexamples.render.contract import Look
from counterexamples.render.findings import (
    Finding,
    findings,
    fixes,
    is_violation,
    relative,
    story,
    suppressed,
)
from counterexamples.render.findings import summary as in_one_line
from counterexamples.render.mermaid import diagram
from counterexamples.render.paint import safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checker.report import Report
    from model.plugins.attempt import Attempt

#: Bytes of a comment.
COMMENT = 65_000
#: Bytes of what a step of GitHub Actions may show in its summary: 1 MiB, and less is safer.
SUMMARY = 1_000_000


def render(report: Report, look: Look) -> str:
    """See `contract.Renderer`."""
    return document(report, look, COMMENT)


def document(report: Report, look: Look, limit: int) -> str:
    """The report in at most `limit` bytes of UTF-8, which is no less than 1,000."""
    parts = ["## planecheck\n\n", f"{_title(report)}\n"]
    blocks: list[str] = []
    found = findings(report)
    blocks += [_violation(report, finding, look) for finding in found if is_violation(finding)]
    blocks += _rows("Mistakes and warnings", [f for f in found if f.diagnostic])
    blocks += _rows("Without an answer", [f for f in found if f.severity and _unknown(f)])
    blocks += _rows("Suppressed", suppressed(report))
    blocks += _sentences("Checked together", list(report.together))
    blocks += _sentences("Assumed", [a for r in report.results for a in r.assumptions])
    blocks += _sentences("Left out of the model", [o for r in report.results for o in r.omissions])
    room = limit - 200 - sum(len(part.encode()) for part in parts)
    left = 0
    for block in blocks:
        size = len(block.encode())
        if size <= room:
            parts.append(block)
            room -= size
        else:
            left += 1
    if left:
        parts.append(f"\n{left} parts are left out here for their length; the log has them.\n")
    return "".join(parts)


def _title(report: Report) -> str:
    mark = {0: "✅", 1: "❌"}.get(report.exit, "⚠️")
    return f"{mark} **{in_one_line(report)}**"


def _unknown(finding: Finding) -> bool:
    return finding.result is not None and finding.result.verdict.outcome == "unknown"


def _violation(report: Report, finding: Finding, look: Look) -> str:
    result = finding.result
    assert result is not None
    lines = [f"\n### {plain(result.claim.name)} is violated", ""]
    if result.claim.text:
        lines += [f"The rule: {plain(result.claim.text)}", ""]
    where = f" at {code(_place(finding))}" if finding.source else ""
    lines += [f"{code(result.subject)}, scenario {code(result.scenario)}{where}", ""]
    example = result.counterexample
    if example and example.remarks:
        lines += [*(f"- {plain(remark)}" for remark in example.remarks), ""]
    if example and example.attempt:
        lines += [*(f"- {plain(said)}" for said in _pending(example.attempt)), ""]
    found = fixes(finding)
    if found:
        lines += [*(f"- {plain(fix)}" for fix in found), ""]
    drawn = diagram(example) if example else None
    if drawn:
        lines += ["```mermaid", drawn.rstrip("\n"), "```", ""]
    text = story(report, finding, look).strip("\n")
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    lines += ["<details><summary>The whole story</summary>", "", f"{fence}text", text, fence]
    lines += ["", "</details>"]
    return "\n".join(lines) + "\n"


def _pending(found: Attempt) -> Iterator[str]:
    """What kube-scheduler says of a pod that no node takes, and what would let it on."""
    from counterexamples.render.attempt import FEW, name, remedies

    yield f"{name(found)}: {found.message}"
    helps = [f"{where}: {what}" for where, what in remedies(found.remedies)]
    if helps:
        yield f"It would go onto a node after any of these: {'; '.join(helps[:FEW])}"


def _rows(title: str, found: list[Finding]) -> list[str]:
    if not found:
        return []
    rows = [
        f"- {code(finding.rule)} {code(_place(finding)) + ': ' if finding.source else ''}"
        f"{plain(finding.title)}\n"
        for finding in found
    ]
    return [f"\n### {title}\n\n{rows[0]}", *rows[1:]]


def _sentences(title: str, texts: list[str]) -> list[str]:
    rows = "".join(f"- {plain(text)}\n" for text in dict.fromkeys(texts))
    return [f"\n<details><summary>{title}</summary>\n\n{rows}\n</details>\n"] if rows else []


def _place(finding: Finding) -> str:
    assert finding.source is not None
    return f"{relative(finding.source.file)}:{finding.source.line}"


def plain(text: str) -> str:
    """The text so that it shows as it is: no markup, no mention of a user or an issue."""
    escaped = re.sub(r"[\\`*_\[\]|~]", r"\\\g<0>", safe(text))
    # What is no punctuation of Markdown: HTML, mathematics, mentions and links by themselves.
    escaped = re.sub(r"&", "&amp;", escaped)
    escaped = re.sub(
        r"[<>$@#!]", lambda m: f"&#{ord(m[0])};{'&#8203;' if m[0] in '@#!' else ''}", escaped
    )
    escaped = re.sub(r"://|www\.", lambda m: f"{m[0][:-1]}&#8203;{m[0][-1]}", escaped, flags=re.I)
    # A list, heading or rule begins only at the start of a line.
    return re.sub(r"^(\s*)([-+=]|\d+(?=[.)]))", r"\1&#8203;\2", escaped)


def code(text: str) -> str:
    """The text as code."""
    clean = safe(text)
    if clean.strip() == clean and clean and not set("`|") & set(clean):
        return f"`{clean}`"
    return f"<code>{plain(text)}</code>"
