/**
 * Answering: what was typed is kept in the browser until the server has stored it, under a number of its own; so a lost
 * connection neither loses it nor sends it twice.
 */

const csrf = document.querySelector("meta[name=csrf]")?.content ?? "";
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8000;
const TYPING_MS = 3000;
const HERE_MS = 20000;

const WORDS = {
  sending: "Envoi…",
  later: "Pas de connexion. Votre réponse est gardée et partira dès que possible.",
  signedOut: "Votre session est terminée. Votre réponse est gardée ici\u00a0: reconnectez-vous dans un autre onglet, elle partira.",
};

export async function post(address, body, options = {}) {
  return fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": document.querySelector("meta[name=csrf]")?.content ?? csrf },
    body: JSON.stringify(body),
    ...options,
  });
}

const read = (key, otherwise) => JSON.parse(sessionStorage.getItem(key) ?? "null") ?? otherwise;
const write = (key, value) => sessionStorage.setItem(key, JSON.stringify(value));

const randomId = () => [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

export class Composer {
  /**
   * @param {string} account of who writes: what somebody left unsent is never sent under another name
   * @param {string} id of the conversation
   * @param {() => Promise} refresh brings the page up to date
   */
  constructor(account, id, refresh) {
    this.base = `/api/officer/conversations/${id}`;
    this.outboxKey = `outbox-${account}-${id}`;
    this.draftKey = `draft-${account}-${id}`;
    this.refresh = refresh;
    this.running = false;
    this.typedAt = 0;
    document.addEventListener("submit", (event) => this.onSubmit(event));
    document.addEventListener("input", (event) => event.target.id === "reply-text" && this.onInput(event.target));
    document.addEventListener("keydown", (event) => this.onKey(event));
    document.addEventListener("click", (event) => this.onClick(event));
    addEventListener("online", () => this.wake?.());
    addEventListener("pagehide", () => this.here(false));
    document.addEventListener("visibilitychange", () => this.here(!document.hidden));
    setInterval(() => document.hidden || this.here(true), HERE_MS);
    this.here(true);
    this.restore();
    this.show();
    this.send();
  }

  get field() {
    return document.getElementById("reply-text");
  }

  get outbox() {
    return read(this.outboxKey, []);
  }

  /** Puts back what was being typed when the page was left. */
  restore() {
    const draft = read(this.draftKey, "");
    if (draft && this.field && !this.field.value) this.field.value = draft;
  }

  here(here, typing = false) {
    post(`${this.base}/typing`, { here, typing }, { keepalive: true }).catch(() => {});
  }

  onInput(field) {
    write(this.draftKey, field.value);
    const now = Date.now();
    if (now - this.typedAt < TYPING_MS) return;
    this.typedAt = now;
    this.here(true, field.value.trim() !== "");
  }

  onKey(event) {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    const form = event.target.closest("#reply-form, #note-form");
    if (!form) return;
    event.preventDefault();
    form.requestSubmit();
  }

  onClick(event) {
    const button = event.target.closest("#texts [data-text]");
    if (!button) return;
    const { field } = this;
    const before = field.value.slice(0, field.selectionStart);
    const glue = before && !before.endsWith("\n") ? "\n" : "";
    field.setRangeText(glue + button.dataset.text, field.selectionStart, field.selectionEnd, "end");
    document.getElementById("texts").open = false;
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  onSubmit(event) {
    const form = event.target;
    if (form.id === "reply-form") {
      event.preventDefault();
      const text = this.field.value;
      if (!text.trim()) return;
      write(this.outboxKey, [...this.outbox, { client_id: randomId(), text }]);
      this.field.value = "";
      this.typedAt = 0;
      sessionStorage.removeItem(this.draftKey);
      this.show();
      this.send();
    } else if (form.id === "note-form") {
      event.preventDefault();
      this.note(form);
    }
  }

  async note(form) {
    const field = form.elements.texte;
    const text = field.value;
    form.dataset.clientId ??= randomId();
    try {
      const response = await post(`${this.base}/notes`, { client_id: form.dataset.clientId, text });
      if (!response.ok) throw new Error((await response.json()).error.message);
      delete form.dataset.clientId;
      field.value = "";
      await this.refresh();
    } catch (error) {
      this.say(error instanceof TypeError ? "Pas de connexion. Votre note est encore dans le champ\u00a0; notez-la à nouveau." : error.message, true);
    }
  }

  /** Sends what waits, one after the other, for as long as it takes. */
  async send() {
    if (this.running) return;
    this.running = true;
    let pause = FIRST_PAUSE_MS;
    while (this.outbox.length) {
      const [item] = this.outbox;
      const outcome = await this.sendOne(item);
      if (outcome === "later") {
        await new Promise((done) => {
          this.wake = done;
          setTimeout(done, pause);
        });
        pause = Math.min(LONGEST_PAUSE_MS, pause * 2);
        continue;
      }
      pause = FIRST_PAUSE_MS;
      write(this.outboxKey, this.outbox.filter((one) => one.client_id !== item.client_id));
      if (outcome === "refused" && this.field) this.giveBack(item.text);
      await this.refresh();
      this.show();
    }
    this.running = false;
  }

  /** Puts a refused answer back into the field. */
  giveBack(text) {
    this.field.value = [text, this.field.value].filter(Boolean).join("\n");
    write(this.draftKey, this.field.value);
  }

  async sendOne(item) {
    this.say(WORDS.sending);
    let response;
    try {
      response = await post(`${this.base}/messages`, item);
    } catch {
      this.say(WORDS.later, true);
      return "later";
    }
    if (response.ok) {
      this.say("");
      return "sent";
    }
    const { error } = await response.json().catch(() => ({ error: { message: WORDS.later } }));
    if (response.status >= 500 || response.status === 429) {
      this.say(WORDS.later, true);
      return "later";
    }
    if (response.status === 401 || error.code === "csrf") {
      this.say(WORDS.signedOut, true);
      return "later";
    }
    if (!this.field) write(this.draftKey, item.text);
    this.say(`${error.message} Votre texte est gardé.`, true);
    return "refused";
  }

  say(text, bad = false) {
    const node = document.getElementById("sending") ?? document.getElementById("spoken");
    node.textContent = text;
    node.classList.toggle("bad", bad);
  }

  /** Shows the answers that are on their way below the messages. */
  show() {
    const place = document.getElementById("pending");
    const stored = new Set([...document.querySelectorAll("#log [data-client]")].map((node) => node.dataset.client.split(":").pop()));
    const waiting = this.outbox.filter((item) => !stored.has(item.client_id));
    place.replaceChildren(
      ...waiting.map((item) => {
        const article = document.createElement("article");
        article.className = "msg officer own waiting";
        const meta = article.appendChild(document.createElement("p"));
        meta.className = "meta";
        meta.textContent = "Vous, en cours d’envoi";
        const text = article.appendChild(document.createElement("p"));
        text.className = "text";
        text.textContent = item.text;
        return article;
      }),
    );
  }
}
