// Check a checkpoint with cosignatures by Node's own crypto: node cosigned.js NOTE VKEY...
const crypto = require("crypto"), fs = require("fs");
const note = fs.readFileSync(process.argv[2], "utf8");
const at = note.lastIndexOf("\n\n") + 1;
const text = note.slice(0, at), lines = note.slice(at + 1).trimEnd().split("\n");
const known = process.argv.slice(3).map((vkey) => {
  const [name, id] = vkey.split("+", 2);
  const raw = Buffer.from(vkey.slice(name.length + id.length + 2), "base64");
  const hash = crypto.createHash("sha256").update(name + "\n").update(raw).digest("hex").slice(0, 8);
  if (hash !== id) throw new Error("key id");
  const der = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), raw.subarray(1)]);
  return { name, id, kind: raw[0], key: crypto.createPublicKey({ key: der, format: "der", type: "spki" }) };
});
for (const line of lines) {
  const [dash, name, encoded] = line.split(" ");
  const raw = Buffer.from(encoded, "base64"), id = raw.subarray(0, 4).toString("hex");
  const found = known.find((item) => item.name === name && item.id === id);
  if (dash !== "\u2014" || !found) throw new Error("unknown line");
  const cosigned = found.kind === 4;
  const message = cosigned ? `cosignature/v1\ntime ${raw.readBigUInt64BE(4)}\n${text}` : text;
  if (!crypto.verify(null, Buffer.from(message), found.key, raw.subarray(cosigned ? 12 : 4))) throw new Error("bad");
  console.log(`signed by ${name}`);
}
