// The window's form: what the chosen decision asks for is opened, the rest is closed. Without it every part can still be opened by hand.
for (const box of document.querySelectorAll("fieldset.fm")) {
  const choice = box.querySelector("select");
  if (!choice) continue;
  choice.addEventListener("change", () => {
    for (const part of box.querySelectorAll("details[data-for]")) part.open = part.dataset.for.split(" ").includes(choice.value);
  });
}
