// Compiles the Solidity file that is named, and prints what solc makes of it, as JSON.

import { readFileSync } from "node:fs";
import { basename } from "node:path";
import solc from "solc";

const path = process.argv[2];
const input = {
  language: "Solidity",
  sources: { [basename(path)]: { content: readFileSync(path, "utf8") } },
  settings: { outputSelection: { "*": { "*": ["evm.bytecode.object", "evm.methodIdentifiers"] } } },
};
process.stdout.write(solc.compile(JSON.stringify(input)));
