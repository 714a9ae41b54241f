// What a node, a group and an edge look like: their elements.
import { curveBasis, line } from "d3-shape";
import { changesIn, Palette, stripeOf } from "./colours";
import { Fn, GroupKind } from "./data";
import { figure, short, svg } from "./dom";
import { Drawn, fitting, groupLines, header, nodeLines, Placed, Point, textWidth } from "./layout";

const curve = line<Point>((point) => point.x, (point) => point.y).curve(curveBasis);

const text = (x: number, y: number, kind: string, content: string) => svg("text", { x, y, class: kind }, content);
const stripe = (kind: string, height: number) => svg("path", { class: kind, d: `M7 0h-1a6 6 0 0 0-6 6v${height - 12}a6 6 0 0 0 6 6h1z` });

/** Draws a node into its element. */
export function drawNode(element: SVGGElement, fn: Fn, palette: Palette, { width, height, item }: Placed) {
  const node = ~item, isOperation = fn.isOperation(node);
  const [op, name, type] = nodeLines(fn, node);
  const mark = fn.marks.get(node), value = palette.value(item);
  element.setAttribute("class", `node ${isOperation ? "" : "terminal"} ${palette.of(item)} ${mark ? `mark-${mark.change}` : ""}`);
  element.setAttribute("aria-label", `${fn.op(node)} ${fn.name(node)}, ${fn.type(node)}`);
  element.append(
    svg("rect", { class: "box", width, height, rx: isOperation ? 7 : 18 }), isOperation ? stripe("stripe", height) : "",
    text(16, 19, "op", op), text(16, 34, "name", name), text(16, 47, "type", type),
    svg("title", {}, `${fn.op(node)} ${fn.name(node)}\n${fn.type(node)}${value === undefined ? "" : `\n${palette.colouring.label}: ${figure(value)}`}`));
}

/** Draws a group's box, title and sign for folding; returns their elements, and the sign. */
export function drawBox(element: SVGGElement, fn: Fn, palette: Palette, { width, height, item, inside }: Placed): [SVGElement[], SVGGElement] {
  const group = fn.groups[item], changes = changesIn(fn, item);
  const [name, size] = groupLines(fn, item);
  element.setAttribute("class", `box-of-nodes ${inside ? "open" : "folded"} depth-${group.depth % 2} ${inside ? "" : palette.of(item)} ${changes ? "mark-2" : ""}`);
  element.setAttribute("aria-expanded", String(!!inside));
  element.setAttribute("aria-label", `${group.name}, ${size}${group.copies > 1 ? `, ${group.copies} times` : ""}`);
  const parts: SVGElement[] = [];
  if (!inside && group.kind === GroupKind.Repeat) for (const shift of [8, 4]) parts.push(svg("rect", { class: "box behind", x: shift, y: shift, width, height, rx: 8 }));
  parts.push(svg("rect", { class: "box", width, height, rx: 8 }));
  if (!inside) parts.push(stripe(`stripe op-${stripeOf(fn, item)}`, height));
  const fold = svg("g", { class: "fold" }, svg("rect", { width: 22, height: 22, x: 6, y: 4, rx: 5 }), svg("path", { d: inside ? "M12 12l5 6 5-6z" : "M14 10l6 5-6 5z" }));
  parts.push(fold, text(32, 20, "op", name));
  if (!inside) {
    const value = palette.value(item), last = value === undefined ? mostly(fn, item) : `${palette.colouring.label}: ${figure(value)}`;
    parts.push(text(32, 36, "name", size), text(32, 50, "type", fitting(last, 11, width - 42)));
  }
  if (group.copies > 1) {
    const copies = `×${group.copies}`, wide = textWidth(copies, 12, true) + 14;
    const at = inside ? 40 + textWidth(name, 13, true) : width - wide - 8;
    parts.push(svg("rect", { class: "chip", x: at, y: 6, width: wide, height: 19, rx: 9.5 }), svg("text", { x: at + wide / 2, y: 19.5, class: "chip-text" }, copies));
  }
  parts.push(svg("title", {}, group.name));
  if (inside) parts.push(svg("line", { class: "rule", x1: 1, x2: width - 1, y1: header, y2: header }));
  element.prepend(...parts);
  return [parts, fold];
}

/** "conv · relu": what a group's operations mostly are. */
function mostly(fn: Fn, number: number): string {
  const { begin, end } = fn.groups[number];
  const counts = new Map<string, number>();
  for (let node = begin; node < end; ++node) counts.set(fn.op(node), (counts.get(fn.op(node)) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]).slice(0, 2).map(([op]) => op).join(" · ");
}

/** An edge, drawn from its first point. */
export function drawEdge(element: SVGGElement, fn: Fn, { edges, points, from, to, isStub }: Drawn) {
  const [start] = points, moved = points.map(({ x, y }) => ({ x: x - start.x, y: y - start.y })), end = moved.at(-1)!;
  element.replaceChildren(svg("path", { d: curve(moved)!, class: "line", "marker-end": to.startsWith("out") ? undefined : "url(#arrow)" }));
  if (from.startsWith("in")) element.append(svg("circle", { class: "port", r: 2.5 }));
  if (to.startsWith("out")) element.append(svg("circle", { class: "port", cx: end.x, cy: end.y, r: 2.5 }));
  if (isStub) element.append(svg("circle", { class: "port", r: 3 }));
  element.append(svg("title", {}, edges.length > 1 ? `${edges.length} edges` : short(fn.name(fn.from[edges[0]]), 200)));
}
