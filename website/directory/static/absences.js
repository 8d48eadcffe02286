// Adds rows for absences; without JavaScript the form offers two empty ones.
const rows = document.querySelector("[data-rows]");
const add = document.querySelector("[data-add]");

function addRow() {
  const row = rows.lastElementChild.cloneNode(true);
  const number = rows.children.length + 1;
  row.querySelector(".wrong")?.remove();
  for (const field of row.querySelectorAll("input")) {
    field.value = "";
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-describedby");
    field.setAttribute("aria-label", field.getAttribute("aria-label").replace(/\d+/, number));
  }
  rows.append(row);
  row.querySelector("input").focus();
}

if (rows && add) {
  add.hidden = false;
  add.addEventListener("click", addRow);
}
