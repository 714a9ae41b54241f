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
    html("p", {}, "This file contains the graph of the model, samples of its weights, and the script that shows them. It makes no network requests."),
    html("h3", {}, "Keys"),
    html("table", {}, ...[["/", "search"], ["↑ ↓", "along edges"], ["← →", "in program order"], ["Enter", "fold or unfold"], ["+ − 0", "zoom, fit"], ["Esc", "clear the selection"]].map(([key, what]) => html("tr", {}, html("th", { scope: "row" }, html("kbd", {}, key)), html("td", {}, what)))),
    html("h3", {}, "Libraries"),
    ...LICENSES.map(({ name, version, license, text }) => html("details", {}, html("summary", {}, `${name} ${version}, ${license}`), html("pre", {}, text || license))),
    html("button", { class: "close", click: () => box.close() }, "Close"));
  return box;
}
