// The graph on the screen: one SVG, drawn from a layout, with zoom, selection and the keyboard.
import { select } from "d3-selection";
import { zoom, zoomIdentity, ZoomTransform } from "d3-zoom";
import { Palette } from "./colours";
import { Fn } from "./data";
import { svg } from "./dom";
import { Drawing } from "./drawing";
import { Laid, Layout } from "./layout";

export interface GraphEvents {
  /** An item was chosen: ~node, a group, or null. */
  selected(item: number | null): void;
  /** Which groups are unfolded. */
  folded(): void;
}

/** More items than this on the screen at once are not laid out together. */
const mostVisible = 1500;
/** Up to so many items are all shown, wherever they are. */
const mostShown = 150;
/** Pixels around the screen in which items are shown, too. */
const margin = 120;
/** Below these scales nodes have their operations alone, and no text. */
const far = 0.35, tiny = 0.2;
/** Groups whose folding or unfolding is laid out in advance, when nothing else is to do. */
const mostAnticipated = 12;
/** Milliseconds that must be left for that before the next frame. */
const leastIdle = 8;

export class GraphView {
  readonly element: SVGSVGElement;
  readonly open = new Set<number>();
  selected: number | null = null;
  /** Nodes of a path that is shown. */
  path: number[] = [];
  private readonly root = svg("g");
  private readonly zooming = zoom<SVGSVGElement, unknown>().scaleExtent([0.02, 4]);
  private readonly layout: Layout;
  private readonly drawing: Drawing;
  private laid!: Laid;
  /** Of the element; undefined when it may have changed. */
  private size?: [number, number];
  private isOnPaper = false;
  /** The item that Tab leads to. */
  private inTabOrder?: SVGGElement;
  private nextFrame = 0;
  private idle = 0;

  constructor(readonly fn: Fn, palette: Palette, private readonly events: GraphEvents) {
    this.element = svg("svg", { class: "graph", role: "tree", "aria-label": `Graph of function ${fn.raw.name}`, tabindex: 0 });
    this.layout = new Layout(fn, this.open);
    this.drawing = new Drawing(fn, this.open, palette, {
      chosen: (item) => this.select(item),
      toggled: (group) => this.toggle(group),
      approached: (group) => this.anticipate(group),
    });
    this.root.append(this.drawing.element);
    this.element.append(
      svg("defs", {}, svg("marker", { id: "arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto-start-reverse" },
        svg("path", { d: "M0 .8 7.4 4 0 7.2z", class: "arrow" }))),
      this.root);
    // Asking the element for its size would lay out the page in the midst of each change.
    this.zooming.extent(() => [[0, 0], this.measure()]);
    select(this.element).call(this.zooming.on("zoom", ({ transform }: { transform: ZoomTransform }) => {
      if (!this.isOnPaper) this.root.setAttribute("transform", String(transform));
      this.element.classList.toggle("far", transform.k < far);
      this.element.classList.toggle("tiny", transform.k < tiny);
      this.render();
    })).on("dblclick.zoom", null);
    this.element.addEventListener("click", () => this.select(null));
    this.element.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => {
      this.size = undefined;
      this.render();
    }).observe(this.element);
    // A graph of one group alone is shown unfolded.
    for (let group = 0; fn.groups[group]?.children.filter((item) => item >= 0 || fn.isOperation(~item)).length === 1;) {
      const only = fn.groups[group].children.find((item) => item >= 0);
      if (only === undefined) break;
      this.open.add((group = only));
    }
    this.draw();
  }

  // ---- Folding

  private setFolded(group: number, isFolded: boolean) {
    if (isFolded === !this.open.has(group)) return;
    if (isFolded) this.open.delete(group);
    else this.open.add(group);
    this.layout.changed(group);
  }

  toggle(group: number) {
    const before = this.drawing.find(group);
    this.setFolded(group, this.open.has(group));
    this.keepingFocus(() => {
      this.draw();
      // What was clicked stays where it was.
      const after = this.drawing.find(group), transform = this.transform();
      if (before && after)
        this.moveTo(transform.translate(before.x + before.placed.width / 2 - after.x - after.placed.width / 2, before.y - after.y));
      this.show(group);
      this.renderNow();
    });
    this.events.folded();
  }

  /** Unfolds what is around an item, so that it is drawn. */
  reveal(item: number) {
    let parent = item < 0 ? this.fn.parent(~item) : this.fn.groups[item].parent;
    let changed = false;
    for (; parent; parent = this.fn.groups[parent].parent)
      if (!this.open.has(parent)) {
        this.setFolded(parent, false);
        changed = true;
      }
    if (!changed) return;
    this.draw();
    this.renderNow();
    this.events.folded();
  }

  /** Folds everything, or unfolds level after level while the graph stays small enough. */
  foldAll(open: boolean) {
    const groups: number[] = [];
    if (open) {
      let visible = this.fn.groups[0].children.length;
      const pending = [...this.fn.groups[0].children.filter((item) => item > 0)];
      while (pending.length) {
        const group = pending.shift()!;
        visible += this.fn.groups[group].children.length;
        if (visible > mostVisible) break;
        groups.push(group);
        pending.push(...this.fn.groups[group].children.filter((item) => item > 0));
      }
    }
    this.setOpen(groups);
    this.fit();
    this.events.folded();
  }

  setOpen(groups: number[]) {
    const wanted = new Set(groups.filter((group) => this.fn.groups[group]));
    for (const group of [...this.open]) if (!wanted.has(group)) this.setFolded(group, true);
    for (const group of wanted) this.setFolded(group, false);
    this.keepingFocus(() => {
      this.draw();
      this.renderNow();
    });
  }

  /** Lays out, when nothing else is to do, what folding or unfolding the groups on the screen leads to, a given one first. */
  private anticipate(first?: number) {
    if (!window.requestIdleCallback) return;
    cancelIdleCallback(this.idle);
    let groups: number[] | undefined;
    const next = (deadline: IdleDeadline) => {
      if (deadline.timeRemaining() < leastIdle) {
        this.idle = requestIdleCallback(next);
        return;
      }
      groups ??= [...(first === undefined ? [] : [first]), ...this.drawing.groupsShown.slice(0, mostAnticipated)];
      const group = groups.shift();
      if (group === undefined || !this.element.isConnected) return;
      if (this.drawing.find(group)) this.layout.anticipate(group);
      this.idle = requestIdleCallback(next);
    };
    this.idle = requestIdleCallback(next);
  }

  // ---- Place

  private transform(): ZoomTransform {
    return (this.element as unknown as { __zoom?: ZoomTransform }).__zoom ?? zoomIdentity;
  }

  private measure(): [number, number] {
    return (this.size ??= [this.element.clientWidth, this.element.clientHeight]);
  }

  private moveTo(transform: ZoomTransform) {
    select(this.element).call(this.zooming.transform, transform);
  }

  /** Shows, in the next frame, what is on the screen. */
  private render() {
    this.nextFrame ||= requestAnimationFrame(() => this.renderNow());
  }

  private renderNow() {
    cancelAnimationFrame(this.nextFrame);
    this.nextFrame = 0;
    const [width, height] = this.measure(), { x, y, k } = this.transform();
    if (!this.isOnPaper && (!width || !height)) return; // it is not in the page
    const isPart = this.laid.count > mostShown && !this.isOnPaper;
    const window = isPart ? { left: (-margin - x) / k, right: (width + margin - x) / k, top: (-margin - y) / k, bottom: (height + margin - y) / k } : null;
    if (!this.drawing.show(window, [this.selected, this.focused()])) this.render();
  }

  /** The item that has the focus: its element must stay. */
  private focused(): number | null {
    const item = this.element.contains(document.activeElement) && document.activeElement!.getAttribute("data-item");
    return item ? Number(item) : null;
  }

  /** The whole graph on the screen; a long one from its start, in a size that can be read. */
  fit(all = false) {
    const [width, height] = this.measure();
    if (!width || !height) return;
    const whole = Math.min(width / (this.laid.width + 40), height / (this.laid.height + 40), 1.25);
    const scale = all ? whole : Math.max(whole, Math.min(0.8, width / (this.laid.width + 40)));
    const y = scale > whole ? 20 : (height - this.laid.height * scale) / 2;
    this.moveTo(zoomIdentity.translate((width - this.laid.width * scale) / 2, y).scale(scale));
    this.renderNow();
  }

  zoomBy(factor: number) {
    select(this.element).call(this.zooming.scaleBy, factor);
  }

  /** On paper is the whole graph, whatever the screen shows. */
  showOnPaper(isPaper: boolean) {
    this.isOnPaper = isPaper;
    this.renderNow();
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
    const place = this.drawing.find(item);
    if (!place) return;
    const [width, height] = this.measure();
    const transform = this.transform();
    const [left, top] = transform.apply([place.x, place.y]);
    const right = left + place.placed.width * transform.k, bottom = top + place.placed.height * transform.k;
    const visible = right > 40 && bottom > 40 && left < width - 40 && top < height - 40;
    if (visible && !centre) return;
    const scale = Math.max(transform.k, 0.7);
    const x = place.x + place.placed.width / 2, y = place.y + Math.min(place.placed.height, (height / scale) * 0.8) / 2;
    this.moveTo(zoomIdentity.translate(width / 2 - x * scale, height / 2 - y * scale).scale(scale));
    this.renderNow();
  }

  // ---- Selection

  select(item: number | null, tell = true) {
    this.selected = item;
    this.mark(); // what isn't shown can't have the focus
    if (item !== null) {
      const element = this.drawing.elementOf(item);
      this.inTabOrder?.setAttribute("tabindex", "-1");
      element?.setAttribute("tabindex", "0");
      this.inTabOrder = element;
      if (document.activeElement instanceof SVGElement) element?.focus({ preventScroll: true });
    }
    if (tell) this.events.selected(item);
  }

  recolour(palette: Palette) {
    this.keepingFocus(() => {
      this.drawing.recolour(palette);
      this.renderNow();
    });
  }

  private mark() {
    this.drawing.mark(this.selected, this.path);
    this.renderNow();
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
    const order = this.drawing.order();
    if (!order.length) return;
    if (this.selected === null || !this.drawing.find(this.selected) || key === "Home") {
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
        if (within(near) && !within(far)) next = this.drawing.visible(far);
      }
    }
    if (next === undefined) return;
    this.select(next);
    this.show(next);
  }

  // ---- Drawing

  /** Lays out; to be shown at a place. */
  private draw() {
    this.laid = this.layout.run();
    this.drawing.update(this.laid);
    this.drawing.mark(this.selected, this.path);
    this.anticipate();
  }

  /** Keys go on from what is selected when the element that had them goes. */
  private keepingFocus(change: () => void) {
    const hadFocus = this.element.contains(document.activeElement);
    change();
    if (hadFocus && !this.element.contains(document.activeElement)) ((this.selected === null ? undefined : this.drawing.elementOf(this.selected)) ?? this.element).focus({ preventScroll: true });
  }
}
