"""The GitHub Action and the pre-commit hook run `check` and hand on what it says."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]

ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("code", "strict", "expected"),
    [(0, "true", 0), (1, "false", 1), (3, "true", 3), (3, "false", 0)],
)
def test_the_action_hands_on_the_exit_code(
    code: int, strict: str, expected: int, tmp_path: Path
) -> None:
    """The action's own script: paths and arguments arrive whole, nothing in them is a command,
    and the step ends with the exit code of `check`."""
    (step,) = [s for s in ACTION["runs"]["steps"] if s.get("id") == "check"]
    program, said = tmp_path / "check", tmp_path / "said"
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > "{said}"\nexit {code}\n')
    program.chmod(0o755)
    output = tmp_path / "output"
    environment = {
        "PATH": os.environ["PATH"],
        "PROGRAM": str(program),
        "PATHS": 'a b.yaml\n$(touch "owned")\n',
        "ARGUMENTS": "--timeout\n2m",
        "SARIF": "x.sarif",
        "FAIL_ON_UNKNOWN": strict,
        "BASELINE": "known faults.json",
        "GITHUB_OUTPUT": str(output),
    }
    assert set(step["env"]) == set(environment) - {"PATH", "GITHUB_OUTPUT"}
    script = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
    done = subprocess.run(script, env=environment, cwd=tmp_path, check=False)
    assert done.returncode == expected
    assert output.read_text() == f"exit={code}\n"
    assert said.read_text().split("\n") == [
        *("--format", "github", "--output", "sarif=x.sarif"),
        *("--baseline", "known faults.json", "--timeout", "2m", "--"),
        *("a b.yaml", '$(touch "owned")', ""),
    ]
    assert not (tmp_path / "owned").exists()


def test_no_input_of_the_action_is_pasted_into_a_script() -> None:
    """Inputs reach scripts as variables only, and every one of them is used."""
    steps = ACTION["runs"]["steps"]
    assert not [step for step in steps if "${{" in step.get("run", "")]
    used = re.findall(r"inputs\.([a-z-]+)", json.dumps(steps))
    assert sorted(used) == sorted(ACTION["inputs"])


def test_the_hook_runs_check_once() -> None:
    """The pre-commit hook is the console script, with all files in one process."""
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert (hook["entry"], hook["language"], hook["require_serial"]) == ("check", "python", True)
