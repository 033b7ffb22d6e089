/**
 * Datasets as streams of examples, out of files of any size, and the download of the public ones.
 *
 * @module
 */
export { download, type Downloaded, DownloadError, type RemoteFile } from "../../hub/mod.ts";
export { drawShots } from "./draw_shots.ts";
export { DatasetError, type DatasetFormat, type Example } from "./example.ts";
export { examples, type ExamplesOptions, jsonRows } from "./examples.ts";
export { datasetCommit, type FileChoice, hashDataset } from "./file.ts";
export { DATA_FILE } from "./rows.ts";
export { permutation } from "./permutation.ts";
export { type Source, SOURCES } from "./sources.ts";
