import { expect, test } from "vitest";

import { readNpy } from "./npy";

function npy(descr: string, shape: string, values: ArrayBufferView): ArrayBuffer {
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`.padEnd(117) + "\n";
  const found = new Uint8Array(10 + header.length + values.byteLength);
  found.set([0x93, ...new TextEncoder().encode("NUMPY"), 1, 0, header.length, 0]);
  found.set(new TextEncoder().encode(header), 10);
  found.set(new Uint8Array(values.buffer), 10 + header.length);
  return found.buffer;
}

test("Hounsfield units keep their sign", () => {
  const frame = readNpy(npy("<i2", "(2, 3)", new Int16Array([-1024, 0, 40, 1, 2, 3])));
  expect(frame).toEqual({ rows: 2, columns: 3, values: new Int16Array([-1024, 0, 40, 1, 2, 3]) });
});

test("what is cut, or something else, is not drawn", () => {
  expect(() => readNpy(npy("<i2", "(2, 3)", new Int16Array(5)))).toThrow("not whole");
  expect(() => readNpy(npy("<f8", "(2, 3)", new Float64Array(6)))).toThrow("no grey frame");
  expect(() => readNpy(new TextEncoder().encode("{\"title\": \"x\"}").buffer)).toThrow("no NumPy");
});
