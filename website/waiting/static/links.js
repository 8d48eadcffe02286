/** The pages behind the links of mails. The code stands in the fragment, which no server sees; only a click sends it. */

const STORE = "tchat"; // where the chat keeps its conversation
const KEEP = 30 * 86400e3;
const LOST = "La connexion est interrompue, rien n’a changé. Le lien reste valable\u00a0: réessayez dans un instant.";

const { link } = document.querySelector("[data-link]").dataset;
const said = document.getElementById("dit");
const button = document.getElementById("agir");

/** What the chat keeps in this browser, or null. */
function kept() {
  try {
    const record = JSON.parse(localStorage.getItem(STORE));
    return record && record.site === location.origin && record.expires > Date.now() ? record : null;
  } catch {
    return null;
  }
}

/** Send the code; the answer, or null for one without content. */
async function exchange(more) {
  const response = await fetch(`/api/${link}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ code: location.hash.slice(1), ...more }),
    credentials: "omit",
    cache: "no-store",
  });
  if (response.status === 204) return null;
  const body = await response.json();
  if (!response.ok) throw Object.assign(new Error(body.error.message), { final: response.status === 410, another: response.status === 409 });
  return body;
}

function keep({ id, token }) {
  const before = kept();
  const outbox = before && before.id === id && Array.isArray(before.outbox) ? before.outbox : [];
  const record = { site: location.origin, id, token, state: "bot", open: true, seen: 0, outbox, expires: Date.now() + KEEP };
  localStorage.setItem(STORE, JSON.stringify(record));
}

const anchor = (label, href) => Object.assign(document.createElement("a"), { className: "act", textContent: label, href });

/** Put another thing to do in the button's place. */
function replaceButton(label, href) {
  const next = anchor(label, href);
  button.parentNode.replaceChildren(next);
  return next;
}

let replaces = false; // another conversation may make room

/** Another conversation is kept here: leave it, or let the mail's take its place. */
function askToReplace() {
  replaces = true;
  button.textContent = "Ouvrir celle du courriel";
  button.after(anchor("Garder l’autre", "/"));
}

function openChat(access) {
  keep(access);
  said.textContent = "Votre conversation est rouverte dans le tchat de cette page.";
  const opener = replaceButton("Afficher la conversation", "#tchat");
  const script = Object.assign(document.createElement("script"), { src: "/static/tchat.js" });
  script.addEventListener("load", () => opener.click());
  document.head.append(script);
}

function confirmStop() {
  said.textContent = "C’est fait\u00a0: nous n’écrirons plus à cette adresse.";
  button.remove();
}

button.addEventListener("click", async () => {
  if (button.hasAttribute("aria-disabled")) return;
  button.setAttribute("aria-disabled", "true");
  try {
    const access = await exchange(link === "reprendre" && !replaces && { kept: kept()?.id });
    history.replaceState(null, "", location.pathname);
    if (link === "reprendre") openChat(access);
    else confirmStop();
  } catch (error) {
    button.removeAttribute("aria-disabled");
    said.textContent = error instanceof TypeError || error instanceof SyntaxError ? LOST : error.message;
    if (error.final) replaceButton("Aller au tchat", "/");
    if (error.another) askToReplace();
  }
});
