// Single keys: whatever has `data-key` is clicked by that key, links, buttons and boxes alike.
// Without this script everything works with Tab, space and Enter.
"use strict";

const STORE = "stance-keys";
const TYPED = "input:not([type=radio]):not([type=checkbox]), textarea, select";

for (const one of document.querySelectorAll(".needs-script")) one.hidden = false;

const box = document.getElementById("keys");
box.checked = localStorage.getItem(STORE) !== "off";
box.addEventListener("change", () => localStorage.setItem(STORE, box.checked ? "on" : "off"));

document.addEventListener("keydown", (event) => {
  if (!box.checked || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
  const at = event.target;
  if (at.matches(TYPED)) {
    if (event.key === "Escape") at.blur();
    return;
  }
  // A focused link or button is what Enter is for.
  if (event.key === "Enter" && at.matches("a, button, summary")) return;
  const digit = /^Digit(\d)$/.exec(event.code);
  const key = event.shiftKey && digit ? `Shift+${digit[1]}` : event.key;
  const found = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!found) return;
  event.preventDefault();
  found.focus();
  if (!found.matches(TYPED)) found.click();
});
