/** Bringing a part of the page up to date without touching what has not changed, nor what somebody is using. */

const key = (node) => node.nodeType === Node.ELEMENT_NODE && (node.dataset.key || node.id);
const inUse = (node) =>
  node.matches("[data-keep]") || (node.hasAttribute("popover") && node.matches(":popover-open"));

function attributes(node, wanted) {
  for (const { name } of [...node.attributes]) {
    if (!wanted.hasAttribute(name) && name !== "open") node.removeAttribute(name);
  }
  for (const { name, value } of wanted.attributes) {
    if (node.getAttribute(name) !== value && name !== "open") node.setAttribute(name, value);
  }
}

/** Makes the children of `node` those of `wanted`. */
function children(node, wanted) {
  const known = new Map([...node.children].filter(key).map((child) => [key(child), child]));
  let place = node.firstChild;
  for (const child of [...wanted.childNodes]) {
    const same = key(child) ? known.get(key(child)) : place && !key(place) && place.nodeName === child.nodeName ? place : null;
    if (same) {
      if (same === place) place = place.nextSibling;
      else node.insertBefore(same, place);
      morph(same, child);
    } else {
      node.insertBefore(document.importNode(child, true), place);
    }
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

/** Makes `node` look like `wanted`, which is of another document. */
export function morph(node, wanted) {
  if (node.isEqualNode(wanted)) return;
  if (node.nodeType !== Node.ELEMENT_NODE) {
    if (node.nodeValue !== wanted.nodeValue) node.nodeValue = wanted.nodeValue;
    return;
  }
  if (inUse(node)) return;
  attributes(node, wanted);
  children(node, wanted);
}
