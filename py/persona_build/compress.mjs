// Compresses files: `node compress.mjs JOB`, JOB being JSON: [[source, target], ...]. What a target's
// name ends in says how.

import { readFile, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const BROTLI = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_LGWIN]: 24 };
// A start waits for the interpreter's code, which no build of ours changes: an eighth less.
const AWAITED = { ...BROTLI, [constants.BROTLI_PARAM_QUALITY]: 11 };
const IS_AWAITED = /(?:pyodide\.asm\.js|(?:pyodide\.asm|_multiarray_umath|_umath_linalg)\.wasm)$/;
// Python's memory is most of what a start waits for: 9 % less, for 20 s of each build of ours.
const MEMORY = { ...BROTLI, [constants.BROTLI_PARAM_QUALITY]: 10 };
const brotliFor = (name) =>
  name.endsWith(".memory") ? MEMORY : IS_AWAITED.test(name) ? AWAITED : BROTLI;
const pack = {
  br: (bytes, name) =>
    promisify(brotliCompress)(bytes, { params: brotliFor(name) }),
  gz: (bytes) => promisify(gzip)(bytes, { level: 9 }),
};
for (const [source, target] of JSON.parse(await readFile(process.argv[2], "utf8"))) {
  const bytes = await readFile(source);
  await writeFile(target, await pack[target.split(".").at(-1)](bytes, source));
  console.log(source);
}
