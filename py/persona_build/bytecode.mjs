// Compiles archives of Python modules inside Pyodide: `node bytecode.mjs JOB`, JOB being JSON:
//
//   pyodide   the folder of the Pyodide that the site ships
//   compiler  archive_compiler.py
//   imports   modules whose loading says what of an archive is wanted
//   archives  [{ source, target, stdlib, all }]: files; whether it is the standard library or
//             goes beside installed packages; whether all of its modules are compiled

import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";

const job = JSON.parse(process.argv[2]);
const { loadPyodide } = await import(pathToFileURL(path.join(job.pyodide, "pyodide.mjs")).href);
const pyodide = await loadPyodide({
  indexURL: job.pyodide + path.sep,
  env: {
    HOME: "/home/pyodide",
    PYTHONHASHSEED: "0", // the same bytes in every build
    PYTHONNODEBUGRANGES: "1", // lines, but no columns: a quarter less to download
  },
});
if (job.imports.includes("numpy")) {
  await pyodide.loadPackage("numpy", { messageCallback: () => {} });
}

pyodide.FS.writeFile("archive_compiler.py", await readFile(job.compiler));
const compiler = pyodide.pyimport("archive_compiler");
const wanted = compiler.loaded_files(job.imports);
const placeOf = (ending) =>
  pyodide.runPython(`import sys; next(path for path in sys.path if path.endswith("${ending}"))`);
const places = { stdlib: `${placeOf(".zip")}/`, packages: `${placeOf("site-packages")}/` };
const toPath = pyodide.pyimport("pathlib").Path;
for (const archive of job.archives) {
  pyodide.FS.writeFile("/source.zip", await readFile(archive.source));
  compiler.compile_archive(
    toPath("/source.zip"),
    toPath("/target.zip"),
    archive.stdlib ? places.stdlib : places.packages,
    archive.all ? undefined : wanted,
  );
  await writeFile(archive.target, pyodide.FS.readFile("/target.zip"));
}
process.exit(0);
