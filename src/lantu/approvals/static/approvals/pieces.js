// Large files go up in pieces and go on where they stopped; small ones and pages without script use the form itself.

const PIECE = 4 * 1024 * 1024;
const FROM = 8 * 1024 * 1024;
const TRIES = 6;

for (const form of document.querySelectorAll("form[data-pieces]")) {
  form.addEventListener("submit", async (event) => {
    const file = form.querySelector("input[type=file]").files[0];
    if (!file || file.size < FROM) return;
    event.preventDefault();
    const say = form.querySelector("[data-said]");
    const bar = form.querySelector("progress");
    const button = form.querySelector("button");
    bar.hidden = false;
    button.disabled = true;
    try {
      await send(form, file, (share, last) => {
        bar.value = share;
        say.textContent = last ? form.dataset.checking : "";
      });
      location.reload();
    } catch (error) {
      say.textContent = error.message;
      button.disabled = false;
    }
  });
}

/** Sends a file; after a broken line it asks how much is there and goes on. */
async function send(form, file, tell) {
  const data = new FormData();
  for (const [name, value] of [["code", form.elements.code.value], ["part", form.elements.part.value], ["filename", file.name], ["size", file.size]]) {
    data.append(name, value);
  }
  const token = form.elements.csrfmiddlewaretoken.value;
  let { token: upload, received } = await ask(form.dataset.pieces, data, token);
  let failed = 0;
  while (received < file.size) {
    tell(received / file.size, received + PIECE >= file.size);
    const piece = file.slice(received, received + PIECE);
    try {
      ({ received } = await ask(`/portal/uploads/${encodeURIComponent(upload)}/?offset=${received}`, piece, token));
      failed = 0;
    } catch (error) {
      if (error.received !== undefined) received = error.received;
      else if (error.refused || ++failed >= TRIES) throw error;
      else await new Promise((resolve) => setTimeout(resolve, 1000 * 2 ** failed));
    }
  }
}

async function ask(url, body, token) {
  const response = await fetch(url, { method: "POST", body, headers: { "X-CSRFToken": token } });
  const said = await response.json();
  if (response.ok) return said;
  const error = new Error([said.what, said.where, said.how].filter(Boolean).join("　"));
  error.received = said.values?.received;
  error.refused = response.status < 500;
  throw error;
}
