"use strict";
// Reading aids only. Everything this page says is in the page before this script runs.
for (const table of document.querySelectorAll("table[data-table]")) {
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  if (rows.length < 5) continue;
  const label = document.createElement("label");
  const input = document.createElement("input");
  label.className = "tool";
  input.type = "search";
  label.append(table.dataset.label, input);
  table.parentElement.before(label);
  const found = rows.map((row) => row.textContent.toLowerCase());
  input.addEventListener("input", () => {
    const wanted = input.value.trim().toLowerCase();
    rows.forEach((row, index) => row.classList.toggle("out", !found[index].includes(wanted)));
  });
  for (const head of table.tHead.rows[0].cells) {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-label", `${table.dataset.sort}: ${head.textContent}`);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const read = (row) => row.cells[head.cellIndex].textContent.trim();
      const sorted = rows.slice().sort((a, b) => read(a).localeCompare(read(b), "en", { numeric: true }));
      body.append(...(down ? sorted.reverse() : sorted));
    });
  }
}
for (const line of document.querySelectorAll("[data-copy]")) {
  const said = line.textContent;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = line.dataset.label;
  line.append(button);
  button.addEventListener("click", () => {
    const area = document.createElement("textarea");
    area.value = said;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    button.focus();
  });
}
