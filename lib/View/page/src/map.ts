// The map: where the bytes are, or another measure, as areas. Groups nest as in the graph.
import { hierarchy, HierarchyRectangularNode, treemap, treemapSquarify } from "d3-hierarchy";
import { Palette, stripeOf, classOf } from "./colours";
import { Fn } from "./data";
import { bytes, figure, svg } from "./dom";
import { textWidth } from "./layout";

interface Area {
  item: number;
  value: number;
  children?: Area[];
}

/** Areas smaller than this share of the whole are not drawn apart. */
const least = 1 / 4000;

export class MapView {
  readonly element = svg("svg", { class: "map", role: "tree", "aria-label": "Map of areas", tabindex: 0 });
  private top = 0;
  private areas: SVGGElement[] = [];

  constructor(readonly fn: Fn, private palette: Palette, private readonly select: (item: number) => void) {
    this.element.addEventListener("keydown", (event) => this.key(event));
  }

  private valueOf(node: number): number {
    const { value, sums } = this.palette.colouring;
    return value && sums ? value(this.fn, node) ?? 0 : this.fn.bytes[node];
  }

  private tree(item: number, total: number): Area {
    if (item < 0) return { item, value: this.valueOf(~item) };
    let children = this.fn.groups[item].children.map((child) => this.tree(child, total)).filter(({ value }) => value > 0);
    const value = children.reduce((sum, child) => sum + child.value, 0);
    // A group in a group alone is one area.
    if (children.length === 1 && children[0].item >= 0) return children[0];
    children = children.filter((child) => child.value > total * least);
    return { item, value, children: children.length ? children : undefined };
  }

  recolour(palette: Palette) {
    this.palette = palette;
    this.draw();
  }

  zoomTo(group: number) {
    this.top = group;
    this.draw();
  }

  /** Arrows go from area to area, outer ones before what is in them; Backspace and Escape lead out. */
  private key(event: KeyboardEvent) {
    const { key } = event, at = this.areas.indexOf(document.activeElement as SVGGElement);
    const to = key === "Home" ? 0 : key === "End" ? this.areas.length - 1 : key === "ArrowRight" || key === "ArrowDown" ? at + 1 : key === "ArrowLeft" || key === "ArrowUp" ? Math.max(0, at - 1) : undefined;
    if (to !== undefined) this.areas[Math.min(to, this.areas.length - 1)]?.focus({ preventScroll: true });
    else if (key === "Enter" || key === " ") this.areas[at]?.dispatchEvent(new MouseEvent("click"));
    else if ((key === "Backspace" || key === "Escape") && this.top) this.areas[0]?.dispatchEvent(new MouseEvent("click"));
    else return;
    event.preventDefault();
  }

  draw() {
    const hadFocus = this.element.contains(document.activeElement);
    this.drawAreas();
    if (hadFocus) (this.areas[0] ?? this.element).focus({ preventScroll: true });
  }

  private drawAreas() {
    this.areas = [];
    const { clientWidth: width, clientHeight: height } = this.element;
    this.element.replaceChildren();
    if (!width || !this.fn.size) return;
    this.element.setAttribute("viewBox", `0 0 ${width} ${height}`);
    let total = 0;
    const { begin, end } = this.fn.groups[this.top];
    for (let node = begin; node < end; ++node) total += this.valueOf(node);
    const unit = this.palette.colouring.sums && this.palette.colouring.key !== "bytes" ? (value: number) => `${figure(value)}` : bytes;
    if (!total) {
      this.element.append(svg("text", { class: "op", x: 24, y: 40 }, "No figures for this measure."));
      return;
    }
    const root = hierarchy(this.tree(this.top, total)).sum((area) => (area.children ? 0 : area.value)).sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
    treemap<Area>().tile(treemapSquarify.ratio(1.4)).size([width, height]).paddingOuter(3).paddingTop(20).paddingInner(2).round(true)(root);
    (root as HierarchyRectangularNode<Area>).each((area) => this.drawArea(area, total, unit));
  }

  private drawArea(area: HierarchyRectangularNode<Area>, total: number, unit: (value: number) => string) {
    const { item, value } = area.data, { fn } = this;
    const width = area.x1 - area.x0, height = area.y1 - area.y0;
    if (width < 2 || height < 2) return;
    const name = area.depth === 0 && this.top ? `‹ ${fn.groups[this.top].name}` : item < 0 ? fn.name(~item) : item ? fn.groups[item].name : fn.raw.name;
    const share = `${unit(value)}, ${Number(((100 * value) / total).toPrecision(3))} %`;
    const colour = area.children ? `depth-${area.depth % 2} plain` : this.palette.colouring.key === "bytes" || this.palette.colouring.key === "op" ? `op-${item < 0 ? classOf(fn, ~item) : stripeOf(fn, item)}` : this.palette.of(item);
    const element = svg("g", { class: `area ${colour} ${area.children ? "outer" : "inner"}`, role: "treeitem", tabindex: -1, "aria-level": area.depth + 1, "aria-label": `${name}, ${share}`, transform: `translate(${area.x0} ${area.y0})` },
      svg("rect", { class: "box", width, height, rx: 3 }), svg("title", {}, `${name}\n${share}`));
    const label = this.fitting(name, width - 12);
    if (label && height > 16) element.append(svg("text", { x: 6, y: 14, class: area.children ? "op" : "name" }, label));
    if (!area.children && label && height > 32 && textWidth(share, 11) < width - 10) element.append(svg("text", { x: 6, y: 28, class: "type" }, share));
    if (area.children && label && textWidth(label, 13, true) + textWidth(share, 11) < width - 40) element.append(svg("text", { x: width - 6, y: 14, class: "type end" }, share));
    const choose = () => {
      if (item < 0) return this.select(item);
      if (area.depth === 0) this.zoomTo(this.top ? fn.groups[this.top].parent : 0);
      else this.zoomTo(item);
      this.select(this.top);
    };
    element.addEventListener("click", choose);
    this.areas.push(element);
    this.element.append(element);
  }

  private fitting(text: string, width: number): string {
    if (width < 24) return "";
    if (textWidth(text.slice(0, 80), 12, true) <= width && text.length <= 80) return text;
    const fits = Math.floor(width / 7.4);
    return fits < 4 ? "" : text.slice(0, fits - 1) + "…";
  }
}
