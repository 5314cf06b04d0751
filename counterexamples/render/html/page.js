"use strict";
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const PHASES = { Pending: "○", Running: "◐", Ready: "●", Available: "★", Terminating: "✕" };
  const ROW = 40, HEAD = 50, LEFT = 92, LETTER = 6.6, LONGEST = 56;

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

  const diagram = (panel, data, choose) => {
    const { steps, loop } = data;
    const lanes = lanesOf(steps);
    const titles = lanes.map(titleOf);
    const lane = Math.max(112, LETTER * 1.1 * Math.max(...titles.flat().map((t) => t.length)) + 14);
    const x = (name) => LEFT + lane * (lanes.indexOf(name) + 0.5);
    const width = LEFT + Math.max(lane * lanes.length, LETTER * LONGEST + 20), height = HEAD + ROW * steps.length + 12;
    const svg = draw(panel, "svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img",
      "aria-label": `Sequence diagram of ${steps.length} steps; the list of steps below says the same` });
    const rows = steps.map((step, index) => {
      const top = HEAD + ROW * index;
      const row = draw(svg, "g", {});
      draw(row, "rect", { class: "band", x: 0, y: top, width, height: ROW });
      draw(row, "title", {}, step.text);
      row.addEventListener("click", () => choose(index + 1));
      return row;
    });
    for (const name of lanes) {
      draw(svg, "line", { class: "life", x1: x(name), x2: x(name), y1: HEAD - 6, y2: height,
        "pointer-events": "none" });
    }
    steps.forEach((step, index) => {
      const row = rows[index], y = HEAD + ROW * index + 29, start = x(step.from);
      svg.append(row);
      draw(row, "text", { x: LEFT - 40, y: y + 1, "text-anchor": "end" }, String(index + 1));
      draw(row, "circle", { class: "dot", cx: start, cy: y, r: 4.5 });
      let far = start;
      for (const end of step.to.map(x)) {
        if (Math.abs(end - start) > Math.abs(far - start)) far = end;
        const away = end > start ? -1 : 1;
        draw(row, "line", { class: "arrow", x1: start, x2: end, y1: y, y2: y });
        draw(row, "polygon", { class: "tip",
          points: `${end},${y} ${end + 9 * away},${y - 4.5} ${end + 9 * away},${y + 4.5}` });
      }
      const text = step.text.length > LONGEST ? step.text.slice(0, LONGEST - 1) + "…" : step.text;
      const half = text.length * LETTER / 2;
      const middle = Math.max(Math.min((start + far) / 2, width - half - 6), LEFT - 30 + half);
      draw(row, "text", { class: "label", x: middle, y: y - 10,
        "text-anchor": "middle" }, text);
    });
    if (loop !== null && loop < steps.length) {
      const from = HEAD + ROW * loop + 6, to = HEAD + ROW * steps.length - 4;
      draw(svg, "path", { class: "loop", d: `M 34 ${to} H 24 V ${from} H 34 m -6 -4 l 6 4 l -6 4` });
      draw(svg, "text", { class: "looptext", "text-anchor": "middle",
        transform: `translate(16 ${(from + to) / 2}) rotate(-90)` }, "↻ for ever");
    }
    const heads = draw(svg, "g", { class: "titles" });
    draw(heads, "rect", { class: "heads", x: 0, y: 0, width, height: HEAD - 8 });
    lanes.forEach((name, index) => titles[index].forEach((text, line) => draw(heads, "text",
      { class: "head", x: x(name), y: 15 + 16 * line, "text-anchor": "middle" }, text)));
    // The names of the lanes stay in sight.
    panel.addEventListener("scroll", () => {
      const top = Math.max(0, panel.scrollTop - 12) * (width / svg.clientWidth);
      heads.setAttribute("transform", `translate(0 ${top})`);
    });
    return rows;
  };

  const drawPod = (list, pod) => {
    const item = put(list, "li", `pod rev${pod.revision % 3} ${PHASES[pod.phase] ? pod.phase : ""}`);
    put(item, "span", "", `${PHASES[pod.phase] || "•"} ${pod.name} ${pod.phase} `);
    if (pod.owner) put(item, "small", "", `of ${pod.owner}`);
  };

  // Boxes by group; a box that was different in the state before says so.
  const drawCluster = (panel, data, at) => {
    panel.replaceChildren();
    put(panel, "h3", "", at ? `After step ${at}` : "At the start");
    const before = new Set(data.states[Math.max(0, at - 1)]);
    let group = "", grid;
    for (const number of data.states[at]) {
      const box = data.boxes[number], changed = !before.has(number);
      if (box.group !== group) {
        group = box.group;
        put(panel, "h4", "", group);
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

  const drawDiff = (panel, step) => {
    panel.replaceChildren();
    put(panel, "h3", "", "What changed");
    if (!step || !step.changes.length) {
      put(panel, "p", "", step ? "Nothing that has a name in the API." : "Nothing yet.");
      return;
    }
    const table = put(put(panel, "div", "wide"), "table");
    const head = put(put(table, "thead"), "tr");
    for (const title of ["Field", "Before", "After"]) put(head, "th", "", title).scope = "col";
    const body = put(table, "tbody");
    for (const [label, old, now] of step.changes) {
      const row = put(body, "tr");
      put(put(row, "td"), "code", "", label);
      put(put(row, "td"), "del", "", old);
      put(put(row, "td"), "ins", "", now);
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
    let at = 0, rows = [];
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
      made.setAttribute("role", "region");
      made.setAttribute("aria-label", name);
      return made;
    };
    const picture = panel("diagram", "Sequence diagram");
    picture.tabIndex = 0;
    const cluster = panel("cluster", "The cluster at this step"), diff = panel("diff", "Changed fields");

    const choose = (target) => {
      at = Math.min(Math.max(target, 0), last);
      const step = data.steps[at - 1];
      const repeats = step && data.loop !== null && at > data.loop ? " ↻ repeats for ever"
        : at === data.loop && at === last ? "; then nothing more happens" : "";
      now.textContent = step
        ? `Step ${at} of ${last}: ${step.from}: ${step.text}${repeats}`
        : `The start, before ${last} steps`;
      slider.value = at;
      slider.setAttribute("aria-valuetext", now.textContent);
      for (const each of back) each.disabled = at === 0;
      for (const each of on) each.disabled = at === last;
      rows.forEach((row, index) => row.setAttribute("class", index + 1 === at ? "current" : ""));
      items.forEach((item, index) => {
        if (index + 1 === at) item.setAttribute("aria-current", "step");
        else item.removeAttribute("aria-current");
      });
      drawCluster(cluster, data, at);
      drawDiff(diff, step);
      const top = HEAD + ROW * (at - 1);
      if (at && (top - HEAD < picture.scrollTop || top + ROW > picture.scrollTop + picture.clientHeight)) {
        picture.scrollTop = top - picture.clientHeight / 2;
      }
    };
    if (lanesOf(data.steps).length > 3) stage.classList.add("broad");
    if (last) rows = diagram(picture, data, choose);
    else picture.remove();
    stage.hidden = false;
    choose(last);
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
