// Opens reports in a browser as their readers do: in light, in dark, on a phone, on paper.
//
// usage: node tests/pages.mjs CHROMIUM REPORT...     (puppeteer-core and axe-core are found from the working directory)
//
// A page must say nothing on the console and ask for nothing but itself; no width may make it scroll sideways; sorting and
// the filter must work by keyboard; axe-core must find no violation. (It leaves contrast undecided: src/report/style.rs
// computes that.) Prints what is wrong, and exits with 1 if anything is, with 77 if there can be no browser here.

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const find = createRequire(pathToFileURL(process.cwd() + "/"));
const puppeteer = (await import(pathToFileURL(find.resolve("puppeteer-core")))).default;
const axe = find.resolve("axe-core/axe.min.js");
const [executablePath, ...reports] = process.argv.slice(2);
const WAYS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const WIDTHS = [1100, 390];

let wrong = 0;
const check = (holds, what) => {
  if (holds) return;
  wrong += 1;
  console.log(`WRONG: ${what}`);
};

// Opens a page that tells of everything it should not do.
const open = async (browser, url, scheme, width) => {
  const page = await browser.newPage();
  const name = `${url}, ${scheme}, ${width}`;
  page.on("console", (message) => check(false, `${name}: the console says ${message.text()}`));
  page.on("pageerror", (error) => check(false, `${name}: ${error.message}`));
  page.on("dialog", (dialog) => check(false, `${name}: a dialog, ${dialog.message()}`));
  page.on("request", (request) => {
    const asked = request.url();
    check(asked === url || asked === "data:,", `${name}: it asks for ${asked}`);
  });
  await page.setViewport({ width, height: 900 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  return [page, name];
};

const numbers = (page, column) =>
  page.$$eval(
    "table.numbers",
    ([table], column) => {
      const i = [...table.tHead.rows[0].cells].findIndex((head) => head.textContent === column);
      return [...table.tBodies[0].rows].filter((row) => !row.hidden).map((row) => row.cells[i].textContent);
    },
    column,
  );

const isSorted = (texts, sign) => {
  const there = texts.filter((text) => text !== "").map((text) => Number(text.replace("∞", "Infinity")));
  const isLast = texts.slice(there.length).every((text) => text === "");
  return isLast && there.every((number, i) => i === 0 || sign * (number - there[i - 1]) >= 0 || number === there[i - 1]);
};

// Sorting and filter, by keyboard alone.
const use = async (page, name) => {
  const all = await numbers(page, "estimate");
  const button = await page.$$("table.numbers th button").then(async (buttons) => {
    for (const one of buttons) if ((await one.evaluate((one) => one.textContent)) === "estimate") return one;
  });
  check(button !== undefined, `${name}: no button sorts by estimate`);
  for (const [order, sign] of [["ascending", 1], ["descending", -1]]) {
    await button.focus();
    await page.keyboard.press("Enter");
    check(isSorted(await numbers(page, "estimate"), sign), `${name}: estimates are not ${order}`);
    const said = await page.$$eval("table.numbers th[aria-sort]", (heads) => heads.map((head) => [head.textContent, head.getAttribute("aria-sort")]));
    check(JSON.stringify(said) === JSON.stringify([["estimate", order]]), `${name}: aria-sort is ${JSON.stringify(said)}`);
  }
  const layers = await numbers(page, "layer");
  const layer = layers[0];
  await page.focus("#words");
  await page.keyboard.type(`layer=${layer}`);
  const wanted = layers.filter((one) => one === layer).length;
  const shown = await numbers(page, "layer");
  check(shown.length === wanted && shown.every((one) => one === layer), `${name}: the filter shows ${shown}`);
  const count = await page.$eval("output", (output) => output.textContent);
  check(count === `${wanted} of ${all.length} numbers`, `${name}: the filter counts ${count}`);
  await page.keyboard.type(" nothing-begins-so");
  check((await numbers(page, "layer")).length === 0, `${name}: the filter shows what was not asked for`);
};

const args = ["--no-sandbox", "--disable-dev-shm-usage"];
const browser = await puppeteer.launch({ executablePath, args }).catch((error) => {
  console.log(`NOT RUN: the browser does not start on this machine (${error.message})`);
  process.exit(77);
});
for (const report of reports) {
  const url = pathToFileURL(report).href;
  for (const scheme of ["light", "dark"]) {
    for (const width of WIDTHS) {
      const [page, name] = await open(browser, url, scheme, width);
      await page.goto(url);
      const inside = await page.evaluate(() => document.documentElement.scrollWidth);
      check(inside <= width, `${name}: the page is ${inside} wide`);
      if (width > 1000) await use(page, name);
      await page.close();
    }
    // axe needs eval, which the policy of the page forbids: a page of its own.
    const page = await browser.newPage();
    await page.setBypassCSP(true);
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await page.goto(url);
    await page.addScriptTag({ path: axe });
    const found = await page.evaluate((ways) => axe.run({ runOnly: ways }), WAYS);
    check(found.passes.length > 10, `${url}: axe looked at ${found.passes.length} rules`);
    for (const { id, nodes } of found.violations) check(false, `${url}, ${scheme}: axe, ${id}: ${nodes.map((node) => node.html).join("\n  ")}`);
    await page.close();
  }
  const [page, name] = await open(browser, url, "light", 1100);
  await page.goto(url);
  const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true });
  check(pdf.length > 10_000, `${name}: printed, it has ${pdf.length} bytes`);
  const isOpen = await page.$$eval("details", (folds) => folds.every((fold) => fold.open));
  check(isOpen, `${name}: printed, something is folded`);
  await page.close();
}
await browser.close();
console.log(`${reports.length} reports: ${wrong} things are wrong`);
process.exit(wrong > 0 ? 1 : 0);
