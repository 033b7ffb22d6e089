/**
 * What run.json says of a run in general: model, prompts, data, command, date. Whatever is not there, as in runs of one's own
 * programs, is left out.
 *
 * @module
 */
import type { RunFile } from "../../run/mod.ts";
import { Schema } from "../../schema/mod.ts";

const Text = Schema.String;
const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optional(schema);

const Triggers = Schema.Record({ key: Text, value: Schema.Struct({ threshold: Schema.Number }) });

const Prompt = Schema.Struct({
  name: Text,
  method: optional(Text),
  sha256: optional(Text),
  calibration: optional(Schema.NullOr(Schema.Struct({
    split: optional(Text),
    rows: optional(Schema.Number),
    triggers: optional(Triggers),
  }))),
});

const Config = Schema.Struct({
  data: optional(Schema.Struct({
    path: optional(Text),
    split: optional(Text),
    limit: optional(Schema.Number),
    shuffleSeed: optional(Schema.Number),
    sha256: optional(Text),
  })),
  template: optional(Schema.Struct({ name: Text, shots: optional(Schema.Array(Text)) })),
  model: optional(Text),
  adapter: optional(Text),
  prompts: optional(Schema.Array(Schema.NullOr(Prompt))),
  device: optional(Text),
});

const Session = Schema.Struct({
  time: optional(Text),
  command: optional(Text),
  version: optional(Text),
  revision: optional(Schema.NullOr(Text)),
  model: optional(Text),
  adapter: optional(Text),
  commit: optional(Text),
  dataCommit: optional(Text),
});

type Config = Schema.Schema.Type<typeof Config>;
type Session = Schema.Schema.Type<typeof Session>;

/** What a run says of itself. */
export interface RunFacts {
  readonly config: Config;
  /** The first session. */
  readonly session: Session;
  readonly sessions: number;
}

/** Reads the facts of a run. */
export function runFacts({ config, sessions }: RunFile): RunFacts {
  const [first = {}] = sessions;
  return {
    config: Schema.is(Config)(config) ? config : {},
    session: Schema.is(Session)(first) ? first : {},
    sessions: sessions.length,
  };
}

/** The calibrated threshold of a prompt's trigger; undefined where none is recorded. */
export function calibratedThreshold(
  { config }: RunFacts,
  prompt: string,
  trigger: string,
): number | undefined {
  const found = config.prompts?.find((each) => each?.name === prompt);
  return found?.calibration?.triggers?.[trigger]?.threshold;
}
