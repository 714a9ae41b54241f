// The page: tabs of functions, one pane a model, the panel; and the place in the URL.
import { aboutBox } from "./about";
import { classNames, Colouring, colourings, Palette, stops } from "./colours";
import { Data, Fn, Model } from "./data";
import { bytes, count, figure, html, short, svg } from "./dom";
import { GraphView } from "./graph";
import { MapView } from "./map";
import { Panel } from "./panel";
import { pathBetween, SearchBox } from "./search";

interface Tab {
  label: string;
  stage: string;
  name: string;
  /** The function in the first model that has it. */
  fn: Fn;
}

class Pane {
  readonly element: HTMLElement;
  readonly body = html("div", { class: "body" });
  graph?: GraphView;
  map?: MapView;
  fn!: Fn;
  constructor(readonly model: Model, title: string) {
    this.element = html("section", { class: "pane", "aria-label": title }, title ? html("h2", { title }, short(title, 60)) : "", this.body);
  }
}

class Page {
  private readonly tabs: Tab[] = [];
  private readonly panes: Pane[];
  private pane: Pane;
  private tab = 0;
  private mode: "graph" | "map";
  private pathStart: number | null = null;
  private readonly colourings: Colouring[];
  private colouring: Colouring;
  private readonly legend = html("footer", { class: "legend", "aria-label": "Legend" });
  private readonly tabList = html("div", { class: "tabs", role: "tablist", "aria-label": "Functions" });
  private tabButton?: HTMLElement;
  private readonly panel: Panel;
  private readonly search: SearchBox;
  private readonly choice = html("select", { "aria-label": "Colour by" });
  private readonly modeButtons: HTMLButtonElement[];
  private restoring = false;
  /** A place that isn't in the URL yet, and the timer that puts it there. */
  private unwritten?: string;
  private timer = 0;

  constructor(private readonly data: Data) {
    const compared = data.models.length > 1;
    this.panes = data.models.map((model, i) => new Pane(model, compared ? `${i ? "after" : "before"}: ${model.raw.name}` : ""));
    this.pane = this.panes[0];
    const known = new Set<string>();
    for (const fn of data.models.flatMap(({ functions }) => functions)) {
      const { stage, name } = fn.raw, key = JSON.stringify([stage, name]);
      if (!known.has(key)) this.tabs.push({ stage, name, fn, label: [stage, name].filter(Boolean).join(" · ") || "pipeline" });
      known.add(key);
    }
    this.colourings = colourings(data.measures, compared);
    this.colouring = this.colourings.find(({ key }) => key === `data:${data.raw.colour}`) ?? this.colourings[0];
    this.mode = data.raw.start;
    if (this.mode === "map" && this.colouring.key === "op") this.colouring = this.colourings.find(({ key }) => key === "bytes")!;
    const shown = this.tabs.findIndex(({ fn }) => fn.size && fn.model === data.models[0]);
    const start = this.tabs.findIndex(({ fn }) => fn.size && fn.model === data.models[0] && fn.raw.isDefault);
    this.tab = Math.max(0, start >= 0 ? start : shown);

    this.panel = new Panel({
      go: (item) => this.go(item),
      toggle: (group) => {
        this.pane.graph?.toggle(group);
        this.showPanel();
      },
      isOpen: (group) => !!this.pane.graph?.open.has(group),
      path: (node) => this.path(node),
      pathStart: () => this.pathStart,
    });
    this.search = new SearchBox(() => this.pane.fn, (node) => this.go(~node));
    this.modeButtons = (["graph", "map"] as const).map((mode) => html("button", { class: "mode", click: () => this.setMode(mode) }, mode === "graph" ? "Graph" : "Map"));
    this.build();
  }

  private build() {
    for (const { key, label } of this.colourings) this.choice.append(html("option", { value: key }, short(label, 40)));
    this.choice.addEventListener("change", () => this.setColouring(this.choice.value));
    const about = aboutBox();
    const button = (label: string, name: string, click: () => void) => html("button", { title: name, "aria-label": name, click }, label);
    const title = this.data.models.map(({ raw }) => raw.name).join(" → ");
    document.title = `${short(title, 100)} — milc view`;
    const main = html("main", {}, ...this.panes.map(({ element }) => element));
    document.body.append(
      html("header", {},
        html("h1", { title }, short(title, 70)),
        html("div", { class: "switch" }, ...this.modeButtons),
        this.search.element,
        html("label", { class: "colour" }, "Colour", this.choice),
        html("div", { class: "buttons" },
          button("+", "Zoom in", () => this.all((graph) => graph.zoomBy(1.3))), button("−", "Zoom out", () => this.all((graph) => graph.zoomBy(1 / 1.3))), button("Fit", "Fit the whole graph on the screen", () => this.all((graph) => graph.fit(true))),
          button("Fold", "Fold everything", () => this.all((graph) => graph.foldAll(false))), button("Unfold", "Unfold as much as can be shown", () => this.all((graph) => graph.foldAll(true))), button("?", "About", () => about.showModal()))),
      html("nav", { "aria-label": "Functions" }, this.tabList), html("div", { class: "work" }, main, this.panel.element), this.legend, about);
    for (const pane of this.panes) pane.element.addEventListener("pointerdown", () => this.focus(pane), true);
    document.addEventListener("keydown", (event) => {
      if (event.key === "/" && !(event.target instanceof HTMLInputElement)) {
        event.preventDefault();
        this.search.input.focus();
      }
    });
    window.addEventListener("popstate", () => {
      this.unwritten = undefined;
      this.restore();
    });
    window.matchMedia("print").addEventListener("change", ({ matches }) => this.panes.forEach(({ graph }) => graph?.showOnPaper(matches)));
    window.addEventListener("resize", () => this.panes.forEach(({ map }) => map?.draw()));
    this.makeTabs();
    this.restore();
  }

  /** Changes the graphs of both models. */
  private all(change: (graph: GraphView) => void) {
    for (const { graph } of this.panes) if (graph) change(graph);
  }

  private focus(pane: Pane) {
    if (this.pane === pane) return;
    this.pane = pane;
    this.showPanel();
  }

  // ---- Functions

  private makeTabs() {
    const most = this.tabs.reduce((largest, { fn }) => Math.max(largest, fn.raw.weightBytes), 1);
    this.tabList.hidden = this.tabs.length < 2;
    this.tabList.append(...this.tabs.map(({ fn, label }, i) => {
      const { weightBytes, sharedBytes, operations } = fn.raw, shared = (100 * sharedBytes) / most, own = (100 * (weightBytes - sharedBytes)) / most;
      return html("button", { role: "tab", "aria-selected": "false", tabindex: -1, title: `${count(operations)} operations, ${bytes(weightBytes)} of weights, ${bytes(sharedBytes)} of them shared`, click: () => this.setTab(i) },
        short(label, 40),
        svg("svg", { viewBox: "0 0 100 4", preserveAspectRatio: "none", "aria-hidden": "true" }, svg("rect", { class: "shared", width: shared, height: 4 }), svg("rect", { class: "own", x: shared, width: own, height: 4 })));
    }));
    this.tabList.addEventListener("keydown", (event) => {
      const places: Record<string, number> = { ArrowRight: this.tab + 1, ArrowLeft: this.tab - 1, Home: 0, End: this.tabs.length - 1 };
      const place = places[event.key];
      if (place === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      this.setTab((place + this.tabs.length) % this.tabs.length);
      this.tabButton?.focus();
    });
  }

  /** Marks the tab of the function that is shown: the one that the keyboard reaches; arrows go on from there. */
  private showTab() {
    this.tabButton?.setAttribute("aria-selected", "false");
    this.tabButton?.setAttribute("tabindex", "-1");
    this.tabButton = this.tabList.children[this.tab] as HTMLElement;
    this.tabButton.setAttribute("aria-selected", "true");
    this.tabButton.setAttribute("tabindex", "0");
    if (!this.tabList.hidden) this.tabButton.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  private setTab(tab: number) {
    this.tab = tab;
    this.showTab();
    this.openFunction();
    this.remember(true);
  }

  private openFunction() {
    const { stage, name } = this.tabs[this.tab];
    this.pathStart = null;
    for (const pane of this.panes) {
      const fn = pane.model.functions.find(({ raw }) => raw.stage === stage && raw.name === name);
      pane.graph = pane.map = undefined;
      pane.body.replaceChildren();
      if (!fn) {
        pane.body.append(html("p", { class: "empty" }, "This model doesn't have this function."));
        pane.fn = new Fn({ ...pane.model.functions[0].raw, name, op: [], groups: [], parent: [], results: [], resultCounts: [], args: [], argCounts: [], flops: [], marks: [] }, [], pane.model);
        continue;
      }
      pane.fn = fn;
      if (!fn.size) {
        pane.body.append(html("p", { class: "empty" }, fn.raw.kind === "pipeline" ? "A pipeline: its models are the other tabs." : `This is a ${fn.raw.kind}, which is not shown.`));
        continue;
      }
      const palette = new Palette(fn, this.colouring);
      if (this.mode === "graph") {
        pane.graph = new GraphView(fn, palette, { selected: (item) => this.selected(pane, item), folded: () => this.remember(false) });
        pane.body.append(pane.graph.element);
        pane.graph.fit();
      } else {
        pane.map = new MapView(fn, palette, (item) => {
          this.pane = pane;
          this.showPanel(item);
        });
        pane.body.append(pane.map.element);
        pane.map.draw();
      }
    }
    this.showLegend();
    this.showPanel();
    this.modeButtons.forEach((each, i) => each.setAttribute("aria-pressed", String((i === 0) === (this.mode === "graph"))));
  }

  private setMode(mode: "graph" | "map") {
    this.mode = mode;
    if (mode === "map" && this.colouring.key === "op") this.colouring = this.colourings.find(({ key }) => key === "bytes")!;
    if (mode === "graph" && this.colouring.key === "bytes") this.colouring = this.colourings[0];
    this.openFunction();
    this.remember(true);
  }

  // ---- Selection

  private selected(pane: Pane, item: number | null) {
    this.pane = pane;
    this.showPanel();
    this.remember(true);
    // The same node on the other side.
    const other = this.panes.find((each) => each !== pane);
    if (!other?.graph || item === null || item > 0) return;
    const mark = pane.fn.marks.get(~item);
    const twin = other.fn.find(mark?.other || pane.fn.name(~item));
    other.graph.select(twin === undefined ? null : ~twin, false);
    if (twin === undefined) return;
    other.graph.reveal(~twin);
    other.graph.show(~twin);
  }

  private go(item: number) {
    if (this.mode !== "graph") this.setMode("graph");
    const { graph } = this.pane;
    if (!graph) return;
    graph.reveal(item);
    graph.select(item);
    graph.show(item);
  }

  private path(node: number) {
    const { graph, fn } = this.pane;
    if (!graph) return;
    if (this.pathStart === null || this.pathStart === node) {
      this.pathStart = this.pathStart === node ? null : node;
      graph.showPath([]);
    } else {
      const path = pathBetween(fn, this.pathStart, node);
      this.pathStart = null;
      for (const each of path.length <= 200 ? path : [path[0], path.at(-1)!]) graph.reveal(~each);
      graph.showPath(path);
      graph.show(~node);
    }
    this.showPanel();
  }

  private showPanel(item = this.pane.graph?.selected ?? null) {
    this.panel.show(this.pane.model, this.pane.fn, item, this.colouring);
  }

  // ---- Colours

  private setColouring(key: string) {
    this.colouring = this.colourings.find((each) => each.key === key) ?? this.colourings[0];
    for (const { fn, graph, map } of this.panes) {
      if (!fn.size) continue;
      const palette = new Palette(fn, this.colouring);
      graph?.recolour(palette);
      map?.recolour(palette);
    }
    this.showLegend();
    this.showPanel();
    this.remember(false);
  }

  private showLegend() {
    this.choice.value = this.colouring.key;
    const entry = (kind: string, text: string) => html("span", { class: `entry ${kind}` }, svg("svg", { viewBox: "0 0 12 12", "aria-hidden": "true" }, svg("rect", { class: "box", width: 12, height: 12, rx: 3 })), text);
    const { value, category, key, label } = this.colouring;
    if (key === "change") return this.legend.replaceChildren(entry("change-0", "added"), entry("change-1", "removed"), entry("change-2", "changed"));
    const palette = new Palette(this.pane.fn, this.colouring);
    if (category) return this.legend.replaceChildren(...palette.categories.slice(0, 8).map((name, i) => entry(`cat-${i}`, short(name, 24))));
    const isMapOfBytes = this.mode === "map" && key === "bytes"; // whose areas have the size of their bytes, and the colours of operations
    if (!value || isMapOfBytes) return this.legend.replaceChildren(...classNames.map(([name, text]) => entry(`op-${name}`, text)));
    const [low, high] = palette.range(), text = key === "bytes" ? bytes : figure;
    return this.legend.replaceChildren(html("span", {}, `${short(label, 40)}: ${text(Math.max(low, key === "bytes" ? Math.ceil(high / 1e6) : high / 1e6))}`), ...Array.from({ length: stops }, (_, i) => entry(`heat-${i}`, "")), html("span", {}, text(high)));
  }

  // ---- The place in the URL

  private remember(step: boolean) {
    if (this.restoring) return;
    const { graph } = this.pane;
    const place = new URLSearchParams({ f: String(this.tab), v: this.mode, c: this.colouring.key });
    if (this.panes.length > 1) place.set("p", String(this.panes.indexOf(this.pane)));
    if (graph?.selected != null) place.set("s", String(graph.selected));
    if (graph?.open.size) place.set("o", [...graph.open].slice(0, 400).join(","));
    const url = `#${place}`;
    if (url === (this.unwritten ?? location.hash)) return;
    if (step) {
      this.writePlace();
      history.pushState(null, "", url);
    } else {
      // Not in the midst of folding: the browser takes its time for this.
      this.unwritten = url;
      clearTimeout(this.timer);
      this.timer = window.setTimeout(() => this.writePlace(), 100);
    }
  }

  private writePlace() {
    if (this.unwritten !== undefined) history.replaceState(null, "", this.unwritten);
    this.unwritten = undefined;
  }

  private restore() {
    this.restoring = true;
    const place = new URLSearchParams(location.hash.slice(1));
    const number = (key: string) => (place.has(key) && /^-?\d+$/.test(place.get(key)!) ? Number(place.get(key)) : undefined);
    const tab = number("f") ?? this.tab, mode = place.get("v") === "map" ? "map" : place.get("v") === "graph" ? "graph" : this.mode;
    this.colouring = this.colourings.find(({ key }) => key === place.get("c")) ?? this.colouring;
    const isNew = !this.panes[0].fn || tab !== this.tab || mode !== this.mode;
    this.tab = tab >= 0 && tab < this.tabs.length ? tab : 0;
    this.mode = mode;
    if (isNew) {
      this.showTab();
      this.openFunction();
    }
    this.pane = this.panes[number("p") ?? 0] ?? this.panes[0];
    const { graph, fn } = this.pane;
    if (graph && place.has("o")) graph.setOpen(place.get("o")!.split(",").map(Number).filter((group) => group > 0 && group < fn.groups.length));
    const item = number("s");
    if (graph) {
      const valid = item !== undefined && (item < 0 ? ~item < fn.size : item < fn.groups.length);
      if (valid) graph.reveal(item);
      graph.select(valid ? item : null, false);
      if (valid) graph.show(item);
    }
    this.showPanel();
    this.restoring = false;
  }
}

Data.read().then(
  (data) => {
    new Page(data);
    document.documentElement.dataset.ready = "true";
  },
  (error: unknown) => {
    document.body.append(html("p", { class: "empty" }, `The data of this page can't be read: ${error}`));
  },
);
