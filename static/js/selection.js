// Selecting rows of a list, across its pages. The table names the list and its filter:
//   <table data-selection="accounts" data-filter="q=x&tier=pro" data-total="214">
// and what is chosen is kept in this tab for that filter. A form with data-selection-form is sent
// with the chosen ids as "id", separated by commas, or with all=1 and the filter as "filter".
const table = () => document.querySelector("[data-selection]");
const key = (list) => `selection:${list.dataset.selection}?${list.dataset.filter ?? ""}`;
const boxes = (list) => [...list.querySelectorAll("tbody .check[name=id]")];

function read(list) {
  try {
    const { all, ids } = JSON.parse(sessionStorage.getItem(key(list))) ?? {};
    return { all: Boolean(all), ids: new Set(ids) };
  } catch {
    return { all: false, ids: new Set() };
  }
}

function write(list, { all, ids }) {
  if (all || ids.size > 0) sessionStorage.setItem(key(list), JSON.stringify({ all, ids: [...ids] }));
  else sessionStorage.removeItem(key(list));
  show(list);
}

function show(list) {
  const { all, ids } = read(list);
  const rows = boxes(list);
  for (const box of rows) box.checked = all || ids.has(box.value);
  const chosen = rows.filter((box) => box.checked).length;
  const head = list.querySelector("[data-select-page]");
  if (head) {
    head.checked = chosen > 0 && chosen === rows.length;
    head.indeterminate = chosen > 0 && chosen < rows.length;
  }
  showBar(all ? Number(list.dataset.total) : ids.size, all);
}

function showBar(count, all) {
  const bar = document.querySelector("[data-selection-bar]");
  if (!bar) return;
  bar.toggleAttribute("data-some", count > 0);
  bar.querySelector("[data-selection-count]").textContent = count.toLocaleString("en");
  const everything = bar.querySelector("[data-select-all]");
  if (everything) everything.hidden = all || count >= Number(table().dataset.total);
}

export function showSelection() {
  if (table()) show(table());
}

// choose ticks or unticks rows. Unticking one of "all" leaves the others on this page.
function choose(list, values, wanted) {
  let { all, ids } = read(list);
  if (all) ids = new Set(boxes(list).map((box) => box.value));
  for (const value of values) wanted ? ids.add(value) : ids.delete(value);
  write(list, { all: false, ids });
}

let last; // the row ticked before, where a shift-click begins

function range(list, box, shift) {
  const rows = boxes(list);
  const from = shift && last?.isConnected ? rows.indexOf(last) : -1;
  const to = rows.indexOf(box);
  last = box;
  if (from < 0) return [box.value];
  return rows.slice(Math.min(from, to), Math.max(from, to) + 1).map((row) => row.value);
}

document.addEventListener("click", (event) => {
  const list = table();
  if (!list) return;
  const box = event.target.closest?.(".check[name=id]");
  if (box && list.contains(box)) choose(list, range(list, box, event.shiftKey), box.checked);
  else if (event.target.matches?.("[data-select-page]")) choose(list, boxes(list).map((row) => row.value), event.target.checked);
  else if (event.target.closest?.("[data-select-all]")) write(list, { all: true, ids: new Set() });
  else if (event.target.closest?.("[data-select-none]")) write(list, { all: false, ids: new Set() });
});

document.addEventListener("formdata", (event) => {
  const list = table();
  if (!list || !event.target.matches("[data-selection-form]")) return;
  const { all, ids } = read(list);
  const data = event.formData;
  for (const name of ["id", "all", "filter"]) data.delete(name);
  if (all) {
    data.set("all", "1");
    data.set("filter", list.dataset.filter ?? "");
  } else if (ids.size > 0) {
    data.set("id", [...ids].join(","));
  }
});

// The server says that the selection has been acted on: HX-Trigger: selection:clear
document.addEventListener("selection:clear", () => {
  if (table()) write(table(), { all: false, ids: new Set() });
});
