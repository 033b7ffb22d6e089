import { FileSystem } from "@effect/platform";
import { Effect, Either } from "effect";
import { parseHTML } from "linkedom";
import { createHash } from "node:crypto";
import { rename, writeFile } from "node:fs/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { recompute, summariseAgainst, writeReport } from "../../lib/report/mod.ts";
import { effectTest } from "../support.ts";
import { arm, HOSTILE, sample, samples, writeRun } from "./support.ts";

const read = (rows: Parameters<typeof writeRun>[0], { limits = {}, config = {} } = {}) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const file = yield* writeReport(yield* writeRun(rows, config), limits);
    return yield* fs.readFileString(file);
  });

const figureOf = (text: string, title: string) =>
  [...parseHTML(text).document.querySelectorAll("figure")].find((each) =>
    each.querySelector("b")!.textContent === title
  )!;

test(
  "writeReport() makes one file whose policy allows its own style and script only, and no network",
  effectTest(() =>
    Effect.gen(function* () {
      const text = yield* read(samples(60));
      const { document } = parseHTML(text);
      const policy = document.querySelector("meta[http-equiv]")!.getAttribute("content")!;
      const digest = (tag: string) => {
        const found = text.match(new RegExp(`<${tag}>([^]*?)</${tag.split(" ")[0]}>`))![1]!;
        return `'sha256-${createHash("sha256").update(found).digest("base64")}'`;
      };
      assert.ok(policy.startsWith("default-src 'none';"));
      assert.ok(policy.includes(`style-src ${digest("style")}`));
      assert.ok(policy.includes(`script-src ${digest("script")}`));
      assert.not.match(policy, /unsafe|https?:|\*/);
      assert.is(document.querySelectorAll("style").length, 1);
      assert.is(document.querySelectorAll("[style], [src], [onload], [onerror], link").length, 0);
      for (const link of document.querySelectorAll("a")) {
        assert.match(link.getAttribute("href")!, /^#/);
      }
    })
  ),
);

test(
  "writeReport() has a figure of each kind, named for those who can't see it",
  effectTest(() =>
    Effect.gen(function* () {
      const { document } = parseHTML(yield* read(samples(60)));
      const titles = [...document.querySelectorAll("figcaption b")].map((each) => each.textContent);
      assert.equal(titles, [
        "Accuracy",
        "Difference to pt",
        "Accuracy against cost",
        "kind clean",
        "kind distracting",
        "Scores",
        "ROC",
        "Precision and recall",
        "Soft prompt to question",
        "Soft prompt to rationale",
        "Question to rationale",
        "Rationale to itself",
        "Accumulation",
        "Layers and positions",
        "Chosen position",
        "Along the rationale",
      ]);
      for (const plot of document.querySelectorAll("svg.plot")) {
        assert.ok(plot.getAttribute("aria-label"));
        assert.not.match(plot.toString(), /NaN|undefined|Infinity/);
      }
    })
  ),
);

test(
  "writeReport() shows accuracy against seconds of work where samples say them",
  effectTest(() =>
    Effect.gen(function* () {
      const rows = samples(12).map((row) => ({
        ...row,
        arms: Object.fromEntries(
          Object.entries(row.arms).map(([name, arm], i) =>
            [name, { ...arm, work: { milliseconds: 500 * (i + 1) } }] as const
          ),
        ),
      }));
      const { document } = parseHTML(yield* read(rows));
      const figure = [...document.querySelectorAll("figure")].find((each) =>
        each.querySelector("b")?.textContent === "Accuracy against time"
      );
      const label = figure?.querySelector("svg")?.getAttribute("aria-label") ?? "";
      assert.match(label, /base [\d.]+ % for 0\.50 seconds, pt [\d.]+ % for 1\.0 seconds, dpc/);
      const without = parseHTML(yield* read(samples(12))).document;
      assert.not.match(without.toString(), "Accuracy against time");
    })
  ),
);

test(
  "writeReport() leaves hostile names and values text",
  effectTest(() =>
    Effect.gen(function* () {
      const rows = samples(30).map((row) => ({
        ...row,
        id: `${row.example}@${HOSTILE}`,
        prompt: HOSTILE,
        strata: { [HOSTILE]: HOSTILE },
        arms: { ...row.arms, [`dpc:${HOSTILE}`]: row.arms["dpc"]! },
      }));
      const text = yield* read(rows);
      assert.is(text.split("<script").length, text.split("</script").length);
      const { document } = parseHTML(text);
      const kinds = [...document.querySelectorAll("script")].map((each) =>
        each.getAttribute("type")
      );
      assert.equal([...new Set(kinds)], ["application/json", null, "text/plain"]);
      assert.is(kinds.filter((kind) => kind === null).length, 1);
      assert.is(document.querySelectorAll("img, svg:not(.plot)").length, 0);
    })
  ),
);

test(
  "writeReport() says that it is sampled where it is, and works without flow, triggers and pt",
  effectTest(() =>
    Effect.gen(function* () {
      const rows = samples(40).map((row) => ({ ...row, flow: null, arms: { base: arm(true) } }));
      const text = yield* read(rows, { limits: { instances: 10 } });
      assert.match(text, "This report holds 10 of the run&#39;s 40 instances");
      assert.match(text, "No arm of this run measured the information flow");
      assert.match(text, "No arm has a trigger that tells instances apart");
      assert.not.match(yield* read(rows), "This report holds 40 of");
    })
  ),
);

test(
  "writeReport() gives the same bytes for the same run, and names a missing file",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const directory = yield* writeRun(samples(20));
      const first = yield* fs.readFileString(yield* writeReport(directory));
      assert.is(yield* fs.readFileString(yield* writeReport(directory)), first);
      yield* Effect.promise(() => rename(`${directory}/results.json`, `${directory}/moved.json`));
      const failed = yield* Effect.either(writeReport(directory));
      assert.ok(Either.isLeft(failed));
      assert.is(
        failed.left.message,
        `Cannot read '${directory}/results.json' as there is no such file`,
      );
    })
  ),
);

test(
  "recompute() finds results.json equal to its samples, and names what differs",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const directory = yield* writeRun([...samples(20), sample(21)]);
      assert.equal(yield* recompute(directory), { samples: 21, differences: [] });
      const file = `${directory}/results.json`;
      const results = JSON.parse(yield* fs.readFileString(file));
      results.arms.dpc.correct += 1;
      delete results.arms.base;
      yield* Effect.promise(() => writeFile(file, JSON.stringify(results)));
      const { differences } = yield* recompute(directory);
      assert.ok(differences.some(({ key }) => key === "arms.dpc.correct"));
      assert.ok(
        differences.some(({ key, recorded }) => key === "arms.base.n" && recorded === "absent"),
      );
    })
  ),
);

test(
  "summariseAgainst() compares with another arm, the other way round",
  effectTest(() =>
    Effect.gen(function* () {
      const directory = yield* writeRun(samples(20));
      const usual = (yield* summariseAgainst(directory, "pt")).comparisons;
      const turned = (yield* summariseAgainst(directory, "dpc")).comparisons;
      assert.ok(turned.every(({ against }) => against === "dpc"));
      const difference = usual.find(({ arm }) => arm === "dpc")!.difference!;
      assert.ok(difference !== 0);
      assert.is(turned.find(({ arm }) => arm === "pt")!.difference, -difference);
    })
  ),
);

test(
  "writeReport() colours shares of the flow by steps, whose key says where each begins",
  effectTest(() =>
    Effect.gen(function* () {
      const positions = [[1, 3], [2, 2]];
      const flow = { ...sample(1).flow!, positions };
      const figure = figureOf(
        yield* read(samples(6).map((each) => ({ ...each, flow }))),
        "Layers and positions",
      );
      const steps = [...figure.querySelectorAll(".scale li")].map((each) => each.textContent);
      assert.equal(steps, ["0 %", "1.5 %", "6.1 %", "14 %", "24 %", "38 %", "55 %"]);
      const colors = [...figure.querySelectorAll("rect[fill^='var(--heat']")].map((cell) =>
        cell.getAttribute("fill")
      );
      // shares of 1/4, 3/4, 1/2 and 1/2, for right and for wrong answers
      assert.equal(colors.slice(0, 4), [4, 6, 5, 5].map((step) => `var(--heat-${step})`));
    })
  ),
);

test(
  "writeReport() draws the calibrated threshold, or none that what fired contradicts",
  effectTest(() =>
    Effect.gen(function* () {
      const calibrated = (threshold: number) => ({
        prompts: [{ name: "seed0", calibration: { triggers: { lateFlow: { threshold } } } }],
      });
      const scores = (config: object) =>
        Effect.map(read(samples(60), { config }), (text) => figureOf(text, "Scores"));
      const drawn = yield* scores(calibrated(0.2345));
      assert.match(drawn.textContent!, "its calibrated threshold 0.2345");
      assert.is(drawn.querySelectorAll("g[stroke-dasharray]").length, 2);
      for (const config of [{}, calibrated(0.1), calibrated(0.305)]) {
        const without = yield* scores(config);
        assert.match(without.textContent!, "records no calibrated threshold");
        assert.is(
          without.querySelectorAll("g[stroke-dasharray]").length,
          0,
        );
      }
    })
  ),
);

test(
  "writeReport() gives differences an axis of ten points or more where nothing differs",
  effectTest(() =>
    Effect.gen(function* () {
      const rows = samples(400).map((row) => ({
        ...row,
        arms: { pt: arm(true), dpc: { ...arm(true), trigger: row.arms["dpc"]!.trigger } },
      }));
      const axis = figureOf(yield* read(rows), "Difference to pt").querySelectorAll("text");
      const ticks = [...axis].map((each) => each.textContent).filter((text) =>
        /^\W?\d+$/.test(text!)
      );
      assert.equal(ticks.slice(0, 5), ["−4", "−2", "0", "2", "4"]);
    })
  ),
);

test(
  "writeReport() keeps prompts apart, with each one's trigger",
  effectTest(() =>
    Effect.gen(function* () {
      const rows = samples(30).flatMap((row) => [
        row,
        {
          ...row,
          prompt: "seed1",
          id: `${row.example}@seed1`,
          arms: {
            ...row.arms,
            dpc: { ...row.arms["dpc"]!, trigger: { ...row.arms["dpc"]!.trigger!, name: "other" } },
          },
        },
      ]);
      const { document } = parseHTML(yield* read(rows));
      for (const page of ["triggers", "flow"]) {
        const panels = [...document.querySelectorAll(`#${page} .panel`)];
        assert.equal(panels.map((each) => each.getAttribute("data-prompt")), ["seed0", "seed1"]);
      }
      const triggers = [...document.querySelectorAll("#triggers .panel")].map((panel) =>
        [...panel.querySelectorAll("h3")].map((each) => each.textContent)[1]
      );
      assert.equal(triggers, ["lateFlow", "other"]);
    })
  ),
);

test(
  "writeReport() says what was run, and what its words mean",
  effectTest(() =>
    Effect.gen(function* () {
      const config = {
        model: "f1d40afc48e1",
        data: { path: "my/data", split: "test", limit: 30, sha256: "3f439737a490" },
        prompts: [{ name: "seed0", sha256: "d308d9d19dfa" }],
      };
      const { document } = parseHTML(yield* read(samples(30), { config }));
      const facts = [...document.querySelectorAll(".facts dd")].map((each) =>
        each.textContent!.trim()
      );
      assert.equal(facts, [
        "f1d40afc",
        "seed0 d308d9d1",
        "made: my/data, test, 30 examples, --limit 30 3f439737",
        "dpc evaluate",
        "2026-01-02 03:04 UTC",
      ]);
      const words = [...document.querySelectorAll(".glossary dt")].map((each) => each.textContent);
      assert.equal(words.slice(0, 6), [
        "base",
        "pt",
        "dpc",
        "lateFlow",
        "accumulated",
        "first answer",
      ]);
    })
  ),
);

test(
  "writeReport() of a run without a finished example says so",
  effectTest(() =>
    Effect.gen(function* () {
      const text = parseHTML(yield* read([])).document.querySelector("main")!.textContent!;
      assert.match(text, "The run has no finished example");
      assert.not.match(text, /NaN|Infinity|undefined/);
    })
  ),
);

test(
  "writeReport() says how long the arms took",
  effectTest(() =>
    Effect.gen(function* () {
      const rows = [10, 30].map((seconds, i) =>
        sample(i + 1, {
          arms: {
            pt: arm(true, {
              milliseconds: 1000 * seconds,
              ...(i === 0 ? { work: { milliseconds: 500, saliency: { milliseconds: 200 } } } : {}),
            }),
          },
        })
      );
      const { document } = parseHTML(yield* read(rows));
      const row = [...document.querySelectorAll("#run tr")].at(-1)!;
      assert.equal([...row.children].map((cell) => cell.textContent), [
        "pt",
        "20.00",
        "30.00",
        "0.50",
        "0.20",
      ]);
    })
  ),
);

test.run();
