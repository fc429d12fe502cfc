// The second step of a data set: what its files are, and in which folders.

import { Checkbox, Fieldset, Group, Radio, Stack, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { FORMATS, MODES, type Wish } from "./wish";

export function What({ wish, put }: { wish: Wish; put: (part: Partial<Wish>) => void }) {
  const { t } = useTranslation();
  return (
    <Fieldset legend={t("dataset.what")}>
      <Stack>
        <TextInput label={t("datasets.name")} required maxLength={64} value={wish.name} onChange={(event) => put({ name: event.currentTarget.value })} />
        <Radio.Group label={t("dataset.mode")} value={wish.mode} onChange={(mode) => put({ mode })}>
          <Group mt="xs">
            {MODES.map((value) => (
              <Radio key={value} value={value} label={t(`dataset.mode.${value}`)} />
            ))}
          </Group>
        </Radio.Group>
        <Radio.Group label={t("dataset.format")} value={wish.format} onChange={(format) => put({ format })}>
          <Group mt="xs">
            {FORMATS.map((value) => (
              <Radio key={value} value={value} label={t(`dataset.format.${value}`)} />
            ))}
          </Group>
        </Radio.Group>
        <Checkbox label={t("dataset.regular")} checked={wish.isRegular} onChange={(event) => put({ isRegular: event.currentTarget.checked })} />
      </Stack>
    </Fieldset>
  );
}
