"use strict";
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const PHASES = { Pending: "○", Running: "◐", Ready: "●", Available: "★", Terminating: "✕" };
  const ROW = 40, MARGIN = 60, LETTER = 6.6;

  const put = (parent, name, kind, text) => {
    const made = document.createElement(name);
    if (kind) made.className = kind;
    if (text !== undefined) made.textContent = text;
    parent.append(made);
    return made;
  };
  const draw = (parent, name, attributes, text) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    parent.append(made);
    return made;
  };

  // One lane for each actor and for each kind of object that is acted on, actors first.
  const lanesOf = (steps) => {
    const names = new Set(steps.map((step) => step.from));
    for (const step of steps) for (const end of step.to) names.add(end);
    return [...names];
  };

  // Long names go on two lines, cut at a hyphen.
  const titleOf = (name) => {
    const cut = name.length > 14 ? name.lastIndexOf("-", name.length - 2) + 1 : 0;
    return cut ? [name.slice(0, cut), name.slice(cut)] : [name];
  };

  // Draws the steps into a panel that scrolls. What it returns marks a step and those that it needs, and
  // brings it into sight.
  const diagram = (panel, data, choose) => {
    const { steps, loop } = data;
    const lanes = lanesOf(steps);
    const titles = lanes.map(titleOf), longest = Math.max(...titles.flat().map((t) => t.length));
    // On a phone the names of the lanes stand upright, so that all lanes are in sight.
    const room = panel.clientWidth, slim = room < 480;
    const left = slim ? 76 : 96, head = slim ? 20 + 8 * longest : 50;
    const least = slim ? 30 : Math.max(112, LETTER * 1.1 * longest + 14);
    const lane = Math.max(least, Math.min(160, (room - left) / lanes.length));
    const x = (name) => left + lane * (lanes.indexOf(name) + 0.5);
    const width = Math.max(left + lane * lanes.length, room);
    const height = head + ROW * steps.length + 12, most = Math.floor((width - left) / LETTER);
    const topOf = (number) => head + ROW * (number - 1), middleOf = (number) => topOf(number) + 24;
    const svg = draw(panel, "svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img",
      "aria-label": `Sequence diagram of ${steps.length} steps; the list of steps below says the same` });
    const rows = steps.map((step, index) => {
      const line = draw(svg, "g", {});
      draw(line, "rect", { class: "band", x: 0, y: topOf(index + 1), width, height: ROW });
      draw(line, "title", {}, step.text);
      line.addEventListener("click", () => choose(index + 1));
      return { line };
    });
    for (const name of lanes) {
      draw(svg, "line", { class: "life", x1: x(name), x2: x(name), y1: head - 6, y2: height,
        "pointer-events": "none" });
    }
    steps.forEach((step, index) => {
      const row = rows[index], { line } = row, y = topOf(index + 1) + 29, start = x(step.from);
      line.dataset.kind = [step.fault && "fault", step.idle && "idle"].filter(Boolean).join(" ");
      svg.append(line);
      draw(line, "text", { class: "number", x: MARGIN - 8, y: middleOf(index + 1) + 4,
        "text-anchor": "end" }, String(index + 1));
      if (step.believed) draw(line, "circle", { class: "ring", cx: start, cy: y, r: 8 });
      if (step.fault) {
        draw(line, "path", { class: "dot", d: `M ${start} ${y - 7} l 7 7 l -7 7 l -7 -7 z` });
      } else draw(line, "circle", { class: "dot", cx: start, cy: y, r: 4.5 });
      let far = start;
      for (const end of step.to.map(x)) {
        if (Math.abs(end - start) > Math.abs(far - start)) far = end;
        const away = end > start ? -1 : 1;
        draw(line, "line", { class: "arrow", x1: start, x2: end + 4 * away, y1: y, y2: y });
        draw(line, "polygon", { class: "tip",
          points: `${end},${y} ${end + 9 * away},${y - 4.5} ${end + 9 * away},${y + 4.5}` });
      }
      const full = (step.fault ? "⚡ " : "") + step.text;
      const text = full.length > most ? full.slice(0, most - 1) + "…" : full;
      const half = text.length * LETTER / 2;
      const middle = Math.max(Math.min((start + far) / 2, width - half - 6), left + half);
      Object.assign(row, { from: Math.min(start, middle - half), to: middle + half });
      draw(line, "text", { class: "label", x: middle, y: y - 10, "text-anchor": "middle" }, text);
    });
    if (loop !== null && loop < steps.length) {
      const from = topOf(loop + 1) + 6, to = topOf(steps.length + 1) - 4;
      draw(svg, "path", { class: "loop", d: `M 34 ${to} H 24 V ${from} H 34 m -6 -4 l 6 4 l -6 4` });
      draw(svg, "text", { class: "looptext", "text-anchor": "middle",
        transform: `translate(16 ${(from + to) / 2}) rotate(-90)` }, "↻ for ever");
    }
    const links = draw(svg, "g", { class: "needs" });
    const heads = draw(svg, "g", { class: "titles" });
    draw(heads, "rect", { class: "heads", x: 0, y: 0, width, height: head - 8 });
    lanes.forEach((name, index) => titles[index].forEach((text, line) => {
      const across = x(name) + 15 * (line - titles[index].length / 2) + 12;
      draw(heads, "text", { class: name === "fault" ? "head fault" : "head",
        ...slim ? { transform: `translate(${across} ${head - 16}) rotate(-90)` }
          : { x: x(name), y: 15 + 16 * line, "text-anchor": "middle" } }, text);
    }));
    // The names of the lanes stay in sight.
    panel.addEventListener("scroll", () => {
      heads.setAttribute("transform", `translate(0 ${Math.max(0, panel.scrollTop)})`);
    });
    return (number) => {
      const needs = number ? steps[number - 1].needs : [], start = middleOf(number) - 5;
      links.replaceChildren();
      for (const need of needs) {
        draw(links, "path", { d: `M ${MARGIN} ${start} h 12 V ${middleOf(need)} h -12 m 6 -4 l -6 4 l 6 4` });
      }
      rows.forEach(({ line }, index) => line.setAttribute("class",
        index + 1 === number ? "current" : needs.includes(index + 1) ? "needed" : ""));
      if (!number) return;
      const top = topOf(number), { from, to } = rows[number - 1];
      if (top - head < panel.scrollTop || top + ROW > panel.scrollTop + panel.clientHeight) {
        panel.scrollTop = top - panel.clientHeight / 2;
      }
      if (from < panel.scrollLeft || to > panel.scrollLeft + panel.clientWidth) {
        panel.scrollLeft = (from + to - panel.clientWidth) / 2;
      }
    };
  };

  // What the marks of a diagram mean, as far as it has them.
  const legendOf = (steps) => [
    steps.some((step) => step.needs.length) && "blue: what the chosen step needs",
    steps.some((step) => step.fault) && "⚡ and a diamond: a fault",
    steps.some((step) => step.believed) && "ring: acts on what is not so",
    steps.some((step) => step.idle) && "grey: not needed for the violation",
  ].filter(Boolean).join(" · ");

  const drawPod = (list, pod) => {
    const item = put(list, "li", `pod rev${pod.revision % 3} ${PHASES[pod.phase] ? pod.phase : ""}`);
    put(item, "span", "", `${PHASES[pod.phase] || "•"} ${pod.name} ${pod.phase} `);
    if (pod.owner) put(item, "small", "", `of ${pod.owner}`);
  };

  // Boxes by group; a box that was different in the state before says so.
  const drawCluster = (panel, data, at) => {
    panel.replaceChildren();
    put(panel, "h4", "", at ? `The state after step ${at}` : "The state at the start");
    const before = new Set(data.states[Math.max(0, at - 1)]);
    let group = "", grid;
    for (const number of data.states[at]) {
      const box = data.boxes[number], changed = !before.has(number);
      if (box.group !== group) {
        group = box.group;
        put(panel, "h5", "", group);
        grid = put(panel, "div", "boxes");
      }
      const made = put(grid, "div", ["box", ...box.tones, changed ? "changed" : ""].join(" ").trim());
      const title = put(made, "p", "");
      put(title, "b", "", box.name);
      if (box.words.length) put(title, "span", "", " " + box.words.join(", "));
      if (changed) put(title, "span", "seen", " ∗ changed");
      for (const line of box.lines) put(made, "p", "field", line);
      if (box.pods.length) {
        const list = put(made, "ul", "");
        list.setAttribute("aria-label", `Pods: ${box.name}`);
        for (const pod of box.pods) drawPod(list, pod);
      }
    }
  };

  // A step as the list has it, and with the last one what there is to say of the end.
  const drawStep = (panel, item, last) => {
    panel.replaceChildren();
    put(panel, "h4", "", item ? "This step" : "Before the first step");
    if (!item) put(panel, "p", "why", "Nothing has happened yet.");
    else panel.append(...item.cloneNode(true).childNodes);
    if (last) {
      put(panel, "h5", "", "In the end");
      panel.append(last.cloneNode(true));
    }
  };

  const show = (data) => {
    const section = document.getElementById(data.id);
    const stage = section.querySelector(".stage"), last = data.steps.length;
    const items = [...section.querySelectorAll(".steps > li")];
    const controls = put(stage, "div", "controls");
    controls.setAttribute("role", "group");
    controls.setAttribute("aria-label", "Go through the steps");
    const button = (text, name, target) => {
      const made = put(controls, "button", "", text);
      made.type = "button";
      made.setAttribute("aria-label", name);
      made.title = name;
      made.addEventListener("click", () => choose(target()));
      return made;
    };
    let at = 0;
    const back = [button("«", "Start", () => 0), button("‹", "Step back", () => at - 1)];
    const on = [button("›", "Step forward", () => at + 1), button("»", "End", () => last)];
    const label = put(controls, "label", "", "Step");
    const slider = put(label, "input");
    Object.assign(slider, { type: "range", min: 0, max: last, step: 1, value: 0 });
    slider.addEventListener("input", () => choose(Number(slider.value)));
    const now = put(controls, "p", "now");
    now.setAttribute("aria-live", "polite");
    const panel = (kind, name) => {
      const made = put(stage, "div", `panel ${kind}`);
      made.setAttribute("role", "group");
      made.setAttribute("aria-label", name);
      return made;
    };
    const frame = put(stage, "div", "panel picture");
    const picture = put(frame, "div", "diagram");
    picture.tabIndex = 0;
    picture.setAttribute("role", "group");
    picture.setAttribute("aria-label", "Sequence diagram");
    const detail = panel("detail", "The chosen step");
    detail.tabIndex = -1;
    const cluster = panel("cluster", "The state at this step");

    const choose = (target) => {
      at = Math.min(Math.max(target, 0), last);
      const step = data.steps[at - 1];
      const repeats = step && data.loop !== null && at > data.loop ? " ↻ repeats for ever"
        : at === data.loop && at === last ? "; then nothing more happens" : "";
      const notes = step ? [step.fault && "a fault", step.believed && "acts on what is not so"] : [];
      const noted = notes.filter(Boolean).map((note) => `, ${note}`).join("");
      now.textContent = step
        ? `Step ${at} of ${last}: ${step.from}: ${step.text}${noted}${repeats}`
        : `The start, before ${last} steps`;
      slider.value = at;
      slider.setAttribute("aria-valuetext", now.textContent);
      for (const each of back) each.disabled = at === 0;
      for (const each of on) each.disabled = at === last;
      items.forEach((item, index) => {
        if (index + 1 === at) item.setAttribute("aria-current", "step");
        else item.removeAttribute("aria-current");
        item.classList.toggle("needed", Boolean(step && step.needs.includes(index + 1)));
      });
      drawStep(detail, items[at - 1], at === last && section.querySelector(".remarks"));
      drawCluster(cluster, data, at);
      if (mark) mark(at);
    };
    stage.hidden = false;
    if (lanesOf(data.steps).length > 3) stage.classList.add("broad");
    const mark = last ? diagram(picture, data, choose) : null;
    if (mark) put(frame, "p", "legend", legendOf(data.steps));
    else frame.remove();
    // A link to a step chooses it; within the stage nothing scrolls, and as the link itself goes,
    // the focus moves to what is there instead.
    section.addEventListener("click", (event) => {
      const link = event.target.closest("a[href*='-step-']");
      if (!link) return;
      const within = stage.contains(link);
      choose(Number(link.hash.split("-").pop()));
      if (!within) return;
      event.preventDefault();
      detail.focus({ preventScroll: true });
    });
    choose(items.findIndex((item) => `#${item.id}` === location.hash) + 1 || last);
    return { section, move: (key) => choose({ ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[key]) };
  };

  const shown = JSON.parse(document.getElementById("data").textContent).map(show);
  // Arrow keys go through the violation that has the focus, or else the one used last.
  let used = shown[0];
  for (const each of shown) {
    for (const event of ["focusin", "pointerdown"]) {
      each.section.addEventListener(event, () => { used = each; });
    }
  }
  document.addEventListener("keydown", (event) => {
    const inside = event.target.closest(".violation");
    const scrolls = event.target.closest("input, .wide");
    const vertical = event.key === "Home" || event.key === "End";
    if (!used || scrolls || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight" && !(vertical && inside)) return;
    event.preventDefault();
    used.move(event.key);
  });
})();
