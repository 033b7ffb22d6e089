import { Effect, Stream } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Corruption, Trigger } from "../../lib/dpc/mod.ts";
import { Model, type Scored, Stage } from "../../lib/stage/mod.ts";
import { wordProblems } from "../../lib/task/mod.ts";
import { tinyPrompt } from "../fixtures.ts";
import { effectTest } from "../support.ts";
import { tinyFor } from "../support_arms.ts";

const tiny = tinyFor(test);

const prompt = tinyPrompt(4, 0, "seed0");

test(
  "scoreTrigger() measures saliency by the loss of the trigger's probe: the sum is T times the mean",
  effectTest(() =>
    Effect.gen(function* () {
      const { model, tokenized } = yield* tiny(2);
      const scored = (loss: "sum" | "mean") => {
        const probe = { name: "saliency", loss } as const;
        return tokenized.pipe(
          Stage.streamed(Stage.pipeline(
            Stage.generate({ prompt }),
            Stage.scoreTrigger(Trigger.lateFlow({ threshold: 0, probe })),
          )),
          Stream.runCollect,
          Effect.map((records) => [...records] as readonly Scored[]),
          Effect.provideService(Model, model),
        );
      };
      const [sums, means] = [yield* scored("sum"), yield* scored("mean")];
      for (const [i, { trigger, first, saliency }] of sums.entries()) {
        const expected = first.ids.length * means[i]!.trigger.score;
        assert.ok(trigger.score > 0);
        assert.ok(Math.abs(trigger.score / expected - 1) < 1e-4, `${trigger.score} ${expected}`);
        assert.equal(saliency!.probe, { name: "saliency", loss: "sum" });
      }
    })
  ),
);

test(
  "scoreTrigger() compares the first answer with that without a prompt, or under a corrupted one",
  effectTest(() =>
    Effect.gen(function* () {
      const { model, generations, tokenized } = yield* tiny(4);
      // the whole text is the answer, so that any other text is another one
      const task = {
        ...wordProblems,
        extract: (text: string) => ({ answer: text, rule: "all", cutOff: false, flags: [] }),
      };
      const decisions = (against: "base" | Corruption.Corruption) =>
        tokenized.pipe(
          Stage.streamed(Stage.pipeline(
            Stage.generate({ prompt }),
            Stage.scoreTrigger(Trigger.disagreement({ against }), { task }),
          )),
          Stream.runCollect,
          Effect.provideService(Model, model),
        );
      const base = yield* decisions("base");
      for (const { trigger, first, compared } of base) {
        assert.is(trigger.fired, first.text !== compared!.text);
      }
      assert.is(generations.filter(({ prefix }) => prefix.prompt.virtualTokens === 0).length, 4);
      assert.ok([...base].some(({ trigger }) => trigger.fired));
      // nothing is taken away, so that the answer stays
      const same = yield* decisions(Corruption.gammaOnly({ gamma: 0 }));
      assert.equal([...same].map(({ trigger }) => trigger.fired), [false, false, false, false]);
    })
  ),
);

test.run();
