// What is said of one diagnosis or of many at once; what was said here can be taken back, the last first.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api, body } from "../api/client";
import { studiesChanged } from "../api/stale";
import type { Diagnosis, Equivalence, Status } from "./queries";

export interface Said {
  status: Extract<Status, "APPROVED" | "FLAGGED" | "UNMAPPED">;
  concepts: number[];
  equivalence: Equivalence;
}

export interface Refusal {
  diagnosis: Diagnosis;
  message: string;
}

interface Decided {
  made: Diagnosis[];
  refused: Refusal[];
}

export const NO_MATCH: Said = { status: "UNMAPPED", concepts: [], equivalence: "UNMATCHED" };

/** The diagnosis with what it is mapped to now, and another status. */
export function asItIs(diagnosis: Diagnosis, status: Said["status"]): Said {
  return { status, concepts: diagnosis.targets.map(({ concept_id }) => concept_id), equivalence: diagnosis.equivalence };
}

export function useDeciding(onDecided: (made: Diagnosis[]) => void, onUndone: (diagnoses: Diagnosis[]) => void) {
  const queries = useQueryClient();
  const [past, setPast] = useState<Diagnosis[][]>([]);
  const onSettled = () => studiesChanged(queries);
  const scope = { id: "mapping" }; // one after the other
  const decide = useMutation({
    scope,
    mutationFn: ({ diagnoses, said }: { diagnoses: Diagnosis[]; said: (one: Diagnosis) => Said }) =>
      inTurn(diagnoses, (one) => change(one, said(one))),
    onSuccess: ({ made }) => {
      if (made.length) setPast((before) => [...before, made]);
      onDecided(made);
    },
    onSettled,
  });
  const undo = useMutation({
    scope,
    mutationFn: (diagnoses: Diagnosis[]) => inTurn(diagnoses, takeBack),
    onSuccess: ({ made, refused }) => {
      if (refused.length) setPast((before) => [...before, refused.map(({ diagnosis }) => diagnosis)]);
      onUndone(made);
    },
    onSettled,
  });
  const last = past.at(-1);
  const undoLast = () => {
    if (!last) return;
    setPast(past.slice(0, -1)); // now: who presses twice takes two back
    decide.reset();
    undo.mutate(last);
  };
  return { decide, undo, last, undoLast };
}

/** One after the other, so that one that is refused does not stop the others. */
async function inTurn(diagnoses: Diagnosis[], act: (one: Diagnosis) => Promise<unknown>): Promise<Decided> {
  const decided: Decided = { made: [], refused: [] };
  for (const diagnosis of diagnoses) {
    try {
      await act(diagnosis);
      decided.made.push(diagnosis);
    } catch (error) {
      decided.refused.push({ diagnosis, message: error instanceof Error ? error.message : String(error) });
    }
  }
  return decided;
}

function change(diagnosis: Diagnosis, said: Said) {
  return body(
    api.PUT("/api/v1/diagnoses/{diagnosis_id}/mapping", {
      params: { path: { diagnosis_id: diagnosis.radiology_condition_id } },
      body: { concept_id: said.concepts, equivalence: said.equivalence, status: said.status, revision: diagnosis.mapping_revision },
    }),
  );
}

function takeBack(diagnosis: Diagnosis) {
  return body(api.POST("/api/v1/diagnoses/{diagnosis_id}/undo", { params: { path: { diagnosis_id: diagnosis.radiology_condition_id } } }));
}
