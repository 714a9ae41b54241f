// The panel at the side: everything about what is selected.
import { changesIn, Colouring } from "./colours";
import { Constant, Difference, Feature, Fn, GroupKind, Model, Sample } from "./data";
import { bytes, Child, count, counted, figure, html, short, svg } from "./dom";

const unreadable = "(this browser can't unpack it)";

export interface PanelEvents {
  /** Goes to an item of the function that is shown. */
  go(item: number): void;
  toggle(group: number): void;
  isOpen(group: number): boolean;
  /** Starts, or ends, a path at a node. */
  path(node: number): void;
  pathStart(): number | null;
}

function section(title: string, ...children: Child[]): HTMLElement {
  return html("section", {}, html("h3", {}, title), ...children);
}

function table(rows: [Child, Child][], kind = ""): HTMLElement {
  return html("table", { class: kind }, ...rows.map(([key, value]) => html("tr", {}, html("th", { scope: "row" }, key), html("td", {}, value))));
}

function differences(list: Difference[]): HTMLElement {
  return html("ul", { class: "differences" }, ...list.map(([what, before, after]) =>
    html("li", {}, html("b", {}, what), before || after ? html("div", {}, html("del", {}, short(before, 400) || "—"), " → ", html("ins", {}, short(after, 400) || "—")) : "")));
}

function features(title: string, list: Feature[]): HTMLElement | null {
  if (!list.length) return null;
  const shown = 200;
  return section(title, html("ul", { class: "features" }, ...list.slice(0, shown).map((each) =>
    html("li", {}, html("b", { title: each.name }, short(each.name, 80)), html("code", {}, each.type || each.feature), each.type && each.feature ? html("small", {}, each.feature + (each.optional ? ", optional" : "")) : null,
      each.description ? html("p", {}, each.description) : null))),
    list.length > shown ? html("small", {}, `and ${count(list.length - shown)} more`) : null);
}

export class Panel {
  readonly element = html("aside", { class: "panel", "aria-label": "Details of the selection", "aria-live": "polite", tabindex: 0 });

  constructor(private readonly events: PanelEvents) {}

  show(model: Model, fn: Fn, item: number | null, colouring: Colouring) {
    this.element.replaceChildren();
    this.element.scrollTop = 0;
    if (item === null) this.model(model, fn);
    else if (item < 0) this.node(fn, ~item, colouring);
    else this.group(fn, item, colouring);
  }

  private add(...children: Child[]) {
    for (const child of children) if (child) this.element.append(child);
  }

  private link(fn: Fn, node: number): HTMLElement {
    return html("button", { class: "link", title: fn.name(node), click: () => this.events.go(~node) }, html("b", {}, fn.op(node)), " ", short(fn.name(node), 60));
  }

  // ---- The model

  private model(model: Model, fn: Fn) {
    const { raw } = fn;
    this.add(
      html("h2", { title: model.raw.name }, short(model.raw.name, 80)),
      html("p", { class: "lead" }, `${model.raw.kind}, specification version ${model.raw.specificationVersion}`),
      model.raw.differences.length ? section("What changed", differences(model.raw.differences)) : null,
      section(`Function ${raw.name || "(no program)"}`, table([
        ["opset", raw.opset || "—"],
        ["operations", count(raw.operations)],
        ["parameters", count(raw.parameters)],
        ["weights", bytes(raw.weightBytes)],
        ["FLOPs per run", figure(this.sum(fn, 0, fn.size, (node) => fn.flops(node)))],
      ]), raw.sharedBytes ? this.sharing(raw.weightBytes - raw.sharedBytes, raw.sharedBytes) : null),
      raw.change ? html("p", {}, `This function was ${raw.change}.`) : null,
      raw.interfaceDifferences?.length ? section("Changes of the interface", differences(raw.interfaceDifferences)) : null,
      features("Inputs", raw.inputs), features("Outputs", raw.outputs), features("States", raw.states),
      fn.size ? this.histogram(fn, 0, fn.size) : null,
      section("Weights", table([["stored", bytes(model.raw.weightBytes)], ["records", count(model.raw.records)], ["functions", count(model.functions.length)]])),
      model.raw.about.length ? section("About", html("dl", {}, ...model.raw.about.flatMap(([key, value]) => [html("dt", {}, short(key, 80)), html("dd", {}, short(value, 2000))]))) : null);
  }

  private sharing(own: number, shared: number): HTMLElement {
    const share = own + shared ? (shared / (own + shared)) * 100 : 0;
    return html("div", { class: "sharing" },
      svg("svg", { viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true" }, svg("rect", { class: "shared", width: share, height: 6 }), svg("rect", { class: "own", x: share, width: 100 - share, height: 6 })),
      html("small", {}, `${bytes(shared)} shared with other functions, ${bytes(own)} not shared`));
  }

  private histogram(fn: Fn, begin: number, end: number): HTMLElement {
    const counts = new Map<string, number>();
    for (let node = begin; node < end; ++node) if (fn.isOperation(node)) counts.set(fn.op(node), (counts.get(fn.op(node)) ?? 0) + 1);
    const sorted = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)), most = sorted[0]?.[1] ?? 1;
    return section("Operations", html("div", { class: "bars" }, ...sorted.slice(0, 24).map(([op, number]) =>
      html("div", {}, html("span", {}, short(op, 30)), svg("svg", { viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" }, svg("rect", { width: (100 * number) / most, height: 8, rx: 1 })), html("span", {}, count(number))))),
      sorted.length > 24 ? html("small", {}, `and ${counted(sorted.length - 24, "more kind")}`) : null);
  }

  private sum(_fn: Fn, begin: number, end: number, of: (node: number) => number): number {
    let total = 0;
    for (let node = begin; node < end; ++node) total += of(node);
    return total;
  }

  // ---- A group

  private group(fn: Fn, number: number, colouring: Colouring) {
    const group = fn.groups[number];
    const kinds: Record<number, string> = {
      [GroupKind.Scope]: "Nodes whose names share this path", [GroupKind.Repeat]: `${group.copies} equal parts, one after the other`, [GroupKind.Copy]: "One of several equal parts",
      [GroupKind.Part]: "Part of a wide group", [GroupKind.Call]: "An operation with nested blocks", [GroupKind.Block]: "A nested block", [GroupKind.Function]: "A function",
    };
    const around: string[] = [];
    for (let parent = group.parent; parent; parent = fn.groups[parent].parent) around.unshift(short(fn.groups[parent].name, 40));
    const operations = this.sum(fn, group.begin, group.end, (node) => Number(fn.isOperation(node)));
    const inputs = new Set<number>(), outputs = new Set<number>();
    const within = (node: number) => node >= group.begin && node < group.end;
    fn.from.forEach((from, i) => {
      if (within(from) !== within(fn.to[i])) (within(from) ? outputs : inputs).add(from);
    });
    const changed = changesIn(fn, number);
    this.add(
      html("h2", { title: group.name }, short(group.name, 120)),
      html("p", { class: "lead" }, kinds[group.kind]),
      around.length ? html("p", { class: "around" }, around.join(" › ")) : null,
      html("div", { class: "actions" }, html("button", { click: () => this.events.toggle(number) }, this.events.isOpen(number) ? "Fold" : "Unfold")),
      section("Size", table([
        ["operations", count(operations)],
        ["weights read", bytes(this.sum(fn, group.begin, group.end, (node) => fn.bytes[node]))],
        ["FLOPs", figure(this.sum(fn, group.begin, group.end, (node) => fn.flops(node)))],
        ...(changed ? [["changed", counted(changed, "node")] as [string, string]] : []),
        ...this.measures(fn, group.begin, group.end, colouring),
      ])),
      this.histogram(fn, group.begin, group.end),
      this.links("Reads", fn, [...inputs]), this.links("Read by others", fn, [...outputs]));
  }

  private measures(fn: Fn, begin: number, end: number, colouring: Colouring): [string, string][] {
    return [...fn.measures.values()].flatMap(({ name, values }) => {
      const known = [...values].filter(([node]) => node >= begin && node < end).map(([, value]) => value);
      if (!known.length) return [];
      const isSum = colouring.label === name && colouring.sums;
      const total = known.reduce((a, b) => (isSum ? a + b : Math.max(a, b)));
      return [[known.length > 1 ? `${name} (${isSum ? "sum" : "maximum"})` : name, figure(total)] as [string, string]];
    });
  }

  private links(title: string, fn: Fn, nodes: number[]): HTMLElement | null {
    if (!nodes.length) return null;
    return section(`${title} (${count(nodes.length)})`, html("ul", { class: "links" }, ...nodes.slice(0, 50).map((node) => html("li", {}, this.link(fn, node)))), nodes.length > 50 ? html("small", {}, `and ${count(nodes.length - 50)} more`) : null);
  }

  // ---- A node

  private node(fn: Fn, node: number, colouring: Colouring) {
    const mark = fn.marks.get(node), results = fn.results(node);
    const start = this.events.pathStart();
    this.add(
      html("h2", {}, fn.op(node)),
      html("p", { class: "name", title: fn.name(node) }, short(fn.name(node), 300)),
      fn.says(node) ? html("p", { class: "lead" }, fn.says(node)) : null,
      html("div", { class: "actions" }, html("button", { click: () => this.events.path(node) }, start === null ? "Path from here" : start === node ? "Clear the path" : "Path to here")),
      mark ? section(["Added", "Removed", "Changed"][mark.change], mark.other && mark.other !== fn.name(node) ? html("p", {}, `In the other model: ${short(mark.other, 200)}`) : null, differences(mark.details)) : null,
      section(results.length === 1 ? "Type" : "Results", ...results.map(([name, type]) => html("p", {}, results.length > 1 ? html("b", {}, short(name, 80)) : null, results.length > 1 ? " " : null, html("code", {}, type)))),
      this.arguments(fn, node),
      fn.isOperation(node) ? null : this.links("Comes from", fn, fn.bindings(node).flatMap(({ node: from }) => from ?? [])),
      this.links("Users", fn, fn.users(node)));
    const figures: [string, string][] = [];
    if (fn.flops(node)) figures.push(["FLOPs", figure(fn.flops(node))]);
    if (fn.bytes[node]) figures.push(["weights", bytes(fn.bytes[node])]);
    figures.push(...this.measures(fn, node, node + 1, colouring));
    if (figures.length) this.add(section("Figures", table(figures)));
    for (const { name, constant } of fn.bindings(node)) if (constant?.hasSample) this.add(this.constant(fn, name, constant));
    if (fn.isOperation(node)) {
      const text = html("pre", { tabindex: 0 });
      this.add(section("MIL", text));
      fn.text(node).then((content) => text.append(content), () => text.append(unreadable));
    }
  }

  private arguments(fn: Fn, node: number): HTMLElement | null {
    const bindings = fn.bindings(node).filter(({ name }) => name);
    if (!bindings.length) return null;
    return section("Arguments", table(bindings.map(({ name, node: from, constant, text }) => {
      if (from !== undefined) return [name, html("span", {}, this.link(fn, from))];
      if (!constant) return [name, html("code", {}, short(text ?? "", 300))];
      return [name, html("span", { title: constant.name }, constant.text ? html("code", {}, short(constant.text, 300)) : html("span", {}, html("code", {}, constant.type), html("small", {}, ` ${bytes(constant.bytes)}`)))];
    }), "arguments"));
  }

  private constant(fn: Fn, argument: string, constant: Constant): HTMLElement {
    const element = section(`${argument}`, html("p", { class: "name", title: constant.name }, short(constant.name, 200)));
    fn.model.sample(constant).then((sample) => element.append(...this.sample(fn, constant, sample)), () => element.append(unreadable));
    return element;
  }

  private sample(fn: Fn, constant: Constant, sample: Sample): Element[] {
    const [elements, sampled, notFinite, zeros, least, greatest, mean, deviation, bins, first] = sample;
    const most = Math.max(...bins, 1);
    const sharers = fn.model.sharers(constant);
    const rows: [Child, Child][] = [
      ["elements", count(elements)],
      ["range", `${figure(least)} … ${figure(greatest)}`],
      ["mean ± deviation", `${figure(mean)} ± ${figure(deviation)}`],
      ["zeros", `${Number(((100 * zeros) / Math.max(sampled, 1)).toPrecision(3))} %`],
    ];
    if (notFinite) rows.push(["not finite", count(notFinite)]);
    if (constant.scheme) rows.push(["compressed", constant.scheme], ["stored", `${bytes(constant.bytes)}, ${Number(((8 * constant.bytes) / Math.max(elements, 1)).toPrecision(3))} bits per element`]);
    if (sharers.length) rows.push(["shared with", short(sharers.map(({ name }) => name).join(", "), 400)]);
    rows.push(["first values", html("code", {}, first.join(", ") + (elements > first.length ? ", …" : ""))]);
    return [
      svg("svg", { class: "values", viewBox: "0 0 240 56", preserveAspectRatio: "none", role: "img", "aria-label": `Values from ${figure(least)} to ${figure(greatest)}` },
        ...bins.map((number, i) => svg("rect", { x: i * 10 + 0.5, y: 56 - (54 * number) / most, width: 9, height: (54 * number) / most }, svg("title", {}, count(number))))),
      html("div", { class: "axis" }, html("span", {}, figure(least)), html("span", {}, sampled < elements ? `${count(sampled)} sampled` : ""), html("span", {}, figure(greatest))),
      table(rows),
    ];
  }
}
