/**
 * SVAMP (Patel et al. 2021, arXiv 2103.07191) and MultiArith (Roy and Roth 2015): word problems with an equation, whose steps are the
 * rationale.
 *
 * @module
 */
import { Either } from "effect";
import { decode, Schema } from "../schema/mod.ts";
import { extractNumber, gradeNumber, TURN_ENDS, workedSteps } from "./grade/mod.ts";
import type { Example } from "./dataset/mod.ts";
import { NUMERIC_TEMPLATES } from "./template/mod.ts";
import type { Task } from "./task.ts";

/** A number, or the digits of one that is too long for a double. */
const Quantity = Schema.Union(Schema.JsonNumber, Schema.String.pipe(Schema.pattern(/^-?\d+$/)));

const SvampRow = decode(Schema.Struct({
  ID: Schema.String,
  Body: Schema.String,
  Question: Schema.String,
  Answer: Quantity,
  Type: Schema.String,
  Equation: Schema.optional(Schema.String),
}));

const MultiArithRow = decode(Schema.Struct({
  iIndex: Schema.optional(Schema.Union(Schema.Number, Schema.String)),
  sQuestion: Schema.String,
  lSolutions: Schema.NonEmptyArray(Quantity),
  lEquations: Schema.optional(Schema.Array(Schema.String)),
}));

/** The steps of an equation, where there is one that leads to the answer. */
function rationaleOf(equation: string | undefined, gold: string): Pick<Example, "rationale"> {
  const rationale = equation === undefined ? undefined : workedSteps(equation, gold);
  return rationale === undefined ? {} : { rationale };
}

const shared = {
  templates: NUMERIC_TEMPLATES,
  stop: TURN_ENDS,
  maxNewTokens: 256,
  extract: extractNumber,
  grade: gradeNumber,
};

/** SVAMP; the question is the body and the question of a row. */
export const svamp: Task = {
  ...shared,
  name: "svamp",
  files: { test: "svamp/SVAMP.json" },
  toExample: (data) =>
    Either.map(SvampRow(data), (row) => ({
      id: row.ID,
      question: `${row.Body} ${row.Question}`,
      gold: String(row.Answer),
      ...rationaleOf(row.Equation, String(row.Answer)),
      // One row of the published file has "Common-Divison".
      strata: { type: row.Type.replace("Divison", "Division") },
    })),
};

/** MultiArith; reports group by the number of operations. */
export const multiarith: Task = {
  ...shared,
  name: "multiarith",
  files: { test: "multiarith/MultiArith.json" },
  toExample: (data, fallbackId) =>
    Either.map(MultiArithRow(data), ({ iIndex, sQuestion, lSolutions, lEquations }) => ({
      id: iIndex === undefined ? fallbackId : String(iIndex),
      question: sQuestion.trim(),
      gold: String(lSolutions[0]),
      ...rationaleOf(lEquations?.[0], String(lSolutions[0])),
      strata: { operations: String(lEquations?.[0]?.match(/[-+*/]/g)?.length ?? "unknown") },
    })),
};
