/** Ctrl+Z (⌘Z) presses the button that takes the last deed back; in a text field it stays the field's own. */

function onKey(event) {
  const wanted = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "z";
  if (!wanted || event.defaultPrevented || event.repeat) return;
  if (event.target.closest("textarea, [contenteditable], input:not([type=checkbox], [type=radio])")) return;
  const button = document.querySelector("[data-undo]");
  if (!button) return;
  event.preventDefault();
  button.click();
}

document.addEventListener("keydown", onKey);
