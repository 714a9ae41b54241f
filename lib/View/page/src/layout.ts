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
  /** Of items, those in unfolded groups included. */
  count: number;
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
/** Layouts of one group that are kept. */
const mostOthers = 16;

export const header = 30, padding = 12, nodeHeight = 54, groupHeight = 58;

const context = document.createElement("canvas").getContext("2d")!;
/** Widths of characters by fonts, and of texts that are more than their characters one after the other. */
const fonts = new Map<string, { characters: Float32Array; texts: Map<string, number> }>();
/** Characters below this are set one after the other. */
const simple = 0x300;
/** The width of a text, in the fonts of the page. */
export function textWidth(text: string, size: number, bold = false): number {
  const name = `${bold ? "600 " : ""}${size}px system-ui, sans-serif`;
  let font = fonts.get(name);
  if (!font) fonts.set(name, (font = { characters: new Float32Array(simple).fill(-1), texts: new Map() }));
  const measure = (text: string) => {
    context.font = name;
    return context.measureText(text).width;
  };
  let width = 0;
  for (let i = 0; i < text.length; ++i) {
    const code = text.charCodeAt(i);
    if (code >= simple && text[i] !== "…") {
      let known = font.texts.get(text);
      if (known === undefined) font.texts.set(text, (known = measure(text)));
      if (font.texts.size > 20000) font.texts.clear();
      return known;
    }
    const at = code < simple ? code : 0; // the ellipsis has the place of a character that no text has
    if (font.characters[at] < 0) font.characters[at] = measure(text[i]);
    width += font.characters[at];
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
  const straight = chain({ sizes, edges });
  if (straight) return straight;
  const shape = `${sizes.length};${edges.join(" ")}`, key = `${sizes.map(({ width, height }) => `${width} ${height}`)};${shape}`;
  const known = answers.get(key);
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

function groupBy<T>(list: readonly T[], keyOf: (each: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const each of list) {
    const group = groups.get(keyOf(each));
    if (group) group.push(each);
    else groups.set(keyOf(each), [each]);
  }
  return groups;
}

/** The least and the greatest of numbers, however many. */
function range<T>(list: readonly T[], low: (each: T) => number, high = low): [number, number] {
  let least = Infinity, greatest = -Infinity;
  for (const each of list) [least, greatest] = [Math.min(least, low(each)), Math.max(greatest, high(each))];
  return [least, greatest];
}

/** A function's layout, kept while groups are folded and unfolded: a group in which nothing changes keeps its Laid. */
export class Layout {
  private readonly laid = new Map<number, Laid>();
  private readonly bundlesOf = new Map<number, Bundle[]>();
  /** Other layouts of groups, with other groups unfolded in them: what is unfolded again, or was laid out in advance, is there. */
  private readonly others = new Map<number, Laid[]>();
  private readonly sizes = new Map<number, { width: number; height: number }>();
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
    const readers = groupBy(list.filter(({ to }) => !to.startsWith("out")), ({ from }) => from);
    for (const those of readers.values()) if (those.length > mostReaders) this.makeStubs(those);
    this.bundlesOf.set(number, list);
    return list;
  }

  private makeStubs(bundles: Bundle[]) {
    const place = ({ to }: Bundle) => (Number(to) < 0 ? ~Number(to) : this.fn.groups[Number(to)].begin);
    const first = bundles.reduce((a, b) => (place(b) < place(a) ? b : a));
    for (const bundle of bundles) bundle.isStub = bundle !== first;
  }

  /** Of a node, or of a folded group. */
  private size(item: number): { width: number; height: number } {
    let size = this.sizes.get(item);
    if (!size) this.sizes.set(item, (size = this.measure(item)));
    return size;
  }

  private measure(item: number): { width: number; height: number } {
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
    const bundles = this.bundles(number, entering, leaving);
    const inside = this.inside(number, bundles);
    const others = this.others.get(number) ?? [], other = others.findIndex(({ items }) => items.every((placed) => placed.inside === inside.get(placed.item)));
    const laid = other < 0 ? this.arrange(number, bundles, inside, entering, leaving) : others.splice(other, 1)[0];
    this.others.set(number, [laid, ...others].slice(0, mostOthers));
    this.laid.set(number, laid);
    return laid;
  }

  /** Layouts of the unfolded groups in a group. */
  private inside(number: number, bundles: Bundle[]): Map<number, Laid> {
    const groups = this.fn.groups[number].children.filter((item) => item >= 0 && this.isOpen(item)), inside = new Map<number, Laid>();
    if (!groups.length) return inside;
    const into = groupBy(bundles, ({ to }) => to), outOf = groupBy(bundles, ({ from }) => from);
    for (const group of groups) inside.set(group, this.group(group, into.get(this.key(group)) ?? [], outOf.get(this.key(group)) ?? []));
    return inside;
  }

  private arrange(number: number, bundles: Bundle[], inside: Map<number, Laid>, entering: Bundle[], leaving: Bundle[]): Laid {
    const children = this.fn.groups[number].children;
    const question: Question = { sizes: [], edges: [] }, places = new Map<string, number>();
    const addPlace = (key: string, size: { width: number; height: number }) => {
      places.set(key, question.sizes.length);
      question.sizes.push(size);
    };
    for (const item of children) {
      const { width, height } = inside.get(item) ?? this.size(item);
      addPlace(this.key(item), { width, height });
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
    const placed = children.map((item, i) => {
      const { width, height } = question.sizes[i], { x, y } = answer.items[i];
      return { item, x: x - width / 2, y: y - height / 2, width, height, inside: inside.get(item) };
    });
    const points = new Map(drawn.map((bundle, i) => [bundle, answer.edges[first + i]]));
    const port = (name: string) => answer.items[places.get(name)!].x;
    return this.collect(number, placed, bundles, points, port, entering.length, leaving.length);
  }

  private collect(number: number, items: Placed[], bundles: Bundle[], routes: Map<Bundle, Point[]>, portAt: (name: string) => number, entering: number, leaving: number): Laid {
    let [low, right] = range(items, ({ x }) => x, ({ x, width }) => x + width);
    const [top, bottom] = range(items, ({ y }) => y, ({ y, height }) => y + height);
    const edges: Drawn[] = [];
    for (const bundle of bundles) {
      const { from, to, edges: numbers, isStub } = bundle;
      if (from === to) continue;
      const points = isStub ? [{ x: 0, y: 0 }, { x: 0, y: 0 }] : (routes.get(bundle) ?? []);
      if (points.length) edges.push({ edges: numbers, from, to, isStub, points: points.map(({ x, y }) => ({ x, y })), left: 0, right: 0, top: 0, bottom: 0 });
    }
    for (const { points, isStub } of edges) if (!isStub) for (const { x } of points) [right, low] = [Math.max(right, x), Math.min(low, x)];
    const isTop = number === 0;
    const dx = padding - low, dy = isTop ? padding - top : header + padding + (entering ? 10 : 0) - top;
    const height = bottom + dy + padding + (leaving ? 10 : 0);
    for (const placed of items) [placed.x, placed.y] = [placed.x + dx, placed.y + dy];
    for (const { points } of edges) for (const point of points) [point.x, point.y] = [point.x + dx, point.y + dy];

    const port = (name: string) => portAt(name) + dx;
    this.joinPorts(items, edges, port, height);
    for (const edge of edges) {
      [edge.left, edge.right] = range(edge.points, ({ x }) => x);
      [edge.top, edge.bottom] = range(edge.points, ({ y }) => y);
    }
    const wide = isTop ? 0 : textWidth(this.fn.groups[number].name, 13, true) + 110;
    return {
      width: Math.max(right - low + 2 * padding, Math.min(wide, 420)),
      height,
      count: items.reduce((count, { inside }) => count + 1 + (inside?.count ?? 0), 0),
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
