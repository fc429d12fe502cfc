// A key for somebody, shown once.

import { Alert, Button, Checkbox, Code, Group, NumberInput, Stack, Text, Textarea, TextInput, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api, body, type Schemas } from "../api/client";
import { Failed } from "../parts/states";

const ROLES: Schemas["Role"][] = ["bridge", "researcher", "steward", "operator", "admin"];

export function NewKey() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [roles, setRoles] = useState<string[]>(["researcher"]);
  const [hospitals, setHospitals] = useState("");
  const [days, setDays] = useState(90);
  const make = useMutation({
    mutationFn: () => {
      const named = hospitals.split("\n").map((line) => line.trim()).filter(Boolean);
      const wanted = { name: name.trim(), roles: roles as Schemas["Role"][], hospitals: named.length ? named : null, days };
      return body(api.POST("/api/v1/keys", { body: wanted }));
    },
    onSuccess: () => {
      setName("");
      return queries.invalidateQueries({ queryKey: ["keys"] });
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        make.mutate();
      }}
    >
      <Stack gap="xs">
        <Title order={3} size="h5">
          {t("operations.newKey")}
        </Title>
        <Group align="flex-start">
          <TextInput label={t("operations.keyName")} value={name} onChange={(event) => setName(event.currentTarget.value)} />
          <Textarea
            label={t("operations.keyHospitals")}
            description={t("operations.keyHospitalsHelp")}
            value={hospitals}
            onChange={(event) => setHospitals(event.currentTarget.value)}
          />
          <NumberInput label={t("operations.keyDays")} min={1} value={days} onChange={(value) => setDays(Number(value))} />
        </Group>
        <Checkbox.Group label={t("operations.keyRoles")} value={roles} onChange={setRoles}>
          <Group mt="xs">
            {ROLES.map((role) => (
              <Checkbox key={role} value={role} label={role} />
            ))}
          </Group>
        </Checkbox.Group>
        <Group>
          <Button type="submit" variant="default" disabled={!name.trim() || !roles.length} loading={make.isPending}>
            {t("operations.keyMake")}
          </Button>
        </Group>
        {make.error && <Failed error={make.error} />}
        {make.data && (
          <Alert color="green" role="status">
            <Text>{t("operations.keyOnce")}</Text>
            <Code>{make.data.key}</Code>
          </Alert>
        )}
      </Stack>
    </form>
  );
}
