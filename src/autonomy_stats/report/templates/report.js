"use strict";

// Tables are sorted by buttons in their headings; rows without a value stay last.
(function () {
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

  function key(row, column) {
    const cell = row.cells[column];
    const value = cell.dataset.value;
    return { number: value === undefined ? null : Number(value), text: cell.textContent.trim() };
  }

  function compare(one, other) {
    if (one.number !== null && other.number !== null) return one.number - other.number;
    return collator.compare(one.text, other.text);
  }

  function sort(table, column, descending) {
    const body = table.tBodies[0];
    const rows = Array.from(body.rows, (row) => ({ row, key: key(row, column) }));
    rows.sort((one, other) => {
      const empty = (one.key.text === "") - (other.key.text === "");
      return empty || (descending ? compare(other.key, one.key) : compare(one.key, other.key));
    });
    body.append(...rows.map((item) => item.row));
  }

  for (const table of document.querySelectorAll("table.sortable")) {
    if (table.tBodies[0].rows.length < 2) continue;
    const headings = Array.from(table.tHead.rows[0].cells);
    headings.forEach((heading, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = heading.textContent;
      heading.replaceChildren(button);
      button.addEventListener("click", () => {
        const descending = heading.getAttribute("aria-sort") === "ascending";
        headings.forEach((other) => other.removeAttribute("aria-sort"));
        heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
        sort(table, column, descending);
      });
    });
  }
})();

// The view of the estimates: three choices, and a drawing of points and intervals.
(function () {
  const source = document.getElementById("view-data");
  const view = document.getElementById("view");
  if (!source || !view) return;
  const rows = JSON.parse(source.textContent);
  const [place, outcome, beside] = ["place", "outcome", "beside"].map((name) =>
    document.getElementById("view-" + name)
  );
  const told = document.getElementById("view-told");
  const drawing = document.getElementById("view-drawing");
  const NOTHING = "nothing", ALL = "all of it";
  const MAIN = "#0072B2", BESIDE = "#5f5f5f", RULE = "#c8c8c8", INK = "#1a1a1a";
  const FEW = "too few to judge";

  function values(list, name) {
    return Array.from(new Set(list.map((row) => row[name])));
  }

  function fill(select, options) {
    const before = select.value;
    select.replaceChildren(...options.map((text) => new Option(text, text)));
    if (options.includes(before)) select.value = before;
  }

  function element(name, attributes, text) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
    if (text !== undefined) made.textContent = text;
    return made;
  }

  // Ends of the axis: all intervals but those of too few schools, which may be cut.
  function span(list) {
    const firm = list.filter((row) => row.reads !== FEW);
    const ends = [0];
    for (const row of firm.length ? firm : list) {
      ends.push(...[row.estimate, row.low, row.high].filter((value) => value !== null));
    }
    for (const row of list) ends.push(row.estimate);
    const low = Math.min(...ends), high = Math.max(...ends);
    const pad = 0.05 * (high - low || 1);
    return [low - pad, high + pad];
  }

  function ticks(low, high) {
    const rough = (high - low) / 5;
    const power = Math.pow(10, Math.floor(Math.log10(rough)));
    const step = [1, 2, 5, 10].map((times) => times * power).find((size) => size >= rough);
    const found = [];
    for (let at = Math.ceil(low / step); at * step <= high; at += 1) found.push(at * step);
    return found.map((value) => Number(value.toPrecision(12)));
  }

  function draw(list) {
    const width = Math.max(240, Math.floor(drawing.clientWidth || 600));
    const wide = width >= 800;
    const left = wide ? 320 : 6, right = wide ? width - 250 : width - 6;
    const rowHeight = wide ? 24 : 56;
    const [low, high] = span(list);
    const at = (value) => left + ((value - low) / (high - low)) * (right - left);
    const inside = (value) => Math.min(right, Math.max(left, at(value)));
    const types = values(list, "type");
    const height = 34 + types.length * 32 + list.length * rowHeight + 48;
    const svg = element("svg", { viewBox: `0 0 ${width} ${height}`, role: "img" });
    svg.setAttribute("aria-label", list.map((row) =>
      `${row.type}, ${row.what}: ${row.text}, ${row.reads}`).join("; "));
    const bottom = height - 44;
    for (const value of ticks(low, high)) {
      svg.append(
        element("line", { x1: at(value), x2: at(value), y1: 26, y2: bottom, stroke: RULE }),
        element("text", { x: at(value), y: bottom + 18, "text-anchor": "middle", class: "quiet" },
          String(value).replace("-", "\u2212"))
      );
    }
    svg.append(element("line", { x1: at(0), x2: at(0), y1: 26, y2: bottom, stroke: INK }));
    const below = `${list[0].unit}; left of zero: lower`;
    svg.append(element("text",
      { x: (left + right) / 2, y: bottom + 38, "text-anchor": "middle", class: "quiet" }, below));
    if (wide) {
      svg.append(element("text", { x: right + 12, y: 16, class: "quiet" }, "difference [95 % interval]"));
      svg.append(element("text", { x: width - 4, y: 16, "text-anchor": "end", class: "quiet" }, "schools"));
    }
    let y = 26;
    for (const type of types) {
      y += 32;
      svg.append(element("text", { x: left === 6 ? 6 : 0, y: y - 10, class: "type" }, type));
      for (const row of list.filter((one) => one.type === type)) {
        drawRow(svg, row, { y, wide, width, left, right, at, inside, rowHeight, low, high });
        y += rowHeight;
      }
    }
    drawing.replaceChildren(svg);
  }

  function drawRow(svg, row, { y, wide, width, left, right, at, inside, low, high }) {
    const colour = row.beside === "" ? MAIN : BESIDE;
    const middle = wide ? y + 8 : y + 42;
    const what = element("text", { x: wide ? 0 : 6, y: wide ? y + 12 : y + 10 }, row.what);
    const value = element("text", { x: wide ? right + 12 : 6, y: wide ? y + 12 : y + 28 }, row.text);
    const schools = element("text",
      { x: wide ? width - 4 : right, y: wide ? y + 12 : y + 28, "text-anchor": "end", class: "quiet" },
      row.schools);
    svg.append(what, value, schools);
    if (row.low !== null && row.high !== null) {
      svg.append(element("line",
        { x1: inside(row.low), x2: inside(row.high), y1: middle, y2: middle, stroke: colour, "stroke-width": 2 }));
      if (row.low < low) svg.append(arrow(left, middle, -1, colour));
      if (row.high > high) svg.append(arrow(right, middle, 1, colour));
    }
    const hollow = row.reads === FEW;
    const mark = { fill: hollow ? "#ffffff" : colour, stroke: colour, "stroke-width": 2 };
    svg.append(row.beside === ""
      ? element("circle", { cx: at(row.estimate), cy: middle, r: 5, ...mark })
      : element("rect", { x: at(row.estimate) - 4, y: middle - 4, width: 8, height: 8, ...mark }));
  }

  function arrow(x, y, side, colour) {
    return element("path", { d: `M${x} ${y}l${-6 * side} -4v8z`, fill: colour });
  }

  function chosen() {
    const own = rows.filter((row) => row.place === place.value && row.outcome === outcome.value);
    const more = own.filter((row) =>
      row.beside === "" || beside.value === ALL || row.beside === beside.value);
    return more.length ? more : own;
  }

  function update() {
    const here = rows.filter((row) => row.place === place.value);
    fill(outcome, values(here, "outcome"));
    const own = here.filter((row) => row.outcome === outcome.value);
    const others = values(own, "beside").filter((name) => name !== "");
    fill(beside, [NOTHING, ...others, ...(others.length > 1 ? [ALL] : [])]);
    const list = chosen();
    const tests = values(list, "test").join("; ");
    const count = `${list.length} ${list.length === 1 ? "estimate" : "estimates"}`;
    told.textContent = `${place.value}, ${outcome.value.toLowerCase()}: ${count}. ${tests}.`;
    draw(list);
  }

  fill(place, values(rows, "place"));
  view.hidden = false;
  for (const select of [place, outcome, beside]) select.addEventListener("change", update);
  let waiting = 0;
  window.addEventListener("resize", () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(() => draw(chosen()));
  });
  update();
})();
