/**
 * How long a report of many instances takes until something is seen, until its list is there, and until a text is found.
 *
 *     npx tsx test/tools/drills/report_paint.ts 10000
 *
 * @module
 */
import { NodeContext, NodeRuntime } from "@effect/platform-node";
import { Console, Effect } from "effect";
import { argv, env } from "node:process";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { writeReport } from "../../../lib/report/mod.ts";
import { samples, writeRun } from "../../report/support.ts";

/** Milliseconds that the first paint may take. */
const LIMIT = 3000;

async function measure(file: string) {
  const executablePath = env["CHROMIUM"] ?? "/usr/bin/chromium";
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu"],
  });
  const page = await browser.newPage();
  await page.goto(pathToFileURL(file).href);
  const paint = await page.evaluate<number>(
    `performance.getEntriesByName("first-contentful-paint")[0].startTime`,
  );
  const timed = async (act: () => Promise<unknown>, count: RegExp) => {
    const start = performance.now();
    await act();
    await page.locator("#count", { hasText: count }).waitFor({ timeout: 120_000 });
    return performance.now() - start;
  };
  const list = await timed(() => page.evaluate(`location.hash = "#instances"`), /^\d+ of/);
  const text = await timed(() => page.fill("#filters input[name=text]", "the 77th"), /^1 of/);
  await browser.close();
  return { paint, list, text };
}

const program = Effect.gen(function* () {
  const file = yield* writeReport(yield* writeRun(samples(Number(argv[2] ?? 10_000))));
  const { paint, list, text } = yield* Effect.promise(() => measure(file));
  const seconds = (milliseconds: number) => (milliseconds / 1000).toFixed(2);
  yield* Console.log(
    `first paint ${seconds(paint)} s, list ${seconds(list)} s, a text ${seconds(text)} s`,
  );
  if (paint > LIMIT) yield* Effect.fail(new Error(`first paint after ${seconds(LIMIT)} s`));
});

NodeRuntime.runMain(program.pipe(Effect.scoped, Effect.provide(NodeContext.layer)));
