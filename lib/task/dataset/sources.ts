/**
 * Where the public datasets come from: the authors' repositories at the commits that last changed the files.
 *
 * @module
 */

import type { RemoteFile } from "../../hub/mod.ts";

/** One file of a public dataset. */
export interface Source extends RemoteFile {
  /** The task that reads it. */
  readonly task: string;
}

const RAW = "https://raw.githubusercontent.com";

/** All files that tasks read by their usual names. */
export const SOURCES: readonly Source[] = [
  {
    task: "gsm8k",
    file: "gsm8k/train.jsonl",
    url:
      `${RAW}/openai/grade-school-math/b0bb162abedc65e1fdd8e93ed090fd7598ee68bc/grade_school_math/data/train.jsonl`,
    bytes: 4166206,
    sha256: "17f347dc51477c50d4efb83959dbb7c56297aba886e5544ee2aaed3024813465",
  },
  {
    task: "gsm8k",
    file: "gsm8k/test.jsonl",
    url:
      `${RAW}/openai/grade-school-math/b0bb162abedc65e1fdd8e93ed090fd7598ee68bc/grade_school_math/data/test.jsonl`,
    bytes: 749738,
    sha256: "3730d312f6e3440559ace48831e51066acaca737f6eabec99bccb9e4b3c39d14",
  },
  {
    task: "aqua",
    file: "aqua/dev.json",
    url: `${RAW}/google-deepmind/AQuA/6e99097ff2e05b406f4ddca8cbf25e7e9efb7cb5/dev.json`,
    bytes: 132008,
    sha256: "4a52301d8a49ae0b286f8e697f9c5da1b109b247b825b47b4c6de34312dceec5",
  },
  {
    task: "aqua",
    file: "aqua/test.json",
    url: `${RAW}/google-deepmind/AQuA/6e99097ff2e05b406f4ddca8cbf25e7e9efb7cb5/test.json`,
    bytes: 130192,
    sha256: "de41581881ef95c5588c44ddc701c77fd480839241dd422a0d181262af24520c",
  },
  {
    task: "math",
    file: "math500/math500_test.json",
    url:
      `${RAW}/rasbt/reasoning-from-scratch/9265cb85e276a6c4897065a021c1300c3d5fd562/ch03/01_main-chapter-code/math500_test.json`,
    bytes: 462066,
    sha256: "a9eccff7e25ecaf3952614e5b92fe081b4f0549c68ae6a387b96e131df9ddf41",
  },
  {
    task: "svamp",
    file: "svamp/SVAMP.json",
    url: `${RAW}/arkilpatel/SVAMP/7827fb803c3f6b017086f75024515b15bf31900f/SVAMP.json`,
    bytes: 339970,
    sha256: "5be77703a6d891ae476d7c082787ad361392aa02453b132516cdd5f4e7934e3e",
  },
  {
    task: "multiarith",
    file: "multiarith/MultiArith.json",
    url:
      `${RAW}/kojima-takeshi188/zero_shot_cot/2824685e25809779dbd36900a69825068e9f51ef/dataset/MultiArith/MultiArith.json`,
    bytes: 254012,
    sha256: "dc9db1b6cc68b1ecc2dec830d15aaf8c9a0932aa31d5ffce88ef3628179d36f4",
  },
];
