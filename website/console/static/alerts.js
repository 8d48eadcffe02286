/** Telling an officer that somebody waits: the title, a sound and a notification where they want them. */

const SOUND = "console-sound";
const NOTIFICATION = "console-notification";

const wanted = (name) => localStorage.getItem(name) === "on";

let context = null;

/** Two soft notes. */
function ring() {
  context ??= new AudioContext();
  const start = context.currentTime;
  for (const [pitch, after] of [[660, 0], [880, 0.16]]) {
    const note = context.createOscillator();
    const volume = context.createGain();
    note.frequency.value = pitch;
    volume.gain.setValueAtTime(0.0001, start + after);
    volume.gain.exponentialRampToValueAtTime(0.15, start + after + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, start + after + 0.4);
    note.connect(volume).connect(context.destination);
    note.start(start + after);
    note.stop(start + after + 0.45);
  }
}

export class Alerts {
  constructor(urgent) {
    this.title = document.title.replace(/^\(\d+\) /, "");
    this.urgent = urgent;
    this.show();
    this.toggle("alert-sound", SOUND, () => (ring(), true));
    this.toggle("alert-notification", NOTIFICATION, () => this.ask());
  }

  toggle(id, name, begin) {
    const box = document.getElementById(id);
    box.checked = wanted(name);
    box.addEventListener("change", async () => {
      if (box.checked && !(await begin())) box.checked = false;
      localStorage.setItem(name, box.checked ? "on" : "off");
    });
  }

  async ask() {
    const answer = "Notification" in window ? await Notification.requestPermission() : "denied";
    const refused = "Votre navigateur ne permet pas les notifications de ce site. Vous pouvez l’autoriser dans ses réglages.";
    document.getElementById("alert-state").textContent = answer === "granted" ? "" : refused;
    return answer === "granted";
  }

  show() {
    document.title = (this.urgent ? `(${this.urgent}) ` : "") + this.title;
  }

  /** How many wait now; `first` is true in one tab of the browser, which alone makes a noise. */
  now(urgent, first) {
    const more = urgent > this.urgent;
    this.urgent = urgent;
    this.show();
    if (!more) return;
    const words = urgent === 1 ? "Une conversation vous attend." : `${urgent} conversations vous attendent.`;
    document.getElementById("spoken").textContent = words;
    if (!first) return;
    if (wanted(SOUND)) ring();
    if (wanted(NOTIFICATION) && document.hidden && Notification.permission === "granted") {
      const name = document.querySelector("meta[name=application-name]").content;
      const notification = new Notification(name, { body: words, tag: "console-waiting", icon: "/static/icon.svg" });
      notification.addEventListener("click", () => (window.focus(), notification.close()));
    }
  }
}
