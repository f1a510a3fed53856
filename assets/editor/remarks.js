/* What is to be known of an item that came into the text, said at the end of its heading: no part of the text, and gone with the heading. */
import { MapMode, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, WidgetType } from "@codemirror/view";

const said = StateEffect.define(), dropped = StateEffect.define();

/* Each has a place within the signs of its heading: whatever deletes that deletes the heading. */
const held = StateField.define({
  create: () => [],
  update(before, { changes, effects }) {
    let now = before.map((each) => ({ ...each, at: changes.mapPos(each.at, 1, MapMode.TrackDel) })).filter((each) => each.at !== null);
    for (const effect of effects) {
      if (effect.is(said)) { now = [...now, effect.value]; }
      if (effect.is(dropped)) { now = now.filter((each) => each.id !== effect.value); }
    }
    return now;
  },
  provide: (field) => EditorView.decorations.compute([field, "doc"], (state) => Decoration.set(
    state.field(field).map((each) => Decoration.widget({ widget: new Remark(each), side: 1 }).range(state.doc.lineAt(each.at).to)), true)),
});

class Remark extends WidgetType {
  constructor({ id, words }) { super(); Object.assign(this, { id, words }); }
  eq(other) { return other.id === this.id; }
  toDOM(view) {
    const chip = document.createElement("span");
    chip.className = "cm-fetching cm-remark";
    chip.textContent = this.words;
    chip.title = "Press to take this note away";
    chip.addEventListener("click", () => view.dispatch({ effects: dropped.of(this.id) }));
    return chip;
  }
  ignoreEvent() { return true; }
}

export function remarks() { return held; }

let known = 0;

/* Say something of the heading that begins at `from`. */
export function remark(view, from, words) { view.dispatch({ effects: said.of({ id: known += 1, at: from + 1, words }) }); }
