// The third step of a data set: on which sides its patients are.

import { Checkbox, Fieldset, Group, NumberInput, Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { isWhole, SIDES, STRATA, type Wish } from "./wish";

export function Sides({ wish, put }: { wish: Wish; put: (part: Partial<Wish>) => void }) {
  const { t } = useTranslation();
  return (
    <Fieldset legend={t("dataset.split")}>
      <Stack>
        <Checkbox label={t("dataset.withSplit")} checked={wish.isSplit} onChange={(event) => put({ isSplit: event.currentTarget.checked })} />
        {wish.isSplit && (
          <>
            <Group grow>
              {SIDES.map((side) => (
                <NumberInput
                  key={side}
                  label={t(`dataset.${side}`)}
                  min={0}
                  max={100}
                  value={wish.shares[side]}
                  onChange={(value) => put({ shares: { ...wish.shares, [side]: Number(value) } })}
                  error={isWhole(wish.shares) ? undefined : t("dataset.sum")}
                />
              ))}
            </Group>
            <Checkbox.Group label={t("dataset.stratify")} value={wish.strata} onChange={(strata) => put({ strata })}>
              <Group mt="xs">
                {STRATA.map((value) => (
                  <Checkbox key={value} value={value} label={t(`dataset.stratify.${value}`)} />
                ))}
              </Group>
            </Checkbox.Group>
          </>
        )}
      </Stack>
    </Fieldset>
  );
}
