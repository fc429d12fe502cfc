// A NumPy file (format 1.0) of one grey frame: what the server says the values of a picture mean.

export type Values = Uint8Array | Int16Array | Uint16Array | Float32Array;

export interface Frame {
  rows: number;
  columns: number;
  values: Values;
}

const TYPES: Record<string, new (buffer: ArrayBuffer) => Values> = {
  "|u1": Uint8Array,
  "<i2": Int16Array,
  "<u2": Uint16Array,
  "<f4": Float32Array,
};
const MAGIC = "NUMPY"; // after a byte that is no text
const PREFIX_BYTES = 10;

/** Throws where the bytes are no such file: half an answer is never drawn. */
export function readNpy(body: ArrayBuffer): Frame {
  const ascii = new TextDecoder();
  if (ascii.decode(body.slice(1, 1 + MAGIC.length)) !== MAGIC) throw new Error("This is no NumPy file.");
  const start = PREFIX_BYTES + new DataView(body).getUint16(8, true);
  const header = ascii.decode(body.slice(PREFIX_BYTES, start));
  const type = TYPES[/'descr': '([^']+)'/.exec(header)?.[1] ?? ""];
  const [, rows, columns] = /'shape': \((\d+), (\d+)\)/.exec(header) ?? [];
  if (!type || !rows || !columns) throw new Error(`This is no grey frame: ${header.trim()}`);
  const values = new type(body.slice(start));
  if (values.length !== Number(rows) * Number(columns)) throw new Error("The frame is not whole.");
  return { rows: Number(rows), columns: Number(columns), values };
}
