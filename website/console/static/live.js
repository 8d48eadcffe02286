/** One stream of events for all tabs of a browser: the tab that holds the lock reads it and tells the others. */

const STREAM = "/api/officer/stream";
const EVENTS = ["board", "people"];

/**
 * Calls `heard(name, data, first)` for every event; `first` is true in one tab only, the one that reads the stream.
 * `back()` is called when the stream comes back after a break.
 */
export function listen(account, heard, back) {
  const channel = "BroadcastChannel" in window ? new BroadcastChannel(`console-${account}`) : null;
  channel?.addEventListener("message", ({ data }) => (data.back ? back() : heard(data.name, data.data, false)));

  function read() {
    let lost = false;
    const source = new EventSource(STREAM);
    source.addEventListener("error", () => {
      lost = true;
      // The server refused (signed out, restarting behind a proxy): the browser does not try again by itself.
      if (source.readyState === EventSource.CLOSED) setTimeout(read, 5000);
    });
    source.addEventListener("open", () => {
      if (!lost) return;
      lost = false;
      channel?.postMessage({ back: true });
      back();
    });
    for (const name of EVENTS) {
      source.addEventListener(name, (event) => {
        const data = JSON.parse(event.data);
        channel?.postMessage({ name, data });
        heard(name, data, true);
      });
    }
  }

  // Locks exist on HTTPS and localhost only; elsewhere every tab reads for itself.
  if (navigator.locks && channel) navigator.locks.request(`console-${account}`, () => (read(), new Promise(() => {})));
  else read();
}
