/* An image that is dropped, pasted or chosen: what it shows is asked first, then it is kept with the publication and its line inserted.
   One that was not described, or could not be stored, is offered again until somebody lets it go. */
import { EditorView } from "@codemirror/view";
import { ask } from "./asking.js";

const places = new Set(); // where images go that are being added: edits before them move them

export function placing() {
  return EditorView.updateListener.of((update) => {
    if (update.docChanged) { for (const place of places) { place.at = update.changes.mapPos(place.at, 1); } }
  });
}

export async function addImages(view, files, says, at) {
  const place = { at: at === null || at === undefined ? view.state.selection.main.to : at };
  places.add(place);
  for (const file of files) { await addOne(view, file, says, place, ""); }
  places.delete(place);
  view.focus();
}

async function addOne(view, file, says, place, typed) {
  const name = file.name || "the image", alt = await described(file, typed);
  if (!alt.isWanted) { leave(view, file, says, alt.words, `${name} is not in the text.`); return; }
  says.say(`Adding ${name}…`);
  try {
    const { markdown, told } = await ask(says.form, says.form.dataset.images, { image: file, alt: alt.words });
    const line = view.state.doc.lineAt(Math.min(place.at, view.state.doc.length));
    const words = line.text.trim() ? `\n\n${markdown}\n` : `${markdown}\n`;
    const from = line.text.trim() ? line.to : line.from;
    view.dispatch({ changes: { from, insert: words }, selection: { anchor: from + words.length }, userEvent: "input.image", scrollIntoView: true });
    place.at = from + words.length;
    says.say(["Added.", ...(told || [])].join(" "));
  } catch (error) {
    leave(view, file, says, alt.words, `${name} is not added: ${error.message.replace(/\.$/, "")}.`, error.refused);
  }
}

/* Keep an image of which nobody said that it may go, and offer it where the tools are; one that the desk will not have is told of only. */
function leave(view, file, says, words, told, refused = false) {
  const row = document.createElement("p"), add = document.createElement("button"), drop = document.createElement("button");
  row.className = "small left-out";
  row.setAttribute("role", "status");
  Object.assign(add, { type: "button", className: "quiet", textContent: "Describe and add it" });
  Object.assign(drop, { type: "button", className: "plain", textContent: "Let it go" });
  add.addEventListener("click", async () => {
    row.remove();
    const place = { at: view.state.selection.main.to };
    places.add(place);
    await addOne(view, file, says, place, words);
    places.delete(place);
    view.focus();
  });
  drop.addEventListener("click", () => { row.remove(); view.focus(); });
  row.append(`${told} `, ...(refused ? [] : [add, " "]), drop);
  document.getElementById("tools").after(row);
}

/* Ask what a picture shows. Escape and "Not now" want it no more for now; what was typed is told all the same. */
function described(file, typed) {
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-labelledby", "alt-title");
  dialog.innerHTML = `<h2 id="alt-title"></h2><form method="dialog"><div class="field"><label for="alt-words">In words, for those who do not see it</label>
<input id="alt-words" required maxlength="2000" autocomplete="off"></div><p class="row"><button value="add">Add it</button> <button value="" class="quiet" formnovalidate>Not now</button></p></form>`;
  dialog.querySelector("h2").textContent = file.name || "An image";
  const field = dialog.querySelector("input");
  field.value = typed;
  document.body.append(dialog);
  dialog.showModal();
  field.focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      const words = field.value.trim();
      resolve({ isWanted: dialog.returnValue === "add" && Boolean(words), words });
      dialog.remove();
    }, { once: true });
  });
}
