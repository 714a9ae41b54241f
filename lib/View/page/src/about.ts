// The about box: what the page is made of.
import { html } from "./dom";

interface License {
  name: string;
  version: string;
  license: string;
  homepage?: string;
  text: string;
}
/** Filled in while bundling. */
declare const LICENSES: License[];

export function aboutBox(): HTMLDialogElement {
  const box = html("dialog", { class: "about", "aria-label": "About" },
    html("h2", {}, "milc view"),
    html("p", {}, "One file: the model's graph, samples of its weights, and the program that shows them. It asks no network for anything."),
    html("h3", {}, "Keys"),
    html("table", {}, ...[["/", "search"], ["↑ ↓", "along edges"], ["← →", "in the order of the program"], ["Enter", "fold or unfold"], ["+ − 0", "zoom, the whole"], ["Esc", "select nothing"]].map(([key, what]) => html("tr", {}, html("th", { scope: "row" }, html("kbd", {}, key)), html("td", {}, what)))),
    html("h3", {}, "Libraries"),
    ...LICENSES.map(({ name, version, license, text }) => html("details", {}, html("summary", {}, `${name} ${version}, ${license}`), html("pre", {}, text || license))),
    html("button", { class: "close", click: () => box.close() }, "Close"));
  return box;
}
