/**
 * LoRA adapters of Hugging Face PEFT: their settings read and checked, and a copy of a checkpoint with one added to its weights.
 *
 * @module
 */
export { AdapterError } from "./lora_config.ts";
export { type Adapted, mergeAdapter } from "./merge.ts";
