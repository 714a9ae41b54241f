// The data of the page, as lib/View/PageData.cpp writes it, and what follows from it.

import { readChunk, Texts } from "./chunks";

export interface Feature {
  name: string;
  type: string;
  feature: string;
  description: string;
  optional: boolean;
}

/** What changed: what, before, after. */
export type Difference = [string, string, string];
/** A node that changed: its number, 0 added 1 removed 2 changed, its name on the other side, in what. */
type Mark = [number, number, string, Difference[]];
/** Elements, sampled, not finite, zeros, least, greatest, mean, deviation, histogram, first values. */
export type Sample = [number, number, number, number, number, number, number, number, number[], (number | string)[]];

interface RawFunction {
  name: string;
  stage: string;
  kind: string;
  opset: string;
  isDefault: boolean;
  operations: number;
  parameters: number;
  weightBytes: number;
  sharedBytes: number;
  inputs: Feature[];
  outputs: Feature[];
  states: Feature[];
  number?: number;
  op?: number[];
  parent?: number[];
  /** Names and types of all results, and how many of these numbers each node has. */
  results?: number[];
  resultCounts?: number[];
  /** Three numbers for each argument: its name, the kind of its binding, and the number of that; and how many of these numbers each node
   *  has. Kinds: 0 a node, by its distance before this one; 1 a constant; 2 a text. */
  args?: number[];
  argCounts?: number[];
  flops?: number[];
  /** Six numbers a group: name, kind, parent, begin, end, copies. Outer ones first. */
  groups?: number[];
  change?: "added" | "removed" | "changed";
  interfaceDifferences?: Difference[];
  marks?: Mark[];
}

interface RawModel {
  name: string;
  kind: string;
  specificationVersion: number;
  about: [string, string][];
  weightBytes: number;
  records: number;
  differences: Difference[];
  functions: (RawFunction & { nodeNames?: number[] })[];
  /** Columns. Schemes and texts are -1 when there is none. */
  constants: { name: number[]; type: number[]; bytes: number[]; scheme: number[]; text: number[]; hasSample: number[]; records: number[]; recordCounts: number[] };
}

export interface RawReport {
  title: string;
  measures: string[];
  rows: [string, string, ...number[]][];
}

interface Raw {
  format: number;
  start: "graph" | "map";
  colour: string;
  types: string[];
  ops: [string, string, string][];
  models: RawModel[];
  reports: RawReport[];
}

/** Kinds of groups, as mil/View/Graph.h numbers them. */
export const enum GroupKind { Function, Scope, Repeat, Copy, Part, Call, Block }

export class Group {
  /** Nodes as ~number (negative), groups as their number. */
  readonly children: number[] = [];
  constructor(
    private readonly texts: Texts, private readonly nameNumber: number, readonly kind: GroupKind, readonly parent: number,
    readonly begin: number, readonly end: number, readonly copies: number, readonly depth: number) {}

  get name(): string {
    return this.texts.at(this.nameNumber);
  }
}

export interface Constant {
  number: number;
  name: string;
  type: string;
  bytes: number;
  records: number[];
  scheme: string;
  text: string;
  hasSample: boolean;
}

/** Something bound to an argument. */
export interface Binding {
  name: string;
  node?: number;
  constant?: Constant;
  text?: string;
}

export interface Measure {
  name: string;
  values: Map<number, number>;
}

/** Where the numbers of each of several lists begin in the one that holds them all. */
function begins(counts: ArrayLike<number>): Int32Array {
  const begins = new Int32Array(counts.length + 1);
  for (let i = 0; i < counts.length; ++i) begins[i + 1] = begins[i] + counts[i];
  return begins;
}

/** A function. What takes long for a large one and isn't always needed is found out when it is asked for. */
export class Fn {
  readonly groups: Group[] = [];
  readonly size: number;
  /** Distinct pairs of nodes, one after the other in two arrays. */
  readonly from: Int32Array;
  readonly to: Int32Array;
  /** Edges by the innermost group around both ends. */
  readonly edgesOf: number[][];
  readonly marks = new Map<number, { change: number; other: string; details: Difference[] }>();
  readonly measures = new Map<string, Measure>();
  private readonly resultsAt: Int32Array;
  private readonly argsAt: Int32Array;
  private names?: Map<string, number>;
  private weights?: Float64Array;
  /** Edges by their first node, and where those of each node begin. */
  private uses?: { edges: Int32Array; at: Int32Array };

  constructor(readonly raw: RawFunction, readonly nodeNames: number[], readonly model: Model) {
    this.size = raw.op?.length ?? 0;
    this.resultsAt = begins(raw.resultCounts ?? []);
    this.argsAt = begins(raw.argCounts ?? []);
    this.readGroups(raw.groups ?? []);
    this.edgesOf = this.groups.map(() => []);
    [this.from, this.to] = this.readEdges(raw.args ?? []);
    for (const [node, change, other, details] of raw.marks ?? []) {
      const known = this.marks.get(node);
      if (known) known.details.push(...details);
      else this.marks.set(node, { change, other, details: [...details] });
    }
  }

  private readGroups(flat: number[]) {
    const { texts } = this.model.data;
    for (let i = 0; i < flat.length; i += 6) {
      const parent = flat[i + 2], depth = i ? this.groups[parent].depth + 1 : 0;
      this.groups.push(new Group(texts, flat[i], flat[i + 1], parent, flat[i + 3], flat[i + 4], flat[i + 5], depth));
    }
    // Groups are in the order in which they begin, too: so children are in the order of the program.
    let group = 1;
    for (let node = 0; node < this.size; ++node) {
      for (; group < this.groups.length && this.groups[group].begin <= node; ++group) this.groups[this.groups[group].parent].children.push(group);
      this.groups[this.parent(node)].children.push(~node);
    }
  }

  private readEdges(args: number[]): [Int32Array, Int32Array] {
    const from = new Int32Array(args.length / 3), to = new Int32Array(args.length / 3);
    const lastUser = new Int32Array(this.size).fill(-1);
    let count = 0;
    for (let node = 0; node < this.size; ++node)
      for (let i = this.argsAt[node]; i < this.argsAt[node + 1]; i += 3) {
        const other = node - args[i + 2];
        if (args[i + 1] !== 0 || lastUser[other] === node) continue;
        lastUser[other] = node;
        this.edgesOf[this.around(other, node)].push(count);
        from[count] = other;
        to[count++] = node;
      }
    return [from.subarray(0, count), to.subarray(0, count)];
  }

  /** Bytes of the weights that each node reads. */
  get bytes(): Float64Array {
    if (this.weights) return this.weights;
    this.weights = new Float64Array(this.size);
    for (let node = 0; node < this.size; ++node) {
      const records = new Set<number>();
      for (const { constant } of this.bindings(node)) {
        if (!constant || (constant.records.length && constant.records.every((record) => records.has(record)))) continue;
        constant.records.forEach((record) => records.add(record));
        this.weights[node] += constant.bytes;
      }
    }
    return this.weights;
  }

  /** The nodes that read a node. */
  users(node: number): number[] {
    if (!this.uses) {
      const counts = new Int32Array(this.size);
      for (const from of this.from) ++counts[from];
      const at = begins(counts), next = at.slice(), edges = new Int32Array(this.from.length);
      this.from.forEach((from, edge) => (edges[next[from]++] = edge));
      this.uses = { edges, at };
    }
    const { edges, at } = this.uses;
    return Array.from(edges.subarray(at[node], at[node + 1]), (edge) => this.to[edge]);
  }

  parent(node: number): number {
    return this.raw.parent![node];
  }
  /** The item of a group that holds a node: ~node, or a group. */
  itemIn(group: number, node: number): number {
    let item = ~node, parent = this.parent(node);
    while (parent !== group) {
      item = parent;
      parent = this.groups[parent].parent;
    }
    return item;
  }
  /** The innermost group around two nodes. */
  private around(a: number, b: number): number {
    let first = this.parent(a), second = this.parent(b);
    while (first !== second) {
      if (this.groups[first].depth >= this.groups[second].depth) first = this.groups[first].parent;
      else second = this.groups[second].parent;
    }
    return first;
  }

  isOperation(node: number): boolean {
    return this.raw.op![node] >= 0;
  }
  /** "linear"; "input", "state" and "output" for those. */
  op(node: number): string {
    const op = this.raw.op![node];
    return op >= 0 ? this.model.data.raw.ops[op][0] : op !== -1 ? "output" : this.type(node).startsWith("state<") ? "state" : "input";
  }
  family(node: number): string {
    const op = this.raw.op![node];
    return op >= 0 ? this.model.data.raw.ops[op][1] : "interface";
  }
  says(node: number): string {
    const op = this.raw.op![node];
    return op >= 0 ? this.model.data.raw.ops[op][2] : "";
  }
  name(node: number): string {
    return this.model.data.texts.at(this.nodeNames[node]);
  }
  /** Names and types of the results, or of the value of an input or output. */
  results(node: number): [string, string][] {
    const flat = this.raw.results!, { texts, raw: { types } } = this.model.data;
    const list: [string, string][] = [];
    for (let i = this.resultsAt[node]; i < this.resultsAt[node + 1]; i += 2) list.push([texts.at(flat[i]), types[flat[i + 1]]]);
    return list;
  }
  type(node: number): string {
    const at = this.resultsAt[node];
    return at < this.resultsAt[node + 1] ? this.model.data.raw.types[this.raw.results![at + 1]] : "";
  }
  flops(node: number): number {
    return this.raw.flops![node];
  }
  bindings(node: number): Binding[] {
    const flat = this.raw.args!, { texts } = this.model.data;
    const list: Binding[] = [];
    for (let i = this.argsAt[node]; i < this.argsAt[node + 1]; i += 3) {
      const kind = flat[i + 1], number = flat[i + 2], binding: Binding = { name: texts.at(flat[i]) };
      if (kind === 0) binding.node = node - number;
      else if (kind === 1) binding.constant = this.model.constant(number);
      else binding.text = texts.at(number);
      list.push(binding);
    }
    return list;
  }
  find(name: string): number | undefined {
    if (!this.names) {
      this.names = new Map();
      for (let node = 0; node < this.size; ++node) for (const [name] of this.results(node)) if (!this.names.has(name)) this.names.set(name, node);
    }
    return this.names.get(name);
  }

  /** The MIL text of an operation. */
  async text(node: number): Promise<string> {
    const perChunk = 256;
    return (await this.model.data.operations(`${this.raw.number}-${Math.floor(node / perChunk)}`))[node % perChunk] ?? "";
  }
}

export class Model {
  readonly functions: Fn[];
  private readonly recordsAt: Int32Array;

  constructor(readonly raw: RawModel, readonly data: Data) {
    this.recordsAt = begins(raw.constants.recordCounts);
    this.functions = raw.functions.map((each) => new Fn(each, each.nodeNames ?? [], this));
  }

  constant(number: number): Constant {
    const { name, type, bytes, scheme, text, hasSample, records } = this.raw.constants, { texts, raw: { types } } = this.data;
    return {
      number,
      name: texts.at(name[number]),
      type: types[type[number]],
      bytes: bytes[number],
      records: records.slice(this.recordsAt[number], this.recordsAt[number + 1]),
      scheme: scheme[number] < 0 ? "" : texts.at(scheme[number]),
      text: text[number] < 0 ? "" : texts.at(text[number]),
      hasSample: hasSample[number] === 1,
    };
  }

  /** What is known of the elements of a constant that has a sample. */
  async sample({ number }: Constant): Promise<Sample> {
    const perChunk = 256, chunk = `samples-${this.data.models.indexOf(this)}-${Math.floor(number / perChunk)}`;
    return (await this.data.samples(chunk))[number % perChunk]!;
  }

  /** Constants of the model that have a record in common with this one. */
  sharers(constant: Constant): Constant[] {
    const wanted = new Set(constant.records), sharers = new Set<number>();
    for (let number = 0, i = 0; i < this.raw.constants.records.length; ++i) {
      while (i >= this.recordsAt[number + 1]) ++number;
      if (number !== constant.number && wanted.has(this.raw.constants.records[i])) sharers.add(number);
    }
    return [...sharers].map((number) => this.constant(number));
  }
}

/** What a chunk holds, read once. */
function onceFor<T>(opened: Map<string, Promise<T>>, chunk: string, read: (text: string) => T): Promise<T> {
  let content = opened.get(chunk);
  if (!content) opened.set(chunk, (content = readChunk(chunk).then(read)));
  return content;
}

export class Data {
  readonly models: Model[];
  readonly measures: string[] = [];
  private readonly openedTexts = new Map<string, Promise<string[]>>();
  private readonly openedSamples = new Map<string, Promise<(Sample | null)[]>>();

  private constructor(readonly raw: Raw, readonly texts: Texts) {
    this.models = raw.models.map((model) => new Model(model, this));
    for (const report of raw.reports) this.addReport(report);
  }

  static async read(): Promise<Data> {
    return new Data(JSON.parse(await readChunk("data")) as Raw, await Texts.read("strings"));
  }

  /** A report's figures go to the node of that name, or to the readers of the constant of that name. */
  private addReport(report: RawReport) {
    for (const name of report.measures) if (!this.measures.includes(name)) this.measures.push(name);
    for (const fn of this.models.flatMap((model) => model.functions)) {
      const readers = new Map<string, number[]>();
      for (let node = 0; node < fn.size; ++node)
        for (const { constant } of fn.bindings(node)) if (constant) readers.set(constant.name, [...(readers.get(constant.name) ?? []), node]);
      for (const [functionName, name, ...values] of report.rows) {
        if (functionName && functionName !== fn.raw.name) continue;
        const node = fn.find(name);
        for (const each of node !== undefined ? [node] : readers.get(name) ?? [])
          for (let i = 0; i < values.length; i += 2) {
            const measure = report.measures[values[i]];
            if (!fn.measures.has(measure)) fn.measures.set(measure, { name: measure, values: new Map() });
            fn.measures.get(measure)!.values.set(each, values[i + 1]);
          }
      }
    }
  }

  operations(chunk: string): Promise<string[]> {
    return onceFor(this.openedTexts, chunk, (text) => text.split("\0"));
  }

  samples(chunk: string): Promise<(Sample | null)[]> {
    return onceFor(this.openedSamples, chunk, (text) => JSON.parse(text) as (Sample | null)[]);
  }
}
