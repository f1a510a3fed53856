/* Keys for the list of candidates: j and k walk, each other key presses a button that stands there anyway. */
"use strict";

(() => {
  const KEYS = { x: "dismiss", s: "shortlist", Enter: "place", n: "reopen" };
  let place = 0;

  function rows() { return [...document.querySelectorAll("#candidates > li")]; }

  function stand(at) {
    const all = rows();
    if (!all.length) { return; }
    place = Math.max(0, Math.min(at, all.length - 1));
    all.forEach((row, number) => row.classList.toggle("at", number === place));
    all[place].focus({ preventScroll: true });
    all[place].scrollIntoView({ block: "nearest" });
  }

  /* Whoever types, chooses or presses something else means that. */
  function isBusy(target) {
    return target.closest("input:not([type=checkbox]), select, textarea, dialog") !== null;
  }

  function press(row, act) {
    const button = row && row.querySelector(`button[data-act=${act}]`);
    if (button) { button.click(); }
    return Boolean(button);
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isBusy(event.target)) { return; }
    if (event.repeat && event.key !== "j" && event.key !== "k") { return; } // a finger that rests on a key means one press
    const row = rows()[place];
    let taken = true;
    if (event.key === "j") {
      stand(row && row.classList.contains("at") ? place + 1 : place);
    } else if (event.key === "k") {
      stand(place - 1);
    } else if (event.key === "o") {
      const link = row && row.classList.contains("at") && row.querySelector("a.title");
      if (link) { window.open(link.href, "_blank", "noopener,noreferrer"); }
    } else if (event.key === "u") {
      const undo = document.getElementById("undo");
      if (undo) { undo.click(); }
    } else if (event.key in KEYS && row && row.classList.contains("at")) {
      taken = event.key !== "Enter" || event.target === row ? press(row, KEYS[event.key]) : false;
    } else {
      taken = false;
    }
    if (taken) { event.preventDefault(); }
  });

  document.addEventListener("focusin", (event) => {
    const row = event.target.closest("#candidates > li");
    if (row) {
      place = rows().indexOf(row);
      rows().forEach((each) => each.classList.toggle("at", each === row));
    }
  });

  /* What was refused, such as one that was dismissed in another tab meanwhile, comes with the list and is told above it. */
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, target } = event.detail;
    if (target.id === "offered" && xhr.status >= 400 && xhr.responseText.includes('id="offered"')) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });

  /* After a press the list is drawn anew: stand where the next one is now. */
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "offered") { stand(place); }
  });
})();
