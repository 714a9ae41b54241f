// The elements of a layout. What a new layout leaves as it was keeps its elements, and what is off the screen is not rendered.
import { Palette } from "./colours";
import { Fn } from "./data";
import { svg } from "./dom";
import { drawBox, drawEdge, drawNode } from "./items";
import { Drawn, Laid, Placed } from "./layout";

export interface DrawingEvents {
  chosen(item: number): void;
  toggled(group: number): void;
  /** The pointer is over a group, or the keyboard is at it. */
  approached(group: number): void;
}

/** A part of the drawing, in its own coordinates. */
export interface Window {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

interface Item {
  element: SVGGElement;
  placed?: Placed;
  /** Of a group: its box, its title. */
  parts: SVGElement[];
  isHidden: boolean;
}
interface Line {
  element: SVGGElement;
  drawn?: Drawn;
  isHidden: boolean;
}
/** What is inside an unfolded group. */
interface Content {
  element: SVGGElement;
  edges: SVGGElement;
  items: SVGGElement;
  lines: Map<string, Line>;
  laid?: Laid;
}

const at = (x: number, y: number) => `translate(${x.toFixed(1)} ${y.toFixed(1)})`;

function sameRoute(a: Drawn, b: Drawn): boolean {
  const [p, q] = [a.points, b.points], dx = q[0].x - p[0].x, dy = q[0].y - p[0].y;
  return p.length === q.length && p.every(({ x, y }, i) => Math.abs(q[i].x - x - dx) < 0.05 && Math.abs(q[i].y - y - dy) < 0.05);
}

function hide(part: Item | Line, isHidden: boolean) {
  if (part.isHidden === isHidden) return;
  part.isHidden = isHidden;
  part.element.toggleAttribute("data-off", isHidden);
}

export class Drawing {
  readonly element = svg("g");
  private laid!: Laid;
  private readonly items = new Map<number, Item>();
  private readonly contents = new Map<number, Content>();
  /** Elements with classes that `mark` gave them. */
  private marked: SVGGElement[] = [];

  constructor(private readonly fn: Fn, private readonly open: ReadonlySet<number>, private palette: Palette, private readonly events: DrawingEvents) {}

  /** Shows a layout. */
  update(laid: Laid) {
    this.laid = laid;
    const content = this.fill(0, laid);
    if (content.element.parentNode !== this.element) this.element.replaceChildren(content.element);
  }

  /** Draws all anew, in other colours. */
  recolour(palette: Palette) {
    this.palette = palette;
    this.items.clear();
    this.contents.clear();
    this.update(this.laid);
  }

  // ---- Elements

  private fill(group: number, laid: Laid): Content {
    let content = this.contents.get(group);
    if (!content) {
      const edges = svg("g", { class: "edges" }), items = svg("g", { role: "group" });
      content = { element: svg("g", { class: "content" }, edges, items), edges, items, lines: new Map() };
      this.contents.set(group, content);
    }
    if (content.laid === laid) return content;
    content.laid = laid;
    for (const drawn of laid.edges) this.route(content, drawn);
    for (const placed of laid.items) this.place(content, placed);
    return content;
  }

  private route(content: Content, drawn: Drawn) {
    const key = `${drawn.from} ${drawn.to}`;
    let line = content.lines.get(key);
    if (!line) {
      line = { element: svg("g", { class: drawn.isStub ? "edge stub" : "edge" }), isHidden: false };
      content.lines.set(key, line);
      content.edges.append(line.element);
    }
    const before = line.drawn, [{ x, y }] = drawn.points;
    if (!before || !sameRoute(before, drawn)) drawEdge(line.element, this.fn, drawn);
    if (!before || before.points[0].x !== x || before.points[0].y !== y) line.element.setAttribute("transform", at(x, y));
    line.drawn = drawn;
  }

  private place(content: Content, placed: Placed) {
    const { item, x, y, width, height, inside } = placed;
    let known = this.items.get(item);
    if (!known) {
      known = this.create(placed);
      this.items.set(item, known);
      content.items.append(known.element);
    }
    const before = known.placed;
    known.placed = placed;
    if (!before || before.x !== x || before.y !== y) known.element.setAttribute("transform", at(x, y));
    if (item < 0) return;
    if (!before || before.width !== width || before.height !== height || !before.inside !== !inside) this.box(known, placed);
    const inner = inside && this.fill(item, inside).element, shown = this.contents.get(item)?.element;
    if (inner && inner.parentNode !== known.element) known.element.append(inner);
    if (!inner) shown?.remove();
  }

  private create(placed: Placed): Item {
    const { item } = placed, { fn } = this;
    const depth = item < 0 ? fn.groups[fn.parent(~item)].depth + 1 : fn.groups[item].depth;
    const element = svg("g", { role: "treeitem", tabindex: -1, "aria-level": depth, "aria-selected": "false", "data-item": item });
    element.addEventListener("click", (event) => {
      event.stopPropagation();
      this.events.chosen(item);
    });
    if (item < 0) drawNode(element, fn, this.palette, placed);
    else {
      element.addEventListener("dblclick", (event) => {
        event.stopPropagation();
        this.events.toggled(item);
      });
      for (const name of ["pointerenter", "focus"]) element.addEventListener(name, () => this.events.approached(item));
    }
    return { element, parts: [], isHidden: false };
  }

  private box(known: Item, placed: Placed) {
    for (const part of known.parts) part.remove();
    const [parts, fold] = drawBox(known.element, this.fn, this.palette, placed);
    known.parts = parts;
    fold.addEventListener("click", (event) => {
      event.stopPropagation();
      this.events.toggled(placed.item);
    });
  }

  // ---- Places

  private parentOf(item: number): number {
    return item < 0 ? this.fn.parent(~item) : this.fn.groups[item].parent;
  }

  /** Where an item is in the whole; undefined for one in a folded group. */
  find(item: number): { x: number; y: number; placed: Placed; element: SVGGElement } | undefined {
    const known = this.items.get(item);
    if (!known?.placed) return undefined;
    let { x, y } = known.placed;
    for (let parent = this.parentOf(item); parent; parent = this.parentOf(parent)) {
      const around = this.items.get(parent)?.placed;
      if (!around?.inside) return undefined;
      x += around.x;
      y += around.y;
    }
    return { x, y, placed: known.placed, element: known.element };
  }

  /** Items that are drawn, groups before what is in them, in the order of the program. */
  order(laid = this.laid): number[] {
    return laid.items.flatMap(({ item, inside }) => (inside ? [item, ...this.order(inside)] : [item]));
  }

  /** Renders what is in a window, and an item; without a window, everything. */
  show(window: Window | null, kept: number | null) {
    const chain = new Set<number>();
    for (let item = kept; item; item = this.parentOf(item)) chain.add(item);
    this.showIn(0, this.laid, window, chain);
  }

  private showIn(group: number, laid: Laid, window: Window | null, kept: ReadonlySet<number>) {
    const isOut = (left: number, right: number, top: number, bottom: number) => !!window && (right < window.left || left > window.right || bottom < window.top || top > window.bottom);
    for (const line of this.contents.get(group)!.lines.values()) {
      const { left, right, top, bottom } = line.drawn!;
      hide(line, isOut(left, right, top, bottom));
    }
    for (const { item, x, y, width, height, inside } of laid.items) {
      const known = this.items.get(item)!, isHidden = isOut(x, x + width + 8, y, y + height + 8) && !kept.has(item);
      hide(known, isHidden);
      if (inside && !isHidden) this.showIn(item, inside, window && { left: window.left - x, right: window.right - x, top: window.top - y, bottom: window.bottom - y }, kept);
    }
  }

  /** The first groups that are rendered. */
  groupsShown(most: number): number[] {
    return this.order().filter((item) => item > 0 && !this.items.get(item)!.isHidden).slice(0, most);
  }

  // ---- Marks

  /** Lights up the selection, what it reads and what reads it, and a path. */
  mark(selected: number | null, path: readonly number[]) {
    for (const element of this.marked) {
      element.classList.remove("out", "into", "path", "near", "selected");
      if (element.getAttribute("aria-selected") === "true") element.setAttribute("aria-selected", "false");
    }
    this.marked = [];
    const near = new Set<number>(), onPath = new Set(path);
    if (selected !== null || path.length) this.markIn(0, this.laid, this.within(selected), onPath, near);
    for (const item of near) if (item !== selected) this.add(this.items.get(item)?.element, "near");
    for (const node of path) this.add(this.items.get(this.visible(node))?.element, "path");
    const chosen = selected === null ? undefined : this.items.get(selected)?.element;
    this.add(chosen, "selected");
    chosen?.setAttribute("aria-selected", "true");
  }

  private within(item: number | null): (node: number) => boolean {
    if (item === null) return () => false;
    if (item < 0) return (node) => node === ~item;
    const { begin, end } = this.fn.groups[item];
    return (node) => node >= begin && node < end;
  }

  private add(element: SVGGElement | undefined, name: string) {
    if (!element) return;
    element.classList.add(name);
    this.marked.push(element);
  }

  private markIn(group: number, laid: Laid, inside: (node: number) => boolean, onPath: ReadonlySet<number>, near: Set<number>) {
    const { from, to } = this.fn;
    for (const { element, drawn } of this.contents.get(group)!.lines.values()) {
      let isOut = false, isInto = false, isPath = false;
      for (const i of drawn!.edges) {
        const starts = inside(from[i]), ends = inside(to[i]);
        if (starts) near.add(this.visible(to[i]));
        if (ends) near.add(this.visible(from[i]));
        isOut ||= starts && !ends;
        isInto ||= ends && !starts;
        isPath ||= onPath.has(from[i]) && onPath.has(to[i]);
      }
      if (isOut) this.add(element, "out");
      else if (isInto) this.add(element, "into");
      if (isPath) this.add(element, "path");
    }
    for (const placed of laid.items) if (placed.inside) this.markIn(placed.item, placed.inside, inside, onPath, near);
  }

  /** The item on the screen that a node is, or is in. */
  visible(node: number): number {
    let item = ~node;
    for (let parent = this.fn.parent(node); parent; parent = this.fn.groups[parent].parent) if (!this.open.has(parent)) item = parent;
    return item;
  }
}
