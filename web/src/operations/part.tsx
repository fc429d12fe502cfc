import { Stack, Title } from "@mantine/core";
import type { ReactNode } from "react";

/** A part of the page, with its heading. */
export function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Stack component="section" gap="xs">
      <Title order={2} size="h4">
        {title}
      </Title>
      {children}
    </Stack>
  );
}
