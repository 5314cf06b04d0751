"""The HTML report in a real browser; skipped where there is no Chromium."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from counterexamples.render.contract import Look
from counterexamples.render.html import render
from tests.checker.fakes import instance, scenario
from tests.counterexamples.test_html import EVIL, PLAIN, hostile_report, report_of, walk

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


def browse(folder: Path, text: str, *options: str) -> tuple[str, list[str]]:
    """The document as the browser has it in the end, and what its console said."""
    path = folder / "page.html"
    path.write_text(text, encoding="utf-8")
    assert CHROMIUM is not None
    done = subprocess.run(
        [
            CHROMIUM,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--enable-logging=stderr",
            f"--user-data-dir={folder / 'profile'}",
            *options,
            "--dump-dom",
            path.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


def acted(folder: Path, text: str, script: str) -> str:
    """The document after a script of the test has used the page."""
    opened = re.sub(r"<meta http-equiv=[^>]*>", "", text)
    dom, console = browse(folder, opened.replace("</body>", f"<script>{script}</script></body>"))
    assert console == []
    return dom


def test_the_page_draws_without_complaint(tmp_path: Path) -> None:
    """The policy lets the page's own script run, which draws the last state of each violation."""
    dom, console = browse(tmp_path, render(report_of(instance(scenario())), PLAIN))
    assert console == []
    assert dom.count("<svg") == 2
    assert "After step 3" in dom
    assert 'aria-current="step"' in dom


def test_keys_buttons_and_slider(tmp_path: Path) -> None:
    """All of them go through the steps, and the current one is announced."""
    text = render(report_of(instance(scenario())), PLAIN)
    go = """
      const now = () => document.querySelector(".now").textContent;
      const key = (name) => document.querySelector(".violation").dispatchEvent(
        new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true }));
      const said = [];
      key("Home"); said.push(now());
      key("ArrowRight"); said.push(now());
      key("ArrowLeft"); key("ArrowLeft"); said.push(now());
      document.querySelector("[aria-label='Step forward']").click(); said.push(now());
      const slider = document.querySelector("input");
      slider.value = 2; slider.dispatchEvent(new Event("input")); said.push(now());
      document.querySelector("svg g").dispatchEvent(new MouseEvent("click", { bubbles: true }));
      said.push(now());
      document.title = said.map((text) => text.split(":")[0]).join("|");
    """
    title = re.search("<title>(.*?)</title>", acted(tmp_path, text, go))
    assert title is not None
    start, one, two = "The start, before 3 steps", "Step 1 of 3", "Step 2 of 3"
    assert title.group(1).split("|") == [start, one, start, one, two, one]


def test_without_javascript_the_list_is_there(tmp_path: Path) -> None:
    """What only the script can fill stays hidden."""
    text = render(report_of(instance(scenario())), PLAIN)
    silent = re.sub("script-src '[^']*'", "script-src 'none'", text)
    dom, console = browse(tmp_path, silent)
    assert len(console) == 1, "the policy refuses the script"
    assert "<svg" not in dom
    assert dom.count('<div class="stage" hidden') == 2
    assert dom.count("<li data-step=") == text.count("<li data-step=") > 3


@pytest.mark.parametrize("name", EVIL, ids=range(len(EVIL)))
def test_hostile_names_do_nothing(tmp_path: Path, name: str) -> None:
    """Markup in names is text on the page, in what the script draws as well."""
    dom, console = browse(tmp_path, render(hostile_report(name), Look(texts={name: name})))
    assert console == []
    assert "<title>4 checks" in dom
    assert "<img" not in dom
    assert "After step 3" in dom


def test_it_fits_a_phone(tmp_path: Path) -> None:
    """At phone width only what is meant to scrolls sideways, even in a large cluster."""
    text = render(walk(50, 10), Look())
    narrow = """
      const frame = document.createElement("iframe");
      frame.width = 360; frame.height = 700;
      frame.srcdoc = document.documentElement.outerHTML.replace(/<script>[^]*?<.script>/g, "");
      frame.onload = () => {
        document.title = frame.contentDocument.documentElement.scrollWidth + " wide";
      };
      document.body.append(frame);
    """
    title = re.search(r"<title>(\d+) wide</title>", acted(tmp_path, text, narrow))
    assert title is not None
    assert int(title.group(1)) <= 360
