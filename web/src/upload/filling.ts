// An upload is filled with the chosen files: a new one, or the one that was interrupted.

import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";

import type { Chosen } from "./files";
import { useInterrupted } from "./interrupted";
import { forget, remember, type Remembered } from "./remembered";
import { openUpload, send, type Fields, type Sending } from "./sending";
import { tellOfSending } from "./tabs";

interface Told {
  onOpen: (uploadId: string) => void;
  onSent: () => void;
}

export function useFilling({ onOpen, onSent }: Told) {
  const queries = useQueryClient();
  const interrupted = useInterrupted();
  const [isSending, setIsSending] = useState(false);
  const [sending, setSending] = useState<Sending>({ sent: 0, skipped: 0 });
  const [failed, setFailed] = useState<unknown>();
  const controller = useRef<AbortController>(null);

  const start = async (fields: Fields, chosen: Chosen[]) => {
    const { signal } = (controller.current = new AbortController());
    setIsSending(true);
    setFailed(undefined);
    setSending({ sent: 0, skipped: 0 });
    try {
      const upload = await uploadFor(interrupted.upload, fields, chosen);
      onOpen(upload.uploadId);
      if (await fill(upload, chosen, signal, setSending)) onSent();
    } catch (error) {
      if (!signal.aborted) setFailed(error);
    } finally {
      controller.current.abort(); // of two batches at once one may have failed
      setIsSending(false);
      void queries.invalidateQueries({ queryKey: ["uploads"] });
    }
  };
  return { start, stop: () => controller.current?.abort(), interrupted, isSending, sending, failed, setFailed };
}

async function uploadFor(interrupted: Remembered | undefined, fields: Fields, chosen: Chosen[]): Promise<Remembered> {
  if (interrupted) return { ...interrupted, total: Math.max(interrupted.total, chosen.length) };
  const hospital = fields.hospital.trim();
  const uploadId = await openUpload(fields);
  return { uploadId, total: chosen.length, at: new Date().toISOString(), ...(hospital && { hospital }) };
}

/** Remembered until all are sent; false: it was stopped before. */
async function fill(upload: Remembered, chosen: Chosen[], signal: AbortSignal, tell: (so: Sending) => void): Promise<boolean> {
  remember(upload);
  const end = tellOfSending(upload.uploadId);
  try {
    const areAllSent = await send(upload.uploadId, upload.hospital, chosen, signal, tell);
    if (areAllSent) forget(upload.uploadId);
    return areAllSent;
  } finally {
    end();
  }
}
