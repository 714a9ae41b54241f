// Laying out a graph of groups of which some are unfolded.
//
// Each unfolded group is laid out by itself, inner ones first, by dagre: layers from top to bottom. Several edges between two items of a
// group are drawn as one, a bundle. A bundle that ends at an unfolded group goes on inside, from a port on its border: so each group is a
// small graph of its own, however large the function is.
import * as dagre from "@dagrejs/dagre";
import { changesIn } from "./colours";
import { Fn, GroupKind } from "./data";
import { counted, short, shortType } from "./dom";

export interface Point {
  x: number;
  y: number;
}
export interface Drawn {
  /** Edges of the function (numbers into Fn.from and Fn.to). */
  edges: number[];
  points: Point[];
  /** An item, or a port ("in0", "out1"). */
  from: string;
  to: string;
  /** Only its end is drawn. */
  isStub: boolean;
  /** What its points lie in. */
  left: number;
  right: number;
  top: number;
  bottom: number;
}
export interface Placed {
  /** ~node, or a group. */
  item: number;
  x: number;
  y: number;
  width: number;
  height: number;
  /** Of an unfolded group. */
  inside?: Laid;
}
export interface Laid {
  width: number;
  height: number;
  items: Placed[];
  edges: Drawn[];
  /** Where ports are on the border, from the left. */
  entering: number[];
  leaving: number[];
}
/** What dagre is asked: sizes of items, edges between their places in that list with weights. */
interface Question {
  sizes: { width: number; height: number }[];
  edges: [number, number, number][];
}
interface Answer {
  /** The middles of items. */
  items: Point[];
  edges: Point[][];
}
interface Bundle {
  from: string;
  to: string;
  edges: number[];
  isStub: boolean;
}

/** What more items than this read (a mask, a table of positions) leads to the first; the others get the ends of edges alone. */
const mostReaders = 4;

const mostAnswers = 4000;

export const header = 30, padding = 12, nodeHeight = 54, groupHeight = 58;

const context = document.createElement("canvas").getContext("2d")!;
const widths = new Map<string, number>();
/** The width of a text, in the fonts of the page. */
export function textWidth(text: string, size: number, bold = false): number {
  const key = `${bold ? "b" : ""}${size}${text}`;
  let width = widths.get(key);
  if (width === undefined) {
    context.font = `${bold ? "600 " : ""}${size}px system-ui, sans-serif`;
    width = context.measureText(text).width;
    if (widths.size > 20000) widths.clear();
    widths.set(key, width);
  }
  return width;
}

/** What of a text fits into a width. */
export function fitting(text: string, size: number, width: number): string {
  if (textWidth(text.slice(0, 200), size) <= width && text.length <= 200) return text;
  let length = Math.min(text.length, Math.floor(width / (0.3 * size)));
  while (length > 1 && textWidth(short(text, length), size) > width) --length;
  return short(text, length);
}

/** The lines of a node: what it is, its name, its type. */
export function nodeLines(fn: Fn, node: number): [string, string, string] {
  return [short(fn.op(node), 26), short(fn.name(node), 30), short(shortType(fn.type(node)), 30)];
}

/** The lines of a folded group. */
export function groupLines(fn: Fn, number: number): [string, string] {
  const group = fn.groups[number];
  const size = counted(group.end - group.begin, "node"), changes = changesIn(fn, number);
  return [short(group.name, 34), changes ? `${size}, ${changes} changed` : size];
}

/** Answers by their questions: what is unfolded again, what stays unfolded, and layers alike are laid out once. */
const answers = new Map<string, Answer>();
/** The places of nodes within their layers, by graphs: sizes don't matter to them, and finding them takes most of the time. */
const orders = new Map<string, (number | undefined)[]>();

/** Space between two layers. */
const layerGap = 34;

/** One after the other, as dagre has them: what most layers of a network are. Undefined for what is no chain. */
function chain({ sizes, edges }: Question): Answer | undefined {
  if (edges.length !== sizes.length - 1) return undefined;
  const next = new Map(edges.map(([from, to]) => [from, to])), targets = new Set(edges.map(([, to]) => to));
  const order = [sizes.findIndex((_, i) => !targets.has(i))];
  for (let to = next.get(order[0]); to !== undefined && order.length < sizes.length; to = next.get(to)) order.push(to);
  if (order.length !== sizes.length) return undefined;
  const items: Point[] = [];
  let below = 0;
  for (const i of order) {
    items[i] = { x: 0, y: below + sizes[i].height / 2 };
    below += sizes[i].height + layerGap;
  }
  const line = ([from, to]: [number, number, number]) => {
    const top = items[from].y + sizes[from].height / 2;
    return [top, top + layerGap / 2, items[to].y - sizes[to].height / 2].map((y) => ({ x: 0, y }));
  };
  return { items, edges: edges.map(line) };
}

function arrange({ sizes, edges }: Question): Answer {
  const shape = `${sizes.length};${edges.join(" ")}`, key = `${sizes.map(({ width, height }) => `${width} ${height}`)};${shape}`;
  const known = answers.get(key) ?? chain({ sizes, edges });
  if (known) return known;
  const graph = new dagre.graphlib.Graph({ multigraph: false });
  graph.setGraph({ rankdir: "TB", nodesep: 22, ranksep: layerGap, edgesep: 14, marginx: 0, marginy: 0, ranker: "tight-tree" });
  graph.setDefaultEdgeLabel(() => ({}));
  sizes.forEach((size, i) => graph.setNode(String(i), { ...size }));
  for (const [from, to, weight] of edges) graph.setEdge(String(from), String(to), { weight });
  dagre.layout(graph, {
    customOrder: (layers, find) => {
      const nodes = layers.nodes().map((name) => layers.node(name)), known = orders.get(shape);
      if (known?.length === nodes.length) nodes.forEach((node, i) => (node.order = known[i]));
      else {
        find(layers);
        orders.set(shape, nodes.map(({ order }) => order));
      }
    },
  });
  const answer: Answer = {
    items: sizes.map((_, i) => {
      const { x = 0, y = 0 } = graph.node(String(i));
      return { x, y };
    }),
    edges: edges.map(([from, to]) => (graph.edge(String(from), String(to))?.points ?? []) as Point[]),
  };
  if (answers.size >= mostAnswers) answers.clear();
  if (orders.size >= mostAnswers) orders.clear();
  answers.set(key, answer);
  return answer;
}

/** A function's layout, kept while groups are folded and unfolded: a group in which nothing changes keeps its Laid. */
export class Layout {
  private readonly laid = new Map<number, Laid>();
  private readonly bundlesOf = new Map<number, Bundle[]>();
  /** A group that is treated as if it were folded or unfolded. */
  private flipped = 0;

  constructor(private readonly fn: Fn, private readonly open: ReadonlySet<number>) {}

  run(): Laid {
    return this.group(0, [], []);
  }

  /** Must be called for a group that was folded or unfolded. */
  changed(group: number) {
    for (let at = group; at; ) this.laid.delete((at = this.fn.groups[at].parent));
  }

  /** Arranges what folding or unfolding a group leads to: `run` then has the answers. */
  anticipate(group: number) {
    const kept: [number, Laid | undefined][] = [];
    for (let at = group; at; ) kept.push([(at = this.fn.groups[at].parent), this.laid.get(at)]);
    this.changed(group);
    this.flipped = group;
    this.run();
    this.flipped = 0;
    for (const [at, laid] of kept) if (laid) this.laid.set(at, laid);
  }

  private isOpen(group: number): boolean {
    return this.open.has(group) !== (group === this.flipped);
  }

  private key(item: number): string {
    return String(item);
  }

  /** Edges inside a group as bundles between its items and ports. */
  private bundles(number: number, entering: Bundle[], leaving: Bundle[]): Bundle[] {
    const known = this.bundlesOf.get(number); // they don't depend on what is unfolded
    if (known) return known;
    const bundles = new Map<string, Bundle>();
    const add = (from: string, to: string, edge: number) => {
      const key = `${from} ${to}`;
      const bundle = bundles.get(key);
      if (bundle) bundle.edges.push(edge);
      else bundles.set(key, { from, to, edges: [edge], isStub: false });
    };
    const { fn } = this;
    for (const edge of fn.edgesOf[number])
      add(this.key(fn.itemIn(number, fn.from[edge])), this.key(fn.itemIn(number, fn.to[edge])), edge);
    entering.forEach((port, i) => port.edges.forEach((edge) => add(`in${i}`, this.key(fn.itemIn(number, fn.to[edge])), edge)));
    leaving.forEach((port, i) => port.edges.forEach((edge) => add(this.key(fn.itemIn(number, fn.from[edge])), `out${i}`, edge)));
    const list = [...bundles.values()];
    const readers = new Map<string, Bundle[]>();
    for (const bundle of list) if (!bundle.to.startsWith("out")) readers.set(bundle.from, [...(readers.get(bundle.from) ?? []), bundle]);
    for (const those of readers.values()) if (those.length > mostReaders) this.makeStubs(those);
    this.bundlesOf.set(number, list);
    return list;
  }

  private makeStubs(bundles: Bundle[]) {
    const place = ({ to }: Bundle) => (Number(to) < 0 ? ~Number(to) : this.fn.groups[Number(to)].begin);
    const first = bundles.reduce((a, b) => (place(b) < place(a) ? b : a));
    for (const bundle of bundles) bundle.isStub = bundle !== first;
  }

  private size(item: number): { width: number; height: number } {
    if (item < 0) {
      const [op, name, type] = nodeLines(this.fn, ~item);
      return { width: Math.max(84, textWidth(op, 13, true), textWidth(name, 11), textWidth(type, 11)) + 28, height: nodeHeight };
    }
    const [name, size] = groupLines(this.fn, item);
    const { kind, copies } = this.fn.groups[item];
    const chip = kind === GroupKind.Repeat ? textWidth(`×${copies}`, 12, true) + 22 : 0;
    return { width: Math.max(130, textWidth(name, 13, true) + chip + 24, textWidth(size, 11)) + 30, height: groupHeight };
  }

  private group(number: number, entering: Bundle[], leaving: Bundle[]): Laid {
    const known = this.laid.get(number);
    if (known) return known;
    const { fn } = this;
    const bundles = this.bundles(number, entering, leaving);
    const inside = new Map<number, Laid>(), question: Question = { sizes: [], edges: [] }, places = new Map<string, number>();
    const addPlace = (key: string, size: { width: number; height: number }) => {
      places.set(key, question.sizes.length);
      question.sizes.push(size);
    };
    for (const item of fn.groups[number].children) {
      const key = this.key(item);
      if (item >= 0 && this.isOpen(item)) {
        const laid = this.group(item, bundles.filter((bundle) => bundle.to === key), bundles.filter((bundle) => bundle.from === key));
        inside.set(item, laid);
        addPlace(key, { width: laid.width, height: laid.height });
      } else {
        addPlace(key, this.size(item));
      }
    }
    // Ports are held to the first and the last layer by an invisible node beyond.
    const addEdge = (from: string, to: string, weight: number) => question.edges.push([places.get(from)!, places.get(to)!, weight]);
    const addPort = (name: string, beyond: string) => {
      addPlace(name, { width: 6, height: 1 });
      if (!places.has(beyond)) addPlace(beyond, { width: 1, height: 1 });
    };
    entering.forEach((_, i) => (addPort(`in${i}`, "top"), addEdge("top", `in${i}`, 20)));
    leaving.forEach((_, i) => (addPort(`out${i}`, "bottom"), addEdge(`out${i}`, "bottom", 20)));
    const first = question.edges.length, drawn = bundles.filter(({ from, to, isStub }) => from !== to && !isStub);
    for (const { from, to } of drawn) addEdge(from, to, from.startsWith("in") || to.startsWith("out") ? 1 : 2);
    const answer = arrange(question);
    const placed = fn.groups[number].children.map((item, i) => {
      const { width, height } = question.sizes[i], { x, y } = answer.items[i];
      return { item, x: x - width / 2, y: y - height / 2, width, height, inside: inside.get(item) };
    });
    const points = new Map(drawn.map((bundle, i) => [bundle, answer.edges[first + i]]));
    const port = (name: string) => answer.items[places.get(name)!].x;
    const laid = this.collect(number, placed, bundles, points, port, entering.length, leaving.length);
    this.laid.set(number, laid);
    return laid;
  }

  private collect(number: number, items: Placed[], bundles: Bundle[], routes: Map<Bundle, Point[]>, portAt: (name: string) => number, entering: number, leaving: number): Laid {
    const left = Math.min(...items.map(({ x }) => x)), top = Math.min(...items.map(({ y }) => y));
    const edges: Drawn[] = [];
    for (const bundle of bundles) {
      const { from, to, edges: numbers, isStub } = bundle;
      if (from === to) continue;
      const points = isStub ? [{ x: 0, y: 0 }, { x: 0, y: 0 }] : (routes.get(bundle) ?? []);
      if (points.length) edges.push({ edges: numbers, from, to, isStub, points: points.map(({ x, y }) => ({ x, y })), left: 0, right: 0, top: 0, bottom: 0 });
    }
    let right = Math.max(...items.map(({ x, width }) => x + width)), low = left;
    for (const { points, isStub } of edges) if (!isStub) for (const { x } of points) [right, low] = [Math.max(right, x), Math.min(low, x)];
    const bottom = Math.max(...items.map(({ y, height }) => y + height));
    const isTop = number === 0;
    const dx = padding - low, dy = isTop ? padding - top : header + padding + (entering ? 10 : 0) - top;
    const height = bottom + dy + padding + (leaving ? 10 : 0);
    for (const placed of items) [placed.x, placed.y] = [placed.x + dx, placed.y + dy];
    for (const { points } of edges) for (const point of points) [point.x, point.y] = [point.x + dx, point.y + dy];

    const port = (name: string) => portAt(name) + dx;
    this.joinPorts(items, edges, port, height);
    for (const edge of edges) {
      const xs = edge.points.map(({ x }) => x), ys = edge.points.map(({ y }) => y);
      Object.assign(edge, { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) });
    }
    const wide = isTop ? 0 : textWidth(this.fn.groups[number].name, 13, true) + 110;
    return {
      width: Math.max(right - low + 2 * padding, Math.min(wide, 420)),
      height,
      items,
      edges,
      entering: Array.from({ length: entering }, (_, i) => port(`in${i}`)),
      leaving: Array.from({ length: leaving }, (_, i) => port(`out${i}`)),
    };
  }

  /** Lets edges end where the ports are: on the border of this group, and on those of the unfolded groups in it. */
  private joinPorts(items: Placed[], edges: Drawn[], port: (name: string) => number, height: number) {
    const places = new Map(items.map((placed) => [this.key(placed.item), { placed, entered: 0, left: 0, stubs: 0 }]));
    for (const { from, to, points, isStub } of edges) {
      const start = places.get(from), end = places.get(to);
      if (from.startsWith("in")) points[0] = { x: port(from), y: header };
      if (to.startsWith("out")) points[points.length - 1] = { x: port(to), y: height };
      if (start?.placed.inside) points[0] = { x: start.placed.x + start.placed.inside.leaving[start.left++], y: start.placed.y + start.placed.height };
      if (end?.placed.inside) points[points.length - 1] = { x: end.placed.x + end.placed.inside.entering[end.entered++], y: end.placed.y };
      else if (end && isStub) points[points.length - 1] = { x: end.placed.x + 14 + 10 * end.stubs++, y: end.placed.y };
      if (isStub) points[0] = { x: points[1].x, y: points[1].y - 16 };
    }
  }
}
