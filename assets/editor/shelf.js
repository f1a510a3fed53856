/* What is at hand: snippets of the publication, and items of earlier issues. One list, found by words, inserted where the caret is. */

/* global seated */
const PAUSE = 200;

export function shelf(view, box, says) {
  const home = says.form.dataset.images.replace(/\/images$/, "");
  const button = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: "Insert" });
  const part = document.createElement("div");
  button.setAttribute("aria-expanded", "false");
  button.setAttribute("aria-controls", "finder");
  Object.assign(part, { id: "finder", className: "finder", hidden: true });
  part.innerHTML = `<label for="finder-words">Find a snippet, or an item of an earlier issue</label><input id="finder-words" type="search" autocomplete="off"><p class="small" role="status"></p><ul></ul><p class="small"><a>Add or change snippets</a></p>`;
  part.querySelector("a").href = `${home}/snippets`;
  const words = part.querySelector("input"), list = part.querySelector("ul"), status = part.querySelector("[role=status]");
  let timer = 0, asked = null;

  button.addEventListener("click", () => { if (part.hidden) { open(); } else { close(); } });
  part.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { close(); view.focus(); }
    if (event.key === "Enter" && event.target === words) {
      event.preventDefault(); // it would send the form of the issue
      const first = list.querySelector("button");
      if (first) { first.click(); }
    }
  });
  words.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(find, PAUSE); });
  box.append(button);
  box.after(part);

  function open() { part.hidden = false; button.setAttribute("aria-expanded", "true"); words.focus(); find(); }
  function close() { part.hidden = true; button.setAttribute("aria-expanded", "false"); }

  async function find() {
    if (asked) { asked.abort(); }
    const own = asked = new AbortController();
    try {
      const [kept, old] = await Promise.all([get(`${home}/snippets`, own), get(`${home}/old-items?q=${encodeURIComponent(words.value)}`, own)]);
      const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
      const fitting = kept.snippets.filter((each) => wanted.every((word) => `${each.name} ${each.text}`.toLowerCase().includes(word)));
      list.replaceChildren(...fitting.map((each) => row(each.name, "snippet", each.text)), ...old.items.map((each) => row(each.title, `${each.issue}, ${each.section}`, each.markdown)));
      status.textContent = list.children.length ? "" : "Nothing has these words.";
    } catch (error) {
      if (error.name !== "AbortError") { status.textContent = `Nothing was looked for: ${error instanceof TypeError ? "the service does not answer" : error.message}.`; }
    }
  }

  async function get(address, { signal }) {
    const answer = await fetch(address, { headers: { Accept: "application/json" }, signal });
    if (answer.status === 401) { await seated(); return get(address, { signal }); }
    if (!answer.ok) { throw new Error(`the desk answered ${answer.status}`); }
    return answer.json();
  }

  function row(name, of, text) {
    const item = document.createElement("li"), told = document.createElement("span"), small = document.createElement("small"), act = document.createElement("button");
    told.textContent = `${name} `;
    small.textContent = of;
    told.append(small);
    Object.assign(act, { type: "button", className: "quiet", textContent: "Insert" });
    act.setAttribute("aria-label", `Insert ${name}`);
    act.addEventListener("click", () => { put(text.trim()); close(); view.focus(); });
    item.append(told, act);
    return item;
  }

  /* On lines of its own, with an empty one before and behind. */
  function put(text) {
    const { doc, selection } = view.state, line = doc.lineAt(selection.main.to), empty = !line.text.trim();
    const at = empty ? line.from : line.to, before = doc.sliceString(0, at), behind = doc.sliceString(at);
    const head = !before || /\n[ \t]*\n$/.test(before) ? "" : before.endsWith("\n") ? "\n" : "\n\n";
    const tail = !behind.trim() ? "\n" : /^\n[ \t]*\n/.test(behind) ? "" : behind.startsWith("\n") ? "\n" : "\n\n";
    view.dispatch({ changes: { from: at, insert: head + text + tail }, selection: { anchor: at + head.length + text.length }, userEvent: "input.insert", scrollIntoView: true });
  }
}
