// The elements of a layout. Only what is in the window has elements in the page, however large the layout is; they are kept for when it is
// seen again, and a new layout changes the elements of what it moves.
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

/** Elements of one part of the drawing. */
interface Part {
  element: SVGGElement;
  /** The marks that it has (Drawing.marks). */
  marks: number;
  /** The last call of `show` that showed it. */
  shown: number;
}
interface Item extends Part {
  placed: Placed;
  /** Of a group: its box, its title. */
  box: SVGElement[];
}
interface Line extends Part {
  drawn: Drawn;
}
/** What is inside an unfolded group. */
interface Content {
  element: SVGGElement;
  edges: SVGGElement;
  items: SVGGElement;
  lines: Map<string, Line>;
  shownLines: Line[];
  shownItems: Item[];
}

/** Items that get elements in one frame; the others get them in the next frames. */
const mostNew = 120;
/** Items whose elements are kept while they are out of the window. */
const mostKept = 3000;

const at = (x: number, y: number) => `translate(${x.toFixed(1)} ${y.toFixed(1)})`;

function sameRoute(a: Drawn, b: Drawn): boolean {
  const [p, q] = [a.points, b.points], dx = q[0].x - p[0].x, dy = q[0].y - p[0].y;
  return p.length === q.length && p.every(({ x, y }, i) => Math.abs(q[i].x - x - dx) < 0.05 && Math.abs(q[i].y - y - dy) < 0.05);
}

/** Makes the elements of `parts` the children of `parent`. Both are in the order of the layout, so that nothing is moved. */
function setChildren<P extends Part>(parent: SVGGElement, before: P[], parts: P[], show: number) {
  for (const part of before) if (part.shown !== show) part.element.remove();
  let next = parent.firstChild;
  for (const { element } of parts)
    if (element === next) next = next.nextSibling;
    else parent.insertBefore(element, next);
}

export class Drawing {
  readonly element = svg("g");
  /** Groups in the window, from the first one on. */
  groupsShown: number[] = [];
  private laid!: Laid;
  private placed = new Map<number, Placed>();
  private readonly items = new Map<number, Item>();
  private readonly contents = new Map<number, Content>();
  /** Counts calls of `show`, and of `mark`. */
  private shows = 0;
  private marks = 0;
  private budget = 0;
  private selected: number | null = null;
  private near = new Set<number>();
  private onPath = new Set<number>();
  private itemsOnPath = new Set<number>();

  constructor(private readonly fn: Fn, private readonly open: ReadonlySet<number>, private palette: Palette, private readonly events: DrawingEvents) {}

  /** Sets the layout that `show` shows. */
  update(laid: Laid) {
    this.laid = laid;
    this.placed = new Map();
    this.addPlaces(laid);
  }

  private addPlaces(laid: Laid) {
    for (const placed of laid.items) {
      this.placed.set(placed.item, placed);
      if (placed.inside) this.addPlaces(placed.inside);
    }
  }

  /** Draws all anew, in other colours. */
  recolour(palette: Palette) {
    this.palette = palette;
    this.items.clear();
    this.contents.clear();
  }

  // ---- Elements

  private content(group: number): Content {
    let content = this.contents.get(group);
    if (!content) {
      const edges = svg("g", { class: "edges" }), items = svg("g", { role: "group" });
      content = { element: svg("g", { class: "content" }, edges, items), edges, items, lines: new Map(), shownLines: [], shownItems: [] };
      this.contents.set(group, content);
    }
    return content;
  }

  private line(content: Content, drawn: Drawn): Line {
    const key = `${drawn.from} ${drawn.to}`;
    let line = content.lines.get(key);
    if (line?.drawn === drawn) return line;
    const before = line?.drawn, [{ x, y }] = drawn.points;
    line ??= { element: svg("g", { class: drawn.isStub ? "edge stub" : "edge" }), drawn, marks: 0, shown: 0 };
    if (!before || !sameRoute(before, drawn)) drawEdge(line.element, this.fn, drawn);
    if (!before || before.points[0].x !== x || before.points[0].y !== y) line.element.setAttribute("transform", at(x, y));
    line.drawn = drawn;
    content.lines.set(key, line);
    return line;
  }

  private item(placed: Placed): Item {
    const { item, x, y, width, height, inside } = placed;
    let known = this.items.get(item);
    if (known?.placed === placed) return known;
    const before = known?.placed;
    if (!known) this.items.set(item, (known = this.create(placed)));
    known.placed = placed;
    if (!before || before.x !== x || before.y !== y) known.element.setAttribute("transform", at(x, y));
    if (item >= 0 && (!before || before.width !== width || before.height !== height || !before.inside !== !inside)) this.box(known);
    return known;
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
    return { element, placed, box: [], marks: 0, shown: 0 };
  }

  private box(known: Item) {
    for (const part of known.box) part.remove();
    const { item } = known.placed, [parts, fold] = drawBox(known.element, this.fn, this.palette, known.placed);
    known.box = parts;
    known.marks = 0; // its classes are new
    fold.addEventListener("click", (event) => {
      event.stopPropagation();
      this.events.toggled(item);
    });
  }

  // ---- Showing

  /** Shows the items in a window, and the items `kept` wherever they are; without a window, all items. False if there are more items to
   *  show: it must be called again then, because a single call would take too long. */
  show(window: Window | null, kept: (number | null)[]): boolean {
    const chain = new Set<number>();
    for (const start of kept) for (let item = start; item; item = this.parentOf(item)) chain.add(item);
    this.groupsShown = [];
    this.budget = window ? mostNew : Infinity;
    ++this.shows;
    const content = this.showIn(0, this.laid, window, chain).element;
    if (content.parentNode !== this.element) this.element.replaceChildren(content);
    if (this.items.size > mostKept) for (const [item, { shown }] of this.items) if (shown !== this.shows) this.forget(item);
    return this.budget >= 0;
  }

  private forget(item: number) {
    this.items.delete(item);
    this.contents.delete(item);
  }

  private showIn(group: number, laid: Laid, window: Window | null, kept: ReadonlySet<number>): Content {
    const content = this.content(group), lines: Line[] = [], items: Item[] = [];
    const isOut = (left: number, right: number, top: number, bottom: number) => !!window && (right < window.left || left > window.right || bottom < window.top || top > window.bottom);
    for (const drawn of laid.edges) {
      if (isOut(drawn.left, drawn.right, drawn.top, drawn.bottom)) continue;
      const line = this.line(content, drawn);
      line.shown = this.shows;
      if (line.marks !== this.marks) this.markLine(line);
      lines.push(line);
    }
    for (const placed of laid.items) {
      const { item, x, y, width, height, inside } = placed;
      if (isOut(x, x + width + 8, y, y + height + 8) && !kept.has(item)) continue;
      if (this.items.get(item)?.shown !== this.shows - 1 && --this.budget < 0) continue;
      const known = this.item(placed);
      known.shown = this.shows;
      if (known.marks !== this.marks) this.markItem(known);
      items.push(known);
      if (item < 0) continue;
      this.groupsShown.push(item);
      if (!inside) {
        this.contents.get(item)?.element.remove();
        continue;
      }
      const { element } = this.showIn(item, inside, window && { left: window.left - x, right: window.right - x, top: window.top - y, bottom: window.bottom - y }, kept);
      if (element.parentNode !== known.element) known.element.append(element);
    }
    setChildren(content.edges, content.shownLines, lines, this.shows);
    setChildren(content.items, content.shownItems, items, this.shows);
    content.shownLines = lines;
    content.shownItems = items;
    return content;
  }

  // ---- Places

  private parentOf(item: number): number {
    return item < 0 ? this.fn.parent(~item) : this.fn.groups[item].parent;
  }

  /** Where an item is in the whole; undefined for one in a folded group. */
  find(item: number): { x: number; y: number; placed: Placed } | undefined {
    const placed = this.placed.get(item);
    if (!placed) return undefined;
    let { x, y } = placed;
    for (let parent = this.parentOf(item); parent; parent = this.parentOf(parent)) {
      const around = this.placed.get(parent)!;
      x += around.x;
      y += around.y;
    }
    return { x, y, placed };
  }

  /** The element of an item that is shown. */
  elementOf(item: number): SVGGElement | undefined {
    const known = this.items.get(item);
    return known?.shown === this.shows ? known.element : undefined;
  }

  /** Items of the layout, groups before what is in them, in the order of the program. */
  order(laid = this.laid): number[] {
    return laid.items.flatMap(({ item, inside }) => (inside ? [item, ...this.order(inside)] : [item]));
  }

  // ---- Marks

  /** Lights up the selection, what it reads and what reads it, and a path, when it is shown next. */
  mark(selected: number | null, path: readonly number[]) {
    this.selected = selected;
    this.near = this.around(selected);
    this.onPath = new Set(path);
    this.itemsOnPath = new Set(path.map((node) => this.visible(node)));
    ++this.marks;
  }

  /** Whether a node is, or is in, an item. */
  private isWithin(item: number, node: number): boolean {
    return item < 0 ? node === ~item : node >= this.fn.groups[item].begin && node < this.fn.groups[item].end;
  }

  private around(selected: number | null): Set<number> {
    const near = new Set<number>(), { from, to } = this.fn;
    if (selected === null) return near;
    for (let i = 0; i < from.length; ++i) {
      const starts = this.isWithin(selected, from[i]), ends = this.isWithin(selected, to[i]);
      if (!starts && !ends) continue;
      const first = this.visible(from[i]), last = this.visible(to[i]);
      if (starts && first !== last) near.add(last);
      if (ends && first !== last) near.add(first);
    }
    near.delete(selected);
    return near;
  }

  private markItem(known: Item) {
    const { element, placed: { item } } = known;
    element.classList.toggle("near", this.near.has(item));
    element.classList.toggle("path", this.itemsOnPath.has(item));
    element.classList.toggle("selected", item === this.selected);
    element.setAttribute("aria-selected", String(item === this.selected));
    known.marks = this.marks;
  }

  private markLine(line: Line) {
    const { selected, onPath, fn: { from, to } } = this, { edges } = line.drawn, { classList } = line.element;
    const isAny = (is: (start: number, end: number) => boolean) => edges.some((i) => is(from[i], to[i]));
    const isOut = selected !== null && isAny((start, end) => this.isWithin(selected, start) && !this.isWithin(selected, end));
    classList.toggle("out", isOut);
    classList.toggle("into", !isOut && selected !== null && isAny((start, end) => this.isWithin(selected, end) && !this.isWithin(selected, start)));
    classList.toggle("path", onPath.size > 0 && isAny((start, end) => onPath.has(start) && onPath.has(end)));
    line.marks = this.marks;
  }

  /** The item of the layout that a node is, or is in. */
  visible(node: number): number {
    let item = ~node;
    for (let parent = this.fn.parent(node); parent; parent = this.fn.groups[parent].parent) if (!this.open.has(parent)) item = parent;
    return item;
  }
}
