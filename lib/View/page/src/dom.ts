// Making elements. Text is always set as text, so that names in a model can't become markup.

export type Attributes = Record<string, string | number | boolean | undefined | ((event: never) => void)>;
export type Child = Node | string | null | undefined | false;

function fill<E extends Element>(element: E, attributes: Attributes, children: Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value as unknown as EventListener);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
  for (const child of children) if (child) element.append(child);
  return element;
}

/** An HTML element: attributes by name, listeners by the name of their event. */
export function html<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  return fill(document.createElement(tag), attributes, children);
}

/** An SVG element. */
export function svg<K extends keyof SVGElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]): SVGElementTagNameMap[K] {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

/** At most `length` characters, the middle left out. */
export function short(text: string, length: number): string {
  if (text.length <= length) return text;
  const characters = Array.from(text.length > 4 * length ? text.slice(0, 2 * length) + text.slice(-2 * length) : text);
  if (characters.length <= length) return characters.join("");
  const head = Math.ceil((length - 1) * 0.5);
  return characters.slice(0, head).join("") + "…" + characters.slice(characters.length - (length - 1 - head)).join("");
}

/** "1.5 MB", as milc prints sizes. */
export function bytes(count: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  while (count >= 1000 && unit + 1 < units.length) {
    count /= 1000;
    ++unit;
  }
  return unit === 0 ? `${count} B` : `${count >= 99.95 ? count.toFixed(0) : count.toFixed(1)} ${units[unit]}`;
}

/** "1,234,567". Not by Intl, whose tables take as long to load as a small page. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** "12 operations", "1 operation". */
export function counted(value: number, what: string): string {
  return `${count(value)} ${what}${value === 1 ? "" : "s"}`;
}

/** "2.4 G", "0.0125", "1.2e-7": three digits, large figures with a prefix. */
export function figure(value: number): string {
  const size = Math.abs(value);
  if (size < 1000) return size !== 0 && size < 1e-4 ? value.toExponential(2) : String(Number(value.toPrecision(3)));
  const prefixes: [number, string][] = [[1e15, "P"], [1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]];
  const [scale, prefix] = prefixes.find(([scale]) => size >= scale)!;
  return `${Number((value / scale).toPrecision(3))} ${prefix}`;
}

/** "fp16 1×77×768" of "tensor<fp16, [1, 77, 768]>". */
export function shortType(type: string): string {
  const tensor = /^(state<)?tensor<(\w+), \[(.*?)\]>>?$/.exec(type);
  if (!tensor) return type;
  return `${tensor[1] ? "state " : ""}${tensor[2]} ${tensor[3].split(", ").join("×")}`;
}
