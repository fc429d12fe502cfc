// Files out of what was dropped or chosen, with the folders they lay in as their names.

export interface Chosen {
  name: string;
  file: File;
}

export function chosenOf(list: FileList | null): Chosen[] {
  return [...(list ?? [])].map((file) => ({ name: file.webkitRelativePath || file.name, file }));
}

/** Folders are walked to their end. */
export async function droppedOf(items: DataTransferItemList): Promise<Chosen[]> {
  // Entries have to be asked for before anything is waited for.
  const entries = [...items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const found: Chosen[] = [];
  for (const entry of entries) await walk(entry, found);
  return found;
}

async function walk(entry: FileSystemEntry, found: Chosen[]): Promise<void> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    found.push({ name: entry.fullPath.replace(/^\//, ""), file });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return;
    for (const one of some) await walk(one, found);
  }
}

/** Batches of few files and few bytes; a larger file goes alone. */
export function batchesOf(chosen: Chosen[], mostFiles: number, mostBytes: number): Chosen[][] {
  const found: Chosen[][] = [];
  let batch: Chosen[] = [];
  let bytes = 0;
  for (const one of chosen) {
    if (batch.length && (batch.length >= mostFiles || bytes + one.file.size > mostBytes)) {
      found.push(batch);
      batch = [];
      bytes = 0;
    }
    batch.push(one);
    bytes += one.file.size;
  }
  if (batch.length) found.push(batch);
  return found;
}

/** Browsers hash for pages of https and of this very machine only. */
export const canHash = "subtle" in crypto;

export async function sha256(file: File): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
