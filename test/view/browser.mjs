// Opens pages of `milc view` in a headless Chromium and does what people do: looks, clicks, folds, searches, goes back.
//
// Usage: node browser.mjs MILC STAGE CHROMIUM PYTHON
// STAGE has node_modules with playwright-core; with MILC_CORPUS_DIR every model there is opened, too.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const [milc, stage, chromiumPath, python] = process.argv.slice(2);
const { chromium } = createRequire(join(stage, "package.json"))("playwright-core");
const here = dirname(fileURLToPath(import.meta.url));
const work = mkdtempSync(join(tmpdir(), "milc-view-"));

const complaints = [];
function expect(condition, what) {
  if (!condition) complaints.push(what);
}
function expectEqual(found, wanted, what) {
  expect(JSON.stringify(found) === JSON.stringify(wanted), `${what}: ${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`);
}

function transformer(name, ...options) {
  const path = join(work, name);
  writeFileSync(path, execFileSync(python, [join(here, "transformer.py"), ...options]));
  return path;
}
function page(model, ...options) {
  const path = join(work, `page-${page.count = (page.count ?? 0) + 1}.html`);
  execFileSync(milc, ["view", model, "-o", path, ...options], { stdio: ["ignore", "ignore", "pipe"] });
  return path;
}

const browser = await chromium.launchPersistentContext(join(work, "profile"), {
  executablePath: chromiumPath,
  headless: true,
  viewport: { width: 1280, height: 800 },
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

/** Opens a page, runs `check` on it, and complains of every message on its console and every request. */
async function open(path, what, check = async () => {}, options = {}) {
  const tab = await browser.newPage();
  tab.on("console", (message) => complaints.push(`${what}: console says ${message.text()}`));
  tab.on("pageerror", (error) => complaints.push(`${what}: ${error}`));
  tab.on("dialog", (dialog) => {
    complaints.push(`${what}: a dialog`);
    void dialog.dismiss();
  });
  tab.on("request", (request) => {
    if (!/^(file|data|blob):/.test(request.url())) complaints.push(`${what}: asks for ${request.url()}`);
  });
  if (options.dark) await tab.emulateMedia({ colorScheme: "dark" });
  await tab.goto(`file://${path}${options.hash ?? ""}`);
  try {
    await tab.waitForSelector("html[data-ready]", { timeout: 60000 });
    await check(tab);
  } catch (error) {
    complaints.push(`${what}: ${error.message.split("\n").slice(0, 12).join(" | ")}`);
  }
  await tab.close();
}

/** Means over blocks of a picture, 0 to 255 for each of red, green and blue: what is left of it when fonts and antialiasing differ. */
async function blocksOf(tab, png) {
  return tab.evaluate(async (data) => {
    const size = 20, image = new Image();
    image.src = `data:image/png;base64,${data}`;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = image.width, canvas.height = image.height;
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    const blocks = [];
    for (let y = 0; y + size <= image.height; y += size)
      for (let x = 0; x + size <= image.width; x += size) {
        const pixels = context.getImageData(x, y, size, size).data, sums = [0, 0, 0];
        for (let i = 0; i < pixels.length; ++i) if (i % 4 < 3) sums[i % 4] += pixels[i];
        blocks.push(sums.map((sum) => sum / (size * size)));
      }
    return { blocks, width: image.width, height: image.height };
  }, png.toString("base64"));
}

/** Compares what a tab shows with a picture of the documentation; with MILC_VIEW_PICTURES=write, stores it there. */
async function looksLike(tab, picture) {
  const stored = join(here, "../../docs", picture);
  await tab.evaluate(() => Promise.all(document.getAnimations().map((each) => each.finished.catch(() => {}))));
  await tab.waitForTimeout(400); // zoom moves without the animations of CSS
  const shot = await tab.screenshot();
  if (process.env.MILC_VIEW_PICTURES === "write") return writeFileSync(stored, shot);
  const blank = await browser.newPage();
  const found = await blocksOf(blank, shot), wanted = await blocksOf(blank, readFileSync(stored));
  await blank.close();
  expectEqual([found.width, found.height], [wanted.width, wanted.height], `${picture}: size`);
  const far = found.blocks.filter((block, i) => wanted.blocks[i] && block.some((value, k) => Math.abs(value - wanted.blocks[i][k]) > 24));
  expect(far.length <= found.blocks.length / 50, `${picture}: ${far.length} of ${found.blocks.length} parts look different`);
}

const texts = (tab, selector) => tab.$$eval(selector, (all) => all.map((each) => each.textContent));

/** Until the page has drawn the next frame. */
const frame = (tab) => tab.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

async function foldsAndSearches() {
  const model = transformer("layers.mil", "3");
  await open(page(model), "layers", async (tab) => {
    // Folded: the input, the embedding, three equal layers as one, the head, the output.
    expectEqual(await texts(tab, ".graph .op"), ["input", "linear", "layers.0–2", "linear", "output"], "items of the folded graph");
    expectEqual(await texts(tab, ".chip-text"), ["×3"], "copies");
    await tab.dblclick(".folded");
    expect((await texts(tab, ".graph .op")).includes("layers.1"), "unfolding shows the layers");
    await tab.click(".fold");
    expectEqual((await texts(tab, ".graph .op")).length, 5, "items after folding again");

    // What the panel shows is what milc info says.
    await tab.keyboard.press("Escape");
    await tab.click(".graph", { position: { x: 5, y: 5 } });
    const info = JSON.parse(execFileSync(milc, ["info", "--json", model])).functions[0];
    const panel = Object.fromEntries(await tab.$$eval(".panel table tr", (rows) => rows.map((row) => [row.children[0].textContent, row.children[1].textContent])));
    expectEqual(panel.operations, String(info.operations), "operations");
    expectEqual(panel.parameters, info.parameters.toLocaleString("en-US"), "parameters");

    // Search unfolds what it finds and shows it whole; back leads back.
    await tab.keyboard.press("/");
    await tab.keyboard.type("silu 1×8");
    expectEqual((await texts(tab, ".found li b")).length, 3, "found by operation and shape");
    await tab.keyboard.press("ArrowDown");
    await tab.keyboard.press("Enter");
    expectEqual(await texts(tab, ".panel h2"), ["silu"], "panel of what was found");
    const says = JSON.parse(execFileSync(milc, ["ops", "silu", "--json"])).ops[0].summary;
    expectEqual(await texts(tab, ".panel .lead"), [says], "what the operation does");
    await tab.waitForFunction(() => document.querySelector(".panel pre")?.textContent.includes(" = silu(x = "));
    expectEqual((await texts(tab, ".selected > .op")), ["silu"], "what is selected");
    expectEqual(await tab.$$eval(".edge.out", (all) => all.length), 1, "edges to users light up");
    await tab.goBack();
    expect((await texts(tab, ".panel h2"))[0] !== "silu", "back leads back");

    // A weight: its histogram, its first values.
    await tab.click("button[aria-label='Fit the whole graph on the screen']");
    await tab.click(".graph .node:has-text('var_0')");
    await tab.waitForSelector(".panel svg.values"); // a histogram
    expect((await texts(tab, ".panel td")).some((text) => text.startsWith("-0.3125, 0.125, -0.5")), "first values");

    // A path between two nodes.
    await tab.click(".actions button:has-text('Path from here')");
    await tab.click(".graph .node:has-text('logits') >> nth=0");
    await tab.click(".actions button:has-text('Path to here')");
    expect((await tab.$$(".edge.path")).length >= 2, "a path lights up");

    // An output says where its value comes from.
    await tab.click(".graph .terminal:has-text('output')");
    expectEqual(await texts(tab, ".panel h3"), ["Type", "Comes from (1)"], "panel of an output");

    // The keyboard alone.
    await tab.focus(".graph");
    await tab.keyboard.press("Home");
    expectEqual(await texts(tab, ".selected > .op"), ["input"], "Home");
    await tab.keyboard.press("ArrowDown");
    expectEqual(await texts(tab, ".selected > .op"), ["linear"], "an edge down");

    // Unfolding by a key keeps the place: other keys go on from there.
    await tab.click("button[aria-label='Fold everything']");
    await tab.focus(".graph");
    for (const key of ["Home", "ArrowDown", "ArrowDown", "Enter", "ArrowDown"]) await tab.keyboard.press(key);
    expectEqual(await texts(tab, ".selected > .op"), ["layers.0"], "the first item of what Enter unfolded");

    // The map has an area a group, as large as its bytes.
    await tab.click(".switch button:has-text('Map')");
    expect((await texts(tab, ".map .op")).length >= 2, "areas of the map");
    await tab.focus(".map");
    for (const key of ["ArrowRight", "ArrowRight", "Enter"]) await tab.keyboard.press(key);
    expect((await texts(tab, ".map .op"))[0].startsWith("‹ layers.0–2"), "Enter leads into an area");
    await tab.keyboard.press("Backspace");
    expect(!(await texts(tab, ".map .op"))[0].startsWith("‹"), "Backspace leads out");
  });
}

/** On paper: the whole graph, however the screen is zoomed, and nothing to click. */
async function paper() {
  await open(page(transformer("paper.mil", "3")), "paper", async (tab) => {
    for (let i = 0; i < 4; ++i) await tab.click("button[aria-label='Zoom in']");
    const visible = () => tab.$$eval(".graph .op", (all) => all.filter((each) => {
      const { left, right, top, bottom } = each.getBoundingClientRect(), body = each.closest(".body").getBoundingClientRect();
      return right > left && left >= body.left && right <= body.right && top >= body.top && bottom <= body.bottom;
    }).length);
    await frame(tab);
    expect((await visible()) < 5, "zoomed in, not all is on the screen");
    // The page hears of another medium when it draws the next frame.
    const show = async (media) => {
      await tab.emulateMedia({ media });
      await frame(tab);
    };
    await show("print");
    expectEqual(await visible(), 5, "what is on paper");
    expectEqual(await tab.isVisible("header .buttons"), false, "buttons on paper");
    await show("screen");
    expect((await visible()) < 5, "the screen is as it was");
  });
}

/** What is off the screen has no elements, and folding leaves the elements of all else alone: large graphs stay smooth. */
async function largeGraphs() {
  await open(page(transformer("large.mil", "60")), "large", async (tab) => {
    const all = async () => (await texts(tab, ".graph .op")).length;
    const unfolded = () => tab.evaluate(() => new URLSearchParams(location.hash.slice(1)).get("o")?.split(",").length ?? 0);
    await tab.click("button[aria-label='Unfold as much as can be shown']");
    await tab.waitForFunction(() => location.hash.includes("&o="));
    expect((await unfolded()) > 120 && (await all()) < 60, `${await all()} elements of operations in ${await unfolded()} groups`);
    await tab.fill(".search input", "logits");
    await tab.keyboard.press("Enter");
    expectEqual(await texts(tab, ".selected > .name"), ["logits"], "what was searched is shown");
    await tab.focus(".graph");
    for (const key of ["Home", "ArrowDown"]) await tab.keyboard.press(key);
    expect(await tab.$eval(".selected", (each) => each === document.activeElement), "the keyboard's place is shown, and has the focus");
    await tab.mouse.move(400, 400);
    await tab.mouse.wheel(0, 3000);
    await frame(tab);
    expect(await tab.$eval(".selected", (each) => each === document.activeElement), "it keeps the focus when it is out of the screen");

    // On a small scale everything is on the screen, not all of it in the first frame.
    await tab.click("button[aria-label='Fit the whole graph on the screen']");
    await tab.waitForFunction(() => document.querySelectorAll(".graph .op").length > 800);

    await tab.$$eval(".graph [data-item]", (elements) => elements.forEach((each) => (each.kept = true)));
    await tab.click("button[aria-label='Unfold as much as can be shown']");
    const before = await texts(tab, ".graph .op");
    expect(before.length < 60, "zoomed in again");
    const group = await tab.$$eval(".open .open", (groups) => groups[1].dataset.item);
    const toggle = () => tab.$eval(`[data-item='${group}'] > .fold`, (sign) => sign.dispatchEvent(new MouseEvent("click", { bubbles: true })));
    await toggle();
    expectEqual(await tab.$$eval(`[data-item='${group}'].folded`, (all) => all.length), 1, "folded groups");
    await toggle();
    expectEqual(await texts(tab, ".graph .op"), before, "unfolded again");
    expectEqual(await tab.$$eval(".graph [data-item]", (elements) => elements.filter((each) => !each.kept).length), 0, "elements made anew by moving, folding and unfolding");

    // Colours are drawn anew, at the same places.
    const places = () => tab.$$eval(".graph [data-item]", (elements) => elements.map((each) => `${each.dataset.item} ${each.getAttribute("transform")}`).sort());
    const where = await places();
    await tab.selectOption("select", "flops");
    expectEqual(await places(), where, "places in other colours");
    expect((await tab.$$(".graph .node[class*='heat-']")).length >= 1, "other colours");
  });
}

/** The place in the URL is written after folding, and before a step from there. */
async function places() {
  const path = page(transformer("places.mil", "3"));
  await open(path, "places", async (tab) => {
    await tab.dblclick(".folded");
    const [open] = await tab.$$eval(".open", (all) => all.map((each) => each.dataset.item));
    await tab.waitForFunction((group) => new URLSearchParams(location.hash.slice(1)).get("o") === group, open);
    await tab.click(".open > .fold");
    await tab.click(".graph .node >> nth=0");
    await tab.goBack();
    expectEqual((await tab.$$(".open")).length, 0, "unfolded groups of the place before");
  });
}

async function hostileNames() {
  const nasty = [`<img src=x onerror="alert(1)">`, `</script><script>alert(2)</script>`, `"'><svg onload=alert(3)>`, "{{7*7}} ${alert(4)}", "emoji 🧠🎉 שלום", "x".repeat(10000)];
  const quote = (text) => JSON.stringify(text);
  const lines = nasty.map((name, i) => `        tensor<fp32, [1]> y${i} = relu(x = ${i ? `y${i - 1}` : "x"})[name = string(${quote(name)}), note = string(${quote(name)})];`);
  const path = join(work, "nasty.mil");
  writeFileSync(path, `program(1.3)\n[buildInfo = dict<string, string>({{"note", ${quote(nasty[1])}}})]\n{\n    func main<ios18>(tensor<fp32, [1]> x) {\n${lines.join("\n")}\n    } -> (y${nasty.length - 1});\n}\n`);
  const report = join(work, "nasty.json");
  writeFileSync(report, JSON.stringify([{ name: "y0", [nasty[0]]: 1, error: 2 }]));
  await open(page(path, "--data", report), "names", async (tab) => {
    for (let i = 0; i < nasty.length; ++i) {
      await tab.fill(".search input", `y${i}`);
      await tab.keyboard.press("Enter");
      await tab.waitForFunction(() => document.querySelector(".panel pre")?.textContent.includes("relu"));
    }
    await tab.keyboard.press("Escape");
    await tab.click(".graph", { position: { x: 5, y: 5 } });
    expect((await texts(tab, "dd")).includes(nasty[1]), "build information is text");
    expectEqual(await tab.$$eval("img, .panel script, svg[onload]", (all) => all.length), 0, "markup from names");
  });
  // The policy refuses scripts that got in otherwise.
  await open(page(path), "policy", async (tab) => {
    const ran = await tab.evaluate(() => {
      window.ran = false;
      const violation = new Promise((resolve) => document.addEventListener("securitypolicyviolation", () => resolve(true)));
      const script = document.createElement("script");
      script.textContent = "window.ran = true";
      document.body.append(script);
      return violation.then(() => window.ran);
    });
    expectEqual(ran, false, "a script that isn't the page's own");
    complaints.splice(complaints.findIndex((each) => each.startsWith("policy: console")), 1);
  });
}

async function nestedBlocks() {
  const model = join(here, "../lit/Inputs/nested.mil");
  await open(page(model), "blocks", async (tab) => {
    await tab.click(".switch button:has-text('Graph')");
    expect((await texts(tab, ".graph .op")).includes("cond"), "an operation with blocks is a group");
    expect((await texts(tab, ".graph .op")).filter((text) => text === "true" || text === "false").length >= 0, "its blocks");
  });
}

async function sideBySide() {
  const before = transformer("before.mil", "3"), after = transformer("after.mil", "3", "--changed");
  await open(page(before, "--against", after), "two models", async (tab) => {
    expectEqual((await tab.$$(".pane .graph")).length, 2, "two graphs");
    expect((await tab.$$(".pane:nth-of-type(2) .mark-0")).length === 1, "what was added is marked");
    await tab.click(".pane:nth-of-type(2) .mark-0");
    expectEqual(await texts(tab, ".panel h2"), ["softmax"], "the panel shows the pane that was clicked");
    const open = () => tab.$$eval(".pane", (panes) => panes.map((each) => each.querySelectorAll(".open").length > 0));
    await tab.click("button[aria-label='Unfold as much as can be shown']");
    expectEqual(await open(), [true, true], "both are unfolded");
    await tab.click("button[aria-label='Fold everything']");
    expectEqual(await open(), [false, false], "both are folded");
  });
}

async function figures() {
  const model = transformer("figures.mil", "2"), report = join(work, "report.json");
  writeFileSync(report, JSON.stringify({ operations: [{ name: "var_0", error: 0.25 }, { name: "logits", error: 0.5 }] }));
  await open(page(model, "--data", report, "--colour", "error"), "figures", async (tab) => {
    expectEqual(await tab.$eval("select", (select) => select.value), "data:error", "the colour asked for");
    expectEqual((await tab.$$(".graph .heat-8")).length, 1, "the greatest figure's colour");
    await tab.click(".graph .heat-8");
    expect((await texts(tab, ".panel th")).includes("error"), "the figure in the panel");
  });
}

/** The pictures of docs/view.md. */
async function pictures() {
  const decoder = join(work, "decoder.mil"), vision = join(work, "vision.mil");
  writeFileSync(decoder, execFileSync(python, [join(here, "../lit/unify/Inputs/decoder.py"), "16"]));
  writeFileSync(vision, execFileSync(python, [join(here, "vision.py")]));
  await open(page(transformer("transformer.mil", "12")), "picture of a transformer", async (tab) => {
    await tab.dblclick(".folded");
    await looksLike(tab, "view-layers.png");
    await tab.click("button[aria-label='Fold everything']");
    await tab.click(".switch button:has-text('Map')");
    await looksLike(tab, "view-map.png");
  });
  await open(page(vision), "picture of a network for images", (tab) => looksLike(tab, "view-vision.png"));
  await open(page(decoder), "picture of a decoder", async (tab) => {
    expectEqual((await texts(tab, ".graph .op")).filter((text) => text === "state").length, 2, "its states");
    expectEqual((await texts(tab, ".graph .op")).filter((text) => /^(read|write)_state$/.test(text)).length, 6, "what reads and writes them");
    await looksLike(tab, "view-decoder.png");
  }, { dark: true });
  await open(page(transformer("before.mil", "12"), "--against", transformer("after.mil", "12", "--changed")), "picture of two models", async (tab) => {
    await tab.click(".pane:nth-of-type(2) .mark-0");
    await looksLike(tab, "view-against.png");
  }, { dark: true });
}

/** The models of a pipeline are tabs; one that is no ML program says what it is. */
async function pipelines() {
  const model = join(work, "pipeline.mlmodel");
  execFileSync(python, [join(here, "../lit/pipeline.py"), model], { env: { ...process.env, PATH: `${dirname(milc)}:${process.env.PATH}` } });
  await open(page(model), "pipeline", async (tab) => {
    const tabs = await texts(tab, ".tabs button");
    expect(tabs.some((text) => text.includes("backbone")), `a tab for its ML program: ${tabs}`);
    expect((await texts(tab, ".graph .op")).includes("relu"), "the graph of its ML program");

    // One stop of the keyboard, from which arrows go on.
    const selected = () => tab.$$eval(".tabs button", (all) => all.map((each, i) => (each.getAttribute("aria-selected") === "true" && each.tabIndex === 0 && each === document.activeElement ? i : -1)).filter((i) => i >= 0));
    const [first, last] = [0, tabs.length - 1];
    await tab.focus(".tabs button[aria-selected='true']");
    for (const [key, place] of [["End", last], ["ArrowRight", first], ["ArrowLeft", last], ["Home", first], ["ArrowRight", 1]]) {
      await tab.keyboard.press(key);
      expectEqual(await selected(), [place], `tab after ${key}`);
    }
    expectEqual(await tab.$$eval(".tabs button", (all) => all.filter((each) => each.tabIndex === 0).length), 1, "tabs that the keyboard stops at");
  });
}

/** What other commands print as JSON are figures by the names of the model. */
async function reportsOfCommands() {
  const model = transformer("reported.mil", "2"), config = join(work, "config.json");
  writeFileSync(config, JSON.stringify({ config_type: "OpLinearQuantizerConfig", global_config: { weight_threshold: 10 } }));
  const commands = [
    [["run", model, "--watch"], "statistics.max"],
    [["run", model, "--time=1"], "ms"],
    [["compare", model, "--precision-of", "exact"], "absolute"],
    [["precision", model], "largest"],
    [["compress", model, "--config", config, "-o", "/dev/null"], "error.largest"],
  ];
  for (const [command, measure] of commands) {
    const report = join(work, "report-of-command.json");
    writeFileSync(report, execFileSync(milc, [...command, "--json"]));
    await open(page(model, "--data", report, "--colour", measure), `report of ${command[0]}`, async (tab) => {
      expectEqual(await tab.$eval("select", (select) => select.value), `data:${measure}`, `colours of ${command[0]}`);
      expect((await tab.$$(".graph [class*='heat-']")).length >= 1, `nodes with figures of ${command[0]}`);
    });
  }
}

function modelsBelow(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (/\.(mlpackage|mlmodelc|mil|mlmodel)$/.test(name)) return [path];
    return statSync(path).isDirectory() ? modelsBelow(path) : [];
  });
}

async function corpus() {
  if (!process.env.MILC_CORPUS_DIR) return;
  for (const model of modelsBelow(process.env.MILC_CORPUS_DIR)) {
    let path;
    try {
      path = page(model);
    } catch {
      continue; // what no command of milc reads has its own tests
    }
    await open(path, model, async (tab) => {
      await tab.click("button[aria-label='Unfold as much as can be shown']");
      await tab.keyboard.press("Escape");
      expect(await tab.$(".graph .node, .empty"), `${model}: something is shown`);
    });
    rmSync(path);
  }
}

for (const check of [foldsAndSearches, largeGraphs, places, paper, hostileNames, nestedBlocks, sideBySide, figures, reportsOfCommands, pipelines, pictures, corpus]) await check();
await browser.close();
rmSync(work, { recursive: true, force: true });
for (const complaint of complaints) console.log(complaint);
console.log(`${complaints.length} complaints`);
process.exit(complaints.length ? 1 : 0);
