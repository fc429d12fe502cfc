// Sends files in batches, two at a time; what the server has already is not sent again.

import { api, body, Problem, problemOf, type Schemas } from "../api/client";
import { batchesOf, canHash, sha256, type Chosen } from "./files";

const FILES = 40;
const BYTES = 32 << 20;
const AT_ONCE = 2;
const TRIES = 5;
/** Larger ones are sent without asking first: their checksum would need all their bytes in memory. */
const LARGEST_CHECKED = 256 << 20;

export interface Sending {
  sent: number;
  skipped: number;
}

/** What may be said of all files of an upload. */
export const FIELDS = ["hospital", "diagnosis", "diagnosis_code", "vocabulary"] as const;
export type Fields = Record<(typeof FIELDS)[number], string> & { assign_uids: boolean };

/** An upload without files, to be filled. It is said in the form: addresses stand in logs. Throws Problem. */
export async function openUpload(fields: Fields): Promise<string> {
  const form = new FormData();
  for (const name of FIELDS) if (fields[name].trim()) form.set(name, fields[name].trim());
  if (fields.assign_uids) form.set("assign_uids", "true");
  return (await posted("/api/v1/uploads", form)).upload_id;
}

/** Whether all are sent: `signal` may have said stop before. Throws Problem. */
export async function send(
  uploadId: string,
  hospital: string | undefined,
  chosen: Chosen[],
  signal: AbortSignal,
  tell: (so: Sending) => void,
): Promise<boolean> {
  const batches = batchesOf(chosen, FILES, BYTES);
  const so = { sent: 0, skipped: 0 };
  const work = async () => {
    for (let batch = batches.shift(); batch && !signal.aborted; batch = batches.shift()) {
      const wanted = await unknownOf(batch, hospital, signal);
      if (wanted.length) await sendBatch(uploadId, wanted, signal);
      so.sent += batch.length;
      so.skipped += batch.length - wanted.length;
      tell({ ...so });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return so.sent === chosen.length;
}

/** Where nothing can be asked, all are sent: the server keeps once what comes twice. */
async function unknownOf(batch: Chosen[], hospital: string | undefined, signal: AbortSignal): Promise<Chosen[]> {
  if (!canHash) return batch;
  const digests = new Map<Chosen, string>();
  for (const one of batch) if (one.file.size <= LARGEST_CHECKED) digests.set(one, await sha256(one.file));
  if (!digests.size) return batch;
  const asked = { sha256: [...digests.values()], ...(hospital && { hospital }) };
  const { known } = await body(api.POST("/api/v1/uploads/check", { body: asked, signal }));
  const there = new Set(known);
  return batch.filter((one) => !there.has(digests.get(one) ?? ""));
}

async function sendBatch(uploadId: string, batch: Chosen[], signal: AbortSignal): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const form = new FormData();
    for (const { name, file } of batch) form.append("files", file, name);
    try {
      await posted(`/api/v1/uploads/${uploadId}/files`, form, signal);
      return;
    } catch (error) {
      const passes = error instanceof Problem && (error.status === 0 || error.status === 429 || error.status >= 500);
      if (signal.aborted || !passes || attempt >= TRIES) throw error;
      await pause(500 * 2 ** attempt, signal);
    }
  }
}

/** Who says stop waits for nothing. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** 422 is an answer, too: every file was refused, each with its reason. */
async function posted(address: string, form: FormData, signal?: AbortSignal): Promise<Schemas["UploadAnswer"]> {
  let answer: Response;
  try {
    answer = await fetch(address, { method: "POST", body: form, signal: signal ?? null });
  } catch {
    throw new Problem(0, "", undefined);
  }
  const said: unknown = await answer.json().catch(() => undefined);
  if (answer.ok || (answer.status === 422 && typeof said === "object" && said && "items" in said)) {
    return said as Schemas["UploadAnswer"];
  }
  throw problemOf(answer.status, said);
}
