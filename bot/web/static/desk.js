// Small comforts of the desk; without them every form works as it stands.
const form = document.getElementById("choose");
const chosen = document.getElementById("chosen");
const boxes = (within) => [...within.querySelectorAll("input[name=topic]")];

function count() {
  chosen.textContent = chosen.dataset.words.replace("{n}", boxes(form).filter((box) => box.checked).length);
}

for (const every of form.querySelectorAll(".every")) {
  every.hidden = false;
  every.addEventListener("click", () => {
    const mine = boxes(every.closest("section"));
    const on = mine.some((box) => !box.checked);
    for (const box of mine) box.checked = on;
    count();
  });
}
for (const deed of form.querySelectorAll("details[name=deed]")) {
  deed.addEventListener("toggle", () => deed.open && deed.querySelector("select, textarea, input").focus());
  deed.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    deed.open = false;
    deed.querySelector("summary").focus();
  });
}
form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("input")) event.preventDefault();
});
form.addEventListener("change", count);
// Filtering keeps what is ticked and written: the desk shows again what is posted without a deed.
document.querySelector(".filter").addEventListener("submit", (event) => {
  if (!form.elements.reason.value && !boxes(form).some((box) => box.checked)) return;
  event.preventDefault();
  form.elements.q.value = event.target.elements.q.value;
  form.submit();
});
// Going back in the browser restores what was ticked, after this ran.
addEventListener("pageshow", count);
chosen.hidden = false;
count();
