/* While one writes: two seconds after the last key the text goes to the desk, beside the issue, and the answer says who else is here. */
"use strict";

(() => {
  const sign = document.getElementById("sign");
  if (!sign || !text || !frame) { return; }
  const KEEP_AFTER = 2000, SIGN_EVERY = 12000, WAITS = [1000, 2000, 4000, 8000, 15000]; // milliseconds
  const state = { kept: null, wasStored: true, busy: false, wanted: false, failures: 0, since: null, timer: 0 };
  const line = document.getElementById("unsaved"), company = document.getElementById("company");

  function clock(at) { return at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }); }

  function keepIn(pause) {
    clearTimeout(state.timer);
    state.timer = setTimeout(keepNow, pause);
  }

  /* One message at a time: what is typed and not kept yet, or that all of it is stored, or a sign of life. */
  async function keepNow() {
    if (state.busy) { state.wanted = true; return; }
    clearTimeout(state.timer);
    state.busy = true;
    state.wanted = false;
    const words = text.value, all = !unstored(), fields = sign.elements;
    fields.page.value = thisPage;
    fields.revision.value = text.form.elements.revision.value;
    fields.stored.value = all ? "1" : "";
    fields.stored.disabled = !all;
    fields.text.value = all ? "" : words;
    fields.text.disabled = all || words === state.kept;
    try {
      const { answer } = await post(sign.action, sign, { Accept: "application/json" });
      if (!answer.ok) { throw new Error(answer.status === 404 ? "this issue is not here any more" : `the desk answered ${answer.status}`); }
      const told = await answer.json();
      Object.assign(state, { kept: all ? null : words, wasStored: all, failures: 0, since: null });
      sayKept(all ? "" : `Kept at ${clock(new Date())}, not saved as a revision yet`, false);
      sayCompany(told);
      keepIn(SIGN_EVERY);
    } catch (error) {
      state.failures += 1;
      state.since = state.since || new Date();
      const why = error instanceof TypeError || error.name === "TimeoutError" ? "the service does not answer" : error.message;
      if (unstored()) { sayKept(`Not saved since ${clock(state.since)}, trying again: ${why}. It is kept in this browser.`, true); }
      keepIn(WAITS[Math.min(state.failures, WAITS.length) - 1]);
    }
    state.busy = false;
    if (state.wanted) { keepIn(state.failures ? WAITS[0] : KEEP_AFTER); }
  }

  function sayKept(words, late) {
    if (line.textContent !== words) { line.textContent = words; }
    line.classList.toggle("late", late);
  }

  function sayCompany(told) {
    const lines = told.others.map((each) => `${each.name} has this issue open too${each.typed ? ", with changes that are not saved" : ""}.`);
    if (told.state !== "draft") { lines.push(`This issue is ${told.state} now and takes no changes.`); }
    else if (told.revision > Number(text.form.elements.revision.value)) {
      lines.push(`Revision ${told.revision} was stored meanwhile. When you save, both are put together.`);
    }
    if (company.dataset.said === lines.join("\n")) { return; }
    company.dataset.said = lines.join("\n");
    company.replaceChildren(...lines.map((words) => Object.assign(document.createElement("p"), { textContent: words })));
    company.hidden = !lines.length;
  }

  /* What this browser keeps of a page is at least as new as what the desk keeps of it: it is offered once. */
  function offerOnce() {
    const here = new Set([...document.querySelectorAll("#kept .kept")].map((part) => part.dataset.page));
    for (const part of document.querySelectorAll(".working[data-page]")) { part.hidden = here.has(part.dataset.page); }
  }

  /* What was taken back or discarded here is let go at the desk too. */
  document.addEventListener("kept-gone", (event) => {
    const part = document.querySelector(`.working[data-page="${CSS.escape(event.detail)}"]`);
    if (!part) { return; }
    post(part.querySelector("form").action, part.querySelector("form"), { Accept: "application/json" }).catch(() => {});
    part.remove();
  });
  text.addEventListener("input", () => {
    if (!state.failures && text.value !== state.kept) { sayKept("", false); }
    if (!state.failures || !state.timer) { keepIn(KEEP_AFTER); }
  });
  document.addEventListener("saved", keepNow);
  window.addEventListener("online", keepNow);
  offerOnce();
  keepIn(500);
})();
