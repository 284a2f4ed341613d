// What TypeScript's compiler says that modules are: reads `FILE<tab>NAME` lines, writes the file of the module behind each (empty: none).
// `node typescript_modules.cjs TYPESCRIPT` where TYPESCRIPT is the folder of the compiler.
const ts = require(process.argv[2]);
const fs = require("fs");

const DEFAULTS = { moduleResolution: ts.ModuleResolutionKind.Bundler, module: ts.ModuleKind.ESNext, allowJs: true, resolveJsonModule: true };

function options(file) {
  const config = ts.findConfigFile(file, ts.sys.fileExists);
  const found = config ? ts.getParsedCommandLineOfConfigFile(config, {}, { ...ts.sys, onUnRecoverableConfigFileDiagnostic() {} }) : undefined;
  return { ...DEFAULTS, ...(found ? found.options : {}) };
}

for (const line of fs.readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const [file, name] = line.split("\t");
  const found = ts.resolveModuleName(name, file, options(file), ts.sys).resolvedModule;
  process.stdout.write(`${line}\t${found ? fs.realpathSync(found.resolvedFileName) : ""}\n`);
}
