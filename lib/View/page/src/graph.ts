// The graph on the screen: one SVG, drawn from a layout, with zoom, selection and the keyboard.
import { select } from "d3-selection";
import { curveBasis, line } from "d3-shape";
import { zoom, zoomIdentity, ZoomTransform } from "d3-zoom";
import { changesIn, Palette, stripeOf } from "./colours";
import { Fn, GroupKind } from "./data";
import { figure, short, svg } from "./dom";
import { groupLines, header, Laid, Layout, nodeLines, Placed, textWidth } from "./layout";

export interface GraphEvents {
  /** An item was chosen: ~node, a group, or null. */
  selected(item: number | null): void;
  /** Which groups are unfolded. */
  folded(): void;
}

const curve = line<{ x: number; y: number }>((point) => point.x, (point) => point.y).curve(curveBasis);
/** More items than this on the screen at once are not laid out together. */
const mostVisible = 1500;

export class GraphView {
  readonly element: SVGSVGElement;
  readonly open = new Set<number>();
  selected: number | null = null;
  /** Nodes of a path that is shown. */
  path: number[] = [];
  private readonly root = svg("g");
  private readonly zooming = zoom<SVGSVGElement, unknown>().scaleExtent([0.02, 4]);
  private laid!: Laid;
  private places = new Map<number, { x: number; y: number; placed: Placed; element: SVGGElement }>();

  constructor(readonly fn: Fn, private palette: Palette, private readonly events: GraphEvents) {
    this.element = svg("svg", { class: "graph", role: "tree", "aria-label": `Graph of function ${fn.raw.name}`, tabindex: 0 });
    this.element.append(
      svg("defs", {}, svg("marker", { id: "arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto-start-reverse" },
        svg("path", { d: "M0 .8 7.4 4 0 7.2z", class: "arrow" }))),
      this.root);
    select(this.element).call(this.zooming.on("zoom", ({ transform }: { transform: ZoomTransform }) => {
      this.root.setAttribute("transform", String(transform));
      this.element.classList.toggle("far", transform.k < 0.35);
    })).on("dblclick.zoom", null);
    this.element.addEventListener("click", () => this.select(null));
    this.element.addEventListener("keydown", (event) => this.key(event));
    // A graph of one group alone is shown unfolded.
    for (let group = 0; fn.groups[group]?.children.filter((item) => item >= 0 || fn.isOperation(~item)).length === 1;) {
      const only = fn.groups[group].children.find((item) => item >= 0);
      if (only === undefined) break;
      this.open.add((group = only));
    }
    this.draw();
  }

  // ---- Folding

  toggle(group: number) {
    const before = this.places.get(group);
    if (this.open.has(group)) this.open.delete(group);
    else this.open.add(group);
    this.draw();
    // What was clicked stays where it was.
    const after = this.places.get(group), transform = this.transform();
    if (before && after)
      select(this.element).call(this.zooming.transform, transform.translate(before.x + before.placed.width / 2 - after.x - after.placed.width / 2, before.y - after.y));
    this.events.folded();
    this.show(group);
  }

  /** Unfolds what is around an item, so that it is drawn. */
  reveal(item: number) {
    let parent = item < 0 ? this.fn.parent(~item) : this.fn.groups[item].parent;
    let changed = false;
    for (; parent; parent = this.fn.groups[parent].parent)
      if (!this.open.has(parent)) {
        this.open.add(parent);
        changed = true;
      }
    if (!changed) return;
    this.draw();
    this.events.folded();
  }

  /** Folds everything, or unfolds level after level while the graph stays small enough. */
  foldAll(open: boolean) {
    this.open.clear();
    if (open) {
      let visible = this.fn.groups[0].children.length;
      const pending = [...this.fn.groups[0].children.filter((item) => item > 0)];
      while (pending.length) {
        const group = pending.shift()!;
        visible += this.fn.groups[group].children.length;
        if (visible > mostVisible) break;
        this.open.add(group);
        pending.push(...this.fn.groups[group].children.filter((item) => item > 0));
      }
    }
    this.draw();
    this.fit();
    this.events.folded();
  }

  setOpen(groups: number[]) {
    this.open.clear();
    for (const group of groups) if (this.fn.groups[group]) this.open.add(group);
    this.draw();
  }

  // ---- Place

  private transform(): ZoomTransform {
    return (this.element as unknown as { __zoom?: ZoomTransform }).__zoom ?? zoomIdentity;
  }

  /** The whole graph on the screen; a long one from its start, in a size that can be read. */
  fit(all = false) {
    const { clientWidth: width, clientHeight: height } = this.element;
    if (!width || !height) return;
    const whole = Math.min(width / (this.laid.width + 40), height / (this.laid.height + 40), 1.25);
    const scale = all ? whole : Math.max(whole, Math.min(0.8, width / (this.laid.width + 40)));
    const y = scale > whole ? 20 : (height - this.laid.height * scale) / 2;
    select(this.element).call(this.zooming.transform, zoomIdentity.translate((width - this.laid.width * scale) / 2, y).scale(scale));
  }

  zoomBy(factor: number) {
    select(this.element).call(this.zooming.scaleBy, factor);
  }

  /** On paper is the whole graph, whatever the screen shows. */
  showOnPaper(isPaper: boolean) {
    if (isPaper) {
      this.element.setAttribute("viewBox", `0 0 ${this.laid.width} ${this.laid.height}`);
      this.root.removeAttribute("transform");
    } else {
      this.element.removeAttribute("viewBox");
      this.root.setAttribute("transform", String(this.transform()));
    }
  }

  /** Brings an item into view when it isn't. */
  show(item: number, centre = false) {
    const place = this.places.get(item);
    if (!place) return;
    const { clientWidth: width, clientHeight: height } = this.element;
    const transform = this.transform();
    const [left, top] = transform.apply([place.x, place.y]);
    const right = left + place.placed.width * transform.k, bottom = top + place.placed.height * transform.k;
    const visible = right > 40 && bottom > 40 && left < width - 40 && top < height - 40;
    if (visible && !centre) return;
    const scale = Math.max(transform.k, 0.7);
    const x = place.x + place.placed.width / 2, y = place.y + Math.min(place.placed.height, (height / scale) * 0.8) / 2;
    select(this.element).call(this.zooming.transform, zoomIdentity.translate(width / 2 - x * scale, height / 2 - y * scale).scale(scale));
  }

  // ---- Selection

  select(item: number | null, tell = true) {
    this.selected = item;
    this.mark();
    if (item !== null) {
      const element = this.places.get(item)?.element;
      for (const place of this.places.values()) place.element.setAttribute("tabindex", "-1");
      element?.setAttribute("tabindex", "0");
      if (document.activeElement instanceof SVGElement) element?.focus({ preventScroll: true });
    }
    if (tell) this.events.selected(item);
  }

  recolour(palette: Palette) {
    this.palette = palette;
    this.draw();
  }

  /** The item on the screen that a node is, or is in. */
  private visible(node: number): number {
    let item = ~node;
    for (let parent = this.fn.parent(node); parent; parent = this.fn.groups[parent].parent) if (!this.open.has(parent)) item = parent;
    return item;
  }

  /** Lights up what is selected, what it reads and what reads it, and a path. */
  private mark() {
    const { fn } = this;
    const inside = (node: number) =>
      this.selected !== null && (this.selected < 0 ? node === ~this.selected : node >= fn.groups[this.selected].begin && node < fn.groups[this.selected].end);
    const onPath = new Set(this.path), near = new Set<number>();
    for (const edge of this.root.querySelectorAll<SVGGElement>(".edge")) {
      const numbers = edge.dataset.edges!.split(" ").map(Number);
      const out = numbers.some((i) => inside(fn.from[i]) && !inside(fn.to[i])), into = numbers.some((i) => inside(fn.to[i]) && !inside(fn.from[i]));
      edge.classList.toggle("out", out);
      edge.classList.toggle("into", into && !out);
      edge.classList.toggle("path", numbers.some((i) => onPath.has(fn.from[i]) && onPath.has(fn.to[i])));
      for (const i of numbers) {
        if (inside(fn.from[i])) near.add(this.visible(fn.to[i]));
        if (inside(fn.to[i])) near.add(this.visible(fn.from[i]));
      }
    }
    const pathItems = new Set(this.path.map((node) => this.visible(node)));
    for (const [item, { element }] of this.places) {
      element.classList.toggle("selected", item === this.selected);
      element.setAttribute("aria-selected", String(item === this.selected));
      element.classList.toggle("near", item !== this.selected && near.has(item));
      element.classList.toggle("path", pathItems.has(item));
    }
  }

  showPath(nodes: number[]) {
    this.path = nodes;
    this.mark();
  }

  // ---- Keyboard

  private key(event: KeyboardEvent) {
    const { key } = event;
    if (key === "+" || key === "=") this.zoomBy(1.3);
    else if (key === "-") this.zoomBy(1 / 1.3);
    else if (key === "0") this.fit(true);
    else if (key === "Escape") this.select(null);
    else if (key === "Enter" || key === " ") {
      if (this.selected !== null && this.selected > 0) this.toggle(this.selected);
      if (this.selected !== null && this.selected > 0) this.select(this.selected);
    } else if (key.startsWith("Arrow") || key === "Home") this.move(key);
    else return;
    event.preventDefault();
  }

  /** Up and down along edges, left and right in the order of the program. */
  private move(key: string) {
    const order = [...this.places.keys()];
    if (!order.length) return;
    if (this.selected === null || !this.places.has(this.selected) || key === "Home") {
      this.select(order[0]);
      return this.show(order[0]);
    }
    const { fn, selected } = this;
    let next: number | undefined;
    if (key === "ArrowLeft" || key === "ArrowRight") next = order[order.indexOf(selected) + (key === "ArrowLeft" ? -1 : 1)];
    else {
      const down = key === "ArrowDown";
      const begin = selected < 0 ? ~selected : fn.groups[selected].begin, end = selected < 0 ? begin + 1 : fn.groups[selected].end;
      const within = (node: number) => node >= begin && node < end;
      if (selected > 0 && down && this.open.has(selected)) next = fn.groups[selected].children[0];
      for (let i = 0; next === undefined && i < fn.from.length; ++i) {
        const near = down ? fn.from[i] : fn.to[i], far = down ? fn.to[i] : fn.from[i];
        if (within(near) && !within(far)) next = this.visible(far);
      }
    }
    if (next === undefined) return;
    this.select(next);
    this.show(next);
  }

  /** Keys go on from what is selected. */
  private focus() {
    const selected = this.selected === null ? undefined : this.places.get(this.selected)?.element;
    (selected ?? this.element).focus({ preventScroll: true });
  }

  // ---- Drawing

  private draw() {
    const hadFocus = this.element.contains(document.activeElement);
    this.laid = new Layout(this.fn, (group) => this.open.has(group)).run();
    this.places.clear();
    this.root.replaceChildren();
    if (this.fn.size) this.drawGroup(this.laid, this.root, 0, 0, 1);
    this.mark();
    if (hadFocus) this.focus();
  }

  private drawGroup(laid: Laid, into: SVGGElement, x: number, y: number, level: number) {
    const edges = svg("g", { class: "edges" });
    for (const { edges: numbers, points, from, to, isStub } of laid.edges) {
      const path = curve(points)!;
      const element = svg("g", { class: isStub ? "edge stub" : "edge", "data-edges": numbers.join(" ") }, svg("path", { d: path, class: "line", "marker-end": to.startsWith("out") ? undefined : "url(#arrow)" }));
      if (from.startsWith("in")) element.append(svg("circle", { class: "port", cx: points[0].x, cy: points[0].y, r: 2.5 }));
      if (to.startsWith("out")) element.append(svg("circle", { class: "port", cx: points.at(-1)!.x, cy: points.at(-1)!.y, r: 2.5 }));
      if (isStub) element.append(svg("circle", { class: "port", cx: points[0].x, cy: points[0].y, r: 3 }));
      element.append(svg("title", {}, numbers.length > 1 ? `${numbers.length} edges` : short(this.fn.name(this.fn.from[numbers[0]]), 200)));
      edges.append(element);
    }
    const items = svg("g", { role: "group" });
    for (const placed of laid.items) {
      const element = this.drawItem(placed, level);
      element.setAttribute("transform", `translate(${placed.x.toFixed(1)} ${placed.y.toFixed(1)})`);
      this.places.set(placed.item, { x: x + placed.x, y: y + placed.y, placed, element });
      if (placed.inside) this.drawGroup(placed.inside, element, x + placed.x, y + placed.y, level + 1);
      items.append(element);
    }
    // Groups under the edges, that theirs be seen.
    into.append(items);
    into.insertBefore(edges, items);
  }

  private drawItem(placed: Placed, level: number): SVGGElement {
    const { item } = placed;
    const element = svg("g", { role: "treeitem", tabindex: -1, "aria-level": level, "data-item": item });
    element.addEventListener("click", (event) => {
      event.stopPropagation();
      this.select(item);
    });
    if (item < 0) this.drawNode(element, placed, ~item);
    else this.drawBox(element, placed, item);
    return element;
  }

  private text(x: number, y: number, kind: string, content: string): SVGTextElement {
    return svg("text", { x, y, class: kind }, content);
  }

  private drawNode(element: SVGGElement, { width, height, item }: Placed, node: number) {
    const [op, name, type] = nodeLines(this.fn, node);
    const mark = this.fn.marks.get(node);
    element.setAttribute("class", `node ${this.fn.isOperation(node) ? "" : "terminal"} ${this.palette.of(item)} ${mark ? `mark-${mark.change}` : ""}`);
    element.setAttribute("aria-label", `${this.fn.op(node)} ${this.fn.name(node)}, ${this.fn.type(node)}`);
    const value = this.palette.value(item);
    element.append(
      svg("rect", { class: "box", width, height, rx: this.fn.isOperation(node) ? 7 : 18 }),
      this.fn.isOperation(node) ? svg("path", { class: "stripe", d: `M7 0h-1a6 6 0 0 0-6 6v${height - 12}a6 6 0 0 0 6 6h1z` }) : "",
      this.text(16, 19, "op", op), this.text(16, 34, "name", name), this.text(16, 47, "type", type),
      svg("title", {}, `${this.fn.op(node)} ${this.fn.name(node)}\n${this.fn.type(node)}${value === undefined ? "" : `\n${this.palette.colouring.label}: ${figure(value)}`}`));
  }

  private drawBox(element: SVGGElement, { width, height, item, inside }: Placed, number: number) {
    const group = this.fn.groups[number], changes = changesIn(this.fn, number);
    const [name, size] = groupLines(this.fn, number);
    const colour = inside ? "" : this.palette.of(item);
    element.setAttribute("class", `box-of-nodes ${inside ? "open" : "folded"} depth-${group.depth % 2} ${colour} ${changes ? "mark-2" : ""}`);
    element.setAttribute("aria-expanded", String(!!inside));
    element.setAttribute("aria-label", `${group.name}, ${size}${group.copies > 1 ? `, ${group.copies} times` : ""}${changes ? `, ${changes} changed` : ""}`);
    element.addEventListener("dblclick", (event) => {
      event.stopPropagation();
      this.toggle(number);
    });
    if (!inside && group.kind === GroupKind.Repeat)
      for (const shift of [8, 4]) element.append(svg("rect", { class: "box behind", x: shift, y: shift, width, height, rx: 8 }));
    element.append(svg("rect", { class: "box", width, height, rx: 8 }));
    if (!inside) element.append(svg("path", { class: `stripe op-${stripeOf(this.fn, number)}`, d: `M7 0h-1a6 6 0 0 0-6 6v${height - 12}a6 6 0 0 0 6 6h1z` }));
    const fold = svg("g", { class: "fold" }, svg("rect", { width: 22, height: 22, x: 6, y: 4, rx: 5 }), svg("path", { d: inside ? "M12 12l5 6 5-6z" : "M14 10l6 5-6 5z" }));
    fold.addEventListener("click", (event) => {
      event.stopPropagation();
      this.toggle(number);
    });
    element.append(fold, this.text(32, 20, "op", name));
    if (!inside) {
      const value = this.palette.value(item);
      element.append(this.text(32, 36, "name", changes ? `${size}, ${changes} changed` : size), this.text(32, 50, "type", value === undefined ? this.mostly(number) : `${this.palette.colouring.label}: ${figure(value)}`));
    }
    if (group.copies > 1) {
      const text = `×${group.copies}`, wide = textWidth(text, 12, true) + 14;
      const at = inside ? 40 + textWidth(name, 13, true) : width - wide - 8;
      element.append(svg("rect", { class: "chip", x: at, y: 6, width: wide, height: 19, rx: 9.5 }), svg("text", { x: at + wide / 2, y: 19.5, class: "chip-text" }, text));
    }
    element.append(svg("title", {}, group.name));
    if (inside) element.append(svg("line", { class: "rule", x1: 1, x2: width - 1, y1: header, y2: header }));
  }

  /** "conv · relu": what a group's operations mostly are. */
  private mostly(number: number): string {
    const { begin, end } = this.fn.groups[number];
    const counts = new Map<string, number>();
    for (let node = begin; node < end; ++node) counts.set(this.fn.op(node), (counts.get(this.fn.op(node)) ?? 0) + 1);
    const most = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 2).map(([op]) => op).join(" · ");
    return most.length > 24 ? most.slice(0, 23) + "…" : most;
  }
}
