/**
 * Draws lib/dpc/method.svg from one line of a run's samples.jsonl: where the flow of a real answer accumulates, how the prompt drives each of its
 * tokens, and what the corrected prompt answers.
 *
 * node --import tsx test/tools/method/picture.ts RUN ID > lib/dpc/method.svg
 *
 * @module
 */
import * as NodeContext from "@effect/platform-node/NodeContext";
import { Effect, Stream } from "effect";
import { readFileSync } from "node:fs";
import { halves } from "../../../lib/dpc/mod.ts";
import { Sample } from "../../../lib/results/mod.ts";
import { Journal } from "../../../lib/run/mod.ts";

const [run = "", id = ""] = process.argv.slice(2);

/** Width of the picture and of its margins. */
const [WIDTH, MARGIN] = [860, 24];
const INK = "#24292f";
const PALE = "#8c959f";
const PROMPT = "#0969da";
const MARK = "#cf222e";

const escape = (text: string) =>
  text.replace(/[&<>]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[sign]!);

interface TextOptions {
  readonly size?: number;
  readonly fill?: string;
  readonly anchor?: "start" | "middle" | "end";
  readonly weight?: string;
}

const text = (x: number, y: number, content: string, options: TextOptions = {}) => {
  const { size = 12, fill = INK, anchor = "start", weight = "normal" } = options;
  return `<text x="${x}" y="${y}" font-size="${size}" fill="${fill}" text-anchor="${anchor}" font-weight="${weight}" xml:space="preserve">${
    escape(content)
  }</text>`;
};

const rect = (x: number, y: number, width: number, height: number, fill: string, more = "") =>
  `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${width.toFixed(1)}" height="${
    height.toFixed(1)
  }" fill="${fill}" ${more}/>`;

/** Lines of at most so many characters. */
function wrapped(content: string, columns: number): readonly string[] {
  const lines: string[] = [];
  for (const word of content.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < columns) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines;
}

/** The flow from each position in each layer, darker where it is stronger. */
function heatMap(positions: readonly (readonly number[])[], x: number, y: number, star: number) {
  const cell = 22;
  const most = Math.max(...positions.flat());
  const cells = positions.flatMap((row, l) =>
    row.map((flow, j) =>
      rect(
        x + j * cell,
        y + l * cell,
        cell - 2,
        cell - 2,
        PROMPT,
        `opacity="${(0.06 + 0.94 * flow / most).toFixed(3)}"`,
      )
    )
  );
  const n = positions[0]!.length;
  const half = Math.floor(positions.length / 2);
  return [
    ...cells,
    rect(
      x + star * cell - 1,
      y - 1,
      cell,
      half * cell,
      "none",
      `stroke="${MARK}" stroke-width="2"`,
    ),
    ...Array.from(
      { length: n },
      (_, j) =>
        text(x + j * cell + 10, y + positions.length * cell + 12, `v${j + 1}`, {
          anchor: "middle",
          ...(j === star ? { fill: MARK, weight: "bold" } : {}),
        }),
    ),
    text(x + n * cell + 8, y + half * cell / 2 + 4, "shallow layers"),
    text(x + n * cell + 8, y + (half + positions.length) * cell / 2 + 4, "deep layers", {
      fill: PALE,
    }),
  ];
}

/** s_t of each token under beta, the tokens below. */
function tokenBars(
  sample: Sample,
  first: string,
  beta: number,
  box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
) {
  const { tokens, starts = [] } = sample.flow!;
  const most = Math.max(...tokens, beta);
  const step = box.width / tokens.length;
  const { former } = halves(tokens);
  const at = (value: number) => box.y + box.height * (1 - value / most);
  return [
    ...tokens.flatMap((s, t) => {
      const late = t >= former.length;
      const fill = late && s > beta ? MARK : PALE;
      const word = first.slice(starts[t], starts[t + 1]).trim();
      const x = box.x + t * step;
      return [
        rect(x + 1, at(s), step - 2, box.y + box.height - at(s), fill),
        `<g transform="translate(${(x + step / 2 + 4).toFixed(1)} ${
          box.y + box.height + 8
        }) rotate(90)">${text(0, 0, word, { size: 11 })}</g>`,
      ];
    }),
    `<line x1="${box.x}" x2="${box.x + box.width}" y1="${at(beta)}" y2="${
      at(beta)
    }" stroke="${INK}" stroke-dasharray="4 3"/>`,
    text(box.x + box.width + 4, at(beta) + 4, "beta"),
    `<line x1="${box.x + former.length * step}" x2="${box.x + former.length * step}" y1="${
      box.y - 4
    }" y2="${box.y + box.height}" stroke="${PALE}"/>`,
    text(box.x, box.y - 8, "R1, the former half", { fill: PALE }),
    text(box.x + former.length * step + 4, box.y - 8, "R2, the latter half", { fill: PALE }),
  ];
}

function draw(sample: Sample, beta: number): string {
  const { question, flow, arms } = sample;
  const corrected = arms["always/accumulated"] ?? arms["untriggered"]!;
  const first = corrected.first ?? arms["pt"]!.text;
  const { position } = { position: corrected.corruptions[0]!.positions[0]! };
  const lines = wrapped(question, 118);
  const top = 30 + 18 * lines.length;
  const layers = flow!.positions!.length;
  const height = top + 60 + Math.max(22 * layers, 180) + 90;
  const verdict = (correct: boolean) => correct ? "right" : "wrong";
  const body = [
    ...lines.map((line, i) => text(MARGIN, 24 + 18 * i, line, { size: 13 })),
    text(MARGIN, top + 16, "1. Flow from each vector", { weight: "bold" }),
    ...heatMap(flow!.positions!, MARGIN, top + 32, position),
    text(300, top + 16, "2. Flow from the prompt to each token of the answer, s_t", {
      weight: "bold",
    }),
    ...tokenBars(sample, first, beta, { x: 300, y: top + 48, width: 480, height: 110 }),
    text(MARGIN, height - 66, `3. Under the prompt: ${first.replaceAll("\n", " ")}`, {
      size: 13,
      weight: "bold",
    }),
    text(
      MARGIN,
      height - 48,
      `${verdict(arms["pt"]!.correct)}; information accumulates at v${position + 1}`,
      {
        fill: arms["pt"]!.correct ? INK : MARK,
      },
    ),
    text(
      MARGIN,
      height - 24,
      `With v${position + 1} set to 0: ${corrected.text.replaceAll("\n", " ")}`,
      {
        size: 13,
        weight: "bold",
      },
    ),
    text(MARGIN, height - 8, `${verdict(corrected.correct)} (gold ${sample.gold})`, {
      fill: corrected.correct ? "#1a7f37" : MARK,
    }),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="system-ui, sans-serif" role="img" aria-label="Dynamic Prompt Corruption on one answer">\n${
    rect(0, 0, WIDTH, height, "#ffffff")
  }\n${body.join("\n")}\n</svg>`;
}

const program = Effect.gen(function* () {
  const { config } = JSON.parse(readFileSync(`${run}/run.json`, "utf8"));
  const samples = yield* Stream.runCollect(
    Stream.filter(Journal.rows(run, Sample), (sample) => sample.id === id),
  );
  const sample = [...samples][0];
  if (sample === undefined) throw new RangeError(`Cannot find the sample '${id}' in '${run}'`);
  const prompt = config.prompts.find((each: { name: string }) => each.name === sample.prompt);
  console.log(draw(sample, prompt.calibration.beta));
});

Effect.runPromise(program.pipe(Effect.provide(NodeContext.layer)));
