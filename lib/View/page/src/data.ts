// The data of the page, as lib/View/PageData.cpp writes it, and what follows from it.

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
  results?: number[][];
  args?: number[][];
  flops?: number[];
  groups?: [number, number, number, number, number, number][];
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
  constants: [number, number, number, number[], number, number, Sample?][];
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
  strings: string[];
  types: string[];
  ops: [string, string, string][];
  models: RawModel[];
  reports: RawReport[];
}

async function readChunk(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const zlib = document.getElementById(`zlib-${name}`), element = zlib ?? document.getElementById(`raw-${name}`);
  const binary = atob(element?.textContent ?? "");
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; ++i) bytes[i] = binary.charCodeAt(i);
  if (!zlib) return bytes;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Kinds of groups, as mil/View/Graph.h numbers them. */
export const enum GroupKind { Function, Scope, Repeat, Copy, Part, Call, Block }

export interface Group {
  name: string;
  kind: GroupKind;
  parent: number;
  begin: number;
  end: number;
  copies: number;
  depth: number;
  /** Nodes as ~number (negative), groups as their number. */
  children: number[];
}

export interface Constant {
  number: number;
  name: string;
  type: string;
  bytes: number;
  records: number[];
  scheme: string;
  text: string;
  sample?: Sample;
}

/** Something bound to an argument. */
export interface Binding {
  name: string;
  node?: number;
  result?: number;
  constant?: Constant;
  text?: string;
}

export interface Measure {
  name: string;
  values: Map<number, number>;
}

export class Fn {
  readonly groups: Group[];
  readonly size: number;
  /** Distinct pairs of nodes, one after the other in two arrays. */
  readonly from: number[] = [];
  readonly to: number[] = [];
  readonly users: number[][];
  /** Edges by the innermost group around both ends. */
  readonly edgesOf: number[][];
  readonly bytes: Float64Array;
  readonly marks = new Map<number, { change: number; other: string; details: Difference[] }>();
  readonly measures = new Map<string, Measure>();
  private readonly names = new Map<string, number>();

  constructor(readonly raw: RawFunction, readonly nodeNames: number[], readonly model: Model) {
    this.size = raw.op?.length ?? 0;
    const { strings } = model.data.raw;
    this.groups = (raw.groups ?? []).map(([name, kind, parent, begin, end, copies]) => ({ name: strings[name], kind, parent, begin, end, copies, depth: 0, children: [] }));
    this.groups.forEach((group, i) => {
      if (!i) return;
      const parent = this.groups[group.parent];
      group.depth = parent.depth + 1;
      parent.children.push(i);
    });
    for (let node = 0; node < this.size; ++node) this.groups[this.parent(node)].children.push(~node);
    const begin = (item: number) => (item < 0 ? ~item : this.groups[item].begin);
    for (const group of this.groups) group.children.sort((a, b) => begin(a) - begin(b));

    this.users = Array.from({ length: this.size }, () => []);
    this.edgesOf = this.groups.map(() => []);
    this.bytes = new Float64Array(this.size);
    for (let node = 0; node < this.size; ++node) this.read(node);
    for (const [node, change, other, details] of raw.marks ?? []) {
      const known = this.marks.get(node);
      if (known) known.details.push(...details);
      else this.marks.set(node, { change, other, details: [...details] });
    }
  }

  private read(node: number) {
    const args = this.raw.args![node];
    const seen = new Set<number>(), records = new Set<number>();
    for (let i = 0; i < args.length; i += 4) {
      const [, kind, number] = args.slice(i, i + 3);
      if (kind === 0 && !seen.has(number)) {
        seen.add(number);
        this.edgesOf[this.around(number, node)].push(this.from.length);
        this.from.push(number);
        this.to.push(node);
        this.users[number].push(node);
      } else if (kind === 1) {
        const constant = this.model.constants[number];
        if (constant.records.every((record) => records.has(record)) && constant.records.length) continue;
        constant.records.forEach((record) => records.add(record));
        this.bytes[node] += constant.bytes;
      }
    }
    for (const [name] of this.results(node)) if (!this.names.has(name)) this.names.set(name, node);
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
    return this.model.data.raw.strings[this.nodeNames[node]];
  }
  /** Names and types of the results, or of the value of an input or output. */
  results(node: number): [string, string][] {
    const flat = this.raw.results![node], { strings, types } = this.model.data.raw;
    const list: [string, string][] = [];
    for (let i = 0; i < flat.length; i += 2) list.push([strings[flat[i]], types[flat[i + 1]]]);
    return list;
  }
  type(node: number): string {
    return this.results(node)[0]?.[1] ?? "";
  }
  flops(node: number): number {
    return this.raw.flops![node];
  }
  bindings(node: number): Binding[] {
    const flat = this.raw.args![node], { strings } = this.model.data.raw;
    const list: Binding[] = [];
    for (let i = 0; i < flat.length; i += 4) {
      const [name, kind, number, result] = flat.slice(i, i + 4);
      const binding: Binding = { name: strings[name] };
      if (kind === 0) Object.assign(binding, { node: number, result });
      else if (kind === 1) binding.constant = this.model.constants[number];
      else binding.text = strings[number];
      list.push(binding);
    }
    return list;
  }
  find(name: string): number | undefined {
    return this.names.get(name);
  }

  /** The MIL text of an operation. */
  async text(node: number): Promise<string> {
    const perChunk = 256;
    return (await this.model.data.texts(`${this.raw.number}-${Math.floor(node / perChunk)}`))[node % perChunk] ?? "";
  }
}

export class Model {
  readonly constants: Constant[];
  readonly functions: Fn[];

  constructor(readonly raw: RawModel, readonly data: Data) {
    const { strings, types } = data.raw;
    this.constants = raw.constants.map(([name, type, bytes, records, scheme, text, sample], number) => ({
      number, bytes, records, sample,
      name: strings[name],
      type: types[type],
      scheme: scheme < 0 ? "" : strings[scheme],
      text: text < 0 ? "" : strings[text],
    }));
    this.functions = raw.functions.map((each) => new Fn(each, each.nodeNames ?? [], this));
  }

  /** Constants of the model that have a record in common with this one. */
  sharers(constant: Constant): Constant[] {
    return this.constants.filter((other) => other !== constant && other.records.some((record) => constant.records.includes(record)));
  }
}

export class Data {
  readonly models: Model[];
  readonly measures: string[] = [];
  private readonly opened = new Map<string, Promise<string[]>>();

  constructor(readonly raw: Raw) {
    this.models = raw.models.map((model) => new Model(model, this));
    for (const report of raw.reports) this.addReport(report);
  }

  static async read(): Promise<Data> {
    return new Data(JSON.parse(new TextDecoder().decode(await readChunk("data"))) as Raw);
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

  texts(chunk: string): Promise<string[]> {
    let texts = this.opened.get(chunk);
    if (!texts) {
      texts = readChunk(chunk).then((bytes) => new TextDecoder().decode(bytes).split("\0"));
      this.opened.set(chunk, texts);
    }
    return texts;
  }
}
