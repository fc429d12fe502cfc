// What the last decision came to, and the way back.

import { Alert, Button, Group, List, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useKeys } from "../parts/keys";
import type { useDeciding } from "./deciding";
import { writtenAs } from "./queries";

export function Outcome({ deciding: { decide, undo, last, undoLast } }: { deciding: ReturnType<typeof useDeciding> }) {
  const { t } = useTranslation();
  useKeys({ u: undoLast });
  const refused = decide.data?.refused ?? undo.data?.refused ?? [];
  return (
    <div role="status" aria-label={t("mapping.outcome")}>
      {last && (
        <Group mb="md" gap="sm">
          <Text size="sm">
            {t(last.length > 1 ? "mapping.decidedAll" : "mapping.decided", { text: last[0] && writtenAs(last[0]), count: last.length })}
          </Text>
          <Button variant="default" size="compact-sm" loading={undo.isPending} onClick={undoLast}>
            {t("mapping.undo")}
          </Button>
        </Group>
      )}
      {refused.length > 0 && (
        <Alert color="red" mb="md" title={t("state.failed")}>
          <List size="sm">
            {refused.map(({ diagnosis, message }) => (
              <List.Item key={diagnosis.radiology_condition_id}>
                {writtenAs(diagnosis)}: {message || t("state.offline")}
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
    </div>
  );
}
