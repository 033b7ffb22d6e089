/** The package brings no types; `distribution.ts` says which part of it is used. */
declare module "jstat" {
  const exports: unknown;
  export default exports;
}
