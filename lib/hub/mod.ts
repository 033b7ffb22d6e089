/**
 * The Hugging Face Hub: its repositories found in the local cache, and downloaded when the user asks; downloads that are checked.
 *
 * @module
 */
export { blobOf, isIntactBlob } from "./blob.ts";
export * from "./download.ts";
export * from "./fetch.ts";
export { guardedFetch } from "./guarded_fetch.ts";
export * from "./listing.ts";
export * from "./repository.ts";
