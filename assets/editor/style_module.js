/* CodeMirror's style sheets, adopted by the document: the policy allows no style element, and sheets made by script need none. */
import { StyleModule as Original } from "../node_modules/style-mod/src/style-mod.js";

const adopting = {
  ownerDocument: document,
  get adoptedStyleSheets() { return document.adoptedStyleSheets; },
  set adoptedStyleSheets(sheets) { document.adoptedStyleSheets = sheets; },
};

export class StyleModule extends Original {
  static mount(root, modules) { Original.mount(adopting, modules); }
}
