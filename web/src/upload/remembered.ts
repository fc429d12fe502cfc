// The upload whose files are not all sent yet, kept through a closed tab. Names of files may be names of patients: none is kept.

const KEPT = "rcdm.upload";
/** It stands in addresses. */
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export interface Remembered {
  uploadId: string;
  /** Of the files chosen; an archive is one. */
  total: number;
  /** Where none was said, it is left out. */
  hospital?: string;
  /** When it began. */
  at: string;
}

/** Undefined where nothing is kept, or something that is not ours. */
export function remembered(): Remembered | undefined {
  try {
    const { uploadId, total, hospital, at } = JSON.parse(localStorage.getItem(KEPT) ?? "{}") as Record<string, unknown>;
    if (typeof uploadId !== "string" || !ID.test(uploadId)) return undefined;
    if (typeof total !== "number" || !Number.isSafeInteger(total) || total < 1) return undefined;
    if (typeof at !== "string" || Number.isNaN(Date.parse(at))) return undefined;
    return { uploadId, total, at, ...(typeof hospital === "string" && hospital && { hospital }) };
  } catch {
    return undefined;
  }
}

export function remember(upload: Remembered): void {
  try {
    localStorage.setItem(KEPT, JSON.stringify(upload));
  } catch {
    // A browser that keeps nothing: the files are sent all the same.
  }
}

/** `uploadId` says of which alone: another tab may have begun one meanwhile. */
export function forget(uploadId?: string): void {
  if (uploadId && remembered()?.uploadId !== uploadId) return;
  try {
    localStorage.removeItem(KEPT);
  } catch {
    // Nothing was kept.
  }
}
