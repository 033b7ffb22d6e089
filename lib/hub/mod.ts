/**
 * The Hugging Face Hub: its repositories found in the local cache, and downloaded when the user asks.
 *
 * @module
 */
export * from "./repository.ts";
