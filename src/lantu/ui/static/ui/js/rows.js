// Lists by keyboard and with ticked rows. Without it the ticks and the buttons of the bulk form work all the same.

const chosen = new Map(); // table key → set of ticked ids; kept while the list is filtered, sorted and paged
let anchor = null;

const formOf = (key) => document.querySelector(`form[data-bulk="${CSS.escape(key)}"]`);
const keyOf = (element) => element.closest(".tablew")?.querySelector("form[data-bulk]")?.dataset.bulk;
const setOf = (key) => chosen.get(key) ?? chosen.set(key, new Set()).get(key);
const ticksOf = (form) => form.closest(".tablew").querySelectorAll("[data-tick]");

function show(form) {
  const ids = setOf(form.dataset.bulk);
  const ticks = [...ticksOf(form)];
  for (const tick of ticks) {
    tick.checked = ids.has(tick.value) || form.elements.all.value === "1";
    tick.closest("tr").classList.toggle("is-sel", tick.checked);
  }
  const all = form.elements.all.value === "1";
  const count = form.querySelector("[data-bulk-count]");
  const total = form.querySelector("[data-bulk-all]");
  form.hidden = !all && ids.size === 0;
  count.textContent = all && total ? total.textContent : count.dataset.words.replace("{n}", ids.size);
  if (total) total.hidden = all || ids.size === 0;
  form.querySelector("[data-bulk-none]").hidden = false;
  const head = form.closest(".tablew").querySelector("[data-tick-all]");
  const ticked = ticks.filter((tick) => tick.checked).length;
  head.checked = ticked > 0 && ticked === ticks.length;
  head.indeterminate = ticked > 0 && ticked < ticks.length;
}

function tick(box, on) {
  const form = formOf(keyOf(box));
  form.elements.all.value = "";
  setOf(form.dataset.bulk)[on ? "add" : "delete"](box.value);
  show(form);
}

function clear(form) {
  setOf(form.dataset.bulk).clear();
  form.elements.all.value = "";
  show(form);
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-tick]")) {
    tick(event.target, event.target.checked);
    anchor = event.target;
  } else if (event.target.matches("[data-tick-all]")) {
    const form = formOf(keyOf(event.target));
    form.elements.all.value = "";
    for (const box of ticksOf(form)) setOf(form.dataset.bulk)[event.target.checked ? "add" : "delete"](box.value);
    show(form);
  }
});

document.addEventListener("click", (event) => {
  const all = event.target.closest("[data-bulk-all]");
  const none = event.target.closest("[data-bulk-none]");
  if (all) {
    all.form.elements.all.value = "1";
    show(all.form);
  }
  if (none) clear(none.form);
});

// what is ticked on other pages of the list goes with the form
document.addEventListener("submit", (event) => {
  const key = event.target.dataset.bulk;
  if (!key || event.defaultPrevented) return;
  const here = new Set([...ticksOf(event.target)].map((box) => box.value));
  for (const old of event.target.querySelectorAll("input[data-elsewhere]")) old.remove();
  for (const id of setOf(key)) {
    if (here.has(id)) continue;
    const field = Object.assign(document.createElement("input"), { type: "hidden", name: "row", value: id });
    field.dataset.elsewhere = "";
    event.target.append(field);
  }
});

const start = () => document.querySelectorAll("form[data-bulk]").forEach(show);
document.body.addEventListener("htmx:afterSwap", start);
start();

// J and K move, X ticks, Shift X ticks up to here, Enter opens, Esc clears
function move(step) {
  const rows = [...document.querySelectorAll("table[data-rows] tbody tr")];
  if (!rows.length) return;
  const now = rows.findIndex((row) => row.classList.contains("is-cur"));
  const next = rows[Math.min(Math.max(now + step, 0), rows.length - 1)];
  rows.forEach((row) => row.classList.toggle("is-cur", row === next));
  next.scrollIntoView({ block: "nearest" });
  next.querySelector("a, input")?.focus({ preventScroll: true });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("select, textarea, [role=application], dialog, input:not([type=checkbox])")) return;
  const row = document.querySelector("table[data-rows] tr.is-cur");
  const box = row?.querySelector("[data-tick]");
  if (event.key === "j" || event.key === "k") move(event.key === "j" ? 1 : -1);
  else if (event.key.toLowerCase() === "x" && box) {
    const boxes = [...document.querySelectorAll("[data-tick]")];
    if (event.shiftKey && anchor && boxes.includes(anchor)) {
      const [from, to] = [boxes.indexOf(anchor), boxes.indexOf(box)].sort((a, b) => a - b);
      boxes.slice(from, to + 1).forEach((one) => tick(one, true));
    } else {
      tick(box, !setOf(keyOf(box)).has(box.value));
      anchor = box;
    }
  } else if (event.key === "Enter" && row && event.target === box) row.querySelector("a")?.click();
  else if (event.key === "Escape") document.querySelectorAll("form[data-bulk]:not([hidden])").forEach(clear);
  else return;
  event.preventDefault();
});
