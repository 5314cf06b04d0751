"""The HTML report in a real browser; skipped where there is no Chromium."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from checker.report import Report
from counterexamples.render.contract import Look
from counterexamples.render.html import render
from tests.checker.fakes import instance, scenario
from tests.counterexamples.test_html import EVIL, PLAIN, hostile_report, report_of, walk
from tests.counterexamples.test_html_facts import told

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


def browse(folder: Path, text: str, fragment: str = "") -> tuple[str, list[str]]:
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
            "--dump-dom",
            path.as_uri() + fragment,
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


def title(dom: str) -> str:
    found = re.search("<title>(.*?)</title>", dom)
    assert found is not None
    return found.group(1)


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
    assert "The state after step 3" in dom
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
    start, one, two = "The start, before 3 steps", "Step 1 of 3", "Step 2 of 3"
    assert title(acted(tmp_path, text, go)).split("|") == [start, one, start, one, two, one]


def test_without_javascript_the_list_is_there(tmp_path: Path) -> None:
    """What only the script can fill stays hidden."""
    text = render(report_of(instance(scenario())), PLAIN)
    silent = re.sub("script-src '[^']*'", "script-src 'none'", text)
    dom, console = browse(tmp_path, silent)
    assert len(console) == 1, "the policy refuses the script"
    assert "<svg" not in dom
    assert dom.count('<div class="stage" hidden') == 2
    assert dom.count('<div class="step">') == text.count('<div class="step">') > 3


def test_a_chosen_step_marks_what_it_needs(tmp_path: Path) -> None:
    """In the diagram and in the list; beside the state stands what its actor believed."""
    go = """
      const marked = (where) => [...document.querySelectorAll(where)].length;
      document.title = [
        marked("#violation-1 svg .needed"), marked("#violation-1 svg .needs path"),
        marked("#violation-1 .steps > .needed"), marked("#violation-1 .detail .believed"),
        marked("#violation-1 svg .ring"), marked("#violation-1 svg [data-kind=fault]"),
      ].join(" ");
    """
    assert title(acted(tmp_path, told(), go)) == "2 2 2 1 1 1"


def test_links_choose_steps(tmp_path: Path) -> None:
    """From the step beside the state, which keeps the focus, and from the list."""
    go = """
      const now = () => document.querySelector(".now").textContent.split(":")[0];
      const said = [];
      document.querySelector(".detail a[href$='-step-2']").click();
      said.push(now(), document.activeElement.className, location.hash);
      document.querySelector(".steps a[href$='-step-1']").click();
      said.push(now(), location.hash);
      document.title = said.join("|");
    """
    said = title(acted(tmp_path, told(), go)).split("|")
    assert said == ["Step 2 of 3", "panel detail", "", "Step 1 of 3", "#violation-1-step-1"]


def test_an_address_opens_at_its_step(tmp_path: Path) -> None:
    """What a link to a step names is what its reader sees."""
    dom, _ = browse(tmp_path, told(), fragment="#violation-1-step-1")
    assert "The state after step 1" in dom


def test_a_choice_is_announced(tmp_path: Path) -> None:
    """The live region names the step, and that it is a fault or rests on what is not so."""
    go = """
      const live = document.querySelector("[aria-live=polite]"), said = [live.textContent];
      document.querySelector("[aria-label=Start]").click();
      document.querySelector("[aria-label='Step forward']").click();
      document.title = [...said, live.textContent].join("|");
    """
    last, first = title(acted(tmp_path, told(), go)).split("|")
    assert first == "Step 1 of 3: fault: creates pod web-1, a fault"
    assert last.endswith("acts on what is not so ↻ repeats for ever")


def test_what_can_be_used_has_a_name(tmp_path: Path) -> None:
    """Everything that takes the focus or groups others, as a screen reader would announce it."""
    go = """
      const used = document.querySelectorAll(
        "button, input, a, [tabindex], summary, svg, section, [role]");
      const name = (each) => each.getAttribute("aria-label")
        || (document.getElementById(each.getAttribute("aria-labelledby")) || each).textContent
        || [...(each.labels || [])].map((label) => label.textContent).join("");
      document.title = used.length + " " + [...used].filter((each) => !name(each)).length;
    """
    count, nameless = title(acted(tmp_path, told(), go)).split(" ")
    assert int(count) > 20
    assert nameless == "0"


@pytest.mark.parametrize("name", EVIL, ids=range(len(EVIL)))
def test_hostile_names_do_nothing(tmp_path: Path, name: str) -> None:
    """Markup in names is text on the page, in what the script draws as well."""
    dom, console = browse(tmp_path, render(hostile_report(name), Look(texts={name: name})))
    assert console == []
    assert "<title>4 checks" in dom
    assert "<img" not in dom
    assert "The state after step 3" in dom


def test_it_fits_a_phone(tmp_path: Path) -> None:
    """At phone width only what is meant to scrolls sideways, even in a large cluster; a diagram of
    a few actors does not need to."""
    for text, scrolls in ((render(walk(50, 10), Look()), True), (told(), False)):
        inert = json.dumps(text).replace("<", "\\u003c")
        narrow = f"""
          const frame = document.createElement("iframe");
          frame.width = 360; frame.height = 700; frame.srcdoc = {inert};
          frame.onload = () => {{
            const inner = frame.contentDocument, panel = inner.querySelector(".diagram");
            document.title = inner.documentElement.scrollWidth
              + " " + (panel.scrollWidth > panel.clientWidth);
          }};
          document.body.append(frame);
        """
        width, sideways = title(acted(tmp_path, render(Report(()), Look()), narrow)).split()
        assert int(width) <= 360
        assert sideways == str(scrolls).lower()
