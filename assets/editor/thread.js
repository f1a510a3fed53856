/* The threads of one line, as elements: who said it and when, an answer, settling; and a comment of one's own. Words of others are text, never HTML. */

export function thread({ number, here, page, close, answer, settle, comment }) {
  const title = make("h2", `Line ${number}: ${here.length ? (here.length === 1 ? "1 thread" : `${here.length} threads`) : "no comment yet"}`);
  const all = make("a", "All comments");
  all.href = page;
  const head = make("p", "");
  head.className = "row";
  head.append(button("Close", close), all);
  return [title, ...here.map((each) => threadOf(each, answer, settle)), field("margin-new", here.length ? "Another comment on this line" : "Comment on this line", "Comment", comment), head];
}

function threadOf(each, answer, settle) {
  const box = document.createElement("article");
  box.className = `thread${each.open ? "" : " is-resolved"}`;
  for (const said of each.said) {
    const part = make("div", ""), who = make("p", ""), words = make("p", said.text);
    part.className = "said";
    who.className = "small";
    words.className = "words";
    who.append(make("strong", said.name), ` ${said.when}`);
    part.append(who, words);
    box.append(part);
  }
  if (!each.open) { box.append(Object.assign(make("p", `Resolved by ${each.settled}.`), { className: "small" })); }
  box.append(Object.assign(button(each.open ? "Resolve" : "Open it again", () => settle(each.id, each.open ? "resolve" : "reopen")), { id: `margin-settle-${each.id}` }));
  box.append(field(`margin-answer-${each.id}`, "Your answer", "Answer", (text) => answer(each.id, text)));
  return box;
}

/* A field and its button: sent once, and emptied only when it is stored. */
function field(id, name, act, send) {
  const box = make("div", ""), label = make("label", name), words = make("textarea", "");
  label.htmlFor = id;
  Object.assign(words, { id, rows: 2, maxLength: 2000 });
  const go = button(act, async () => {
    const text = words.value.trim();
    if (!text || go.disabled) { words.focus(); return; }
    go.disabled = true;
    words.value = "";
    if (!(await send(text))) { const now = document.getElementById(id) || words; now.value = now.value ? `${text}\n${now.value}` : text; }
    go.disabled = false;
  });
  words.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); event.stopPropagation(); go.click(); }
  });
  box.className = "adding";
  box.append(label, words, go);
  return box;
}

function make(name, words) { const made = document.createElement(name); made.textContent = words; return made; }

function button(words, act) {
  const made = Object.assign(make("button", words), { type: "button", className: "quiet" });
  made.addEventListener("click", act);
  return made;
}
