// What was corrected of a study, by whom and why; a correction can be taken back.

import { Button, Group, List, Text, TextInput, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api, body } from "../api/client";
import { studiesChanged } from "../api/stale";
import { saidBriefly } from "./brief";
import { SHORTEST_REASON } from "./correct";
import { useCorrections, type Correction } from "./queries";

export function Corrections({ occurrence, mayUndo }: { occurrence: number; mayUndo: boolean }) {
  const { t } = useTranslation();
  const items = useCorrections(occurrence).data ?? [];
  if (!items.length) return null;
  return (
    <section>
      <Title order={2} size="h5">
        {t("corrections.title")}
      </Title>
      <List size="sm" listStyleType="none" spacing="xs" aria-label={t("corrections.title")}>
        {items.map((one, place) => (
          <List.Item key={place}>
            <One correction={one} mayUndo={mayUndo} />
          </List.Item>
        ))}
      </List>
    </section>
  );
}

function One({ correction, mayUndo }: { correction: Correction; mayUndo: boolean }) {
  const { t, i18n } = useTranslation();
  const when = (at: string) => new Date(at).toLocaleString(i18n.language);
  return (
    <>
      {Object.entries(correction.after).map(([field, value]) => (
        <Text key={field} size="sm" td={correction.undone_at ? "line-through" : undefined}>
          {t(`corrections.${field as "plane"}`)}: {saidBriefly(correction.before[field])} → {saidBriefly(value)}
        </Text>
      ))}
      <Text size="sm" c="dimmed">
        {correction.corrected_by}, {when(correction.corrected_at)}: {correction.reason}
      </Text>
      {correction.undone_at ? (
        <Text size="sm" c="dimmed">
          {t("corrections.undone", { who: correction.undone_by, when: when(correction.undone_at), why: correction.undone_reason })}
        </Text>
      ) : (
        mayUndo && <Undo correction={correction} />
      )}
    </>
  );
}

/** The whole correction goes, of every study it was made of: so it asks why. */
function Undo({ correction }: { correction: Correction }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [reason, setReason] = useState<string | null>(null);
  const undo = useMutation({
    mutationFn: () =>
      body(
        api.POST("/api/v1/corrections/{correction_id}/undo", {
          params: { path: { correction_id: correction.correction_id } },
          body: { reason: reason ?? "" },
        }),
      ),
    onSuccess: () => studiesChanged(queries),
  });
  if (reason === null)
    return (
      <Button size="compact-xs" variant="default" onClick={() => setReason("")}>
        {t("corrections.undo")}
      </Button>
    );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        undo.mutate();
      }}
    >
      <TextInput
        size="xs"
        label={t("corrections.why")}
        description={t("corrections.whole")}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        error={undo.error?.message}
      />
      <Group mt="xs" gap="xs">
        <Button size="compact-xs" type="submit" disabled={reason.trim().length < SHORTEST_REASON} loading={undo.isPending}>
          {t("corrections.undo")}
        </Button>
        <Button size="compact-xs" variant="default" onClick={() => setReason(null)}>
          {t("corrections.keep")}
        </Button>
      </Group>
    </form>
  );
}
