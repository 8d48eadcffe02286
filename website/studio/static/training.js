// Shows how trainings get on without reloading; once one begins or ends, the page is read again.
const EVERY = 1500;
const shown = [...document.querySelectorAll("[data-training]")];
const state = (id, status) => `${id} ${status}`;
const before = shown.map((part) => state(part.dataset.training, part.dataset.status)).join();

function show(part, training) {
  const percent = Math.round(training.progress * 100);
  const bar = part.querySelector("progress");
  bar.value = training.progress;
  bar.textContent = `${percent} %`;
  part.querySelector("[data-percent]").textContent = `${percent}\u00a0%`;
  part.querySelector("[data-left]").textContent = training.left;
  const text = part.querySelector("[data-text]");
  if (text.textContent !== training.text) {
    text.textContent = training.text;
  }
  part.querySelectorAll("[data-stage]").forEach((line, number) => {
    line.dataset.stage = training.stages[number].state;
    line.querySelector(".visually-hidden").textContent = line.dataset[training.stages[number].state];
  });
}

async function look() {
  if (!document.hidden) {
    try {
      const answer = await fetch("/api/studio/trainings", { headers: { Accept: "application/json" } });
      if (answer.status === 401) {
        return;
      }
      const { trainings } = await answer.json();
      if (trainings.map((training) => state(training.id, training.status)).join() !== before) {
        location.reload();
        return;
      }
      trainings.forEach((training, number) => show(shown[number], training));
    } catch {
      // the site cannot be reached just now; the next look may find it
    }
  }
  setTimeout(look, EVERY);
}

if (shown.length) {
  setTimeout(look, EVERY);
}
