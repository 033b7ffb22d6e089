import { Either } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { oneOf, Registry, UnknownName } from "../../lib/registry/mod.ts";

const shapes = {
  kind: "shape",
  entries: {
    circle: { description: "all points at one distance", sides: 0 },
    square: { description: "four equal sides", sides: 4 },
  },
};

/** The error of a name that is none. */
const unknown = (name: string, known: readonly string[] = ["circle", "square"]) =>
  Either.getOrThrow(Either.flip(oneOf("shape", name, known)));

test("find() gives the entry of a name, and not what every object has", () => {
  assert.is(Registry.find(shapes, "square").pipe(Either.getOrThrow).sides, 4);
  for (const name of ["constructor", "toString", "__proto__", ""]) {
    const error = Either.getOrThrow(Either.flip(Registry.find(shapes, name)));
    assert.instance(error, UnknownName);
    assert.equal([error.kind, error.name, error.known], ["shape", name, ["circle", "square"]]);
  }
});

test("UnknownName suggests the nearest name in one line with all names", () => {
  assert.is(
    unknown("sqare").message,
    "Cannot find the shape 'sqare' (did you mean 'square'?): the shapes are circle, square",
  );
  assert.is(unknown("cube", []).message, "Cannot find the shape 'cube': the shapes are none");
});

test("UnknownName suggests a name in another case, and none that is another word", () => {
  assert.is(unknown("CIRCLE").nearest, "circle");
  assert.is(unknown("hexagon").nearest, undefined);
  assert.is(unknown("x", ["y", "pt"]).nearest, undefined);
  assert.is(unknown("gsm", ["svamp", "gsm8k"]).nearest, "gsm8k");
});

test("help() says of every name what it is", () => {
  assert.is(
    Registry.help(shapes),
    "circle (all points at one distance), square (four equal sides)",
  );
});

test.run();
