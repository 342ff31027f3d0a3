// The shell's own behaviour. Pages work without it; nothing here draws content.

const html = document.documentElement;

// the side navigation on narrow screens
for (const button of document.querySelectorAll("[data-menu]")) {
  const target = document.getElementById(button.dataset.menu);
  button.addEventListener("click", () => {
    const open = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", String(open));
    target.classList.toggle("is-open", open);
    if (open) target.querySelector("a")?.focus();
  });
}

// menus close by Escape and by a click elsewhere
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
    document.getElementById("nav")?.classList.remove("is-open");
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, [role=application]")) return;
  const field = document.querySelector(`[data-focus-key="${CSS.escape(event.key)}"]`);
  if (field) {
    event.preventDefault();
    field.focus();
  }
});

// the filters of a list on a phone: out of the way until they are wanted, and then until they are put away
const tellFilters = () => {
  for (const button of document.querySelectorAll("[data-filters]")) button.setAttribute("aria-expanded", String(html.classList.contains("filters")));
};
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-filters]")) return;
  html.classList.toggle("filters");
  tellFilters();
});
document.addEventListener("htmx:afterSwap", tellFilters);

// a question before an act that cannot be taken back: <button data-confirm="…">
document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

// files dropped on a drop zone go into its file field
for (const zone of document.querySelectorAll("[data-drop]")) {
  const input = zone.querySelector("input[type=file]");
  const list = zone.querySelector("[data-files]");
  const show = () => {
    list.textContent = [...input.files].map((file) => `${file.name}（${(file.size / 1048576).toFixed(2)} MB）`).join("　");
    // what the server would refuse is said before it is sent: <input data-limit="bytes" data-too-large="…">
    const size = [...input.files].reduce((sum, file) => sum + file.size, 0);
    input.setCustomValidity(size > Number(input.dataset.limit ?? Infinity) ? input.dataset.tooLarge : "");
    input.reportValidity();
  };
  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.add("is-over");
  });
  zone.addEventListener("dragleave", () => zone.classList.remove("is-over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("is-over");
    input.files = event.dataTransfer.files;
    show();
  });
  input.addEventListener("change", show);
}

// forms that upload show how far the upload is: <form data-upload> with <progress data-upload-progress hidden>
for (const form of document.querySelectorAll("form[data-upload]")) {
  form.addEventListener("submit", (event) => {
    const progress = form.querySelector("[data-upload-progress]");
    if (event.defaultPrevented || !progress) return;
    event.preventDefault();
    const request = new XMLHttpRequest();
    progress.hidden = false;
    request.upload.addEventListener("progress", (step) => {
      if (step.lengthComputable) progress.value = step.loaded / step.total;
    });
    request.addEventListener("load", () => {
      // the answer is the next page, or this page with its errors
      if (request.responseURL && request.responseURL !== location.href && request.status < 400) location.assign(request.responseURL);
      else {
        document.open();
        document.write(request.responseText);
        document.close();
      }
    });
    request.addEventListener("error", () => {
      progress.hidden = true;
      toast(form.dataset.uploadFailed ?? "");
    });
    request.open("POST", form.action || location.href);
    request.send(new FormData(form, event.submitter));
  });
}

/** A short message at the bottom, gone after six seconds. Never for errors that need an act. */
export function toast(text) {
  const item = document.createElement("p");
  item.className = "toast";
  item.textContent = text;
  document.getElementById("toasts").append(item);
  setTimeout(() => item.remove(), 6000);
}

// requests of htmx that fail say so
document.body.addEventListener("htmx:responseError", (event) => toast(`${event.detail.xhr.status} ${event.detail.xhr.statusText}`));
html.classList.add("js");
