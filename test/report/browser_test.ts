/**
 * The report as a person uses it, in Debian's Chromium.
 *
 * @module
 */
import { Effect } from "effect";
import { existsSync } from "node:fs";
import { env } from "node:process";
import { pathToFileURL } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { writeReport } from "../../lib/report/mod.ts";
import { effectTest } from "../support.ts";
import { arm, corrected, HOSTILE, sample, samples, writeRun } from "./support.ts";

const executablePath = env["CHROMIUM"] ?? "/usr/bin/chromium";
const installed = existsSync(executablePath);
if (!installed) {
  console.log(
    `Skipped: the report in a browser, as there is no Chromium at '${executablePath}' ` +
      "(apt-get install chromium, or set CHROMIUM)",
  );
}

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Seconds for a report on a busy machine. */
const SECONDS = 120;

const test = suite<{ browser: Browser }>("report in a browser");

test.before(async (context) => {
  if (installed) context.browser = await chromium.launch({ executablePath, args: FLAGS });
});

test.after(({ browser }) => browser?.close());

/** Opens the report of the samples; whatever goes wrong on the page, or leaves the file, fails the test. */
function onReport(
  title: string,
  rows: Parameters<typeof writeRun>[0],
  use: (page: Page) => Promise<void>,
  options: BrowserContextOptions = {},
): void {
  const body = (browser: Browser) =>
    effectTest(() =>
      Effect.gen(function* () {
        const { href } = pathToFileURL(yield* writeReport(yield* writeRun(rows)));
        const page = yield* Effect.acquireRelease(
          Effect.promise(() => browser.newPage(options)),
          (opened) => Effect.promise(() => opened.close()),
        );
        yield* Effect.promise(async () => {
          const wrong: string[] = [];
          page.on("console", (message) => wrong.push(message.text()));
          page.on("pageerror", (error) => wrong.push(error.message));
          page.on("dialog", (dialog) => wrong.push(`dialog ${dialog.message()}`));
          page.on("request", (request) => {
            if (request.url() !== href) wrong.push(`request of ${request.url()}`);
          });
          await page.goto(href);
          await use(page);
          const wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
          assert.is(wide, 0, "the page is wider than its window");
          assert.equal(wrong, []);
        });
      }), SECONDS);
  if (installed) test(title, ({ browser }) => body(browser)());
  else test.skip(title);
}

const visible = (page: Page) => page.locator("section:visible h2").allTextContents();

const count = (page: Page, text: string) =>
  page.locator("#count", { hasText: text }).waitFor({ timeout: 10_000 });

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

onReport("the report filters instances by change, stratum and text", samples(60), async (page) => {
  await page.click('nav a[href="#instances"]');
  await count(page, "60 of 60 instances");
  await page.selectOption("select[name=change]", "wrong right");
  await count(page, "10 of 60 instances");
  await page.selectOption('select[name="stratum kind"]', "distracting");
  await count(page, "0 of 60 instances");
  await page.selectOption('select[name="stratum kind"]', "");
  await page.keyboard.press("/");
  await page.keyboard.type("FOR THE 12TH");
  await count(page, "1 of 60 instances");
  assert.equal(await page.locator("#list .id").allTextContents(), ["made-12@seed0"]);
});

onReport(
  "the report opens an instance with its answers and their difference",
  samples(30),
  async (page) => {
    await page.click('nav a[href="#instances"]');
    await page.click("text=made-6@seed0");
    const instance = page.locator("#instance");
    await instance.locator("h3", { hasText: "made-6@seed0" }).waitFor();
    assert.equal(await instance.locator("del").allTextContents(), ["3", "3"]);
    assert.equal(await instance.locator("ins").allTextContents(), ["2", "2"]);
    assert.match(await instance.locator("tr", { hasText: "dpc" }).innerText(), /accumulated at 1/);
    assert.equal(await instance.locator(".chosen").allTextContents(), ["1"]);
    await page.keyboard.press("j");
    await instance.locator("h3", { hasText: "made-7@seed0" }).waitFor();
    await page.keyboard.press("k");
    await page.keyboard.press("k");
    await instance.locator("h3", { hasText: "made-5@seed0" }).waitFor();
    await page.keyboard.press("Escape");
    await instance.locator("h3").waitFor({ state: "detached" });
    assert.match(
      await page.evaluate("document.activeElement.textContent") as string,
      "made-5@seed0",
    );
  },
);

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
  const title = await page.title();
  await page.goto(`${page.url()}#instances/1`);
  await page.locator("#instance h3").waitFor();
  // what JSON can't hold, half a surrogate, is the one thing that may change
  const shown = HOSTILE.replace("\ud800", "\ufffd");
  const question = await page.locator("#instance > .text").first().textContent();
  assert.is(question?.replace("\ud800", "\ufffd"), shown);
  assert.is(await page.title(), title);
  assert.is(await page.locator("main script, main img, #instance svg").count(), 0);
});

for (const colorScheme of ["light", "dark"] as const) {
  onReport(
    `the report fits a phone in ${colorScheme} mode`,
    samples(30),
    async (page) => {
      for (const hash of ["overview", "triggers", "flow", "run", "instances", "instances/6"]) {
        await page.evaluate(`location.hash = "${hash}"`);
        if (hash.startsWith("instances")) {
          await page.locator("#list li").first().waitFor({ state: "attached" });
        }
        assert.is(
          await page.evaluate("document.documentElement.scrollWidth - innerWidth"),
          0,
          `${hash} is too wide`,
        );
      }
      assert.is(await page.locator("#list").isVisible(), false);
      await page.click("text=← list");
      await page.locator("#list").waitFor();
    },
    { viewport: { width: 360, height: 740 }, colorScheme },
  );
}

test.run();
