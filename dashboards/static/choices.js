// The filter row: a drop-down applies at once, a list when it is closed, so that several names can be ticked.
(function () {
  const lists = () => [...document.querySelectorAll(".choices details.several")];
  const ticked = (list) => [...list.querySelectorAll("input:checked")].map((box) => box.value).join("\n");

  document.addEventListener("change", (event) => {
    const form = event.target.closest?.(".choices");
    if (form && !event.target.closest(".several")) form.requestSubmit();
  });
  document.addEventListener("toggle", (event) => {
    const list = event.target;
    if (!list.matches?.(".choices details.several")) return;
    if (list.open) {
      list.before = ticked(list);
      for (const other of lists()) if (other !== list) other.open = false;
      list.querySelector("input")?.focus();
    } else if (list.before !== undefined && list.before !== ticked(list)) {
      list.closest("form").requestSubmit();
    }
  }, true);
  document.addEventListener("click", (event) => {
    for (const list of lists()) if (list.open && !list.contains(event.target)) list.open = false;
  });
  document.addEventListener("keydown", (event) => {
    const list = event.key === "Escape" && lists().find((one) => one.open);
    if (!list) return;
    list.open = false;
    list.querySelector("summary").focus();
  });
  document.addEventListener("input", (event) => {
    const names = event.target.type === "search" && event.target.closest(".several")?.querySelectorAll(".names label");
    const wanted = event.target.value?.trim().toLowerCase();
    for (const name of names || []) name.hidden = !name.textContent.toLowerCase().includes(wanted);
  });
})();
