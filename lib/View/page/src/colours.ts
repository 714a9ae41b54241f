// What colours say: the kind of an operation, or a measure.
import { Fn, GroupKind } from "./data";

/** Classes of operations; each is a colour of page.css (--op-…). */
const classes: Record<string, string> = {
  conv: "weighted", linear: "weighted", recurrent: "weighted", transformers: "weighted", classify: "weighted",
  activation: "activation",
  elementwise_binary: "element", elementwise_unary: "element",
  normalization: "normal", reduction: "normal", pool: "normal",
  tensor_transformation: "move", tensor_operation: "move", slicing: "move", joining: "move", scatter_gather: "move", space_and_depth: "move", image_resizing: "move", sorting: "move",
  control_flow: "control", lists: "control",
  states: "state",
  quantization: "quant", constexpr: "quant",
  interface: "interface",
};
export const classNames: [string, string][] = [
  ["weighted", "products, convolutions"], ["activation", "activations"], ["element", "elementwise"], ["normal", "normalisation, reduction"],
  ["move", "data movement"], ["control", "control flow"], ["state", "states"], ["quant", "quantisation"], ["other", "other"],
];

export function classOf(fn: Fn, node: number): string {
  const op = fn.op(node);
  if (op === "matmul" || op === "einsum") return "weighted";
  if (/state$/.test(op)) return "state";
  return classes[fn.family(node)] ?? "other";
}

export interface Colouring {
  key: string;
  label: string;
  /** The figure of a node; undefined: none. Absent for the colours of kinds. */
  value?: (fn: Fn, node: number) => number | undefined;
  /** A group's figure: the sum of its nodes', or the greatest. */
  sums?: boolean;
  /** A name instead of a figure: its colours are of a list. */
  category?: (fn: Fn, node: number) => string;
}

const dtypeOf = (type: string) => /(?:tensor|state<tensor)<(\w+)/.exec(type)?.[1] ?? type;

export function colourings(measures: string[], compared: boolean): Colouring[] {
  const list: Colouring[] = [
    { key: "op", label: "Kind of operation" },
    { key: "dtype", label: "Element type", category: (fn, node) => dtypeOf(fn.type(node)) },
    { key: "bytes", label: "Bytes of weights", value: (fn, node) => fn.bytes[node] || undefined, sums: true },
    { key: "flops", label: "FLOPs", value: (fn, node) => fn.flops(node) || undefined, sums: true },
  ];
  if (compared) list.unshift({ key: "change", label: "What changed" });
  for (const measure of measures)
    list.push({
      key: `data:${measure}`,
      label: measure,
      value: (fn, node) => fn.measures.get(measure)?.values.get(node),
      sums: /time|second|bytes|\bms\b|\bus\b|flops|calls|size/i.test(measure),
    });
  return list;
}

/** Five stops, from little to much; page.css has them for light and dark. */
export const stops = 9;

/** The colours of one function's nodes and groups under a colouring. */
export class Palette {
  private readonly most: number = 0;
  private readonly least: number = 0;
  private readonly groupValues: (number | undefined)[] = [];
  readonly categories: string[] = [];

  constructor(readonly fn: Fn, readonly colouring: Colouring) {
    const { value, category, sums } = colouring;
    if (category) this.categories.push(...new Set(Array.from({ length: fn.size }, (_, node) => node).filter((node) => fn.isOperation(node)).map((node) => category(fn, node))));
    if (!value) return;
    let most = 0, least = Infinity;
    const values = Array.from({ length: fn.size }, (_, node) => value(fn, node)), before = new Float64Array(fn.size + 1);
    values.forEach((figure, node) => {
      before[node + 1] = before[node] + (figure ?? 0);
      if (figure !== undefined && figure > 0) [most, least] = [Math.max(most, figure), Math.min(least, figure)];
    });
    this.groupValues = fn.groups.map(({ begin, end }) => {
      const known = values.slice(begin, end).filter((figure) => figure !== undefined);
      if (!known.length) return undefined;
      return sums ? before[end] - before[begin] : known.reduce((a, b) => Math.max(a, b));
    });
    this.most = sums ? this.groupValues.slice(1).reduce<number>((a, b) => Math.max(a, b ?? 0), most) : most;
    this.least = Number.isFinite(least) ? least : 0;
  }

  value(item: number): number | undefined {
    return item < 0 ? this.colouring.value?.(this.fn, ~item) : this.groupValues[item];
  }

  /** A class of page.css that colours an item. */
  of(item: number): string {
    const { fn, colouring } = this;
    if (colouring.key === "change") return this.change(item);
    if (colouring.category) return item < 0 && fn.isOperation(~item) ? `cat-${this.categories.indexOf(colouring.category(fn, ~item)) % 8}` : "plain";
    if (colouring.value) {
      const figure = this.value(item);
      return figure === undefined ? "none" : `heat-${this.stop(figure)}`;
    }
    return item < 0 ? `op-${classOf(fn, ~item)}` : "plain";
  }

  range(): [number, number] {
    return [this.least, this.most];
  }

  /** On a logarithmic scale, for figures of layers differ by orders. */
  private stop(figure: number): number {
    if (figure <= 0 || this.most <= 0) return 0;
    const low = Math.max(this.least, this.most / 1e6);
    if (low >= this.most) return stops - 1;
    return Math.round((stops - 1) * Math.min(1, Math.max(0, Math.log(figure / low) / Math.log(this.most / low))));
  }

  private change(item: number): string {
    const { fn } = this;
    if (fn.raw.change === "added") return "change-0";
    if (fn.raw.change === "removed") return "change-1";
    if (item < 0) {
      const mark = fn.marks.get(~item);
      return mark ? `change-${mark.change}` : "none";
    }
    return changesIn(fn, item) ? "change-2" : "none";
  }
}

/** Changed nodes of a group. */
export function changesIn(fn: Fn, group: number): number {
  const { begin, end } = fn.groups[group];
  let count = 0;
  for (const node of fn.marks.keys()) if (node >= begin && node < end) ++count;
  return count;
}

/** What most of a group's operations are: for its stripe. */
export function stripeOf(fn: Fn, group: number): string {
  const { begin, end, kind } = fn.groups[group];
  if (kind === GroupKind.Call) return "control";
  const counts = new Map<string, number>();
  for (let node = begin; node < end; node += Math.max(1, Math.floor((end - begin) / 200))) {
    const name = classOf(fn, node);
    const weight = name === "weighted" ? 4 : name === "move" || name === "interface" ? 0.4 : 1;
    counts.set(name, (counts.get(name) ?? 0) + weight);
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? "other";
}
