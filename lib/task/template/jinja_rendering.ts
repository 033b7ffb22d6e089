/**
 * What a Jinja template writes; the only import of `@huggingface/jinja`.
 *
 * @module
 */
import { Environment, Interpreter, parse, tokenize } from "@huggingface/jinja";

/** A template and the values that it is given. */
export interface JinjaRequest {
  readonly template: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** The template read last: a run has one. */
let last: { readonly template: string; readonly program: ReturnType<typeof parse> } | undefined;

/** Writes a text; throws where the template cannot be read or run. */
export function renderJinja({ template, values }: JinjaRequest): string {
  if (last?.template !== template) {
    const program = parse(tokenize(template, { lstrip_blocks: true, trim_blocks: true }));
    last = { template, program };
  }
  const environment = makeEnvironment(values);
  const text = String(new Interpreter(environment).run(last.program).value);
  if (text.length > MOST_CHARACTERS) {
    throw new Error(`it may write at most ${MOST_CHARACTERS} characters: found ${text.length}`);
  }
  return text;
}

/** Characters of a prompt, far more than any model reads. */
const MOST_CHARACTERS = 2 ** 20;

/** The moment given to templates that print the time: a run must not depend on when it is made. */
const NOW: Readonly<Record<string, string>> = {
  "%": "%",
  a: "Fri",
  A: "Friday",
  b: "Jul",
  B: "July",
  c: "Fri Jul 26 00:00:00 2024",
  d: "26",
  D: "07/26/24",
  e: "26",
  F: "2024-07-26",
  H: "00",
  I: "12",
  j: "208",
  m: "07",
  M: "00",
  p: "AM",
  S: "00",
  T: "00:00:00",
  w: "5",
  x: "07/26/24",
  X: "00:00:00",
  y: "24",
  Y: "2024",
  Z: "",
  z: "",
};

/** A moment by Python's format; `%-d` leaves out leading zeros. */
const strftime = (format: string): string =>
  format.replace(/%(-?)([a-zA-Z%])/g, (part, bare: string, name: string) => {
    const text = NOW[name];
    if (text === undefined) return part;
    return bare === "" ? text : text.replace(/^0+(?=.)/, "");
  });

/** Numbers that a template's range() may have, as in Jinja's sandbox. */
const MOST_NUMBERS = 100_000;

function range(first: number, end?: number, step = 1): readonly number[] {
  const [from, to] = end === undefined ? [0, first] : [first, end];
  const length = Math.max(0, Math.ceil((to - from) / step));
  if (!(length <= MOST_NUMBERS)) throw new Error(`range() is too big: found ${length} numbers`);
  return Array.from({ length }, (_, i) => from + i * step);
}

/** What transformers gives a template, beside the values. */
function makeEnvironment(values: Readonly<Record<string, unknown>>): Environment {
  const environment = new Environment();
  const globals = {
    true: true,
    True: true,
    false: false,
    False: false,
    none: null,
    None: null,
    raise_exception: (reason: string) => {
      throw new Error(reason);
    },
    strftime_now: strftime,
    // as separate arguments: an absent one must not come as null
    range: (...bounds: readonly number[]) => range(...bounds as [number]),
  };
  for (const [name, value] of Object.entries({ ...globals, ...values })) {
    environment.set(name, value);
  }
  return environment;
}
