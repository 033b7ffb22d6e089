/**
 * GGUF, the files of llama.cpp: headers read and checked, numbers made float32, and the whole made a checkpoint of transformers.
 *
 * @module
 */
export { checkpointOf } from "./convert.ts";
export { GgufError } from "./header.ts";
