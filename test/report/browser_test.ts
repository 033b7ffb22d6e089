/**
 * The report as a person uses it.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import * as assert from "uvu/assert";
import { browserSuite, count, go, overflow } from "./browser_support.ts";
import { arm, corrected, HOSTILE, sample, samples } from "./support.ts";

const { test, onReport } = browserSuite("report in a browser");

const visible = (page: Page) => page.locator("section:visible h2").allTextContents();

const ids = (page: Page) => page.locator("#list .id").allTextContents();

onReport(
  "the report shows one page at a time and opens them by keys",
  samples(30),
  async (page) => {
    assert.equal(await visible(page), ["Overview"]);
    for (const [key, title] of ["Overview", "Triggers", "Flow", "Instances", "Run"].entries()) {
      await page.keyboard.press(String(key + 1));
      await page.locator(`nav a[aria-current="page"]`, { hasText: title }).waitFor();
      assert.equal(await visible(page), [title]);
    }
  },
);

onReport(
  "the report filters and sorts instances, and the address says how",
  samples(60),
  async (page) => {
    await page.click('header a[href="#instances"]');
    await count(page, "60 of 60 instances");
    await page.selectOption("select[name=first]", "wrong");
    await page.selectOption("select[name=answer]", "correct");
    await count(page, "10 of 60 instances");
    await page.selectOption('select[name="stratum.kind"]', "distracting");
    await count(page, "0 of 60 instances");
    assert.match(await page.locator("#list").innerText(), "No instance passes these filters");
    await page.selectOption('select[name="stratum.kind"]', "");
    await page.keyboard.press("/");
    await page.keyboard.type("FOR THE 12TH");
    await count(page, "1 of 60 instances");
    assert.equal(await ids(page), ["made-12@seed0"]);
    assert.match(page.url(), /#instances\?text=FOR\+THE\+12TH&answer=correct&first=wrong$/);
    await page.reload();
    await count(page, "1 of 60 instances");
    await go(page, "#instances?sort=score&from=0.3");
    await count(page, "20 of 60 instances");
    assert.equal((await ids(page)).slice(0, 2), ["made-6@seed0", "made-27@seed0"]);
  },
);

onReport("a count opens the instances that it counts", samples(60), async (page) => {
  const won = page.locator('#overview a[href$="arm=dpc&first=wrong&answer=correct"]');
  assert.is(await won.textContent(), "10");
  await won.click();
  await count(page, "10 of 60 instances");
  await go(page, "#triggers");
  const bar = page.locator("#triggers svg a").first();
  const [counted] = (await bar.locator("title").first().textContent())!.split(" ");
  await bar.click();
  await count(page, `${counted} of 60 instances`);
});

onReport(
  "an address opens an instance with its answers and their difference; keys go on from it",
  samples(30),
  async (page) => {
    await go(page, "#instances/made-6%40seed0?first=wrong");
    const instance = page.locator("#instance");
    await instance.locator("h3", { hasText: "made-6@seed0" }).waitFor();
    assert.match(await page.title(), "made-6@seed0");
    assert.match(await instance.innerText(), "What is 1 + 1, for the 6th time?");
    assert.equal(await instance.locator("h5").allInnerTexts(), [
      "✓\u00a0base, ✓\u00a0dpc",
      "✗\u00a0pt",
    ]);
    assert.equal(await instance.locator(".answer del").allTextContents(), ["3", "3"]);
    assert.equal(await instance.locator(".answer ins").allTextContents(), ["2", "2"]);
    assert.match(await instance.locator("tr", { hasText: "dpc" }).innerText(), /accumulated at 1/);
    assert.equal(await instance.locator(".framed").allTextContents(), ["1"]);
    await page.keyboard.press("j");
    await instance.locator("h3", { hasText: "made-9@seed0" }).waitFor();
    await page.keyboard.press("k");
    await page.keyboard.press("k");
    await instance.locator("h3", { hasText: "made-3@seed0" }).waitFor();
    await page.keyboard.press("Escape");
    await instance.locator("h3").waitFor({ state: "detached" });
    assert.match(
      await page.evaluate<string>("document.activeElement.textContent"),
      "made-3@seed0",
    );
    await go(page, "#instances/nowhere");
    await instance.locator("text=holds no instance 'nowhere'").waitFor();
  },
);

onReport("arrow keys read the numbers of a map one by one", samples(6), async (page) => {
  await go(page, "#instances/made-6@seed0");
  const map = page.locator("#instance .cells").last();
  await map.focus();
  for (const key of ["ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft"]) {
    await page.keyboard.press(key);
  }
  const reading = page.locator("#instance .reading").last();
  assert.is(await reading.textContent(), "position 1: 0.9, number 1 of 3");
  assert.is(await page.locator("#instance .scale li").count(), 14);
});

const twoPrompts = samples(20).flatMap((row) => [
  row,
  { ...row, prompt: "seed1", id: `${row.example}@seed1`, flow: null },
]);

onReport(
  "a chosen prompt holds on every page that differs by it, and in the address",
  twoPrompts,
  async (page) => {
    await go(page, "#triggers");
    assert.equal(await page.locator(".panel:visible h3:first-child").allTextContents(), [
      "Prompt seed0",
    ]);
    await page.selectOption("#triggers select.prompts", "seed1");
    assert.equal(await page.locator(".panel:visible h3:first-child").allTextContents(), [
      "Prompt seed1",
    ]);
    assert.match(page.url(), /#triggers\?prompt=seed1$/);
    await page.reload();
    assert.is(await page.inputValue("#triggers select.prompts"), "seed1");
  },
);

onReport("figures, tables and instances are saved as files", samples(60), async (page) => {
  const saved = async (label: string) => {
    const download = page.waitForEvent("download");
    await page.click(`section:visible button[aria-label="${label}"]`);
    const file = await download;
    return { name: file.suggestedFilename(), text: await readFile(await file.path(), "utf8") };
  };
  const svg = await saved("Accuracy as SVG");
  assert.match(svg.name, /Accuracy\.svg$/);
  assert.match(svg.text, /^<svg [^]*xmlns="http:\/\/www.w3.org\/2000\/svg"[^]*<\/svg>$/);
  assert.not.match(svg.text, /var\(|currentColor|NaN/);
  const figure = await saved("Accuracy as CSV");
  assert.match(figure.text, /^arm,"accuracy, %",interval low,interval high\r\nbase,100,/);
  assert.match((await saved("Arms as CSV")).text, /\r\ndpc,50,60,83\.3,/);
  await go(page, "#instances?first=wrong");
  await count(page, "20 of 60 instances");
  const lines = (await saved("Instances as CSV")).text.split("\r\n");
  assert.match(lines[0]!, /^id,prompt,kind,question,gold,score,fired,base answer,/);
  assert.is(lines.length, 22);
  assert.match(
    lines[1]!,
    /^made-3@seed0,seed0,distracting,"What is 1 \+ 1, for the 3th time\?",2,0\.303,true,/,
  );
});

onReport("a click on a column's title sorts its table", samples(60), async (page) => {
  const names = () => page.locator("#overview table").first().locator("tbody th").allTextContents();
  assert.equal(await names(), ["base", "pt", "dpc"]);
  const title = page.locator("#overview thead button", { hasText: "accuracy, %" }).first();
  await title.click();
  assert.equal(await names(), ["base", "dpc", "pt"]);
  await title.click();
  assert.equal(await names(), ["pt", "dpc", "base"]);
});

const hostile = sample(1, {
  question: HOSTILE,
  gold: HOSTILE,
  strata: { [HOSTILE]: HOSTILE },
  arms: {
    pt: arm(false, { text: HOSTILE, answer: HOSTILE, rule: HOSTILE }),
    dpc: {
      ...corrected(true, 1),
      corruptions: [{ name: HOSTILE, positions: [1], text: HOSTILE }],
    },
  },
});

onReport("the report shows hostile text as text", [hostile], async (page) => {
  await go(page, "#instances/made-1@seed0");
  await page.locator("#instance h3").waitFor();
  // what JSON can't hold, half a surrogate, is the one thing that may change
  const shown = HOSTILE.replace("\ud800", "\ufffd");
  const question = await page.locator("#instance > .question").textContent();
  assert.is(question?.replace("\ud800", "\ufffd"), shown);
  assert.not.match(await page.title(), "owned");
  assert.is(await page.locator("main script:not(.data), main img, #instance svg").count(), 0);
});

/** What axe finds wrong: rule, first element, how many. */
const RUN_AXE = `axe.run().then(({ violations }) =>
  violations.map(({ id, nodes }) => [id, nodes[0].html.slice(0, 200), nodes.length]))`;

const PAGES = ["overview", "triggers", "flow", "run", "instances", "instances/made-6@seed0"];

for (const [colorScheme, width] of [["light", 360], ["dark", 1280]] as const) {
  onReport(
    `every page of ${width} pixels meets WCAG AA in ${colorScheme} mode and fits`,
    twoPrompts,
    async (page) => {
      const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
      await page.evaluate(await readFile(axe, "utf8"));
      for (const address of PAGES) {
        await go(page, `#${address}`);
        if (address.startsWith("instances")) {
          await page.locator("#list li").first().waitFor({ state: "attached" });
        }
        assert.is(await overflow(page), 0, `${address} is too wide`);
        const found = await page.evaluate<unknown[]>(RUN_AXE);
        assert.equal(found, [], `${address}: ${JSON.stringify(found)}`);
      }
      if (width > 760) return;
      assert.is(await page.locator("#list").isVisible(), false);
      await page.click("text=← list");
      await page.locator("#list").waitFor();
    },
    { viewport: { width, height: 740 }, colorScheme },
  );
}

test.run();
