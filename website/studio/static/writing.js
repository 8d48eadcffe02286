/** The verdict while a sentence is typed. Without this script it comes when the form is sent, before anything is written. */

const PAUSE_MS = 250;

const form = document.querySelector("[data-writing]");
const place = document.querySelector("[data-verdict]");
const { category, text } = form.elements;
const seen = form.querySelector("[data-seen]");
const button = form.querySelector("button[type=submit]");
const csrf = document.querySelector("meta[name=csrf]").content;

let timer = 0;
let asking = null;

const squeezed = () => text.value.trim().split(/\s+/).join(" ");

function element(name, className, content) {
  const node = document.createElement(name);
  node.className = className;
  node.textContent = content;
  return node;
}

function show(...nodes) {
  place.replaceChildren(...nodes);
}

function showVerdict(verdict, typed) {
  const list = document.createElement("ul");
  list.className = "remarks";
  list.append(...verdict.verdicts.map(({ kind, sentence }) => element("li", kind, sentence)));
  const nodes = [list];
  if (verdict.text !== typed) nodes.push(element("p", "shown", `Sera écrite ainsi\u00a0: «\u00a0${verdict.text}\u00a0»`));
  show(...nodes);
  seen.value = verdict.refused ? "" : `${verdict.category} ${typed}`;
}

async function ask() {
  asking?.abort();
  const typed = squeezed();
  if (!typed || !category.value) {
    show(element("p", "muted", category.value ? "Écrivez une phrase." : "Choisissez d’abord un sujet."));
    return;
  }
  asking = new AbortController();
  try {
    const response = await fetch("/api/studio/verdict", {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf },
      body: JSON.stringify({ text: typed, category: category.value }),
      signal: asking.signal,
    });
    const answer = await response.json();
    if (typed !== squeezed()) return;
    if (response.ok) showVerdict(answer, typed);
    else show(element("p", "wrong", answer.error.message));
  } catch (error) {
    if (error.name === "AbortError") return;
    show(element("p", "muted", "Le verdict n’est pas disponible. Votre phrase reste ici\u00a0; elle sera vérifiée à l’envoi."));
  }
}

function later() {
  seen.value = "";
  clearTimeout(timer);
  timer = setTimeout(ask, PAUSE_MS);
}

form.addEventListener("input", later);
form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit(button);
});
button.textContent = "Ajouter la phrase";
if (text.value && !seen.value) ask();
