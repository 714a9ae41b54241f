// Reading the chunks of the page: bytes in base64, most of them compressed.

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const { fromBase64 } = Uint8Array as unknown as { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> };
  if (fromBase64) return fromBase64.call(Uint8Array, text); // in newer browsers, and faster
  const binary = atob(text), bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; ++i) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** By hand, for a Blob and a Response pass all parts through other processes. */
async function inflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new DecompressionStream("deflate"), writer = stream.writable.getWriter(), reader = stream.readable.getReader();
  const written = Promise.all([writer.write(bytes), writer.close()]);
  const parts: Uint8Array[] = [];
  for (let part = await reader.read(); !part.done; part = await reader.read()) parts.push(part.value);
  await written;
  const whole = new Uint8Array(parts.reduce((size, { length }) => size + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

async function readBytes(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const find = (form: string) => document.getElementById(`${form}-${name}`);
  // Most chunks are behind the script.
  if (!find("zlib") && !find("raw") && document.readyState === "loading") await new Promise((done) => document.addEventListener("DOMContentLoaded", done));
  const zlib = find("zlib"), element = zlib ?? find("raw");
  const bytes = fromBase64(element?.textContent ?? "");
  return zlib ? inflate(bytes) : bytes;
}

export async function readChunk(name: string): Promise<string> {
  return new TextDecoder().decode(await readBytes(name));
}

/** A chunk of many texts, each made when it is asked for: most never are. */
export class Texts {
  private readonly ends: number[] = [];
  private readonly known = new Map<number, string>();
  private readonly decoder = new TextDecoder();

  private constructor(private readonly bytes: Uint8Array) {
    for (let end = bytes.indexOf(0); end >= 0; end = bytes.indexOf(0, end + 1)) this.ends.push(end);
  }

  static async read(name: string): Promise<Texts> {
    return new Texts(await readBytes(name));
  }

  at(number: number): string {
    let text = this.known.get(number);
    if (text === undefined) {
      text = this.decoder.decode(this.bytes.subarray(number ? this.ends[number - 1] + 1 : 0, this.ends[number]));
      this.known.set(number, text);
    }
    return text;
  }
}
