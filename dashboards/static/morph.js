// A piece of a page that is given new HTML and changes only what differs.
// So nothing flickers, the keyboard's place and a selection stay, and bars glide to their new length.
export default {
  template: "<div></div>",
  props: { html: String },
  mounted() {
    this.$el.innerHTML = this.html;
  },
  watch: {
    html(now) {
      const wanted = document.createElement("template");
      wanted.innerHTML = now;
      children(this.$el, wanted.content);
    },
  },
};

function children(have, want) {
  const keyed = new Map();
  for (const node of have.children) if (node.dataset.key) keyed.set(node.dataset.key, node);
  let place = have.firstChild;
  for (const next of [...want.childNodes]) {
    const key = next.dataset?.key;
    const match = key ? keyed.get(key) : place && !place.dataset?.key && same(place, next) ? place : null;
    if (match) {
      keyed.delete(key);
      if (match === place) place = place.nextSibling;
      else have.insertBefore(match, place);
      node(match, next);
    } else {
      have.insertBefore(next, place);
    }
  }
  while (place) {
    const gone = place;
    place = place.nextSibling;
    gone.remove();
  }
}

function same(a, b) {
  return a.nodeType === b.nodeType && a.nodeName === b.nodeName;
}

function node(have, want) {
  if (have.nodeType !== Node.ELEMENT_NODE) {
    if (have.data !== want.data) have.data = want.data;
    return;
  }
  const kept = have.nodeName === "DETAILS" ? "open" : ""; // what the reader opened stays open
  for (const { name } of [...have.attributes]) if (name !== kept && !want.hasAttribute(name)) have.removeAttribute(name);
  for (const { name, value } of want.attributes) if (have.getAttribute(name) !== value) have.setAttribute(name, value);
  children(have, want);
}
