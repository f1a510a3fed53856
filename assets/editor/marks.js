/* Marks around what is selected: strong, emphasis, link. */
import { EditorSelection } from "@codemirror/state";

/* Put a mark around the selection, or take it away where it is there already. */
export function wrapped(sign) {
  return (view) => {
    view.dispatch(view.state.changeByRange((range) => {
      const { doc } = view.state, n = sign.length;
      const around = doc.sliceString(range.from - n, range.from) === sign && doc.sliceString(range.to, range.to + n) === sign;
      if (around && range.from >= n) {
        return { changes: [{ from: range.from - n, to: range.from }, { from: range.to, to: range.to + n }], range: EditorSelection.range(range.from - n, range.to - n) };
      }
      return { changes: [{ from: range.from, insert: sign }, { from: range.to, insert: sign }], range: EditorSelection.range(range.from + n, range.to + n) };
    }), { userEvent: "input.mark", scrollIntoView: true });
    return true;
  };
}

/* Make the selection a link; the caret stands where its address goes, or its words where an address is selected. */
export function linked(view) {
  view.dispatch(view.state.changeByRange((range) => {
    const words = view.state.doc.sliceString(range.from, range.to);
    const isAddress = /^https?:\/\/\S+$/.test(words);
    const insert = isAddress ? `[](${words})` : `[${words}](https://)`;
    const at = isAddress || !words ? range.from + 1 : range.from + insert.length - 1;
    return { changes: { from: range.from, to: range.to, insert }, range: EditorSelection.cursor(at) };
  }), { userEvent: "input.mark", scrollIntoView: true });
  return true;
}
