"use strict";
const all = (selector, from = document) => [...from.querySelectorAll(selector)];

// Filter. A case is a failure, or a row of all results; what holds cases hides with the last one.
const cases = all(".case").map(element =>
  ({element, text: (element.querySelector("summary") || element).textContent.toLowerCase()}));
const box = document.getElementById("filter");
const fields = all("input, select", box);

function filter() {
  const [words, ...chosen] = fields.map(field => field.value);
  const wanted = words.toLowerCase().split(/\s+/);
  for (const {element, text} of cases) {
    const [layer, backend, clause] = chosen;
    const own = element.dataset;
    element.hidden = !(wanted.every(word => text.includes(word)) && (!layer || own.layer === layer)
      && (!backend || own.backend === backend) && (!clause || own.clause === clause));
  }
  const active = fields.some(field => field.value);
  for (const holder of all(":is(section, details):has(.case)")) {
    holder.hidden = !holder.querySelector(".case:not([hidden])");
    holder.open = active;
  }
  const rows = all("tr.case"), shown = rows.filter(row => !row.hidden);
  all("[role=status]", box)[0].textContent = `${shown.length} of ${rows.length} results`;
}

function clear() {
  for (const field of fields) field.value = "";
  filter();
}

box.hidden = false;
for (const field of fields) field.addEventListener("input", filter);
all("button", box)[0].addEventListener("click", clear);

// A link shows what it leads to, even where that is filtered out.
addEventListener("click", event => {
  const link = event.target.closest("a"), target = link && document.querySelector(link.hash);
  if (target?.closest("[hidden]")) clear();
});

// Sort. Numbers come before words, "> 1000 bound" is one of them, and what is empty comes last.
function compare(...texts) {
  const [a, b] = texts.map(text => text.replace(/^> /, ""));
  return parseFloat(a) - parseFloat(b) || a.localeCompare(b, "en", {numeric: true});
}

for (const table of all("table.sortable")) {
  const heads = all("th[scope=col]", table), body = table.tBodies[0];
  for (const head of heads) {
    const button = document.createElement("button"), n = head.cellIndex;
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const sign = head.ariaSort === "ascending" ? -1 : 1;
      for (const other of heads) other.ariaSort = null;
      head.ariaSort = sign > 0 ? "ascending" : "descending";
      const keyed = [...body.rows].map(row => [row.cells[n].textContent, row]);
      keyed.sort(([a], [b]) => (a === "") - (b === "") || sign * compare(a, b));
      body.append(...keyed.map(([, row]) => row));
    });
  }
}

// Copy.
for (const button of all("button.copy")) {
  button.hidden = false;
  button.addEventListener("blur", () => { button.textContent = "Copy"; });
  button.addEventListener("click", async () => {
    const text = button.previousElementSibling;
    try {
      await navigator.clipboard.writeText(text.textContent);
      button.textContent = "Copied";
    } catch {  // a page that came by http may not write to the clipboard
      getSelection().selectAllChildren(text);
      button.textContent = "Selected";
    }
  });
}

// What is focused or linked to must not stand behind the head, which grows with the filter.
new ResizeObserver(([{target}]) => {
  document.documentElement.style.scrollPaddingTop = `${target.offsetHeight + 8}px`;
}).observe(document.querySelector("header"));
