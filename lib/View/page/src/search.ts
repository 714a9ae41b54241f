// Search by name, operation, type or shape; and paths between nodes.
import { Fn } from "./data";
import { count, html, short, shortType } from "./dom";

const mostFound = 60;

/** What is searched of the nodes of a function, in lower case: the name, and in the lines below the operation and the type. Made once. */
const searched = new WeakMap<Fn, string[]>();
function searchedOf(fn: Fn): string[] {
  let texts = searched.get(fn);
  if (!texts) {
    texts = Array.from({ length: fn.size }, (_, node) => `${fn.name(node).slice(0, 500)}\n${fn.op(node)}\n${fn.type(node)}\n${shortType(fn.type(node))}`.toLowerCase());
    searched.set(fn, texts);
  }
  return texts;
}

/** Nodes that have every word of a query in what they are called, do or make; the best first. */
export function find(fn: Fn, query: string): { nodes: number[]; total: number } {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return { nodes: [], total: 0 };
  const ranked: number[][] = [[], [], [], []];
  let total = 0;
  searchedOf(fn).forEach((text, node) => {
    if (!words.every((word) => text.includes(word))) return;
    ++total;
    const name = text.slice(0, text.indexOf("\n"));
    const rank = words.includes(name) ? 0 : words.includes(fn.op(node)) ? 1 : words.some((word) => name.startsWith(word)) ? 2 : 3;
    if (ranked[rank].length < mostFound) ranked[rank].push(node);
  });
  return { nodes: ranked.flat().slice(0, mostFound), total };
}

/** A shortest path along edges from one node to another, or the other way round. */
export function pathBetween(fn: Fn, from: number, to: number): number[] {
  return along(fn, from, to) ?? along(fn, to, from) ?? [];
}

function along(fn: Fn, from: number, to: number): number[] | undefined {
  const before = new Int32Array(fn.size).fill(-1);
  const queue = [from];
  before[from] = from;
  for (let i = 0; i < queue.length; ++i) {
    if (queue[i] === to) {
      const path = [to];
      while (path[0] !== from) path.unshift(before[path[0]]);
      return path;
    }
    for (const user of fn.users(queue[i]))
      if (before[user] < 0) {
        before[user] = queue[i];
        queue.push(user);
      }
  }
  return undefined;
}

/** The search box with its list. */
export class SearchBox {
  private readonly list = html("ul", { class: "found", role: "listbox", id: "found", hidden: true });
  readonly input = html("input", { type: "search", placeholder: "Search name, operation, shape  /", "aria-label": "Search", role: "combobox", "aria-controls": "found", "aria-expanded": "false", autocomplete: "off", spellcheck: "false" });
  readonly element = html("div", { class: "search" }, this.input, this.list);
  private nodes: number[] = [];
  private at = 0;

  constructor(private readonly fn: () => Fn, private readonly go: (node: number) => void) {
    this.input.addEventListener("input", () => this.update());
    this.input.addEventListener("focus", () => {
      this.update();
      setTimeout(() => searchedOf(this.fn())); // before the first letter is there
    });
    this.input.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    this.input.addEventListener("keydown", (event) => this.key(event));
  }

  private close() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
  }

  private key(event: KeyboardEvent) {
    if (event.key === "ArrowDown") this.at = Math.min(this.nodes.length - 1, this.at + 1);
    else if (event.key === "ArrowUp") this.at = Math.max(0, this.at - 1);
    else if (event.key === "Enter" && this.nodes.length) return this.choose(this.nodes[this.at]);
    else if (event.key === "Escape") {
      this.close();
      return this.input.blur();
    } else return;
    event.preventDefault();
    this.mark();
  }

  private choose(node: number) {
    this.close();
    this.go(node);
  }

  private mark() {
    [...this.list.children].forEach((entry, i) => {
      entry.setAttribute("aria-selected", String(i === this.at));
      if (i === this.at) {
        this.input.setAttribute("aria-activedescendant", entry.id);
        entry.scrollIntoView({ block: "nearest" });
      }
    });
  }

  private update() {
    const fn = this.fn(), { nodes, total } = find(fn, this.input.value);
    this.nodes = nodes;
    this.at = 0;
    this.list.replaceChildren(...nodes.map((node, i) =>
      html("li", { role: "option", id: `found-${i}`, mousedown: () => this.choose(node) }, html("b", {}, fn.op(node)), html("span", {}, short(fn.name(node), 60)), html("small", {}, short(shortType(fn.type(node)), 40)))));
    if (total > nodes.length) this.list.append(html("li", { class: "more" }, `and ${count(total - nodes.length)} more`));
    if (!total && this.input.value.trim()) this.list.append(html("li", { class: "more" }, "No match."));
    this.list.hidden = !this.input.value.trim();
    this.input.setAttribute("aria-expanded", String(!this.list.hidden));
    this.mark();
  }
}
