// Says that a ring ran under sanitizers to its end; run-node.sh and prove fail before, where one reported anything.
// Usage: node unreported.mjs RING SANITIZERS
import { bar } from "../tools/bar.mjs";

const [ring, sanitizers] = process.argv.slice(2);
bar("B46", `ring ${ring} without a report of the ${sanitizers.replace(",", " and ")} sanitizer`, 1, 1);
