// SPDX-License-Identifier: Apache-2.0
// Trust: the platform CA, its hash, and the lines that make clients and browsers trust it.
import { Alert, Button, Card, Group, SimpleGrid, Skeleton, Stack, Text, Title } from '@mantine/core';
import { IconDownload, IconShieldLock } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';

import { getPlatformCa } from '../../api/trust';
import { useOwnSession } from '../../features/access-parts/tenancy';
import { CopyableCode } from '../../features/certificate-parts/copy-as';
import { Heading } from '../../features/certificate-parts/heading';
import {
  browserSnippets,
  caHashOf,
  clientSnippets,
  type Snippet,
} from '../../features/trust-snippets/snippets';

export default function TrustPage() {
  const session = useOwnSession();
  const ca = useQuery({
    queryKey: ['trust', 'platform-ca'],
    queryFn: async ({ signal }) => {
      const pem = await getPlatformCa(signal);
      return { pem, hash: pem === undefined ? undefined : await caHashOf(pem) };
    },
    staleTime: 300_000,
  });
  const hash = ca.data?.hash;
  const clients = clientSnippets(location.origin, session.data?.tenancyId ?? 'TENANCY').map((one) =>
    hash === undefined ? one : { ...one, text: one.text.replace('sha256:…', hash) },
  );
  return (
    <>
      <Heading title="Trust" />
      <Stack gap="xl">
        <Alert
          color="blue"
          icon={<IconShieldLock aria-hidden />}
          title="Trusting the platform CA is harmless"
        >
          <Text size="sm">
            It vouches for this installation’s own names and nothing else: its name constraints are critical,
            so no browser takes it for any other site. Your certificates come from your own authorities, on
            the page of authorities.
          </Text>
        </Alert>
        <Card withBorder radius="md" padding="lg">
          <Stack gap="sm">
            <Title order={2} fz="lg">
              The platform CA
            </Title>
            {ca.isPending && <Skeleton height={40} radius="md" />}
            {hash !== undefined && ca.data?.pem !== undefined && (
              <>
                <Text size="sm" c="dimmed">
                  Its SHA-256. Compare it with what perenniald init printed, or with data/ca.hash on the host,
                  before you trust it anywhere.
                </Text>
                <CopyableCode text={hash} label="Copy the hash" />
                <Group>
                  <Button
                    leftSection={<IconDownload size={16} aria-hidden />}
                    onClick={() => download(ca.data?.pem ?? '')}
                  >
                    Download platform-ca.pem
                  </Button>
                </Group>
              </>
            )}
            {!ca.isPending && hash === undefined && (
              <>
                <Text size="sm" c="dimmed">
                  This server does not hand it out here. The command line has it, and shows its hash:
                </Text>
                <CopyableCode text="perennial trust show" label="Copy the command" />
              </>
            )}
          </Stack>
        </Card>
        <Snippets title="Browsers" snippets={browserSnippets()} />
        <Snippets title="Programs" snippets={clients} />
      </Stack>
    </>
  );
}

function Snippets({ title, snippets }: { title: string; snippets: Snippet[] }) {
  return (
    <Stack gap="sm">
      <Title order={2} fz="lg">
        {title}
      </Title>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        {snippets.map((one) => (
          <Card key={one.title} withBorder radius="md" padding="md">
            <Text fw={600}>{one.title}</Text>
            <Text size="xs" c="dimmed" mb="xs">
              {one.note}
            </Text>
            <CopyableCode text={one.text} label={`Copy the lines for ${one.title}`} />
          </Card>
        ))}
      </SimpleGrid>
    </Stack>
  );
}

function download(pem: string): void {
  const url = URL.createObjectURL(new Blob([pem], { type: 'application/x-pem-file' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = 'platform-ca.pem';
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
