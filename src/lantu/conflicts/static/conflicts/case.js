// The page of one case: two plans by swipe, side by side or laid over each other; dialogs of the acts; keys. The page works without it.

// -- two plans
const swipe = document.querySelector("[data-swipe]");
const modes = document.querySelector(".cf-modes");
const MODES = ["swipe", "side", "over"];

function setMode(mode) {
  swipe.dataset.mode = mode;
  for (const button of modes.querySelectorAll("[data-mode]")) button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
  swipe.querySelector(".swipe__h").hidden = mode !== "swipe";
  setShare(mode === "swipe" ? share : 0);
  try {
    localStorage.setItem("conflicts.mode", mode);
  } catch {
    // a browser that keeps nothing just forgets the choice
  }
}

let share = 50;

function setShare(value) {
  const [left, right] = swipe.querySelectorAll(".swipe__p");
  const handle = swipe.querySelector(".swipe__h");
  if (swipe.dataset.mode !== "swipe") {
    left.style.clipPath = right.style.clipPath = "";
    return;
  }
  share = Math.min(100, Math.max(0, value));
  left.style.clipPath = `inset(0 ${100 - share}% 0 0)`;
  right.style.clipPath = `inset(0 0 0 ${share}%)`;
  handle.style.left = `${share}%`;
  handle.querySelector("button").setAttribute("aria-valuenow", String(Math.round(share)));
}

if (swipe && modes) {
  modes.hidden = false;
  const handle = swipe.querySelector(".swipe__h button");
  for (const button of modes.querySelectorAll("[data-mode]")) button.addEventListener("click", () => setMode(button.dataset.mode));
  handle.addEventListener("pointerdown", (event) => {
    handle.setPointerCapture(event.pointerId);
    event.preventDefault();
    handle.focus();
  });
  handle.addEventListener("pointermove", (event) => {
    if (!handle.hasPointerCapture(event.pointerId)) return;
    const box = swipe.getBoundingClientRect();
    setShare((100 * (event.clientX - box.left)) / box.width);
  });
  handle.addEventListener("keydown", (event) => {
    const next = { ArrowLeft: share - 5, ArrowDown: share - 5, ArrowRight: share + 5, ArrowUp: share + 5, Home: 0, End: 100 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    setShare(next);
  });
  let kept = null;
  try {
    kept = localStorage.getItem("conflicts.mode");
  } catch {
    // as above
  }
  setMode(MODES.includes(kept) ? kept : "swipe");
}

// -- the chosen option goes with the act
const options = document.querySelector("[data-options]");

function chosen() {
  return options?.querySelector("input:checked")?.value ?? "";
}

function follow() {
  for (const link of document.querySelectorAll("[data-with-option]")) {
    const url = new URL(link.href, location.href);
    url.searchParams.set("option", chosen());
    link.href = url.pathname + url.search;
    if (link.dataset.label) link.firstChild.textContent = `${link.dataset.label} ${chosen()}`;
  }
}
options?.addEventListener("change", follow);
if (options) follow();

// -- acts in a dialog
const dialog = document.getElementById("act-dialog");
const body = document.getElementById("dialog-body");
let opener = null;

async function openAct(link) {
  opener = link;
  const answer = await fetch(link.href, { headers: { "HX-Request": "true", "HX-Target": "dialog-body" } });
  if (!answer.ok) {
    location.assign(link.href);
    return;
  }
  body.replaceChildren(...new DOMParser().parseFromString(await answer.text(), "text/html").body.childNodes);
  dialog.showModal();
  body.querySelector("input:not([type=hidden]), textarea, select, button")?.focus();
}

for (const link of document.querySelectorAll("[data-act-link]")) {
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || !dialog?.showModal) return;
    event.preventDefault();
    void openAct(link);
  });
}
dialog?.addEventListener("click", (event) => {
  if (!event.target.closest("[data-dialog-close]")) return;
  event.preventDefault();
  dialog.close();
});
dialog?.addEventListener("close", () => opener?.focus());

// -- keys; none of them carries anything out, they open a dialog or go on
document.addEventListener("keydown", (event) => {
  if (dialog?.open || event.altKey) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const main = document.querySelector("[data-main]");
    if (main) {
      event.preventDefault();
      main.click();
    }
    return;
  }
  if (event.ctrlKey || event.metaKey || event.target.closest("input:not([type=radio]), select, textarea, [role=application]")) return;
  const key = event.key.toLowerCase();
  const option = options?.querySelector(`input[value="${CSS.escape(key.toUpperCase())}"]`);
  if ((key === "a" || key === "b") && option) {
    option.checked = true;
    follow();
    option.focus();
  } else if (key === "s" && modes) {
    setMode(MODES[(MODES.indexOf(swipe.dataset.mode) + 1) % MODES.length]);
  } else {
    const link = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!link) return;
    link.click();
  }
  event.preventDefault();
});
