/**
 * Tchat: the help desk's chat, on any page of any site, by one line:
 *
 *   <script src="https://guichet.example.org/static/tchat.js" defer></script>
 *
 * Its attributes (title, colours, corner, who the member is) stand in docs/integration.md.
 * A link of the page to #tchat opens the chat too.
 *
 * Nothing is requested or stored before the visitor opens the chat; then one key of localStorage, for 30 days.
 * Works under `style-src 'self'` and without inline code.
 */
(() => {
  "use strict";

  // ---------------------------------------------------------------- Settings

  const script = document.currentScript || document.querySelector('script[src*="/tchat.js"]');
  if (!script || document.querySelector("tchat-widget")) return;
  const SITE = new URL(script.src, location.href).origin;
  const OPTIONS = { ...script.dataset };

  const KEY = "tchat"; // the one key of localStorage; also names the channel and locks between tabs
  const KEEP = 30 * 86400e3; // ms; the stored conversation expires so long after its last use
  const LONGEST = 2000; // code points in one message, as the server counts
  const WARN = 1800; // from here on the counter shows
  const PATIENCE = 20e3; // ms for the first byte of an answer
  const SILENCE = 40e3; // ms without a byte on the stream (the server sends a comment every 15 s): it is dead
  const ABSENCE = 50e3; // ms without a sign of the tab that reads the stream: another takes over
  const POLL = 4e3; // ms between two questions where streams do not pass; five times that in a hidden tab
  const BURST = 3e3; // ms; messages that follow one another so closely are read as one answer

  // ------------------------------------------------------------------- Words

  const WORDS = {
    open: "Tchat",
    unread: (n) => (n > 1 ? `Tchat, ${n} nouveaux messages` : "Tchat, 1 nouveau message"),
    title: "Posez votre question",
    close: "Fermer le tchat",
    menu: "Plus d’actions",
    log: "Conversation",
    field: "Votre message",
    hint: "Écrivez votre question…",
    resume: "Écrivez pour reprendre…",
    send: "Envoyer",
    copy: "Copier la conversation",
    print: "Imprimer la conversation",
    end: "Terminer la conversation",
    keepOut: "Ne rien apprendre de mes messages",
    erase: "Effacer la conversation",
    copied: "Conversation copiée.",
    notCopied: "La copie n’a pas été possible dans ce navigateur.",
    failed: "L’opération n’a pas abouti, rien n’a changé. Réessayez dans un instant.",
    sure: "Effacer toute la conversation\u00a0?",
    sureMore: "Vos messages et les réponses seront supprimés, ici et sur nos serveurs. C’est définitif.",
    yesErase: "Effacer",
    keep: "Garder",
    erased: "La conversation est effacée, ici et sur nos serveurs.",
    gone: "Cette conversation a été effacée. Vous pouvez en commencer une autre.",
    fresh: "Nouvelle conversation",
    you: "Vous",
    bot: "Assistant automatique",
    officer: "Chargé de mission",
    system: "Information",
    waiting: "En attente d’un chargé de mission",
    closed: "Conversation terminée",
    sending: "envoi…",
    unsent: "en attente d’envoi…",
    newer: "Nouveau message",
    botTypes: "L’assistant écrit",
    officerTypes: "Votre interlocuteur écrit",
    offline: "Vous êtes hors ligne. Vos messages partiront au retour du réseau.",
    unreachable: "Connexion interrompue. Rien n’est perdu, nouvel essai en cours…",
    slower: (n) => `Beaucoup de messages à la fois\u00a0: la suite part dans ${n}\u00a0s.`,
    tooLong: (n) => `Message trop long de ${number(n)} caractère${n > 1 ? "s" : ""}\u00a0: raccourcissez-le, ou envoyez-le en deux fois.`,
    counter: (n) => `${number(n)}\u00a0/\u00a0${number(LONGEST)} caractères`,
    refused: "Ce message n’a pas pu être envoyé. Il est resté dans le champ.",
    reach: "Adresse électronique ou téléphone",
    leave: "Valider",
    reached: (where) => `Pour vous répondre\u00a0: ${where}`,
    takeBack: "Retirer",
    opinion: "Merci. Un mot de plus, si vous voulez",
    thanks: "Merci, c’est noté.",
    contact: (label) => `Votre contact\u00a0: ${label}`,
    call: (who) => `Appeler ${who}`,
    write: (who) => `Écrire à ${who}`,
    nearest: "Votre antenne",
    desk: (name) => `Sur place à ${name}`,
    other: "Presque aussi près",
    away: (name, km, from) => (km === 0 ? `${name}, dans votre commune` : `${name}, à ${distance(km)}${from ? ` de ${from}` : ""}`),
    today: "Aujourd’hui",
    yesterday: "Hier",
    transcript: "Conversation du tchat",
  };

  // ------------------------------------------------------------------- Tools

  const number = (value, digits = 0) => value.toLocaleString("fr-FR", { maximumFractionDigits: digits });
  const distance = (km) => `${number(km, km < 10 ? 1 : 0)}\u00a0km`;
  const clock = (date) => `${date.getHours()}\u00a0h\u00a0${String(date.getMinutes()).padStart(2, "0")}`;
  const dayOf = (date) => date.toLocaleDateString("fr-FR", { day: "numeric", month: "long", year: "numeric" });
  const length = (text) => [...text].length; // code points
  const token = () => script.dataset.identity; // the page may bring a fresh one
  const isText = (value) => typeof value === "string" && value !== "";

  function dayName(date) {
    const day = dayOf(date);
    if (day === dayOf(new Date())) return WORDS.today;
    return day === dayOf(new Date(Date.now() - 86400e3)) ? WORDS.yesterday : day;
  }

  /** Whom the token names: two members of one browser do not share a conversation. */
  function member() {
    try {
      return JSON.parse(atob(token().split(".")[1].replace(/-/g, "+").replace(/_/g, "/"))).sub;
    } catch {
      return null;
    }
  }

  /** Pages without TLS have no crypto.randomUUID. */
  const identifier = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

  /** Make an element: el("p.text.muted", { role: "note", onclick: f }, child, "text"). Text is only ever text. */
  function el(name, attributes = {}, ...children) {
    const [tag, ...classes] = name.split(".");
    const node = document.createElement(tag);
    node.classList.add(...classes);
    for (const [key, value] of Object.entries(attributes)) {
      if (typeof value === "function") node.addEventListener(key.slice(2), value);
      else if (value !== null && value !== false) node.setAttribute(key, value === true ? "" : value);
    }
    node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
    return node;
  }

  const ICONS = {
    chat: "M4 5h16v11H10l-4.5 4v-4H4zM8 9.2h8M8 12.2h5",
    close: "M6 6l12 12M18 6L6 18",
    menu: "M12 5v.01M12 12v.01M12 19v.01",
    send: "M4 12l16-7-6 16-3-7zM11 14l4-4",
    phone: "M7 4l3 5-2 2c1 2 3 4 5 5l2-2 5 3-1 3c-8 1-16-7-15-15z",
    mail: "M3 6h18v12H3zM3 7l9 7 9-7",
    down: "M12 5v14M6 13l6 6 6-6",
  };

  function icon(name) {
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    svg.append(document.createElementNS(space, "path"));
    svg.firstChild.setAttribute("d", ICONS[name]);
    return svg;
  }

  /** Text with its web addresses as links; nothing else in it is ever interpreted. */
  function linked(text) {
    return text.split(/(\bhttps?:\/\/[^\s<>"«»]*[^\s<>"«».,;:!?)\]’'])/u).map((part, index) => {
      if (index % 2 === 0) return part;
      return el("a", { href: part, target: "_blank", rel: "noopener noreferrer" }, part);
    });
  }

  const sleepers = new Set();
  /** Wait; `wake` (the network is back, the page is looked at again) ends it early, unless it is `firm`. */
  function sleep(ms, firm = false) {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        sleepers.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      if (!firm) sleepers.add(done);
    });
  }
  const wake = () => [...sleepers].forEach((done) => done());

  /** Run alone among the tabs, where the browser can see to that. */
  const alone = (name, action) => (navigator.locks ? navigator.locks.request(`${KEY}-${name}`, action) : action());

  // ------------------------------------------------------------------- Store

  /** What survives a reload: { site, id, token, state, open, seen, outbox, expires }. In memory where storage fails. */
  const store = (() => {
    let memory = null;
    let broken = false;

    function read() {
      if (broken) return memory;
      try {
        const kept = JSON.parse(localStorage.getItem(KEY));
        if (!kept || kept.site !== SITE || (kept.member && kept.member !== (member() || kept.member))) return null;
        if (!(kept.expires > Date.now())) return write(null);
        const outbox = Array.isArray(kept.outbox) ? kept.outbox.filter((item) => item && isText(item.client_id)) : [];
        return { ...kept, outbox };
      } catch (error) {
        if (!(error instanceof SyntaxError)) broken = true;
        return memory;
      }
    }

    function write(record) {
      memory = record;
      try {
        if (record) localStorage.setItem(KEY, JSON.stringify({ ...record, site: SITE, expires: Date.now() + KEEP }));
        else localStorage.removeItem(KEY);
      } catch {
        broken = true;
      }
      return memory;
    }

    /** Change what is kept; what another tab has erased meanwhile is not brought back, unless `fresh` is given. */
    function update(changes, fresh = null) {
      const record = read() || fresh;
      if (record) write({ ...record, ...(typeof changes === "function" ? changes(record) : changes) });
    }

    return { read, update, clear: () => write(null) };
  })();

  // --------------------------------------------------------------------- API

  /** A call that brought no answer (status 0) or an error. `wait`: ms that the server asks for. */
  class Refusal extends Error {
    constructor(status, message = "", wait = 0) {
      super(message);
      this.status = status;
      this.wait = wait;
      this.again = status === 0 || status === 408 || status === 429 || status >= 500;
      this.gone = status === 404 || status === 401;
    }
  }

  async function refusal(response) {
    let message = "";
    try {
      message = (await response.json()).error.message;
    } catch {
      // a proxy's page
    }
    const wait = Number(response.headers.get("Retry-After")) * 1000;
    return new Refusal(response.status, isText(message) ? message : "", wait > 0 ? wait : 0);
  }

  /**
   * Call the API.
   * @returns {Promise<object|null>} the JSON answer, or with `raw` the response itself
   * @throws {Refusal}
   */
  async function call(method, path, { body, headers, signal, raw } = {}) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), PATIENCE);
    if (signal) signal.addEventListener("abort", () => stop.abort(), { once: true });
    try {
      const response = await fetch(`${SITE}/api/conversations${path}`, {
        method,
        headers: {
          ...(chat.token && { Authorization: `Bearer ${chat.token}` }),
          ...(body && { "Content-Type": "application/json" }),
          ...headers,
        },
        body: body && JSON.stringify(body),
        cache: "no-store",
        credentials: "omit",
        signal: stop.signal,
      });
      if (!response.ok) throw await refusal(response);
      if (raw) return response;
      return response.status === 204 ? null : await response.json();
    } catch (error) {
      throw error instanceof Refusal ? error : new Refusal(0);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Call until it is answered or refused for good; says meanwhile that it tries. */
  async function insist(action, signal) {
    for (let pause = 500; ; pause = Math.min(pause * 2, 30e3)) {
      try {
        const answer = await action();
        view.trouble(null);
        return answer;
      } catch (error) {
        if (signal.aborted || !error.again) throw error;
        view.trouble(error);
        await (error.wait ? sleep(error.wait, true) : sleep(pause * (0.75 + Math.random() / 2)));
        if (signal.aborted) throw error;
      }
    }
  }

  // ------------------------------------------------------------ Conversation

  const chat = { id: null, gone: null, token: null, last: 0, answered: 0, asked: 0, state: "bot", officer: "" };
  let session = null; // an AbortController while this tab takes part in the conversation
  let leading = false; // this tab reads the stream for all tabs
  let lastSign = 0; // when the reading tab was last heard of, ms

  const peers = window.BroadcastChannel && new BroadcastChannel(`${KEY}-${SITE}`);
  const tell = (message) => peers && peers.postMessage({ id: chat.id, ...message });

  /** Take part: make or find the conversation, fetch what was said, then follow it. */
  async function start() {
    if (session) return;
    session = new AbortController();
    const { signal } = session;
    try {
      await alone("create", () => join(signal));
      view.pending();
      await insist(() => catchUp(), signal);
      view.ready();
      flush();
      await follow(signal);
    } catch (error) {
      if (signal.aborted) return;
      stop();
      if (error.gone) vanish(WORDS.gone);
      else view.notice(error.message || WORDS.failed, true);
    }
  }

  function stop() {
    if (session) session.abort();
    session = null;
    leading = false;
    wake();
  }

  async function join(signal) {
    let kept = store.read();
    if (!kept || !isText(kept.id) || !isText(kept.token)) {
      Object.assign(chat, { id: null, token: null });
      const made = await insist(() => call("POST", "", { body: { identity: token() } }), signal);
      store.update({ id: made.id, token: made.token, member: member(), state: "bot", seen: 0 }, { outbox: [] });
      kept = store.read();
    }
    Object.assign(chat, { id: kept.id, token: kept.token, last: 0, answered: 0, asked: 0, state: "bot", officer: kept.officer || "" });
  }

  /** Forget the conversation and say so. What was not sent goes back to the field, if it is to stay. */
  function vanish(words, keepUnsent = true) {
    stop();
    const kept = store.read();
    const mine = kept && kept.id === chat.id;
    const unsent = mine && keepUnsent ? kept.outbox.map((item) => item.text).filter(isText) : [];
    if (mine) store.clear();
    Object.assign(chat, { gone: chat.id, id: null, token: null, last: 0, state: "bot", officer: "" });
    view.gone(words, unsent);
  }

  /** Take in what is new: a whole answer of the API, one event of the stream, or either as told by another tab. */
  function receive(update) {
    if (update.state === "deleted") return vanish(WORDS.gone);
    for (const message of update.messages || []) {
      chat.last = Math.max(chat.last, message.seq);
      if (message.sender === "member") chat.asked = Math.max(chat.asked, message.seq);
      if (message.sender === "officer" && isText(message.name)) chat.officer = message.name;
      view.message(message);
    }
    if (update.answered_to !== undefined) chat.answered = Math.max(chat.answered, update.answered_to);
    const { state, officer } = { ...chat, ...update };
    if (state !== chat.state || (isText(officer) && officer !== chat.officer)) {
      Object.assign(chat, { state, officer: officer || chat.officer });
      store.update({ state, officer: chat.officer });
    }
    view.state(update.typing);
  }

  async function catchUp() {
    const { id } = chat;
    const news = await call("GET", `/${id}/messages?after=${chat.last}`);
    if (id !== chat.id) return;
    receive(news);
    if (leading) tell({ update: news });
  }

  /** Follow the conversation: one tab reads the stream and tells the others; they wait to take its place. */
  async function follow(signal) {
    if (!navigator.locks || !peers) return lead(signal);
    const name = `${KEY}-stream-${chat.id}`;
    while (!signal.aborted) {
      const mine = new AbortController(); // ends the reading when another tab takes over
      signal.addEventListener("abort", () => mine.abort(), { once: true });
      const run = () => {
        leading = true;
        return lead(mine.signal);
      };
      lastSign = Date.now();
      const turn = navigator.locks.request(name, { signal: mine.signal }, run);
      const stolen = watch(mine.signal).then(() => navigator.locks.request(name, { steal: true }, run));
      turn.catch(() => {});
      stolen.catch(() => {});
      try {
        await Promise.race([turn, stolen]);
      } catch (error) {
        if (!(error instanceof DOMException)) throw error; // a lock taken away, or the end, is no fault
      } finally {
        leading = false;
        mine.abort();
      }
    }
  }

  /** Resolves once the tab that reads is not heard of though this one is looked at; else never. */
  async function watch(signal) {
    while (!signal.aborted) {
      await sleep(5e3, true);
      if (!leading && !document.hidden && !signal.aborted && Date.now() - lastSign > ABSENCE) return;
    }
    await new Promise(() => {});
  }

  /** Read the stream for as long as this goes on; where streams do not get through, ask again and again. */
  async function lead(signal) {
    let failures = 0;
    for (let round = 1; !signal.aborted; round += 1) {
      await insist(() => {
        tell({ sign: true });
        return catchUp();
      }, signal);
      if (failures >= 3 && round % 15) {
        await sleep(document.hidden ? POLL * 5 : POLL);
        continue;
      }
      const began = Date.now();
      try {
        await readStream(signal);
      } catch (error) {
        if (error.gone) throw error;
        if (error.wait) await sleep(error.wait, true);
      }
      failures = Date.now() - began > 5e3 ? 0 : failures + 1;
      if (!signal.aborted) await sleep(300 * failures);
    }
  }

  async function readStream(signal) {
    const headers = { Accept: "text/event-stream", "Last-Event-ID": String(chat.last) };
    const dead = new AbortController();
    const end = () => dead.abort();
    signal.addEventListener("abort", end, { once: true });
    try {
      const response = await call("GET", `/${chat.id}/events`, { raw: true, headers, signal: dead.signal });
      const reader = response.body.getReader();
      const decoder = new TextDecoder();
      for (let rest = ""; ; ) {
        const timer = setTimeout(end, SILENCE);
        const { done, value } = await reader.read().finally(() => clearTimeout(timer));
        if (done || signal.aborted) return;
        tell({ sign: true });
        const blocks = (rest + decoder.decode(value, { stream: true })).split(/\r?\n\r?\n/);
        rest = blocks.pop();
        for (const update of blocks.map(parseEvent)) {
          if (!update) continue;
          receive(update);
          tell({ update });
          if (signal.aborted) return;
        }
      }
    } finally {
      signal.removeEventListener("abort", end);
      dead.abort();
    }
  }

  /** One event of the stream as an update, or null for a comment or an event that is not known. */
  function parseEvent(block) {
    const fields = { event: "message", data: "" };
    for (const line of block.split(/\r?\n/)) {
      const [, name, value] = /^(\w+): ?(.*)$/.exec(line) || [];
      if (name) fields[name] = value;
    }
    try {
      const data = JSON.parse(fields.data);
      if (fields.event === "message") return { messages: [data] };
      if (fields.event === "typing") return { typing: data };
      return fields.event === "state" || fields.event === "answered" ? data : null;
    } catch {
      return null;
    }
  }

  if (peers) {
    peers.onmessage = ({ data }) => {
      if (!session || !chat.id || data.id !== chat.id) return;
      lastSign = Date.now();
      if (data.sent) view.confirm(data.sent, data.seq);
      if (!data.update) return;
      const [first] = data.update.messages || [];
      if (first && first.seq > chat.last + 1) catchUp().catch(() => {}); // something was missed: fetch it all
      else receive(data.update);
    };
  }

  // ------------------------------------------------------------------ Outbox

  /** Keep a message until the server has it. `content`: { text } or { payload, title }. */
  function post(content) {
    const item = { client_id: identifier(), after: chat.last, at: new Date().toISOString(), ...content };
    store.update((record) => ({ outbox: [...record.outbox, item] }), { outbox: [] });
    view.pending();
    flush();
  }

  let flushing = false;
  /** Send what is kept, in order, one tab at a time. The same client_id again is never a second message. */
  async function flush() {
    if (flushing || !session || !chat.id) return;
    flushing = true;
    const { signal } = session;
    try {
      await alone("send", async () => {
        for (let item; !signal.aborted && (item = (store.read() || { outbox: [] }).outbox[0]); ) await send(item, signal);
      });
    } catch (error) {
      if (!signal.aborted && error.gone) vanish(WORDS.gone);
    } finally {
      flushing = false;
    }
  }

  async function send(item, signal) {
    const { client_id, text, payload } = item;
    const body = payload === undefined ? { text, client_id } : { payload, client_id };
    const forget = () => store.update((record) => ({ outbox: record.outbox.filter((kept) => kept.client_id !== client_id) }));
    try {
      const { seq } = await insist(() => call("POST", `/${chat.id}/messages`, { body, signal }), signal);
      chat.asked = Math.max(chat.asked, seq);
      view.confirm(client_id, seq);
      tell({ sent: client_id, seq });
      forget();
    } catch (error) {
      if (signal.aborted || error.gone) throw error;
      forget(); // refused for good: too long, a button of another conversation, …
      view.refused(item, error.message || WORDS.refused);
    }
  }

  // ------------------------------------------------------- End, erase, tabs

  async function endConversation() {
    try {
      await call("POST", `/${chat.id}/end`, { body: {} });
      receive({ state: "closed" });
      tell({ update: { state: "closed" } });
    } catch {
      view.notice(WORDS.failed);
    }
  }

  const keepOut = () => call("PUT", `/${chat.id}/amelioration`, { body: { objects: true } }).catch(() => view.notice(WORDS.failed));

  async function eraseConversation() {
    try {
      if (chat.id) await call("DELETE", `/${chat.id}`);
    } catch (error) {
      if (!error.gone) return view.notice(WORDS.failed);
    }
    tell({ update: { state: "deleted" } });
    vanish(WORDS.erased, false);
  }

  addEventListener("storage", (event) => {
    if (event.key !== KEY && event.key !== null) return;
    const kept = store.read();
    if (session && chat.id && (!kept || kept.id !== chat.id)) vanish(WORDS.gone);
    else if (kept && session) view.pending();
    else if (kept && kept.id && kept.id !== chat.gone && view.isGone()) view.restart();
  });
  addEventListener("online", wake);
  addEventListener("offline", () => session && view.trouble(new Refusal(0)));
  let paused = false; // the page lies in the browser's back-and-forward cache
  addEventListener("pagehide", () => {
    paused = Boolean(session);
    stop();
  });
  addEventListener("pageshow", () => paused && start());
  document.addEventListener("visibilitychange", () => {
    if (document.hidden || !session || !chat.id) return;
    wake();
    if (!leading) catchUp().catch(() => {});
  });

  // ------------------------------------------------------------------- Style

  const STYLE = `
:host{all:initial!important;color-scheme:light dark;
--bg:#f7f8fa;--surface:#ffffff;--bubble:#e6eef6;--text:#16202c;--muted:#566273;--line:#84909e;--soft:#dde3ea;
--brand:var(--brand-light,#0b4f8a);--on-brand:var(--on-light,#ffffff);--accent:var(--accent-light,#b3450b);
--head:var(--brand);--on-head:var(--on-brand);
--ok:#1b6e3c;--bad:#b3261e;--shadow:0 12px 40px rgba(13,27,42,.22),0 2px 8px rgba(13,27,42,.12)}
@media screen and (prefers-color-scheme:dark){:host{
--bg:#0f151c;--surface:#18212b;--bubble:#22303e;--text:#e8edf3;--muted:#a3b0bf;--line:#6d7a89;--soft:#2b3846;
--brand:var(--brand-dark,#7db9ee);--on-brand:var(--on-dark,#0f151c);--accent:var(--accent-dark,#f0a06a);
--head:var(--bubble);--on-head:var(--text);
--ok:#7fce9b;--bad:#f2958d;--shadow:0 12px 40px rgba(0,0,0,.6),0 0 0 1px #2b3846}}
*,*::before,*::after{box-sizing:border-box}
[hidden]{display:none!important}
.frame{font:400 1em/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;color:var(--text);text-align:left;overflow-wrap:anywhere;-webkit-text-size-adjust:100%}
p,dl,dd,h2{margin:0}
button,input,textarea{font:inherit;color:inherit;margin:0;letter-spacing:inherit}
button{cursor:pointer;min-height:44px;min-width:44px;border:0;background:none;border-radius:10px;padding:8px 12px;touch-action:manipulation}
:focus-visible{outline:3px solid var(--brand);outline-offset:2px}
svg{width:1.375em;height:1.375em;fill:none;stroke:currentColor;stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round;flex:none;display:block}
a{color:var(--brand);text-underline-offset:.15em}

.launch{position:fixed;z-index:2147483000;bottom:max(20px,env(safe-area-inset-bottom));right:20px;width:4.5em;height:4.5em;border-radius:50%;padding:0;background:var(--brand);color:var(--on-brand);box-shadow:var(--shadow);display:grid;place-content:center;justify-items:center;gap:1px;font-weight:600;line-height:1.2}
.launch svg{width:1.625em;height:1.625em}
.launch span{font-size:.875em}
.launch:hover{filter:brightness(1.08)}
.launch:focus-visible{outline-color:var(--text);box-shadow:0 0 0 2px var(--surface)}
.left .launch{right:auto;left:20px}
.launch .badge{position:absolute;top:-2px;right:-2px;min-width:1.75em;height:1.75em;border-radius:1em;background:#b3261e;color:#fff;border:2px solid var(--surface);font-size:.8125em;display:grid;place-content:center;padding:0 .25em}

.panel{position:fixed;z-index:2147483000;right:20px;bottom:20px;width:min(25.5em,calc(100vw - 40px));height:min(42em,calc(100vh - 40px));height:min(42em,calc(100dvh - 40px));display:flex;flex-direction:column;background:var(--surface);border-radius:16px;box-shadow:var(--shadow);overflow:hidden;outline:0}
.left .panel{right:auto;left:20px}
.rise{animation:rise .18s ease-out}
@keyframes rise{from{opacity:0;transform:translateY(12px)}}

.head{display:flex;align-items:center;gap:4px;padding:10px 8px 10px 18px;background:var(--head);color:var(--on-head);flex:none}
.head :focus-visible{outline-color:var(--on-head);outline-offset:-4px}
.who{flex:1;min-width:0}
.who h2{font-size:1.0625em;font-weight:650;line-height:1.3}
.who p{font-size:.875em;line-height:1.35;display:flex;align-items:center;gap:.5em}
.who p::before{content:"";width:.5em;height:.5em;border-radius:50%;background:currentColor;flex:none}
.waiting .who p::before,.closed .who p::before{background:none;border:2px solid}
.head button{display:grid;place-content:center;padding:0}
.head [aria-controls] svg{stroke-width:3.4}
.head button:hover{background:rgba(127,127,127,.3)}
.menu{position:absolute;z-index:2;top:3.75em;right:10px;min-width:16em;max-width:calc(100% - 20px);background:var(--surface);border:1px solid var(--line);border-radius:12px;box-shadow:var(--shadow);padding:6px;display:grid}
.menu button{text-align:left}
.menu button:hover{background:var(--bubble)}
.menu .danger{color:var(--bad)}

.log{position:relative;flex:1;min-height:0;overflow:auto;overscroll-behavior:contain;padding:16px;background:var(--bg);display:flex;flex-direction:column;gap:14px}
.log:focus-visible{outline-offset:-4px}
.log>:first-child{margin-top:auto}
.day{align-self:center;font-size:.8125em;color:var(--muted)}
.msg{max-width:88%;align-self:flex-start;min-width:0}
.meta{font-size:.8125em;line-height:1.4;color:var(--muted);margin:0 4px 3px;display:flex;flex-wrap:wrap;gap:0 .5em}
.meta b{font-weight:600;color:var(--text)}
.text{white-space:pre-wrap;background:var(--bubble);border-radius:4px 16px 16px;padding:9px 14px;width:fit-content;max-width:100%}
.member{align-self:flex-end}
.member .meta{justify-content:flex-end}
.member .text{background:var(--brand);color:var(--on-brand);border-radius:16px 4px 16px 16px;margin-left:auto}
.member.wait .text{opacity:.82}
.officer .text{background:var(--surface);box-shadow:inset 0 0 0 2px var(--ok)}
.officer .meta b{color:var(--ok)}
.system{align-self:center;max-width:94%;text-align:center}
.system .meta{justify-content:center}
.system .text{background:none;color:var(--muted);padding:0;font-size:.9375em;margin:auto;text-wrap:balance}
.system .choices{justify-content:center}
.wide{max-width:100%;width:100%}
.wide>.text{max-width:88%}
.choices{display:flex;flex-wrap:wrap;gap:8px;margin-top:10px}
.choices button{position:relative;border:1.5px solid var(--brand);color:var(--brand);background:var(--surface);border-radius:22px;padding:8px 16px;font-weight:550;line-height:1.3;text-align:left}
.choices button:hover{background:var(--bubble)}
.choices .old{border-color:var(--line);color:var(--muted)}
.choices .done{border-style:dashed}
.choices .done::before{content:"✓";position:absolute;left:.25em;font-size:.8em}
.choices [aria-disabled]{cursor:default}

.card{margin-top:10px;background:var(--surface);border:1px solid var(--soft);border-left:4px solid var(--accent);border-radius:12px;padding:14px 16px 16px;display:grid;gap:4px}
.card .label{color:var(--accent);font-size:.875em;font-weight:650}
.card .name{font-size:1.1875em;font-weight:650;line-height:1.3}
.card .role{color:var(--muted)}
.card .why{margin-top:8px}
.links{display:grid;gap:8px;margin-top:10px}
.links a{display:flex;align-items:center;gap:10px;min-height:44px;padding:8px 14px;border-radius:10px;background:var(--bubble);color:var(--brand);font-weight:600;text-decoration:none;font-size:1.0625em;line-height:1.3}
.links a:hover{text-decoration:underline}
.links a[href^="mailto"]{font-size:1em}
.card dl{margin-top:12px;padding-top:12px;border-top:1px solid var(--soft);display:grid;gap:10px}
.card dt{font-size:.8125em;color:var(--muted)}
.card dd .links{margin-top:6px}

.more{position:absolute;left:50%;transform:translateX(-50%);bottom:100%;margin-bottom:10px;z-index:1;display:flex;align-items:center;gap:6px;background:var(--brand);color:var(--on-brand);border-radius:22px;box-shadow:var(--shadow);font-weight:600;font-size:.9375em;padding:8px 16px;white-space:nowrap}
.foot{position:relative;flex:none;background:var(--surface);border-top:1px solid var(--soft);padding:4px 12px max(12px,env(safe-area-inset-bottom))}
.info{min-height:1.75em;font-size:.8125em;line-height:1.35;color:var(--muted);display:flex;align-items:center;justify-content:space-between;gap:12px;padding:2px 4px}
.info .status{flex:1}
.info .bad,.error{color:var(--bad);font-weight:550}
.error{font-size:.875em;padding:0 4px 6px}
.dots i{display:inline-block;width:.3em;height:.3em;border-radius:50%;background:currentColor;margin-left:.2em;animation:blink 1.2s infinite}
.dots i:nth-child(2){animation-delay:.2s}.dots i:nth-child(3){animation-delay:.4s}
@keyframes blink{50%{opacity:.2}}
.field{display:flex;align-items:flex-end;gap:8px}
.field label{flex:1;min-width:0;display:block}
.field label>span{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden;white-space:nowrap}
input,textarea{display:block;width:100%;min-height:46px;max-height:9em;resize:none;border:1.5px solid var(--line);border-radius:14px;background:var(--surface);padding:10px 14px;line-height:1.45}
.slip{display:grid;grid-template-columns:1fr auto;gap:6px 8px;align-items:end}
.slip,.away{margin-top:10px;text-align:left;color:var(--text)}
.slip label{min-width:0;font-size:.875em}
.slip p{grid-column:1/-1}
textarea::placeholder{color:var(--muted);opacity:1}
input:focus-visible,textarea:focus-visible{outline-offset:0}
[aria-invalid]{border-color:var(--bad)}
.primary{background:var(--brand);color:var(--on-brand);font-weight:600;padding:8px 18px}
.field .primary{width:46px;height:46px;padding:0;display:grid;place-content:center;border-radius:14px;flex:none}
.primary:hover{filter:brightness(1.08)}
.primary[aria-disabled]{background:var(--bubble);color:var(--muted);cursor:default;filter:none}
.plain{border:1.5px solid var(--line)}
.ask{padding:10px 6px 2px;display:grid;gap:6px}
.ask b{font-weight:650}
.ask div{display:flex;flex-wrap:wrap;gap:8px;margin-top:6px}
.ask .danger{background:var(--bad);color:var(--surface);font-weight:600;padding:8px 18px}

@media (max-width:479.98px),(max-height:420px){
.frame .panel{inset:var(--top,0) 0 auto 0;width:auto;height:var(--tall,100vh);border-radius:0;box-shadow:none}
.head{padding-top:max(8px,env(safe-area-inset-top))}
.launch{bottom:max(14px,env(safe-area-inset-bottom));right:14px}.left .launch{left:14px}}
@media (max-width:359.98px){.log{padding:12px}.msg{max-width:94%}.card{padding:12px}.links a{padding:8px 10px}}
@media (prefers-reduced-motion:reduce){.rise,.dots i{animation:none}}
@media (forced-colors:active){.text,.panel,.launch,.primary{border:1px solid}}
.head>.date{display:none}
@media print{
:host{display:none!important}
:host(.printing){display:block!important;color-scheme:light}
.printing .panel{position:static;width:auto;height:auto;overflow:visible;box-shadow:none;color:#000;background:#fff}
.printing .log{overflow:visible;display:block;background:#fff;padding:12px 0}
.printing .head{background:#fff;color:#000;padding:0 0 8px;border-bottom:1px solid #000}
.printing .who p,.printing .foot,.printing .menu,.printing .choices,.printing .away,.printing .slip,.printing .head button,.printing .links svg{display:none!important}
.printing .head>.date{display:block}
.printing .msg{max-width:100%;margin:0 0 12px;break-inside:avoid;text-align:left}
.printing .meta{justify-content:flex-start;margin:0;color:#333}
.printing .text,.printing .links a{background:none;color:#000;padding:0;margin:0;box-shadow:none;min-height:0;text-align:left}
.printing .card{border:1px solid #666}}
`;

  /** A style sheet that the host's `style-src` does not concern. */
  function sheet(style) {
    const made = new CSSStyleSheet();
    made.replaceSync(style);
    return made;
  }

  const luminance = (rgb) =>
    rgb.map((c) => (c <= 10 ? c / 3294 : ((c / 255 + 0.055) / 1.055) ** 2.4)).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  function contrast(one, other) {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  }

  /** The host's colours, moved towards black or white until they reach 4.5:1 on what they stand on. */
  function paint(host) {
    const schemes = { light: [[255, 255, 255], [230, 238, 246], 0], dark: [[24, 33, 43], [34, 48, 62], 255] };
    for (const name of ["brand", "accent"]) {
      const probe = el("i");
      probe.style.setProperty("color", OPTIONS[name] || "", "important");
      if (!probe.style.color) continue;
      document.body.append(probe);
      const computed = getComputedStyle(probe).color;
      probe.remove();
      if (!computed.startsWith("rgb")) continue;
      const given = computed.match(/[\d.]+/g).slice(0, 3).map(Number);
      for (const [scheme, [surface, bubble, pole]] of Object.entries(schemes)) {
        let colour = given;
        for (let step = 1; step <= 20 && Math.min(contrast(colour, surface), contrast(colour, bubble)) < 4.5; step += 1) {
          colour = given.map((c) => Math.round(c + ((pole - c) * step) / 20));
        }
        host.style.setProperty(`--${name}-${scheme}`, `rgb(${colour})`);
        const dark = contrast(colour, [15, 21, 28]) > contrast(colour, [255, 255, 255]);
        if (name === "brand") host.style.setProperty(`--on-${scheme}`, dark ? "#0f151c" : "#ffffff");
      }
    }
  }

  // -------------------------------------------------------------------- View

  const view = (() => {
    const host = el("tchat-widget", { lang: "fr" });
    const root = host.attachShadow({ mode: "open" });
    const narrow = matchMedia("(max-width: 479.98px), (max-height: 420px)");
    const shown = new Map(); // seq → { node, message }
    const waiting = new Map(); // client_id → { node, item }
    let open = false;
    let gone = false;
    let live = false; // history is in: what comes now is news
    let anchor = null; // the first message of the answer that is coming in
    let arrived = 0;
    let touching = false;
    let ended = true; // the reader is at the end, and stays there when the field grows or a keyboard comes up
    let typing = null;
    let typingTimer = 0;
    let opener = null; // a link of the page that opened the panel gets the focus back
    let reachOf = null; // the conversation of which is known how its member can be reached
    let troubled = false; // the status line tells of a call that failed

    // -- the parts

    const badge = el("b.badge", { hidden: true, "aria-hidden": "true" });
    const launch = el("button.launch", { type: "button", "aria-haspopup": "dialog", "aria-expanded": "false", onclick: () => show() }, icon("chat"), el("span", {}, WORDS.open), badge);
    const answering = el("p", { id: "who" }, WORDS.bot);
    const printed = el("p.date");
    const menuButton = el("button", { type: "button", "aria-label": WORDS.menu, "aria-expanded": "false", "aria-controls": "menu", onclick: () => toggleMenu() }, icon("menu"));
    const closeButton = el("button", { type: "button", "aria-label": WORDS.close, onclick: () => hide() }, icon("close"));
    const head = el("div.head", {}, el("div.who", {}, el("h2", { id: "title" }, OPTIONS.title || WORDS.title), answering), printed, menuButton, closeButton);
    const action = (label, run, kind = "button") => el(kind, { type: "button", onclick: () => (toggleMenu(false), run()) }, label);
    const menu = el("div.menu", { id: "menu", hidden: true }, action(WORDS.copy, copy), action(WORDS.print, print), action(WORDS.end, endConversation), action(WORDS.keepOut, keepOut), action(WORDS.erase, askErase, "button.danger"));
    const away = el("div.away", { hidden: true });
    const log = el("div.log", { role: "log", "aria-live": "off", "aria-relevant": "additions", "aria-label": WORDS.log, tabindex: "0" });
    const more = el("button.more", { type: "button", hidden: true, onclick: () => toEnd() }, WORDS.newer, icon("down"));
    const busy = el("span", { hidden: true });
    const status = el("span.status", { role: "status" });
    const counter = el("span", { id: "counter" });
    const fault = el("p.error", { id: "fault", role: "alert", hidden: true });
    const field = el("textarea", { rows: "1", placeholder: WORDS.hint, "aria-describedby": "counter fault", enterkeyhint: "send", oninput: () => (blame(""), measure()), onkeydown: onKey });
    const sendButton = el("button.primary", { type: "submit", "aria-label": WORDS.send }, icon("send"));
    const form = el("form.field", { novalidate: true, onsubmit: submit }, el("label", {}, el("span", {}, WORDS.field), field), sendButton);
    const talk = el("div", {}, el("div.info", {}, busy, status, counter), fault, form);
    const ask = el("div.ask", { hidden: true });
    const foot = el("div.foot", {}, more, talk, ask);
    const panel = el("div.panel", { id: "panel", role: "dialog", "aria-labelledby": "title", "aria-describedby": "who", tabindex: "-1", hidden: true, onkeydown: onPanelKey }, head, menu, log, foot);
    launch.setAttribute("aria-controls", "panel");
    const frame = el("div.frame", { role: "region", "aria-label": WORDS.open }, launch, panel);
    frame.classList.toggle("left", OPTIONS.position === "left");
    root.adoptedStyleSheets = [sheet(STYLE)];
    root.append(frame);

    // -- opening and closing

    /** Open the panel. `quiet`: after a reload, where the reader did not ask for the focus. */
    function show(quiet = false) {
      open = true;
      panel.hidden = false;
      panel.classList.toggle("rise", !quiet);
      launch.hidden = true;
      launch.setAttribute("aria-expanded", "true");
      fit();
      start();
      remember();
      count();
      log.scrollTop = log.scrollHeight;
      if (!quiet) (matchMedia("(pointer: coarse)").matches ? panel : field).focus();
    }

    function hide() {
      if (!open) return;
      open = false;
      toggleMenu(false);
      panel.hidden = true;
      launch.hidden = false;
      launch.setAttribute("aria-expanded", "false");
      remember();
      (opener && opener.isConnected ? opener : launch).focus();
      opener = null;
    }

    /** Keep what was seen and whether the panel is open, once there is a conversation. */
    function remember() {
      if (!chat.id) return;
      const { seen = 0, open: was } = store.read() || {};
      const now = open && !document.hidden ? Math.max(seen, chat.last) : seen;
      if (now !== seen || open !== was) store.update({ seen: now, open });
    }

    function count() {
      const { seen = 0 } = store.read() || {};
      const fresh = open ? 0 : [...shown].filter(([seq, { message }]) => seq > seen && message.sender !== "member").length;
      badge.hidden = fresh === 0;
      badge.textContent = fresh;
      if (fresh) launch.setAttribute("aria-label", WORDS.unread(fresh));
      else launch.removeAttribute("aria-label");
    }

    /** On a phone: as high as what the keyboard leaves, and a dialog that keeps the focus. */
    function fit() {
      const screen = visualViewport;
      if (narrow.matches) panel.setAttribute("aria-modal", "true");
      else panel.removeAttribute("aria-modal");
      if (!open || screen.scale > 1.01) return;
      panel.style.setProperty("--tall", `${screen.height}px`);
      panel.style.setProperty("--top", `${screen.offsetTop}px`);
    }

    function toggleMenu(wanted = menu.hidden) {
      if (menu.hidden !== wanted) return;
      menu.hidden = !wanted;
      menuButton.setAttribute("aria-expanded", String(wanted));
      if (wanted) menu.firstChild.focus();
      else if (menu.contains(root.activeElement) || root.activeElement === null) menuButton.focus();
    }

    function onPanelKey(event) {
      if (event.key === "Escape" && !event.isComposing) {
        event.stopPropagation();
        if (!menu.hidden) {
          toggleMenu(false);
          menuButton.focus();
        } else if (!ask.hidden && !gone) endAsk();
        else hide();
      } else if (event.key === "Tab" && narrow.matches) {
        const stops = [...panel.querySelectorAll("button,a[href],input,textarea,[tabindex='0']")].filter((node) => node.getClientRects().length);
        const edge = event.shiftKey ? stops[0] : stops[stops.length - 1];
        if (root.activeElement !== edge && root.activeElement !== panel) return;
        if (root.activeElement === panel && !event.shiftKey) return;
        event.preventDefault();
        (event.shiftKey ? stops[stops.length - 1] : stops[0]).focus();
      }
    }

    // -- writing

    function onKey(event) {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      submit(event);
    }

    function submit(event) {
      event.preventDefault();
      const text = field.value.toWellFormed ? field.value.toWellFormed() : field.value;
      if (!text.trim()) return;
      if (length(text) > LONGEST) return blame(WORDS.tooLong(length(text) - LONGEST));
      field.value = "";
      blame("");
      measure();
      post({ text });
    }

    /** Say near the field what is wrong with what stands in it. */
    function blame(words) {
      fault.textContent = words;
      fault.hidden = !words;
      if (words) field.setAttribute("aria-invalid", "true");
      else field.removeAttribute("aria-invalid");
    }

    function measure() {
      const size = length(field.value);
      counter.textContent = size > WARN ? WORDS.counter(size) : "";
      counter.classList.toggle("bad", size > LONGEST);
      if (field.value.trim()) sendButton.removeAttribute("aria-disabled");
      else sendButton.setAttribute("aria-disabled", "true");
      field.style.height = "auto";
      field.style.height = `${field.scrollHeight + 3}px`;
    }

    // -- the log

    function senderOf(message) {
      if (message.sender === "officer") return message.name || chat.officer || WORDS.officer;
      return { member: WORDS.you, bot: WORDS.bot }[message.sender] || WORDS.system;
    }

    function draw(message) {
      const { sender, text, contact, buttons = [] } = message;
      const when = new Date(message.created_at || Date.now());
      const time = el("time", { datetime: when.toISOString() }, clock(when));
      const meta = el("p.meta", {}, el("b", {}, senderOf(message)), time);
      const said = contact && contact.reason === text ? null : el("p.text", {}, ...(sender === "member" ? [text] : linked(text)));
      const node = el(`div.msg.${["member", "bot", "officer"].includes(sender) ? sender : "system"}`, {}, meta, said);
      if (contact) {
        node.classList.add("wide");
        node.append(card(contact, text));
      }
      if (buttons && buttons.length) node.append(el("div.choices", {}, ...buttons.map(choice)));
      if (buttons && buttons.some((button) => button.payload === "site:continuer")) node.append(away);
      return { node, message, when };
    }

    const choice = ({ title, payload }) => el("button", { type: "button", onclick: (event) => press(event.currentTarget, title, payload) }, title);

    function press(button, title, payload) {
      if (button.hasAttribute("aria-disabled")) return;
      button.setAttribute("aria-disabled", "true");
      setTimeout(() => button.removeAttribute("aria-disabled"), 1500); // a double tap is one press
      if (/^site:.*utile$/.test(payload)) return rate(button, payload === "site:utile");
      button.classList.add("done");
      post({ payload, title });
    }

    // -- small forms under messages

    /** One line to fill in; `save` gets it and may throw a Refusal. */
    function slip(label, button, save) {
      const error = el("p.error", { role: "alert" });
      const input = el("input");
      const submit = async (event) => {
        event.preventDefault();
        const text = input.value.trim();
        if (!text) return input.focus();
        try {
          await save(text);
        } catch (refused) {
          error.textContent = refused.message || WORDS.failed;
          input.setAttribute("aria-invalid", "true");
          input.focus();
          error.scrollIntoView({ block: "nearest" });
        }
      };
      return el("form.slip", { novalidate: true, onsubmit: submit }, el("label", {}, label, input), el("button.plain", { type: "submit" }, button), error);
    }

    const reachCall = (method, body) => call(method, `/${chat.id}/coordonnees`, { body });

    /** Leave an address or a number, or take it back. */
    function askReach() {
      if (away.hidden || !away.isConnected || reachOf === chat.id) return;
      reachOf = chat.id;
      reachCall("GET").then(showReach, () => (reachOf = null)); // asked again with the next news
    }

    function showReach({ email, phone }, focus) {
      const where = email || phone;
      const save = async (text) => showReach(await reachCall("PUT", text.includes("@") ? { email: text } : { phone: text }), true);
      const takeBack = () => reachCall("DELETE").then(() => showReach({}, true), () => notice(WORDS.failed));
      if (where) away.replaceChildren(el("p", { role: "status" }, WORDS.reached(where)), el("button.plain", { type: "button", onclick: takeBack }, WORDS.takeBack));
      else away.replaceChildren(slip(WORDS.reach, WORDS.leave, save));
      if (ended) log.scrollTop = log.scrollHeight;
      if (focus) away.querySelector("input,button").focus();
    }

    async function rate(button, utile) {
      const opine = (body) => call("PUT", `/${chat.id}/avis`, { body: { utile, ...body } });
      try {
        await opine();
      } catch (error) {
        return notice(error.message || WORDS.failed);
      }
      const save = async (texte) => {
        await opine({ texte });
        form.replaceChildren(el("p", { role: "status", tabindex: "-1" }, WORDS.thanks));
        form.firstChild.focus();
      };
      const form = slip(WORDS.opinion, WORDS.send, save);
      const node = button.closest(".msg");
      node.querySelectorAll(".slip").forEach((old) => old.remove());
      node.querySelectorAll("button").forEach((one) => one.classList.toggle("done", one === button));
      node.append(form);
      if (ended) log.scrollTop = log.scrollHeight;
    }

    function reach(person) {
      const links = [];
      const tel = isText(person.phone) ? person.phone.replace(/[^\d+]/g, "") : "";
      if (tel) links.push(el("a", { href: `tel:${tel}`, "aria-label": `${WORDS.call(person.name)}, ${person.phone}` }, icon("phone"), person.phone.replace(/ /g, "\u00a0")));
      if (isText(person.email) && /^[^\s@<>"?&]+@[^\s@<>"?&]+$/.test(person.email)) {
        links.push(el("a", { href: `mailto:${person.email}`, "aria-label": `${WORDS.write(person.name)}, ${person.email}` }, icon("mail"), el("span", {}, ...person.email.split(/(?=@)/).flatMap((part, index) => (index ? [el("wbr"), part] : [part])))));
      }
      return links.length ? el("div.links", {}, ...links) : null;
    }

    function card(contact, text) {
      const { person, antenna, front_desk: desk, alternative_antenna: other, commune } = contact;
      const place = (where) => (where.distance_km === null ? where.name : WORDS.away(where.name, where.distance_km, commune && commune.name));
      const row = (term, ...detail) => el("div", {}, el("dt", {}, term), el("dd", {}, ...detail));
      const rows = [row(WORDS.nearest, place(antenna))];
      if (desk && desk.id !== person.id) rows.push(row(WORDS.desk(antenna.name), [desk.name, desk.role].filter(isText).join(", "), reach(desk)));
      if (other) rows.push(row(WORDS.other, place(other)));
      const label = contact.category_label || "";
      return el(
        "section.card",
        { "aria-label": WORDS.contact(label) },
        label && el("p.label", {}, label),
        el("p.name", {}, person.name),
        isText(person.role) ? el("p.role", {}, person.role) : null,
        reach(person),
        isText(contact.reason) && (contact.reason === text || !text.includes(contact.reason)) ? el("p.why", {}, contact.reason) : null,
        el("dl", {}, ...rows),
      );
    }

    const atEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 48;

    function toEnd() {
      log.scrollTop = log.scrollHeight;
      more.hidden = true;
      log.focus({ preventScroll: true });
    }

    /** Bring news into view, unless the reader is elsewhere or has a finger on the log; never past its beginning. */
    function reveal(node, followed, own) {
      const now = Date.now();
      if (own || !anchor || now - arrived > BURST) anchor = node;
      arrived = now;
      if (own) log.scrollTop = log.scrollHeight;
      else if (followed && !touching) log.scrollTop = Math.max(log.scrollTop, Math.min(log.scrollHeight, anchor.offsetTop - 12));
      if (node.offsetTop > log.scrollTop + log.clientHeight - 24) more.hidden = false;
    }

    function place(entry, seq) {
      const followed = atEnd();
      const later = [...shown].filter(([other]) => other > seq).sort(([a], [b]) => a - b)[0];
      const before = later ? later[1].node : [...waiting.values()].map((one) => one.node)[0] || null;
      const previous = before ? before.previousElementSibling : log.lastElementChild;
      const day = dayName(entry.when);
      if (previous ? previous.dataset.day !== day : day !== WORDS.today) {
        log.insertBefore(el("p.day", { "data-day": day }, day), before);
      }
      entry.node.dataset.day = day;
      log.insertBefore(entry.node, before);
      return followed;
    }

    function message(one) {
      if (shown.has(one.seq) || typeof one.seq !== "number" || gone) return;
      const twin = one.sender === "member" && [...waiting.values()].find(({ item }) => sameAs(item, one));
      if (twin) return confirm(twin.item.client_id, one.seq);
      const entry = draw(one);
      const followed = place(entry, one.seq);
      shown.set(one.seq, entry);
      entry.node.dataset.seq = one.seq;
      if (one.sender !== "member") quieten(one.seq);
      if (live && open) reveal(entry.node, followed, false);
      else log.scrollTop = log.scrollHeight;
      if (open) remember();
      else count();
    }

    /** A message of the server's that is one of ours, seen on the stream before the answer to our sending it. */
    function sameAs(item, one) {
      if (one.client_id) return one.client_id === item.client_id;
      return one.seq > item.after && (item.text ?? item.title).trim() === one.text.trim();
    }

    /** Buttons of earlier messages stay where they are and still work, but step back. */
    function quieten(seq) {
      for (const [other, { node, message: old }] of shown) {
        if (other < seq && old.buttons && old.buttons.length) node.querySelectorAll(".choices button").forEach((one) => one.classList.add("old"));
      }
    }

    /** Show what is kept for sending; drop what another tab has sent or taken back. */
    function pending() {
      const { outbox = [] } = store.read() || {};
      for (const [key, { node }] of waiting) {
        if (outbox.some((item) => item.client_id === key)) continue;
        node.remove();
        waiting.delete(key);
      }
      for (const item of outbox) {
        if (waiting.has(item.client_id) || [...shown.values()].some(({ message: one }) => one.client_id === item.client_id)) continue;
        const entry = draw({ sender: "member", text: item.text ?? item.title, created_at: item.at, client_id: item.client_id });
        entry.node.classList.add("wait");
        entry.node.querySelector("time").textContent = WORDS.sending;
        log.append(entry.node);
        entry.node.dataset.day = WORDS.today;
        waiting.set(item.client_id, { ...entry, item });
        if (open) reveal(entry.node, true, true);
      }
    }

    function confirm(client_id, seq) {
      const entry = waiting.get(client_id);
      if (!entry) return;
      waiting.delete(client_id);
      if (shown.has(seq)) return entry.node.remove();
      entry.node.classList.remove("wait");
      entry.node.querySelector("time").textContent = clock(entry.when);
      entry.node.dataset.seq = seq;
      const next = entry.node.nextElementSibling;
      const order = [...shown].some(([other]) => other > seq);
      if (order || (next && next.dataset.seq)) place(entry, seq);
      shown.set(seq, entry);
      state();
    }

    function refused(item, words) {
      const entry = waiting.get(item.client_id);
      if (entry) entry.node.remove();
      waiting.delete(item.client_id);
      if (isText(item.text)) field.value = [item.text, field.value].filter((part) => part.trim()).join("\n");
      measure();
      blame(words);
    }

    // -- who answers, and whether they are writing

    function state(news) {
      const { state: now } = chat;
      answering.textContent = { waiting: WORDS.waiting, closed: WORDS.closed, officer: chat.officer || WORDS.officer }[now] || WORDS.bot;
      if (chat.officer) log.querySelectorAll(".officer b").forEach((b) => b.textContent === WORDS.officer && (b.textContent = chat.officer));
      panel.classList.toggle("waiting", now === "waiting");
      panel.classList.toggle("closed", now === "closed");
      away.hidden = now !== "waiting" && now !== "officer";
      askReach();
      field.placeholder = now === "closed" ? WORDS.resume : WORDS.hint;
      const due = now === "bot" && chat.asked > chat.answered;
      if (news !== undefined) typing = news && news.typing !== false ? news : null;
      else if (!due) typing = null;
      const words = typing && typing.sender === "officer" ? WORDS.officerTypes : WORDS.botTypes;
      const writes = Boolean(typing) || (due && shown.size > 0 && ![...shown].some(([seq, { message: one }]) => seq > chat.asked && one.sender === "system"));
      if (busy.hidden === writes) busy.replaceChildren(words, el("span.dots", { "aria-hidden": "true" }, el("i"), el("i"), el("i")));
      busy.hidden = !writes;
      clearTimeout(typingTimer);
      if (typing) typingTimer = setTimeout(() => state(null), 15e3);
    }

    // -- what goes wrong, and what is done about it

    /** Say that a call failed and is tried again; null: all is well. */
    function trouble(error) {
      if (!error && !troubled) return;
      troubled = Boolean(error);
      let words = "";
      if (error) words = error.status === 429 ? WORDS.slower(Math.max(1, Math.ceil(error.wait / 1000))) : navigator.onLine ? WORDS.unreachable : WORDS.offline;
      if (status.textContent !== words) status.textContent = words;
      for (const { node } of waiting.values()) node.querySelector("time").textContent = error ? WORDS.unsent : WORDS.sending;
    }

    function notice(words, lasting = false) {
      status.textContent = words;
      if (!lasting) setTimeout(() => status.textContent === words && (status.textContent = ""), 6e3);
    }

    function askFor(words, detail, ...buttons) {
      ask.replaceChildren(el("p", {}, el("b", { id: "sure" }, words)), detail && el("p", { id: "sureMore" }, detail), el("div", {}, ...buttons));
      ask.hidden = false;
      talk.hidden = true;
    }

    function askErase() {
      ask.setAttribute("role", "alertdialog");
      ask.setAttribute("aria-labelledby", "sure");
      ask.setAttribute("aria-describedby", "sureMore");
      const keep = el("button.plain", { type: "button", onclick: endAsk }, WORDS.keep);
      const erase = el("button.danger", { type: "button", onclick: () => (endAsk(), eraseConversation()) }, WORDS.yesErase);
      askFor(WORDS.sure, WORDS.sureMore, erase, keep);
      keep.focus();
    }

    function endAsk() {
      ask.hidden = true;
      endAskQuietly();
      talk.hidden = false;
      field.focus();
    }

    /** Nothing of it stays on the screen either. */
    function wipe(words, unsent) {
      const focused = panel.contains(root.activeElement);
      gone = true;
      live = false;
      shown.clear();
      waiting.clear();
      anchor = reachOf = null;
      more.hidden = true;
      log.setAttribute("aria-live", "polite");
      log.replaceChildren(el("div.msg.system", {}, el("p.text", {}, words)));
      trouble(null);
      state(null);
      count();
      if (unsent.length) field.value = [...unsent, field.value].filter((part) => part.trim()).join("\n");
      endAskQuietly();
      const again = el("button.primary", { type: "button", onclick: () => (restart(), field.focus()) }, WORDS.fresh);
      askFor("", "", again);
      ask.firstChild.remove();
      if (focused && open) again.focus();
    }

    function endAskQuietly() {
      for (const name of ["role", "aria-labelledby", "aria-describedby"]) ask.removeAttribute(name);
    }

    function restart() {
      gone = false;
      ask.hidden = true;
      talk.hidden = false;
      log.setAttribute("aria-live", "off");
      log.replaceChildren();
      measure();
      if (open) start();
    }

    // -- copy and print

    function transcript() {
      const lines = [...shown].sort(([a], [b]) => a - b).map(([, { message: one, when }]) => {
        const { contact } = one;
        const people = contact ? [contact.person, contact.front_desk].filter(Boolean) : [];
        const more = people.map((who) => [who.name, who.role, who.phone, who.email].filter(isText).join(" – "));
        if (contact) more.unshift(`[${contact.category_label}] ${contact.reason}`);
        return [`${senderOf(one)}, ${dayOf(when)}, ${clock(when)}`, one.text, ...more].join("\n");
      });
      return `${WORDS.transcript}\n\n${lines.join("\n\n")}\n`;
    }

    async function copy() {
      try {
        await navigator.clipboard.writeText(transcript());
        notice(WORDS.copied);
      } catch {
        const area = el("textarea", {});
        area.value = transcript();
        panel.append(area);
        area.select();
        notice(document.execCommand("copy") ? WORDS.copied : WORDS.notCopied);
        area.remove();
        menuButton.focus();
      }
    }

    /** Print the conversation alone: the page around it is left out for as long as the print view is open. */
    function print() {
      const only = sheet("@media print{html,body{height:auto!important;overflow:visible!important;background:#fff!important}body>:not(tchat-widget){display:none!important}}");
      printed.textContent = dayOf(new Date());
      document.adoptedStyleSheets = [...document.adoptedStyleSheets, only];
      host.classList.add("printing");
      frame.classList.add("printing");
      addEventListener("afterprint", () => {
        document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== only);
        host.classList.remove("printing");
        frame.classList.remove("printing");
      }, { once: true });
      window.print();
    }

    // -- on the page

    function mount() {
      document.body.append(host);
      paint(host);
      measure();
      const kept = store.read();
      if (!kept || !kept.id) return;
      if (kept.open && !narrow.matches) show(true);
      else if (kept.outbox.length || kept.state === "waiting" || kept.state === "officer") start();
    }

    document.addEventListener("click", (event) => {
      const link = event.target instanceof Element && event.target.closest('a[href="#tchat"]');
      if (!link) return;
      event.preventDefault();
      opener = link;
      show();
    });
    log.addEventListener("scroll", () => {
      ended = atEnd();
      if (ended) more.hidden = true;
    }, { passive: true });
    new ResizeObserver(() => ended && !touching && (log.scrollTop = log.scrollHeight)).observe(log);
    log.addEventListener("pointerdown", () => (touching = true), { passive: true });
    for (const name of ["pointerup", "pointercancel"]) addEventListener(name, () => (touching = false), { passive: true });
    panel.addEventListener("pointerdown", (event) => {
      if (!menu.hidden && !menu.contains(event.target) && !menuButton.contains(event.target)) toggleMenu(false);
    });
    document.addEventListener("visibilitychange", remember);
    narrow.addEventListener("change", fit);
    for (const name of ["resize", "scroll"]) visualViewport.addEventListener(name, fit);

    function ready() {
      log.scrollTop = log.scrollHeight;
      requestAnimationFrame(() => {
        live = true;
        log.setAttribute("aria-live", "polite");
      });
      remember();
      count();
    }

    return { mount, message, pending, confirm, refused, state, trouble, notice, ready, restart, gone: wipe, isGone: () => gone };
  })();

  if (document.body) view.mount();
  else document.addEventListener("DOMContentLoaded", view.mount);
})();
