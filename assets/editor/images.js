/* An image that is dropped, pasted or chosen: what it shows is asked first, then it is kept with the publication and its line inserted. */
import { ask } from "./asking.js";

export async function addImages(view, files, says, at) {
  let place = at === null || at === undefined ? view.state.selection.main.to : at;
  for (const file of files) {
    const alt = await described(file);
    if (alt === null) { continue; }
    says.say(`Adding ${file.name || "the image"}…`);
    try {
      const { markdown, told } = await ask(says.form, says.form.dataset.images, { image: file, alt });
      const line = view.state.doc.lineAt(Math.min(place, view.state.doc.length));
      const words = line.text.trim() ? `\n\n${markdown}\n` : `${markdown}\n`;
      const from = line.text.trim() ? line.to : line.from;
      view.dispatch({ changes: { from, insert: words }, selection: { anchor: from + words.length }, userEvent: "input.image", scrollIntoView: true });
      place = from + words.length;
      says.say(["Added.", ...(told || [])].join(" "));
    } catch (error) {
      says.say(`Not added: ${error.message.replace(/\.$/, "")}.`);
    }
  }
  view.focus();
}

/* Ask what a picture shows; null where nobody wants it after all. */
function described(file) {
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-labelledby", "alt-title");
  dialog.innerHTML = `<h2 id="alt-title">An image</h2><form method="dialog"><div class="field"><label for="alt-words">In words, for those who do not see it</label>
<input id="alt-words" required maxlength="2000" autocomplete="off"></div><p class="row"><button value="add">Add it</button> <button value="" class="quiet" formnovalidate>Leave it</button></p></form>`;
  dialog.querySelector("h2").textContent = file.name || "An image";
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector("input").focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue === "add" ? dialog.querySelector("input").value.trim() : null);
      dialog.remove();
    }, { once: true });
  });
}
