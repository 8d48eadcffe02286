/** The console: what changes elsewhere appears here, without a reload and without moving what somebody is using. */

import { Alerts } from "./alerts.js";
import { Composer } from "./composer.js";
import { listenToKeys } from "./keys.js";
import { listen } from "./live.js";
import { morph } from "./morph.js";

const panes = document.querySelector(".panes");
const open = panes.dataset.conversation;
const log = document.getElementById("log");
const AT_END_PX = 80;
const REFRESH_WORDS_MS = 30000;
const TYPING_MS = 7000;
const BREATH_MS = 300;
/** The lists of which every change is seen in their counts, or in their lines. */
const OWN_BOXES = ["attente", "miennes", "antenne"];

let refreshing = null;
let again = false;

let stuck = true;

/** The last message stays in sight where it was in sight, whatever grows around it. */
function followEnd() {
  const toEnd = () => stuck && (log.scrollTop = log.scrollHeight);
  log.addEventListener("scroll", () => (stuck = log.scrollHeight - log.scrollTop - log.clientHeight < AT_END_PX));
  new ResizeObserver(toEnd).observe(log);
  new MutationObserver(toEnd).observe(log, { childList: true, subtree: true });
  toEnd();
}

/** A menu closes on Escape, and when something else is clicked. */
function closeMenus(event) {
  if (event.type === "keydown" && event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.drop[open], details.menu[open]")) {
    if (event.type === "click" && menu.contains(event.target)) continue;
    if (event.type === "keydown" && menu.contains(event.target)) menu.querySelector("summary").focus();
    menu.open = false;
  }
}

async function bringUpToDate() {
  const response = await fetch(location.href, { headers: { "X-Refresh": "1" }, cache: "no-store" });
  if (response.redirected && new URL(response.url).pathname === "/connexion") return; // signed out: what is typed stays
  if (response.status === 404 && open) return location.assign("/console");
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const { account } = page.querySelector(".panes")?.dataset ?? {};
  if (account !== panes.dataset.account) return location.reload(); // somebody else signed in
  const csrf = document.querySelector("meta[name=csrf]");
  csrf.content = page.querySelector("meta[name=csrf]")?.content ?? csrf.content;
  for (const part of document.querySelectorAll("[data-live]")) {
    const wanted = page.getElementById(part.id);
    if (!wanted) continue;
    if (part.id === "compose" && part.dataset.holds !== wanted.dataset.holds) {
      part.replaceWith(document.importNode(wanted, true));
      composer?.restore();
    } else {
      morph(part, wanted);
    }
  }
  composer?.show();
}

/** Reads the page again and takes over what changed; one reading at a time, with a breath after each. */
function refresh() {
  if (refreshing) {
    again = true;
    return refreshing;
  }
  refreshing = bringUpToDate()
    .catch(() => {}) // no connection: the stream tells when it is back
    .then(() => new Promise((done) => setTimeout(done, BREATH_MS)))
    .finally(() => {
      refreshing = null;
      if (!again) return;
      again = false;
      return refresh();
    });
  return refreshing;
}

let typingEnds = 0;

function showPeople({ conversation, people }) {
  if (conversation !== open) return;
  clearTimeout(typingEnds); // nobody says that they paused
  const silent = people.map((person) => ({ ...person, typing: false }));
  if (people.some(({ typing }) => typing)) typingEnds = setTimeout(showPeople, TYPING_MS, { conversation, people: silent });
  document.getElementById("people").replaceChildren(
    ...people.map(({ name, typing }) => {
      const span = document.createElement("span");
      span.textContent = `${name} ${typing ? "écrit…" : "regarde aussi"}`;
      return span;
    }),
  );
}

/** The same words as the server's. */
function waits(since) {
  const minutes = Math.max(0, Math.floor((Date.now() - new Date(since)) / 60000));
  const days = Math.floor(minutes / 1440);
  if (minutes < 1) return "vient d’écrire";
  if (minutes < 60) return `attend depuis ${minutes}\u00a0min`;
  if (minutes < 1440) return `attend depuis ${Math.floor(minutes / 60)}\u00a0h\u00a0${String(minutes % 60).padStart(2, "0")}`;
  return `attend depuis ${days}\u00a0jour${days > 1 ? "s" : ""}`;
}

let counts = null;

/** Whether an event changes what this page shows; the counts themselves are written at once. */
function concerns({ changed, counts: now }) {
  const before = counts ?? {};
  counts = now;
  for (const [box, number] of Object.entries(now)) {
    const place = document.querySelector(`[data-box=${box}] .count`);
    if (place) place.textContent = number;
  }
  const shown = new Set([...document.querySelectorAll("#rows [data-id]")].map((line) => line.dataset.id));
  if (changed.some((id) => id === open || shown.has(id))) return true;
  if (OWN_BOXES.some((box) => before[box] !== now[box])) return true;
  const box = document.querySelector("[data-box][aria-current]")?.dataset.box;
  return changed.length > 0 && !OWN_BOXES.includes(box);
}

function heard(name, data, first) {
  if (name === "people") return showPeople(data);
  alerts.now(data.urgent, first);
  if (concerns(data)) refresh();
}

const alerts = new Alerts(Number(document.getElementById("rows").dataset.urgent));
const composer = open ? new Composer(panes.dataset.account, open, refresh) : null;
listenToKeys();
listen(panes.dataset.account, heard, refresh);
if (log) followEnd();
document.addEventListener("click", closeMenus);
document.addEventListener("keydown", closeMenus);
refresh(); // what happened between the page's making and now
document.addEventListener("visibilitychange", () => document.hidden || refresh());
setInterval(() => {
  for (const node of document.querySelectorAll("[data-since]")) node.textContent = waits(node.dataset.since);
}, REFRESH_WORDS_MS);
