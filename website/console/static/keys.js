/** The keyboard: single letters outside of fields, nothing else is touched. */

const lines = () => [...document.querySelectorAll("#rows a.line")];
const first = (selector) => document.querySelector(selector);
const typing = (node) => node.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

/** The next or previous line of the list, from the one in focus, else from the one that is open. */
function step(by) {
  const all = lines();
  const now = all.indexOf(document.activeElement.closest("a.line"));
  const open = all.findIndex((line) => line.hasAttribute("aria-current"));
  const from = now >= 0 ? now : open;
  const next = all[from < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, from + by))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

function press(selector) {
  const node = first(selector);
  if (!node) return false;
  node.click();
  return true;
}

function focus(selector) {
  const node = first(selector);
  if (!node) return false;
  if (node.id === "note-text" && !node.getClientRects().length) location.hash = "contexte";
  node.focus();
  return true;
}

const ACTIONS = {
  j: () => (step(1), true),
  k: () => (step(-1), true),
  c: () => press("[data-testid=claim]"),
  r: () => focus("#reply-text"),
  n: () => focus("#note-text"),
  t: () => press("[data-testid=transfer]"),
  x: () => press("[data-testid=close]"),
  "/": () => focus("#q"),
  "?": () => (document.getElementById("help-dialog").showPopover(), true),
};
const BOXES = { a: "attente", m: "miennes", n: "antenne", b: "assistant", c: "closes", t: "toutes" };
const SECOND_KEY_MS = 1500;

let goUntil = 0;

function onKey(event) {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") {
    if (typing(event.target) && !document.querySelector(":popover-open")) event.target.blur();
    return;
  }
  if (typing(event.target) || document.querySelector(":popover-open")) return;
  if (event.timeStamp < goUntil) {
    goUntil = 0;
    const box = BOXES[event.key];
    if (box) {
      event.preventDefault();
      press(`[data-box=${box}]`);
    }
    return;
  }
  if (event.key === "g") {
    goUntil = event.timeStamp + SECOND_KEY_MS;
    return;
  }
  if (ACTIONS[event.key]?.()) event.preventDefault();
}

export const listenToKeys = () => document.addEventListener("keydown", onKey);
