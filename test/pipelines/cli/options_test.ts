import { Args } from "@effect/cli";
import { Console, Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { program } from "../../../pipelines/cli/command.ts";
import * as Option from "../../../pipelines/cli/options.ts";
import { execute } from "../../../pipelines/cli/program.ts";
import { effectTest } from "../../support.ts";

const options = {
  runs: Args.repeated(Args.text({ name: "run" })),
  maxNewTokens: Option.count("Longest answer"),
  clip: Option.float("Largest norm", 1),
  init: Option.choice(["text", "random"])("First values", "text"),
  places: Option.choice([0, 1])("Where places begin"),
  seeds: Option.numbers("Seeds", [0]),
  maxErrors: Option.tolerance("Failures", 10),
  prompt: Option.directory.repeated("Prompt"),
  models: Option.named("model", Option.text.required("Model")),
  skipBad: Option.flag("Go on"),
};

/** What a command with these options is given, and its exit code. */
const parse = (...line: readonly string[]) =>
  Effect.gen(function* () {
    let given: Option.Given<typeof options> | undefined;
    const command = program(
      { name: "try", about: "Tries.", examples: { "As it is": "dpc try" }, options },
      function* (args) {
        given = yield* Effect.succeed(args);
      },
    );
    const errors: unknown[] = [];
    const quiet = {
      ...(yield* Console.consoleWith(Effect.succeed)),
      error: (...parts: readonly unknown[]) => Effect.sync(() => errors.push(...parts)),
    };
    const run = execute([command], ["try", ...line]);
    const code = yield* Effect.withConsole(run, quiet as unknown as Console.Console);
    return { code, given, errors: errors.join("\n") };
  });

test(
  "program() names options by their keys and gives what was typed",
  effectTest(() =>
    Effect.gen(function* () {
      const line =
        "--max-new-tokens 8 --clip 0.5 --init random --places 1 --seeds 1,2 --max-errors 2.5% --prompt a";
      const { code, given } = yield* parse(
        ...line.split(" "),
        ..."--prompt b --model m --skip-bad x y".split(" "),
      );
      assert.is(code, 0);
      assert.equal(given, {
        runs: ["x", "y"],
        maxNewTokens: 8,
        clip: 0.5,
        init: "random",
        places: 1,
        seeds: [1, 2],
        maxErrors: { share: 0.025 },
        prompt: ["a", "b"],
        models: "m",
        skipBad: true,
      });
    })
  ),
);

test(
  "an option has its default, or is undefined where it has none",
  effectTest(() =>
    Effect.gen(function* () {
      const { given } = yield* parse("--model", "m");
      assert.equal(given, {
        runs: [],
        maxNewTokens: undefined,
        clip: 1,
        init: "text",
        places: undefined,
        seeds: [0],
        maxErrors: 10,
        prompt: [],
        models: "m",
        skipBad: false,
      });
    })
  ),
);

for (
  const [title, line, told] of [
    ["a required option", "", "--model"],
    ["count() at least 1", "--model m --max-new-tokens 0", "--max-new-tokens"],
    ["tolerance() that is a number or a share", "--model m --max-errors 5.5", "--max-errors"],
    ["tolerance() up to all", "--model m --max-errors 101%", "a share such as 5%"],
    ["numbers() that are numbers", "--model m --seeds 1,a", "--seeds: 'a'"],
    ["choice() one of its values", "--model m --places 2", "0, 1"],
  ] as const
) {
  test(
    `execute() refuses the command line without ${title}, and says what is wrong`,
    effectTest(() =>
      Effect.gen(function* () {
        const { code, given, errors } = yield* parse(
          ...line.split(" ").filter((part) => part !== ""),
        );
        assert.is(code, 2);
        assert.ok(errors.includes(told), errors);
        assert.is(given, undefined);
      })
    ),
  );
}

test("defined() leaves out what is undefined", () => {
  assert.equal(Option.defined({ a: 0, b: undefined, c: null }), { a: 0, c: null });
});

test.run();
