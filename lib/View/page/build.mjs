// Bundles the page: its script with the libraries that it uses, its style, and what the about box says of them, into one HTML file, and
// that into a C++ source.
//
// Usage: node build.mjs OUT.cpp
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as esbuild from "esbuild";

/** Packages whose code is in the bundle, with version, license and its text. */
function licensesOf(metafile) {
  const folders = new Set();
  for (const input of Object.keys(metafile.inputs)) {
    const at = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (at) folders.add(at[1]);
  }
  return [...folders].sort().map((folder) => {
    const { name, version, license, homepage } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    let text = "";
    for (const file of ["LICENSE", "LICENSE.md", "LICENSE.txt"]) {
      try {
        text = readFileSync(join(folder, file), "utf8");
        break;
      } catch {}
    }
    if (!text && !license) throw new Error(`${name} says nothing of its license`);
    return { name, version, license, homepage, text };
  });
}

async function bundle(define) {
  const result = await esbuild.build({
    entryPoints: ["src/main.ts"],
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    metafile: true,
    write: false,
    define,
  });
  return { script: result.outputFiles[0].text, metafile: result.metafile };
}

const { metafile } = await bundle({ LICENSES: "[]" });
const { script } = await bundle({ LICENSES: JSON.stringify(licensesOf(metafile)) });
const style = (await esbuild.transform(readFileSync("src/page.css", "utf8"), { loader: "css", minify: true, charset: "utf8" })).code;

// An end tag inside the script would end it.
const safeScript = script.replace(/<\/(script)/gi, "<\\/$1").replace(/<!--/g, "<\\!--");
const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
const policy = `default-src 'none'; script-src ${hash(safeScript)}; style-src ${hash(style)}; img-src data: blob:; base-uri 'none'; form-action 'none'`;

const html = readFileSync("src/page.html", "utf8")
  .replace("{{policy}}", () => policy)
  .replace("{{style}}", () => style)
  .replace("{{script}}", () => safeScript);

// String literals of bounded length, each byte as C++ has it.
const bytes = Buffer.from(html, "utf8");
const lines = [];
for (let at = 0; at < bytes.length; at += 2048) {
  let line = "";
  for (const byte of bytes.subarray(at, at + 2048)) {
    if (byte === 10) line += "\\n";
    else if (byte === 34 || byte === 92 || byte === 63) // ? too: no trigraphs
      line += "\\" + String.fromCharCode(byte);
    else if (byte >= 32 && byte < 127) line += String.fromCharCode(byte);
    else line += "\\" + byte.toString(8).padStart(3, "0");
  }
  lines.push(`    "${line}"`);
}
writeFileSync(
  process.argv[2],
  `// Written by build.mjs.
#include "EmbeddedPage.h"

static constexpr char page[] =
${lines.join("\n")};

llvm::StringRef mil::embeddedPage() { return {page, sizeof(page) - 1}; }
`,
);
