/** Reviewing: one key for each decision, and the sentence stays ours while the page is open. */

const RENEW_MS = 4 * 60 * 1000;
const form = document.querySelector("form.review");
const news = document.getElementById("review-news");
const typing = (node) => node.closest("input, textarea, select, [contenteditable]");

let sent = false;

function onKey(event) {
  if (event.defaultPrevented || event.isComposing || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && typing(event.target)) return event.target.blur();
  if (typing(event.target)) return;
  const key = CSS.escape(event.key.toLowerCase());
  const field = document.querySelector(`[data-focus="${key}"]`);
  const button = document.querySelector(`[data-key="${key}"]`);
  if (!field && !button) return;
  event.preventDefault();
  if (field) field.focus();
  else if (!sent) button.click();
}

/** A second press before the next page is there decides nothing. */
function once(event) {
  if (sent) event.preventDefault();
  sent = true;
}

async function renew() {
  if (sent || document.hidden) return;
  const response = await fetch(`/api/studio/review/${form.dataset.id}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": document.querySelector("meta[name=csrf]").content },
    body: JSON.stringify({ action: "renew" }),
  }).catch(() => null); // no connection: the next time
  if (!response || response.ok || response.status >= 500) return;
  const { error } = await response.json().catch(() => ({ error: null }));
  if (error) news.textContent = error.message;
}

document.addEventListener("keydown", onKey);
for (const each of document.querySelectorAll("form")) each.addEventListener("submit", once);
window.addEventListener("pageshow", () => (sent = false));
if (form) {
  setInterval(renew, RENEW_MS);
  document.addEventListener("visibilitychange", renew);
}
