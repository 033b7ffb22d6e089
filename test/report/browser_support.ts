/**
 * Reports opened in Debian's Chromium.
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
import { writeRun } from "./support.ts";

const executablePath = env["CHROMIUM"] ?? "/usr/bin/chromium";
const installed = existsSync(executablePath);

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

/** A suite of tests of reports in a browser, and what adds one to it. */
export function browserSuite(name: string) {
  const test = suite<{ browser: Browser }>(name);
  if (!installed) {
    console.log(
      `Skipped: ${name}, as there is no Chromium at '${executablePath}' ` +
        "(apt-get install chromium, or set CHROMIUM)",
    );
  }
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
              if (!/^(blob:)/.test(request.url()) && request.url() !== href) {
                wrong.push(`request of ${request.url()}`);
              }
            });
            await page.goto(href);
            await use(page);
            assert.is(await overflow(page), 0, "the page is wider than its window");
            assert.equal(wrong, []);
          });
        }), SECONDS);
    if (installed) test(title, ({ browser }) => body(browser)());
    else test.skip(title);
  }
  return { test, onReport };
}

/** Pixels that the page is wider than its window. */
export const overflow = (page: Page) =>
  page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");

/** Opens another address of the report. */
export const go = (page: Page, address: string) =>
  page.evaluate(`location.hash = ${JSON.stringify(address)}`);

/** Waits for the count of instances. */
export const count = (page: Page, text: string) =>
  page.locator("#count", { hasText: text }).waitFor({ timeout: 10_000 });
