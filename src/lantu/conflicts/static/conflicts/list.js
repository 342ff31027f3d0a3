// Ticking cases in the list: how many are chosen, X ticks the row that has the focus, Escape clears. Works with the list as htmx changes it.

const form = document.querySelector("[data-case-bulk]");

if (form) {
  const count = form.querySelector("[data-bulk-count]");
  const all = form.querySelector("[data-bulk-all]");
  const query = form.querySelector("[data-bulk-query]");
  const boxes = () => [...document.querySelectorAll("input.pick")];

  const tell = () => {
    const ticked = boxes().filter((box) => box.checked);
    count.textContent = String(ticked.length);
    for (const box of boxes()) box.closest("tr").classList.toggle("is-sel", box.checked || all.checked);
  };

  document.addEventListener("change", (event) => {
    if (event.target.matches("input.pick, [data-bulk-all]")) tell();
  });
  // the list's filter stands in the address; the act means what the list shows
  document.body.addEventListener("htmx:afterSettle", () => {
    query.value = location.search.slice(1) || query.value;
    tell();
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      for (const box of boxes()) box.checked = false;
      all.checked = false;
      tell();
      return;
    }
    if (event.target.closest("input:not(.pick), select, textarea")) return;
    const rows = boxes().map((box) => box.closest("tr"));
    const here = rows.findIndex((row) => row.contains(document.activeElement));
    if (event.key.toLowerCase() === "x" && here >= 0) {
      const box = rows[here].querySelector("input.pick");
      box.checked = !box.checked;
      tell();
    } else if (event.key.toLowerCase() === "j" || event.key.toLowerCase() === "k") {
      const step = event.key.toLowerCase() === "j" ? 1 : -1;
      rows[Math.min(rows.length - 1, Math.max(0, here + step))]?.querySelector("a")?.focus();
    }
  });
}
